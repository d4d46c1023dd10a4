"""Looking things up: every filter, paging by key, and what each role may see."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import true

from tests.builders import County, Doc, a_development_plan, a_plan, county
from workflow_app import clock
from workflow_app.demo.loader import clock_at
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.signoff import policy
from workflow_app.store import writing
from workflow_app.trail import lookup
from workflow_app.trail.lookup import TrailFilters

Row = tuple[int, int]


def found(scope: Any = None, **filters: Any) -> list[Row]:
    """(document, seq) of everything found, page by page."""
    rows: list[Row] = []
    cursor = None
    while True:
        page, cursor = lookup.page([true()] if scope is None else scope, TrailFilters(**filters), cursor)
        rows += [(row.artefact_id, row.seq) for row in page]
        if cursor is None:
            return rows


def by_day(doc: Doc, **days: str) -> list[Row]:
    return found(document=str(doc.id), **{name: date.fromisoformat(day) for name, day in days.items()})


@pytest.fixture
def plan(here: County) -> Doc:
    return a_plan(here).submitted().signed().approved()


@pytest.fixture
def tiny(here: County) -> Doc:
    return a_plan(here, by=here.principal3).submitted()


def test_by_document(here: County, plan: Doc, tiny: Doc) -> None:
    everything = [(plan.id, seq) for seq in (4, 3, 2, 1)]
    assert found(document=str(plan.id)) == everything
    assert found(document="城关小学") == everything
    assert found(document="2026") == [(tiny.id, 2), (tiny.id, 1), *everything]
    assert found(document="没有这样的文件") == []
    assert found(document="9" * 17) == []
    assert found(document="９") == []


def test_by_person(here: County, plan: Doc, tiny: Doc) -> None:
    assert found(person="lead") == [(plan.id, 4)]
    assert found(person="principal的姓名") == [(plan.id, 3)]
    assert found(person="principal") == [(plan.id, 3)]  # the whole login name, though it is part of others
    assert found(person="ＰＲＩＮＣＩＰＡＬ\u200b") == [(plan.id, 3)]
    assert found(person="principa") == [(tiny.id, 2), (tiny.id, 1), (plan.id, 3)]  # part of three names
    assert found(person="nobody") == []


def test_a_whole_name_is_not_mixed_with_names_it_is_part_of(here: County) -> None:
    for username, name in (("wang1", "王静"), ("wang2", "王静怡")):
        people.change_person(None, here.person(username, ("coordinator", "school1")), name, None)
    one = a_plan(here, by=here.wang1)
    other = a_development_plan(here).submitted().signed()
    people.change_person(None, here.teacher, "王静怡", None)
    assert found(person="王静") == [(one.id, 1)]
    assert found(person="王静怡") == [(other.id, 2), (other.id, 1)]
    assert found(person="王") == [(other.id, 2), (other.id, 1), (one.id, 1)]


def test_by_unit(here: County, plan: Doc, tiny: Doc) -> None:
    assert found(unit="柳河") == [(tiny.id, 2), (tiny.id, 1)]
    assert found(unit="小学", person="lead") == [(plan.id, 4)]
    assert found(unit="教育局") == []


def test_by_action_and_everything_together(here: County, plan: Doc, tiny: Doc) -> None:
    assert found(action="submit") == [(tiny.id, 2), (plan.id, 2)]
    assert found(action="submit", unit="城关", person="coordinator", document="方案") == [(plan.id, 2)]
    assert found(action="submit", unit="柳河", person="coordinator") == []


def test_by_day_of_the_county_both_included(office: Flask) -> None:
    with clock_at(clock.parse("2026-09-01T00:00:00.000000Z")):  # what comes after comes later
        here = county()
    with clock_at(clock.parse("2026-09-30T15:59:59.999999Z")):  # the last moment of the 30th in Shanghai
        plan = a_plan(here)
    with clock_at(clock.parse("2026-09-30T16:00:00.000000Z")):  # the first of October
        plan.submitted()
    with clock_at(clock.parse("2026-10-02T03:00:00.000000Z")):
        plan.signed()
    assert by_day(plan) == [(plan.id, 3), (plan.id, 2), (plan.id, 1)]
    assert by_day(plan, until="2026-09-30") == [(plan.id, 1)]
    assert by_day(plan, since="2026-10-01", until="2026-10-01") == [(plan.id, 2)]
    assert by_day(plan, since="2026-10-02") == [(plan.id, 3)]
    assert by_day(plan, since="2026-10-03") == []
    assert by_day(plan, since="2026-10-02", until="2026-10-01") == []


def _titled(doc: Doc, title: str) -> None:
    from workflow_app.artefacts.models import Artefact

    with writing() as session:
        session.get_one(Artefact, doc.id).title = title


def test_wildcards_of_the_database_are_plain_characters(here: County, plan: Doc, tiny: Doc) -> None:
    _titled(plan, r"完成 100%_的\方案")
    everything = [(plan.id, seq) for seq in (4, 3, 2, 1)]
    for typed in ("%", "_", "\\", "100%", "%_", "_的\\"):
        assert found(document=typed) == everything, typed
    for typed in ("%%", "__", "1%0", "\\\\", "成_1", "[a-z]", "*"):
        assert found(document=typed) == [], typed
    for typed in ("%", "_", "\\"):
        assert found(person=typed) == found(unit=typed) == [], typed
    assert found(document="'; DROP TABLE event; --") == []


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 50])
def test_pages_are_complete_and_without_doubles(
    here: County, plan: Doc, tiny: Doc, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock_at(clock.parse("2026-10-08T01:00:00.000000Z")):  # all at the very same moment
        same = [a_development_plan(here), a_development_plan(here, by=here.colleague)]
    everything = db.session.query(Event.artefact_id, Event.seq)
    expected = [tuple(row) for row in everything.order_by(Event.at.desc(), Event.id.desc())]
    assert len(expected) == 8
    assert {doc.id for doc in same} < {row[0] for row in expected}
    monkeypatch.setattr(lookup, "PAGE", size)
    assert found() == expected
    page, following = lookup.page([true()], TrailFilters())
    assert len(page) == min(size, 8)
    assert (following is None) == (size >= 8)
    for most in (0, 1, 5, 8, 99):
        rows = [(row.artefact_id, row.seq) for row in lookup.everything([true()], TrailFilters(), most)]
        assert rows == expected[:most]


def test_what_happens_between_two_pages_moves_nothing(
    here: County, plan: Doc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 2)
    first, cursor = lookup.page([true()], TrailFilters())
    a_plan(here, by=here.principal3).submitted()
    second, _ = lookup.page([true()], TrailFilters(), cursor)
    assert [row.seq for row in (*first, *second)] == [4, 3, 2, 1]
    assert {row.artefact_id for row in (*first, *second)} == {plan.id}


def test_a_document_pages_from_its_first_event(
    here: County, plan: Doc, tiny: Doc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 3)
    rows, cursor = lookup.of_document(true(), plan.id)
    assert [row.seq for row in rows] == [1, 2, 3]
    rows, cursor = lookup.of_document(true(), plan.id, cursor)
    assert [row.seq for row in rows] == [4]
    assert cursor is None


def test_a_row_says_who_where_and_what_was_said(here: County, plan: Doc) -> None:
    newest = lookup.page([true()], TrailFilters(document=str(plan.id)))[0][0]
    assert (newest.actor, newest.username, newest.school) == ("lead的姓名", "lead", "城关小学")
    assert "同意" in newest.comment
    assert newest == lookup.one([true()], newest.id)
    assert lookup.one([Event.actor_id == here.teacher], newest.id) is None


# --- scope -----------------------------------------------------------------------------------

#: Who may look up which events, written from the rules: everything of a document, what came after its
#: submission (revision > 0), or what they did themselves.
ALL, SUBMITTED, OWN = "all", "submitted", "own"
SCOPES: dict[str, dict[str, str]] = {
    "draft plan of school 1": dict.fromkeys(("coordinator", "principal", "deputy", "auditor"), ALL),
    "signed plan of school 3": {
        "principal3": ALL, "auditor": ALL, "lead": SUBMITTED, "reviewer": SUBMITTED, "inspector": SUBMITTED,
        "principal": OWN,
    },
    "teacher's draft": {"teacher": ALL, "auditor": ALL},
    "colleague's, submitted": {
        "colleague": ALL, "auditor": ALL, "lead": SUBMITTED, "reviewer": SUBMITTED, "principal": SUBMITTED,
        "deputy": SUBMITTED, "coordinator": SUBMITTED,
    },
    "submitted plan of school 2": {
        "coordinator2": ALL, "principal2": ALL, "auditor": ALL, "lead2": SUBMITTED, "reviewer2": SUBMITTED,
        "inspector": SUBMITTED,
    },
}  # fmt: skip


def _documents(here: County) -> dict[str, Doc]:
    return {
        "draft plan of school 1": a_plan(here),
        "signed plan of school 3": a_plan(here, by=here.principal3).submitted().signed(here.principal),
        "teacher's draft": a_development_plan(here),
        "colleague's, submitted": a_development_plan(here, by=here.colleague).submitted(),
        "submitted plan of school 2": a_plan(here, by=here.coordinator2).submitted(),
    }


def test_each_role_sees_what_it_should_and_nothing_else(here: County) -> None:
    docs = _documents(here)
    events = {name: doc.events for name, doc in docs.items()}
    for who, me in here.people.items():
        expected = {
            (event.artefact_id, event.seq)
            for name, rows in events.items()
            for event in rows
            if (level := SCOPES[name].get(who)) == ALL
            or (level == SUBMITTED and event.revision > 0)
            or event.actor_id == me
        }
        scope = policy.trail_scope(me)
        assert set(found(scope)) == expected, who
        for event in (event for rows in events.values() for event in rows):
            seen = lookup.one(scope, event.id) is not None
            assert seen == ((event.artefact_id, event.seq) in expected), (who, event.action)


def test_an_administrator_has_no_look_into_the_trail(here: County, plan: Doc) -> None:
    assert found(policy.trail_scope(here.admin)) == []


def test_who_has_left_sees_only_what_was_theirs(here: County, plan: Doc, tiny: Doc) -> None:
    from workflow_app.people import service as people
    from workflow_app.people.models import Grant

    scope = policy.trail_scope(here.lead)
    assert len(found(scope)) == 4  # of the plan since its submission 3, of the tiny school 1
    for (number,) in db.session.query(Grant.id).filter_by(person_id=here.lead).all():
        people.end_role(None, number)
    assert found(policy.trail_scope(here.lead)) == [(plan.id, 4)]
