"""In the browser: a school's Word file becomes its plan, is returned, and only the change is read again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.builders import County
from tests.journeys.conftest import content_of, saved, state_of
from tests.journeys.test_main_job import ACTIVITIES, SAMPLES, open_from_desk, sign, submit, type_rows
from tests.journeys.test_signing import Visit

FILE = SAMPLES / "小学校本研修实施方案.docx"


def take_in(page: Page) -> int:
    page.goto("/artefacts/new")
    kind = page.locator("section", has=page.get_by_role("heading", name="校本研修实施方案"))
    kind.get_by_text("从 Word 导入").click()
    kind.locator("input[type=file]").set_input_files(FILE)
    kind.locator("details.word-in button[type=submit]").click()
    page.wait_for_url(re.compile(r"/artefacts/\d+/import"))
    return int(re.findall(r"/artefacts/(\d+)/", page.url)[0])


def fill_what_the_file_does_not_say(page: Page) -> None:
    if not page.locator("#f-leading_group-0-name").input_value():
        type_rows(page, "leading_group", [("组长", "王鹏")], ("post", "name"))
    page.locator("#f-weekly_slot-weekday").select_option("3")
    page.locator("#f-weekly_slot-from").fill("15:30")
    page.locator("#f-weekly_slot-to").fill("17:00")
    page.locator("#f-weekly_slot-place").fill("会议室")
    type_rows(page, "activities", ACTIVITIES, ("date", "place", "theme", "form", "leader", "hours"))
    page.locator("#f-rules").fill("签到考勤，每学期评价一次，成果给予奖励")
    saved(page)
    expect(page.locator("#state")).to_contain_text("必填的都填好了")


@pytest.mark.sqlite_only
def test_a_word_file_is_taken_in_mended_returned_and_only_its_change_read(visit: Visit, here: County) -> None:
    if not FILE.is_file():
        pytest.skip("the Word files of schools are not beside this checkout")
    coordinator, principal, lead = visit("coordinator"), visit("principal"), visit("lead")
    page = coordinator.page
    artefact = take_in(page)

    # The preview: a paragraph is put elsewhere, and is there after it.
    moved = page.locator("#s-contents .piece").last
    words = re.sub(r"\s+", "", moved.locator("p").inner_text())[-12:]
    moved.locator("select").select_option("measures")
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url(re.compile(r"/edit"))
    content = content_of(artefact)
    assert words in re.sub(r"\s+", "", content["measures"])
    assert words not in re.sub(r"\s+", "", content["contents"])
    assert "教师" in content["guiding_idea"]

    fill_what_the_file_does_not_say(page)
    submit(coordinator, artefact)
    title = page.get_by_role("heading", level=1).inner_text().strip()
    sign(principal, title, "sign", "同意上报")

    reviewer = open_from_desk(lead, title)
    reviewer.locator("#s-goals").get_by_role("link", name="提意见").click()
    sheet = reviewer.locator("#act-return")
    sheet.locator("textarea[name='points.0.text']").fill("目标请写得可以检验")
    lead.confirm(sheet)
    lead.says("已退回")

    open_from_desk(coordinator, title)
    page.get_by_role("link", name="编辑").first.click()
    answer = page.locator("textarea[data-answer]")
    answer.fill("已改成可以数的")
    answer.blur()
    expect(page.locator("[data-answer-state]")).to_have_text("已保存")
    goals = page.locator("#f-goals")
    goals.fill(goals.input_value() + "\n每位教师每学期上两节研究课。")
    saved(page)
    submit(coordinator, artefact)
    sign(principal, title, "sign", "已改好", asks_password=False)

    reviewer = open_from_desk(lead, title)
    changed = reviewer.locator(".sec[id^='c-']")
    expect(changed).to_have_count(1)
    expect(changed).to_have_id("c-goals")
    expect(changed.locator("ins")).to_have_text("每位教师每学期上两节研究课。")
    expect(changed.locator("del")).to_have_count(0)
    expect(changed).to_contain_text("目标请写得可以检验")
    expect(changed).to_contain_text("已改成可以数的")
    sign(lead, title, "approve", "同意实施", settles=True)
    assert state_of(artefact) == "approved"
