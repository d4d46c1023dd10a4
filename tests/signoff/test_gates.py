"""Deadlines and gates: what has a time of its own stays doable, and every deadline is met on its day."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.builders import YEAR, County, Doc, a_key, a_plan, county
from workflow_app import clock
from workflow_app.demo.loader import clock_at
from workflow_app.drafting.create import create
from workflow_app.errors import NotAllowed
from workflow_app.periods.service import set_period
from workflow_app.signoff import policy
from workflow_app.trail import lookup

SUMMARY = {
    "sessions_held": 36, "attendance": 96, "hours": 40, "work_done": "每周一次。", "results": "课例十二节。",
    "shortcomings": "选题偏散。", "improvements": "期初定题。",
}  # fmt: skip


def a_summary(here: County) -> Doc:
    made = create(here.coordinator, "annual_summary", YEAR, content=SUMMARY, key=a_key())
    people = {"author": here.coordinator, "principal": here.principal, "lead": here.lead}
    return Doc(here, made.artefact_id, people)


def close(year: str = YEAR) -> None:
    """The administrator closes submissions for the year."""
    set_period(None, year, "school_year", "2026—2027学年", "2026-09-01", "2027-08-31", "closed")


def test_what_is_returned_after_submissions_have_closed_is_doable_until_its_own_deadline(
    here: County,
) -> None:
    summary = a_summary(here).submitted().signed()
    close()
    summary.returned(section="shortcomings")
    context = policy.readable(here.coordinator, summary.id)
    assert context.period_open
    assert policy.edit_refusal(context) is None
    summary.answered().submitted()
    assert summary.state == "school_review"


def test_after_its_own_deadline_it_is_closed(here: County) -> None:
    summary = a_summary(here).submitted().signed()
    close()
    summary.returned(section="shortcomings")
    after = clock.parse(summary.row.due_at) + timedelta(seconds=1)
    with clock_at(after):
        refusal = policy.edit_refusal(policy.readable(here.coordinator, summary.id))
        assert refusal is not None
        assert refusal.code == "period_closed"


def test_nothing_is_withdrawn_into_a_draft_that_could_not_be_sent_again(here: County) -> None:
    plan = a_plan(here).submitted()
    close()
    with pytest.raises(NotAllowed) as refused:
        plan.act(here.coordinator, "withdraw")
    assert refused.value.reason.code == "period_closed"


def test_fifteen_days_from_the_first_of_september_end_with_the_sixteenth(here: County) -> None:
    due = clock.local(a_plan(here).row.due_at)
    assert (due.date(), f"{due:%H:%M:%S}") == (date(2026, 9, 16), "23:59:59")


@pytest.mark.parametrize("state", ["submitted", "signed", "returned"])
def test_every_deadline_ends_with_its_day(here: County, state: str) -> None:
    plan = a_plan(here).submitted()
    if state != "submitted":
        plan.signed()
    if state == "returned":
        plan.returned()
    assert f"{clock.local(plan.row.due_at):%H:%M:%S}" == "23:59:59"


def test_an_amendment_is_not_late_because_its_year_began_long_ago(here: County) -> None:
    plan = a_plan(here).submitted().signed().approved()
    plan.act(here.coordinator, "amend")
    assert plan.row.due_at == clock.NEVER


MEMO = """
key: memo
title: {zh: 备忘, en: Memo}
subject: school
period: school_year
drafted_by: [{role: coordinator, at: school}]
readers:
  - {role: inspector, at: county}
path: [draft, review, done]
initial: draft
states:
  draft: {title: {zh: 草稿, en: Draft}, tone: draft, waits_for: author, editable: true}
  review: {title: {zh: 审核, en: Review}, tone: waiting, waits_for: [{role: principal, at: school}]}
  done: {title: {zh: 办结, en: Done}, tone: approved, in_force: true, final: true}
actions:
  submit:
    {title: {zh: 提交, en: Submit}, from: [draft], to: review, by: drafter, needs: [form_complete, unchanged],
     effects: [freeze_revision, open_round]}
  sign:
    {title: {zh: 同意, en: Sign}, from: [review], to: done, by: waited_for, signs: true,
     needs: [not_own, not_signed, unchanged, reauthenticated], effects: [put_in_force]}
form:
  - {key: text, title: {zh: 内容, en: Text}, kind: long_text}
"""


def test_a_county_reader_of_one_kind_reads_the_trail_of_that_kind_alone(make_app, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "memo.yaml").write_text(MEMO, encoding="utf-8")
    app = make_app(workflows_dir=str(tmp_path / "kinds"))
    with app.app_context():
        here = county()
        draft = a_plan(here)
        memo = create(here.coordinator, "memo", YEAR, content={"text": "一件事"}, key=a_key())
        rows, _next = lookup.page(policy.trail_scope(here.inspector), lookup.TrailFilters())
        assert {row.artefact_id for row in rows} == {memo.artefact_id}
        everything, _next = lookup.page(policy.trail_scope(here.auditor), lookup.TrailFilters())
        assert draft.id in {row.artefact_id for row in everything}
