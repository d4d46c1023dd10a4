"""In the browser: reading only what changed, and a remark on selected words."""

import pytest
from playwright.sync_api import expect

from tests.builders import County, a_plan
from tests.journeys.test_signing import Visit, put_down

SELECT = """() => {
  const words = document.querySelector("#s-goals p").firstChild;
  const range = document.createRange();
  range.setStart(words, 7);
  range.setEnd(words, 13);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.mark.sqlite_only
def test_the_reviewer_reads_what_changed_then_all_of_it(visit: Visit, here: County) -> None:
    plan = a_plan(here).submitted().signed().returned().answered("写具体了。")
    plan.save(here.coordinator, goals="每位教师每学期上两节研究课，课后写出改进。")
    path = f"/artefacts/{put_down(plan.submitted().signed())}"
    page = visit("lead").go(path)
    expect(page.locator("#c-goals ins")).to_have_text("两")
    expect(page.locator("#c-goals")).to_contain_text("写具体了。")
    expect(page.locator("#s-rules")).to_have_count(0)
    page.get_by_role("link", name="全文").click()
    expect(page.locator("#s-rules")).to_be_visible()


@pytest.mark.sqlite_only
def test_a_remark_on_selected_words_is_marked_where_they_stand(visit: Visit, here: County) -> None:
    path = f"/artefacts/{put_down(a_plan(here).submitted())}"
    page = visit("principal").go(path)
    page.evaluate(SELECT)
    page.get_by_role("button", name="批注所选文字").click()
    form = page.locator("#remark-new form")
    expect(form.locator("blockquote")).to_have_text("上一节研究课")
    form.get_by_label("批注").fill("写明谁来听课。")
    form.get_by_role("button", name="发表批注").click()
    expect(page.locator("mark.quoted")).to_have_text("上一节研究课")
    expect(page.locator(".remark")).to_contain_text("写明谁来听课。")
    page.get_by_role("button", name="已解决").click()
    expect(page.locator("mark.quoted")).to_have_count(1)
    expect(page.get_by_text("已解决的 1 条")).to_be_visible()


@pytest.mark.sqlite_only
def test_without_scripts_a_remark_hangs_on_its_section(visit: Visit, here: County) -> None:
    path = f"/artefacts/{put_down(a_plan(here).submitted())}"
    page = visit("principal", java_script_enabled=False).go(path)
    page.locator("#remark-new summary").click()
    page.get_by_label("哪一部分", exact=True).select_option("goals")
    page.locator("#r-body").fill("没有脚本也能写。")
    page.get_by_role("button", name="发表批注").click()
    expect(page.locator(".remark")).to_contain_text("没有脚本也能写。")
