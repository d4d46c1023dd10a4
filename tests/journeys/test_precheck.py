"""The pre-check and last year's plan as a start, in a browser with its scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.builders import County, a_plan, full_content
from tests.journeys.conftest import Visitor, content_of, saved
from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.periods import service as periods

Visit = Callable[..., Visitor]


@pytest.mark.sqlite_only
def test_last_year_s_plan_is_renewed_and_checked(visit: Visit, here: County) -> None:
    periods.set_period(None, "2025-2026", "school_year", "2025—2026 学年", "2025-09-01", "2026-08-31", "open")
    a_plan(here, year="2025-2026").submitted().signed().approved()
    db.session.remove()
    window = visit("coordinator")
    page = window.go("/artefacts/new?workflow=school_plan")
    card = page.locator("section.card").filter(has_text="校本研修实施方案").first
    card.get_by_label("学年或学期").select_option("2026-2027")
    card.get_by_label("从哪里开始").select_option(label="以2025—2026 学年第 1 版为底稿")
    card.get_by_role("button", name="开始起草").click()
    page.locator("#edit").wait_for()
    marks = page.locator("[data-renew]:visible")
    expect(marks).to_have_count(3)

    page.locator("#f-goals").fill("今年每人上三节研究课。")
    saved(page)
    expect(marks).to_have_count(2)  # what is changed is renewed
    page.locator("#f-goals").fill(full_content()["goals"])
    saved(page)
    expect(marks).to_have_count(3)  # and what is changed back is not
    page.locator("#s-weekly_slot").get_by_role("button", name="确认沿用").click()
    expect(page.locator("#s-weekly_slot [data-renew]")).to_have_count(0)

    page.get_by_role("button", name="自查").click()
    page.wait_for_url("**/edit?check=1")
    advice = page.locator("#advice")
    expect(advice).to_contain_text("「研修目标」还和上一份一样")
    expect(advice).not_to_contain_text("「每周固定时间」还和上一份一样")
    expect(advice).not_to_contain_text("计划学时")
    page.locator("#f-planned_hours").fill("16")
    saved(page)
    expect(advice).to_contain_text("「计划学时（每人）」现在是 16，至少要 24")
    advice.get_by_role("link", name="「计划学时（每人）」").click()
    assert page.url.endswith("#f-planned_hours")
    page.locator("#f-rules").fill("")
    saved(page)
    expect(page.locator("#summary")).to_contain_text("请填写「制度与考核」")
    db.session.rollback()
    new = db.session.query(Artefact.id).filter_by(period_key="2026-2027").scalar()
    assert content_of(new)["planned_hours"] == 16
