"""The page of an event says whether what it was about has changed since, and why it shows no content."""

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, Doc, a_plan, full_content


@pytest.fixture
def approved(here: County) -> Doc:
    return a_plan(here).submitted().signed().approved()


def page_of(office: Flask, username: str, doc: Doc, action: str) -> str:
    event = next(event for event in doc.events if event.action == action)
    answer = log_in(office, username).get(f"/trail/{event.id}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def said(page: str, sentence: str) -> bool:
    """Whether it stands before everything else of the event."""
    return sentence in page.partition('class="file"')[0]


def test_nothing_has_changed_since(office: Flask, approved: Doc) -> None:
    assert said(page_of(office, "auditor", approved, "sign"), "此后内容没有变更。")


def test_an_amendment_has_begun_and_then_comes_into_force(office: Flask, here: County, approved: Doc) -> None:
    approved.act(here.coordinator, "amend")
    assert said(page_of(office, "auditor", approved, "sign"), "此后正在变更，新版还没有通过。")
    approved.save(here.coordinator, goals="改过的目标。")
    approved.submitted().signed().approved()
    page = page_of(office, "auditor", approved, "sign")
    assert said(page, "此后有变更：第 2 版于")
    assert full_content()["goals"] in page


def test_another_revision_was_submitted_since(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted().signed().returned().answered().submitted()
    assert said(page_of(office, "auditor", plan, "sign"), "此后又提交过第 2 版。")


def test_what_was_withdrawn_is_not_shown_and_it_says_why(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted()
    plan.act(here.coordinator, "withdraw")
    page = page_of(office, "lead", plan, "submit")
    assert "您现在的角色不能再查看这一版的内容。" in page
    assert "已不在库里" not in page
    assert full_content()["goals"] not in page
    assert full_content()["goals"] in page_of(office, "coordinator", plan, "submit")
