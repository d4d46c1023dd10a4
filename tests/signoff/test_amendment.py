"""An approved document stays in force while an amendment goes round; what was in force on any day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, Doc, a_plan, county
from tests.desk.test_editing import page_of
from workflow_app import clock
from workflow_app.artefacts import queries
from workflow_app.authentication import tokens
from workflow_app.events import in_force
from workflow_app.events.in_force import in_force_on
from workflow_app.events.models import Event
from workflow_app.signoff import policy

Setter = Callable[[str], None]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Setter:
    """``on("2026-09-10 09:00")``: from now on it is that time in the county."""

    def at(when: str) -> None:
        moment = datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=clock.SHANGHAI)
        monkeypatch.setattr(clock, "now", lambda: moment.astimezone(UTC))

    return at


@pytest.fixture
def here(office: Flask, on: Setter) -> County:
    on("2026-09-01 08:00")
    return county()


@pytest.fixture
def plan(here: County, on: Setter) -> Doc:
    """Approved on 10 September as revision 1, being amended since 1 November, submitted on the 5th."""
    doc = a_plan(here)
    on("2026-09-08 09:00")
    doc.submitted()
    on("2026-09-09 09:00")
    doc.signed()
    on("2026-09-10 23:30")
    doc.approved()
    on("2026-11-01 09:00")
    doc.act(here.coordinator, "amend")
    doc.save(here.coordinator, goals="变更后的目标：每人四节。")
    on("2026-11-05 09:00")
    return doc.submitted()


def days(doc: Doc, *asked: str) -> list[int | None]:
    found = [in_force_on(doc.id, date.fromisoformat(day)) for day in asked]
    return [one.revision if one else None for one in found]


def test_the_approved_revision_stays_in_force_while_the_amendment_goes_round(plan: Doc) -> None:
    assert (plan.state, plan.row.revision, plan.row.in_force_revision) == ("school_review", 2, 1)
    assert days(plan, "2026-09-09", "2026-09-10", "2026-11-05", "2027-01-01") == [None, 1, 1, 1]
    (one,) = in_force.spans(plan.id)
    assert (one.revision, one.until) == (1, None)
    assert clock.local(one.since).strftime("%Y-%m-%d %H:%M") == "2026-09-10 23:30"


def test_a_second_approval_takes_its_place(plan: Doc, on: Setter) -> None:
    on("2026-11-06 09:00")
    plan.signed()
    on("2026-11-20 00:30")  # still 19 November in UTC: days are the county's
    plan.approved()
    assert plan.row.in_force_revision == 2
    assert days(plan, "2026-11-19", "2026-11-20", "2026-11-21") == [1, 2, 2]
    first, second = in_force.spans(plan.id)
    assert first.until == second.since
    assert in_force.at((first, second), first.since) == first
    assert in_force.at((first, second), second.since) == second


def test_a_cancelled_amendment_changes_nothing(here: County, plan: Doc, on: Setter) -> None:
    plan.act(here.coordinator, "withdraw")
    on("2026-11-10 09:00")
    plan.act(here.coordinator, "cancel_amendment")
    assert (plan.state, plan.row.in_force_revision) == ("approved", 1)
    assert days(plan, "2026-10-01", "2026-11-10", "2026-12-01") == [1, 1, 1]
    assert len(in_force.spans(plan.id)) == 1
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="第二次变更：每人五节。")
    plan.submitted()
    on("2026-11-11 09:00")
    plan.signed().approved()
    assert plan.row.in_force_revision == 3  # what was withdrawn has kept its number
    assert days(plan, "2026-11-10", "2026-11-11") == [1, 3]


def test_archiving_ends_it(here: County, plan: Doc, on: Setter) -> None:
    plan.signed().approved()
    on("2027-09-03 10:00")
    plan.act(here.lead, "archive")
    assert plan.state == "archived"
    assert days(plan, "2027-09-02", "2027-09-03", "2027-09-04") == [2, 2, None]
    assert in_force.spans(plan.id)[-1].until is not None


def test_a_document_never_approved_was_never_in_force(here: County) -> None:
    doc = a_plan(here, by=here.principal3).submitted()
    assert in_force.spans(doc.id) == ()
    assert days(doc, "2026-09-01", "9999-12-30", "0001-01-02") == [None, None, None]


def test_on_a_day_with_two_approvals_the_later_counts(here: County, plan: Doc, on: Setter) -> None:
    on("2026-11-20 09:00")
    plan.signed().approved()
    on("2026-11-20 15:00")
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="又改一次：每人六节。")
    plan.submitted().signed().approved()
    assert days(plan, "2026-11-19", "2026-11-20") == [1, 3]


# --- what people see -------------------------------------------------------------------------


def test_the_document_says_what_is_in_force_and_where_the_new_one_stands(office: Flask, plan: Doc) -> None:
    page = page_of(log_in(office, "coordinator").get(f"/artefacts/{plan.id}"))
    assert "第 1 版自 2026年9月10日 23:30 起生效；正在变更，新版处于「学校审核」" in page
    assert f'href="/artefacts/{plan.id}/revisions/1"' in page


def test_whoever_reads_what_is_approved_sees_the_revision_in_force(office: Flask, plan: Doc) -> None:
    client = log_in(office, "teacher")
    page = page_of(client.get(f"/artefacts/{plan.id}"))
    assert "变更" not in page
    assert "已通过" in page
    assert "每位教师每学期上一节研究课" in page
    assert "变更后的目标" not in page
    assert client.get(f"/artefacts/{plan.id}/revisions/2").status_code == 404


def test_the_picker_answers_for_any_day(office: Flask, plan: Doc) -> None:
    client, path = log_in(office, "lead"), f"/artefacts/{plan.id}"
    assert "2026年10月1日 生效的是第 1 版" in page_of(client.get(f"{path}?on=2026-10-01"))
    assert "2026年9月9日 没有生效的版本" in page_of(client.get(f"{path}?on=2026-09-09"))
    assert "日期请写成 2026-09-01 这样" in page_of(client.get(f"{path}?on=tomorrow"))
    assert client.get(f"{path}?on=9999-12-31").status_code == 200
    assert client.get(f"{path}?on=0001-01-01").status_code == 200


def test_lists_say_that_it_is_being_amended(office: Flask, here: County, plan: Doc) -> None:
    client = log_in(office, "coordinator")
    assert "第 1 版有效，正在变更" in page_of(client.get("/artefacts"))
    plan.signed().approved()
    assert "正在变更" not in page_of(client.get("/artefacts"))
    rows, _next = queries.page(policy.visible_to(here.coordinator), queries.ListFilters())
    assert [row.in_force_revision for row in rows] == [2]


def test_the_trail_says_what_took_force_and_what_was_in_force(office: Flask, here: County, plan: Doc) -> None:
    client = log_in(office, "auditor")
    assert "第 1 版生效" in page_of(client.get("/trail"))
    events = {event.action: event.id for event in plan.events}
    assert "当时没有" in page_of(client.get(f"/trail/{events['create']}"))
    for action in ("approve", "amend"):
        assert "2026年9月10日 23:30 — 至今" in page_of(client.get(f"/trail/{events[action]}"))


def test_the_api_answers_for_any_day(office: Flask, here: County, plan: Doc, on: Setter) -> None:
    on("2026-11-20 09:00")
    plan.signed().approved()

    def asked(person: int, **query: str) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {tokens.make(None, person)}"}
        path = f"/api/v1/artefacts/{plan.id}/in-force"
        answer = office.test_client().get(path, query_string=query, headers=headers)
        return answer.status_code, answer.json or {}

    status, body = asked(here.coordinator, on="2026-10-01")
    assert (status, body["revision"], body["on"]) == (200, 1, "2026-10-01")
    assert isinstance(body["content"], dict)
    assert body["content"]["goals"].startswith("每位教师")
    assert body["until"]
    status, body = asked(here.coordinator)
    assert (body["revision"], body["until"], body["on"]) == (2, None, "2026-11-20")
    status, body = asked(here.coordinator, on="2026-09-01")
    assert (status, body["revision"], body["content"]) == (200, None, None)
    status, body = asked(here.teacher, on="2026-10-01")  # superseded: the number, not the words
    assert (status, body["revision"], body["content"]) == (200, 1, None)
    assert asked(here.teacher)[1]["content"]
    assert asked(here.teacher3, on="2026-13-01")[0] in (404, 422)
    assert asked(here.coordinator, on="soon")[0] == 422
    assert asked(here.coordinator2, on="0001-01-01")[0] in (404, 422)
    assert asked(here.coordinator, on="9999-12-31")[0] == 422
    assert asked(here.coordinator, when="2026-10-01")[0] == 422


def test_time_in_force_is_read_from_the_events_themselves(here: County, plan: Doc) -> None:
    approved = next(event for event in plan.events if event.action == "approve")
    assert isinstance(approved, Event)
    assert in_force.spans(plan.id)[0].since == approved.at
    day = clock.local(approved.at).date()
    assert in_force_on(plan.id, day - timedelta(days=1)) is None
