"""Typing into the form: nothing typed is lost, whatever happens to the network, the login or a colleague."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from tests.builders import PASSWORD, County, a_plan
from tests.journeys.conftest import Visitor, content_of, saved
from workflow_app.drafting import points
from workflow_app.extensions import db

Visit = Callable[..., Visitor]
TEXT = "依据县里的文件和本校教师的需求"


@pytest.fixture
def plan(here: County) -> Iterator[int]:
    """A complete draft of school 1."""
    artefact = a_plan(here).id
    db.session.remove()
    yield artefact
    db.session.rollback()


def edit(window: Visitor, artefact: int) -> Page:
    page = window.go(f"/artefacts/{artefact}/edit")
    page.locator("#edit").wait_for()
    return page


def status(page: Page, text: str) -> None:
    expect(page.locator("#state")).to_contain_text(text)


@pytest.mark.sqlite_only
def test_what_is_typed_survives_a_reload(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    page.locator("#f-basis").press_sequentially(TEXT)
    status(page, "有改动")
    saved(page)
    page.reload()
    expect(page.locator("#f-basis")).to_have_value(TEXT)
    assert content_of(plan)["basis"] == TEXT


@pytest.mark.sqlite_only
def test_what_is_typed_before_the_scripts_run_is_saved(visit: Visit, plan: int) -> None:
    """A slow line: the form stands there and is typed into while the scripts are still on their way."""
    window = visit("coordinator")
    page = window.go("/")
    held: list[Route] = []
    page.route("**/js/edit/main.js", lambda route: held.append(route))
    page.goto(page.url.rstrip("/") + f"/artefacts/{plan}/edit", wait_until="commit")
    page.locator("#f-basis").fill(TEXT)
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    saved(page)
    expect(page.locator("#f-basis")).to_have_value(TEXT)
    assert content_of(plan)["basis"] == TEXT


@pytest.mark.sqlite_only
def test_an_answer_typed_before_the_scripts_run_is_saved(visit: Visit, here: County) -> None:
    plan = a_plan(here).submitted().returned(here.principal)
    point = plan.points[0].id
    db.session.remove()
    window = visit("coordinator")
    page = window.go("/")
    held: list[Route] = []
    page.route("**/js/edit/main.js", lambda route: held.append(route))
    page.goto(page.url.rstrip("/") + f"/artefacts/{plan.id}/edit", wait_until="commit")
    page.locator(f"#answer-{point}").fill(TEXT)
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator(f"#point-{point} [data-answer-state]")).to_contain_text("已保存")
    expect(page.locator(f"#answer-{point}")).to_have_value(TEXT)
    assert [one.answer for one in plan.points] == [TEXT]
    db.session.remove()


@pytest.mark.sqlite_only
def test_an_answer_of_a_colleague_is_shown_before_it_is_replaced(visit: Visit, here: County) -> None:
    plan = a_plan(here).submitted().returned(here.principal)
    point = plan.points[0].id
    here.person("second", ("coordinator", "school1"))
    db.session.remove()
    window = visit("coordinator")
    window.expects(409)
    page = edit(window, plan.id)
    points.answer_point(here.second, plan.id, point, "同事先答了。", before="")
    db.session.remove()
    answer = page.locator(f"#answer-{point}")
    answer.fill(TEXT)
    told = page.locator(f"#point-{point} [data-answer-state]")
    expect(told).to_contain_text("second的姓名")
    expect(answer).to_have_value(TEXT)
    assert [one.answer for one in plan.points] == ["同事先答了。"]
    db.session.remove()
    answer.press("End")
    answer.press_sequentially("。")
    expect(told).to_contain_text("已保存")
    assert [one.answer for one in plan.points] == [TEXT + "。"]
    db.session.remove()


@pytest.mark.sqlite_only
def test_without_a_network_it_waits_and_saves_later(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    page = edit(window, plan)
    window.context.set_offline(True)
    page.locator("#f-basis").fill(TEXT)
    status(page, "网络断开")
    assert content_of(plan)["basis"] == ""
    window.context.set_offline(False)
    saved(page)
    assert content_of(plan)["basis"] == TEXT


@pytest.mark.sqlite_only
def test_while_the_database_is_away_the_text_waits_and_is_saved_later(
    visit: Visit, plan: int, app: Flask
) -> None:
    window = visit("coordinator")
    window.expects(503)
    page = edit(window, plan)
    save = app.view_functions["desk.save"]
    testing, app.testing = app.testing, False  # errors become answers

    def away(**_values: object) -> None:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise error

    app.view_functions["desk.save"] = away  # type: ignore[assignment]
    page.locator("#f-basis").fill(TEXT)
    status(page, "数据库暂时用不了")
    assert content_of(plan)["basis"] == ""
    app.view_functions["desk.save"], app.testing = save, testing
    saved(page)
    assert content_of(plan)["basis"] == TEXT


@pytest.mark.sqlite_only
def test_a_closed_window_without_network_loses_nothing(visit: Visit, plan: int) -> None:
    """The text stays on this machine; whoever opens the page again finds it and it is saved."""
    window = visit("coordinator")
    page = edit(window, plan)
    window.context.set_offline(True)
    page.locator("#f-basis").fill(TEXT)
    status(page, "网络断开")
    page.close()
    window.context.set_offline(False)
    window.page = window.tab()
    page = edit(window, plan)
    expect(page.locator("#f-basis")).to_have_value(TEXT)
    saved(page)
    assert content_of(plan)["basis"] == TEXT


@pytest.mark.sqlite_only
def test_an_expired_login_loses_nothing(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    window.expects(400, 401)
    page = edit(window, plan)
    window.context.clear_cookies()
    page.locator("#f-basis").fill(TEXT)
    status(page, "登录已过期")
    other = window.tab()
    window.log_in("coordinator", other)
    other.get_by_role("heading", level=1).wait_for()
    other.close()
    page.bring_to_front()
    page.locator("#f-basis").press("End")
    page.locator("#f-basis").press_sequentially("。")
    saved(page)
    assert content_of(plan)["basis"] == TEXT + "。"


def test_two_writers_of_different_parts_are_merged(visit: Visit, here: County, plan: int) -> None:
    one, two = visit("coordinator"), visit("principal")
    two.expects(409)
    mine, theirs = edit(one, plan), edit(two, plan)
    mine.locator("#f-basis").fill(TEXT)
    saved(mine)
    theirs.locator("#f-other").fill("校长补充一句")
    expect(theirs.locator("#merge")).to_contain_text("coordinator的姓名")
    saved(theirs)
    expect(theirs.locator("#f-basis")).to_have_value(TEXT)
    content = content_of(plan)
    assert (content["basis"], content["other"]) == (TEXT, "校长补充一句")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("side", ["用我的", "用对方的"])
def test_two_writers_of_the_same_part_choose(visit: Visit, plan: int, side: str) -> None:
    one, two = visit("coordinator"), visit("principal")
    two.expects(409)
    mine, theirs = edit(one, plan), edit(two, plan)
    mine.locator("#f-goals").fill("专管员写的目标")
    saved(mine)
    theirs.locator("#f-goals").fill("校长写的目标")
    theirs.locator("#f-other").fill("另一处改动")
    merge = theirs.locator("#merge")
    expect(merge).to_contain_text("专管员写的目标")
    expect(merge).to_contain_text("校长写的目标")
    assert content_of(plan)["goals"] == "专管员写的目标"
    merge.get_by_role("button", name=side, exact=True).click()
    expect(merge).to_be_hidden()
    saved(theirs)
    content = content_of(plan)
    assert content["goals"] == ("校长写的目标" if side == "用我的" else "专管员写的目标")
    assert content["other"] == "另一处改动"


@pytest.mark.sqlite_only
def test_rows_by_keyboard_alone(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    section = page.locator("#s-leading_group")
    section.get_by_role("button", name="加一行").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#f-leading_group-2-post")).to_be_focused()
    page.keyboard.press("ArrowDown")  # 组长
    page.keyboard.press("ArrowDown")  # 副组长
    page.keyboard.press("Tab")
    page.keyboard.type("王副校长")
    page.keyboard.press("Tab")
    page.keyboard.type("分管研修")
    page.keyboard.press("Tab")
    expect(section.locator("tr[data-row]").nth(2).get_by_role("button", name="上移")).to_be_focused()
    page.keyboard.press("Enter")
    expect(section.locator("tr[data-row]").nth(1).get_by_role("button", name="上移")).to_be_focused()
    saved(page)
    names = [(row["post"], row["name"], row["duty"]) for row in content_of(plan)["leading_group"]]
    assert names == [
        ("组长", "校长", "统筹"),
        ("副组长", "王副校长", "分管研修"),
        ("专管员", "专管员", "日常"),
    ]
    section.locator("tr[data-row]").nth(0).get_by_role("button", name="删去").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#f-leading_group-0-post")).to_be_focused()
    saved(page)
    assert [row["name"] for row in content_of(plan)["leading_group"]] == ["王副校长", "专管员"]


@pytest.mark.sqlite_only
def test_rows_pasted_from_a_spreadsheet(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    rows = [
        ["2026年9月23日", "会议室", "课标研读", "讲座", "李老师", "2"],
        ["2026年9月30日", "录播室", "同课异构", "观摩", "张老师", "3"],
        ["2026年10月14日", "图书室", "读书交流", "沙龙", "王老师", "1.5"],
    ]
    text = "\r\n".join("\t".join(row) for row in rows) + "\r\n"
    page.locator("#f-activities-0-date").focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    saved(page)
    activities = content_of(plan)["activities"]
    assert [row["theme"] for row in activities] == ["课标研读", "同课异构", "读书交流"]
    assert [row["hours"] for row in activities] == [2, 3, 1.5]
    assert activities[2] | {"hours": "1.5"} == dict(
        zip(("date", "place", "theme", "form", "leader", "hours"), rows[2], strict=True)
    )


@pytest.mark.sqlite_only
def test_a_principal_is_warned_before_becoming_an_author(visit: Visit, plan: int) -> None:
    principal = visit("principal")
    page = edit(principal, plan)
    principal.says("就成了起草人")
    page.locator("#f-basis").fill(TEXT)
    saved(page)
    coordinator = visit("coordinator")
    expect(edit(coordinator, plan).locator(".note, .alert").filter(has_text="起草人")).to_have_count(0)


@pytest.mark.sqlite_only
def test_what_cannot_be_kept_is_said_beside_the_field(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    window.expects(422)
    page = edit(window, plan)
    name = page.locator("#f-leading_group-0-name")
    name.fill("长" * 41)
    status(page, "没法保存")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-error='leading_group.0.name']")).to_contain_text("40")
    expect(name).to_have_value("长" * 41)
    name.fill("校长")
    page.locator("#f-basis").fill(TEXT)
    saved(page)
    expect(name).not_to_have_attribute("aria-invalid", "true")


# --- without scripts --------------------------------------------------------------------------


@pytest.mark.sqlite_only
def test_the_form_without_scripts(visit: Visit, plan: int) -> None:
    window = visit("coordinator", java_script_enabled=False)
    window.expects(422)
    page = edit(window, plan)
    page.locator("#f-basis").fill(TEXT)
    page.locator("#s-activities").get_by_role("button", name="加一行").click()
    expect(page.locator("#f-basis")).to_have_value(TEXT)
    page.locator("#f-activities-1-date").fill("2026年10月14日")
    page.locator("#f-activities-1-theme").fill("同课异构")
    page.locator(".acts").get_by_role("button", name="保存", exact=True).click()
    window.says("已保存")
    content = content_of(plan)
    assert content["basis"] == TEXT
    assert [row["theme"] for row in content["activities"]] == ["研读课标", "同课异构"]

    page.locator("#f-activities-1-theme").fill("长" * 501)
    page.locator("#f-other").fill("这一句要留着")
    page.locator(".acts").get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("[data-error='activities.1.theme']")).to_contain_text("500")
    expect(page.locator("#f-activities-1-theme")).to_have_value("长" * 501)
    expect(page.locator("#f-other")).to_have_value("这一句要留着")
    assert content_of(plan)["other"] == ""


@pytest.mark.sqlite_only
def test_a_form_sent_after_the_login_expired_goes_on(visit: Visit, plan: int) -> None:
    """Without scripts: the posted text travels through the login page and is sent by one click."""
    window = visit("coordinator", java_script_enabled=False)
    window.expects(400, 401)
    page = edit(window, plan)
    page.locator("#f-basis").fill(TEXT)
    window.context.clear_cookies()
    page.locator(".acts").get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("填写的内容还在")
    page.get_by_label("用户名").fill("coordinator")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.locator("#login-form button[type=submit]").click()
    page.get_by_role("button", name="继续提交").click()
    page.wait_for_url(re.compile(r"/artefacts/\d+/edit"))
    assert content_of(plan)["basis"] == TEXT


# --- the wire ---------------------------------------------------------------------------------


@pytest.mark.sqlite_only
def test_nothing_is_sent_when_nothing_was_changed(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    sent: list[Any] = []
    window.page.on("request", lambda request: sent.append(request.method))
    page = edit(window, plan)
    page.locator("#f-basis").focus()
    page.locator("#f-goals").focus()
    page.wait_for_timeout(1500)
    assert "PUT" not in sent
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('kept:'))") == []
    assert json.dumps(content_of(plan))


@pytest.mark.sqlite_only
def test_on_a_phone_the_list_of_sections_leads_to_a_section(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    page.set_viewport_size({"width": 390, "height": 800})
    sections = page.locator("details.toc")
    sections.get_by_text("目录").click()
    sections.locator("[data-index=conditions]").click()
    expect(page.locator("#s-conditions")).to_be_in_viewport()
    expect(page.locator("aside.index")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(sections).to_be_hidden()
    expect(page.locator("aside.index")).to_be_visible()
