"""A clock that was ahead and has been put right: nothing seems older than what was before it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import YEAR, County, Doc, a_development_plan, a_plan, county, end_role
from tests.faults.alterations.trying import findings
from workflow_app import canonical, clock, schema, stamps
from workflow_app.demo.loader import clock_at
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.people.models import Person, RegistryEvent
from workflow_app.periods import service as periods
from workflow_app.printing import codes
from workflow_app.search import finding
from workflow_app.signoff import assignment
from workflow_app.signoff.models import DailyRun, Task
from workflow_app.store import reading
from workflow_app.trail import export, verification

JUMPS = (timedelta(hours=3), timedelta(days=3 * 365))


@pytest.fixture
def here(office: Flask) -> County:
    here = county()
    periods.set_period(None, YEAR, "school_year", "2026—2027 学年", "2026-09-01", "2027-08-31", "open")
    return here


@contextmanager
def ahead(by: timedelta) -> Iterator[None]:
    with clock_at(datetime.now(UTC) + by):
        yield


def facts(event: Event) -> dict[str, object]:
    found: dict[str, object] = canonical.loads(bytes(event.body))
    return found


def verified() -> list[object]:
    whole = b"".join(line for _said, line in export.export(export.Chosen()))
    report = verification.Report()
    for found in verification.verify(BytesIO(whole)):
        report = found
    return list(report.problems)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_acts_after_a_jump_come_after_it_here_and_elsewhere(here: County, jump: timedelta) -> None:
    plan, other = a_plan(here), a_development_plan(here)
    with ahead(jump):
        plan.act(here.coordinator, "submit")
    before = clock.stamp(clock.now())
    plan.signed()
    other.submitted()  # which knows nothing of the plan
    people.change_person(None, here.teacher, "改了名", None)
    end_role(here.principal, "principal")  # ended after it was used, though the clock says before
    submit, sign = plan.events[-2:]
    last = db.session.query(RegistryEvent).order_by(RegistryEvent.seq.desc()).first()
    assert last
    assert submit.at < sign.at < other.events[-1].at < last.at
    assert before <= str(facts(sign)["clock"]) < submit.at
    assert facts(submit)["clock"] is None
    assert findings() == set()
    assert verified() == []


def test_deadlines_are_a_matter_of_the_real_time(here: County) -> None:
    plan, other = a_development_plan(here), a_development_plan(here, by=here.colleague)
    other.submitted()
    with ahead(timedelta(days=365)):
        a_plan(here, by=here.coordinator2).act(here.coordinator2, "discard", comment="x")
    plan.submitted()
    assert plan.row.due_at == other.row.due_at
    assert plan.row.state_since > other.row.state_since


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_is_saved_after_a_jump_is_found_and_is_told_as_the_last(here: County, jump: timedelta) -> None:
    plan = a_plan(here)
    with ahead(jump):
        plan.save(here.coordinator, goals="时钟走快时写的目标")
        assert _found(here, "走快时写")
    plan.save(here.coordinator, goals="时钟校准以后写的目标")
    assert _found(here, "校准以后")
    assert not _found(here, "走快时写")
    row = plan.row
    assert row.updated_at > clock.stamp(clock.now() + jump - timedelta(minutes=5))


def _found(here: County, words: str) -> bool:
    return bool(finding.find(here.coordinator, words)[0])


def test_a_later_start_refuses_to_serve_and_says_both_times(office: Flask, here: County) -> None:
    plan = a_plan(here)
    settings = office.config["SETTINGS"]
    assert schema.check(settings) == []
    with ahead(timedelta(days=40)):
        plan.submitted()
        assert schema.check(settings) == []
    (why,) = schema.check(settings)
    last = clock.local(plan.events[-1].at)
    assert f"{last:%Y-%m-%d %H:%M:%S}" in why
    assert f"{clock.local(clock.stamp(clock.now())):%Y-%m-%d %H:%M}" in why
    assert schema.check(settings.changed(clock_behind="accept")) == []


def test_a_clock_a_little_behind_serves(office: Flask, here: County) -> None:
    with ahead(timedelta(minutes=50)):
        a_plan(here)
    assert schema.check(office.config["SETTINGS"]) == []


def test_roles_by_their_day_are_worked_out_after_the_clock_was_ahead(office: Flask, here: County) -> None:
    """The deputy whose role begins tomorrow is asked tomorrow, and not before, whatever the clock said."""
    tomorrow = clock.today() + timedelta(days=1)
    newcomer = here.person("newdeputy")
    end_role(here.deputy, "deputy")
    people.give_role(None, newcomer, "deputy", here.school1, tomorrow)
    doc = a_development_plan(here).submitted()
    assignment.up_to_date()
    assert _asked(doc) == {"principal"}
    with ahead(timedelta(days=400)):
        assignment.up_to_date()
        assert _asked(doc) == {"principal", "deputy"}
    assignment.up_to_date()
    assert _asked(doc) == {"principal"}
    assert db.session.get_one(DailyRun, "assignment").day == clock.today().isoformat()
    with ahead(timedelta(days=1)):
        assignment.up_to_date()
        assert _asked(doc) == {"principal", "deputy"}


def _asked(doc: Doc) -> set[str | None]:
    db.session.rollback()
    return {task.role for task in db.session.query(Task).filter_by(artefact_id=doc.id, closed_at=None)}


def test_guesses_counted_ahead_of_time_shut_nobody_out(office: Flask, here: County) -> None:
    with ahead(timedelta(days=400)):
        for _ in range(codes.ALLOWED):
            codes.count("192.0.2.7")
        assert codes.wait("192.0.2.7") > 0
    assert codes.wait("192.0.2.7") == 0
    codes.count("192.0.2.7")
    assert codes.wait("192.0.2.7") == 0


def test_stamps_within_one_instant_differ(here: County) -> None:
    with clock_at(datetime(2030, 1, 1, tzinfo=UTC)):
        plan = a_plan(here)
        plan.submitted().signed().approved()
        stamped = [event.at for event in plan.events]
        assert sorted(set(stamped)) == stamped
        assert [facts(event)["clock"] for event in plan.events] == [None] * 4
        assert stamps.last(reading()) == stamped[-1]


def test_names_stand_by_the_order_of_acts(here: County) -> None:
    """Renamed after an act, though the clock says before it: the act stands under the name of its time."""
    from workflow_app.events import view

    plan = a_plan(here)
    with ahead(timedelta(days=30)):
        plan.submitted()
    before = db.session.get_one(Person, here.coordinator).name
    people.change_person(None, here.coordinator, "另一个名字", None)
    assert {event.actor for event in view.of_document(plan.id, "draft")} == {before}


def test_wrong_passwords_counted_ahead_of_time_lock_nobody_out(office: Flask, here: County) -> None:
    with ahead(timedelta(days=400)):
        for _ in range(12):
            with contextlib.suppress(AssertionError):
                log_in(office, "teacher", "猜的密码一二三四")
        with pytest.raises(AssertionError):
            log_in(office, "teacher")  # locked
    assert log_in(office, "teacher").get("/me").status_code == 200


def test_a_session_begun_ahead_of_time_ends_when_the_clock_is_put_right(office: Flask, here: County) -> None:
    with ahead(timedelta(days=400)):
        browser = log_in(office, "teacher")
        assert browser.get("/me").status_code == 200
    assert browser.get("/me").status_code in (302, 303)
