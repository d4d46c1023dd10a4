"""What was typed stays in the browser until the server has it, and for nobody but who typed it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.builders import County, a_plan
from tests.journeys.conftest import Visitor, content_of, saved, state_of
from tests.journeys.test_editing import TEXT, edit, status
from workflow_app.extensions import db

Visit = Callable[..., Visitor]
ROWS = [("goals", "目标要能检验。"), ("rules", "制度写明谁来查。"), ("goals", "学时写清楚。")]
pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def plan(here: County) -> Iterator[int]:
    artefact = a_plan(here).id
    db.session.remove()
    yield artefact
    db.session.rollback()


@pytest.fixture
def asked(here: County) -> int:
    """A plan that waits for the lead."""
    artefact = a_plan(here).submitted().signed().id
    db.session.remove()
    return artefact


def fill_return(window: Visitor) -> None:
    sheet = window.sheet("return")
    for number, (section, text) in enumerate(ROWS):
        if number:
            sheet.get_by_role("button", name="再加一条").click()
        sheet.locator("select").nth(number).select_option(section)
        sheet.locator(".point-row textarea").nth(number).fill(text)
    sheet.locator("#comment-return").fill("请按意见修改后再提交。")


def expect_return(page: Page) -> None:
    sheet = page.locator("#act-return")
    expect(sheet).to_be_visible()
    expect(sheet.locator(".point-row")).to_have_count(len(ROWS))
    for number, (section, text) in enumerate(ROWS):
        expect(sheet.locator("select").nth(number)).to_have_value(section)
        expect(sheet.locator(".point-row textarea").nth(number)).to_have_value(text)
    expect(sheet.locator("#comment-return")).to_have_value("请按意见修改后再提交。")


def kept_keys(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
        ".filter((key) => key.startsWith('kept:') && !key.endsWith(':tab'))"
    )
    return found


# --- forms ------------------------------------------------------------------------------------


def test_the_rows_of_a_return_survive_reload_and_back_until_it_is_sent(visit: Visit, asked: int) -> None:
    window = visit("lead")
    page = window.go(f"/artefacts/{asked}")
    fill_return(window)
    page.reload()
    expect_return(page)
    window.go("/artefacts")
    page.go_back()
    expect_return(page)
    window.confirm(page.locator("#act-return"))
    window.says("退回")
    assert state_of(asked) == "returned"
    assert kept_keys(page) == []


def test_a_refused_return_stays_kept(visit: Visit, asked: int) -> None:
    window = visit("lead")
    window.expects(422)
    page = window.go(f"/artefacts/{asked}")
    sheet = window.sheet("return")
    sheet.locator(".point-row textarea").first.fill("没选哪一部分。")
    window.confirm(sheet)
    expect(sheet.locator(".err").first).to_be_visible()
    expect(sheet.locator(".point-row textarea").first).to_have_value("没选哪一部分。")
    window.go("/artefacts")
    window.go(f"/artefacts/{asked}")
    expect(sheet).to_be_visible()
    expect(sheet.locator(".point-row textarea").first).to_have_value("没选哪一部分。")
    assert kept_keys(page)


def test_a_row_taken_out_of_a_return_comes_back(visit: Visit, asked: int) -> None:
    window = visit("lead")
    page = window.go(f"/artefacts/{asked}")
    fill_return(window)
    sheet = page.locator("#act-return")
    sheet.locator("[data-drop]").nth(1).click()
    expect(sheet.locator(".point-row")).to_have_count(2)
    sheet.locator(".removed-row").filter(has_text="已删除第 2 条").get_by_role("button", name="撤销").click()
    expect_return(page)
    names = sheet.locator(".point-row textarea").evaluate_all("all => all.map((one) => one.name)")
    assert names == ["points.0.text", "points.1.text", "points.2.text"]


def test_forms_of_the_administration_are_kept_without_passwords(visit: Visit, here: County) -> None:
    window = visit("admin")
    page = window.go("/people/units")
    page.locator("#create").get_by_label("名称").fill("第十初级中学")
    page.reload()
    expect(page.locator("#create").get_by_label("名称")).to_have_value("第十初级中学")
    page.locator("#create").get_by_role("button", name="不要了").click()
    expect(page.locator("#create").get_by_label("名称")).to_have_value("")
    window.go("/me")
    page.get_by_label("现在的密码").fill("something secret")
    assert kept_keys(page) == []


# --- one computer, several people ---------------------------------------------------------------


def test_another_person_at_the_same_computer_finds_nothing(visit: Visit, here: County, plan: int) -> None:
    window = visit("coordinator")
    window.expects(400, 401)
    page = edit(window, plan)
    window.context.clear_cookies()
    page.locator("#f-basis").fill(TEXT)
    status(page, "登录已过期")
    assert kept_keys(page)
    other = window.tab()
    window.log_in("principal", other)
    expect(other.locator(".who b")).to_have_text("principal的姓名")
    assert TEXT not in str(other.evaluate("() => [{...localStorage}, {...sessionStorage}]"))
    other.goto(f"/artefacts/{plan}/edit")
    expect(other.locator("#f-basis")).to_have_value("")
    assert content_of(plan)["basis"] == ""


def test_text_is_not_saved_under_the_name_of_who_logged_in_meanwhile(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    window.expects(400, 401)
    page = edit(window, plan)
    window.context.clear_cookies()
    other = window.tab()
    window.log_in("principal", other)
    page.bring_to_front()
    page.locator("#f-basis").fill(TEXT)
    status(page, "另一位用户")
    assert content_of(plan)["basis"] == ""
    assert kept_keys(page) == []


def test_nothing_stays_after_the_logout(visit: Visit, asked: int) -> None:
    window = visit("lead")
    page = window.go(f"/artefacts/{asked}")
    fill_return(window)
    assert kept_keys(page)
    page.locator("#act-return [data-close]").first.click()
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_label("用户名").wait_for()
    assert page.evaluate("() => sessionStorage.length") == 0
    assert kept_keys(page) == []
    page.go_back()
    page.get_by_label("用户名").wait_for()


# --- the draft ----------------------------------------------------------------------------------


def test_a_draft_that_moved_on_asks_before_old_text_goes_over_it(visit: Visit, plan: int) -> None:
    window, colleague = visit("coordinator"), visit("principal")
    page = edit(window, plan)
    window.context.set_offline(True)
    page.locator("#f-goals").fill("我离线写的目标")
    page.locator("#f-other").fill("我离线写的补充")
    status(page, "网络断开")
    page.close()
    window.context.set_offline(False)
    theirs = edit(colleague, plan)
    theirs.locator("#f-goals").fill("校长后来写的目标")
    theirs.locator("#f-basis").fill("校长写的依据")
    saved(theirs)

    window.page = window.tab()
    page = edit(window, plan)
    merge = page.locator("#merge")
    expect(merge).to_contain_text("principal的姓名")
    for text in ("我离线写的目标", "校长后来写的目标", "我离线写的补充"):
        expect(merge).to_contain_text(text)
    page.wait_for_timeout(1500)
    assert content_of(plan)["goals"] == "校长后来写的目标"
    page.reload()  # the question is asked again, nothing is taken for granted
    expect(merge).to_contain_text("我离线写的目标")
    merge.locator("table").filter(has_text="目标").get_by_role("button", name="用对方的").click()
    merge.get_by_role("button", name="用我的").click()
    expect(merge).to_be_hidden()
    saved(page)
    content = content_of(plan)
    assert content["goals"] == "校长后来写的目标"
    assert content["basis"] == "校长写的依据"
    assert content["other"] == "我离线写的补充"


def test_a_deleted_row_comes_back(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    section = page.locator("#s-leading_group")
    section.get_by_role("button", name="删去这一行").first.click()
    expect(section.locator(".removed-row")).to_contain_text("已删除第 1 行")
    saved(page)
    assert [row["name"] for row in content_of(plan)["leading_group"]] == ["专管员"]
    page.locator("#f-basis").fill(TEXT)
    saved(page)
    section.get_by_role("button", name="撤销").click()
    expect(page.locator("#f-leading_group-0-name")).to_have_value("校长")
    expect(page.locator("#f-leading_group-1-name")).to_have_value("专管员")
    saved(page)
    assert [row["name"] for row in content_of(plan)["leading_group"]] == ["校长", "专管员"]


def test_a_new_login_leads_back_to_the_text(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    window.expects(400, 401)
    page = edit(window, plan)
    window.context.clear_cookies()
    page.locator("#f-basis").fill(TEXT)
    status(page, "登录已过期")
    page.locator("#state a").click()
    window.log_in("coordinator")
    page.wait_for_url(f"**/artefacts/{plan}/edit")
    expect(page.locator("#f-basis")).to_have_value(TEXT)
    saved(page)
    assert content_of(plan)["basis"] == TEXT
    assert kept_keys(page) == []


def test_leaving_is_held_up_only_while_something_is_unsaved(visit: Visit, plan: int) -> None:
    window = visit("coordinator")
    page = edit(window, plan)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#f-basis").press_sequentially("写一句")
    saved(page)
    window.go("/artefacts")
    assert asked == []
    edit(window, plan)
    window.context.set_offline(True)
    page.locator("#f-basis").press_sequentially("还没保存")
    status(page, "网络断开")
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    expect(page.locator("#f-basis")).to_have_value("还没保存写一句")
    window.context.set_offline(False)
    saved(page)


def test_going_back_to_an_earlier_save(visit: Visit, plan: int) -> None:
    colleague, window = visit("principal"), visit("coordinator")
    before = content_of(plan)["goals"]
    theirs = edit(colleague, plan)
    theirs.locator("#f-goals").fill("改坏了")
    saved(theirs)
    page = edit(window, plan)
    page.get_by_role("link", name="保存记录").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("principal的姓名")
    expect(rows.first).to_contain_text("目标")
    rows.last.get_by_role("link", name="查看").click()
    expect(page.locator("ins").first).to_be_visible()
    page.get_by_role("button", name="恢复到这次保存").click()
    window.says("已恢复")
    expect(page.locator("#f-goals")).to_have_value(before)
    assert content_of(plan)["goals"] == before
