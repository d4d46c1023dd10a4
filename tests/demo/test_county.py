"""The demo county: everybody and every state is there, played through the real services."""

from collections import Counter, defaultdict

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.configuring import configure
from workflow_app import canonical, clock, demo
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Artefact, Author, Draft, Revision
from workflow_app.definitions import registry
from workflow_app.demo import people, texts
from workflow_app.events import chain
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.signoff.models import Answered, Notice, Point, Task

PASSWORD = "一起研修 2026"
STATES = {"draft", "school_review", "training_review", "returned", "approved", "archived"}


@pytest.fixture
def county(office: Flask) -> Flask:
    assert demo.load(office, PASSWORD)
    db.session.rollback()
    return office


def document(workflow: str, period: str, place: str) -> Artefact:
    subject = f"person:{people.ids()[place]}" if place in people.USERNAMES else ""
    subject = subject or f"school:{people.unit_ids()[place]}"
    query = select(Artefact).filter_by(workflow=workflow, period_key=period, subject=subject)
    return db.session.execute(query).scalar_one()


def asked(artefact: Artefact) -> set[tuple[str, str]]:
    """Role and unit of the seats a document waits for."""
    query = select(Task.role, Unit.name).join(Unit, Unit.id == Task.unit_id)
    query = query.where(Task.artefact_id == artefact.id, Task.closed_at.is_(None))
    return {(role, name) for role, name in db.session.execute(query)}


def counts() -> dict[str, int]:
    db.session.rollback()
    tables = (Person, Grant, Unit, Artefact, Author, Draft, Revision, Event, Task, Notice, Point, Answered)
    return {
        table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) for table in tables
    }


def test_the_whole_county_stands(county: Flask) -> None:
    every_state_of_every_kind_is_there()
    every_chain_is_whole()
    nobody_signed_their_own()
    what_was_submitted_is_complete()
    time_passes_forwards()


def every_state_of_every_kind_is_there() -> None:
    found = defaultdict(set)
    for workflow, state in db.session.execute(select(Artefact.workflow, Artefact.state)):
        found[workflow].add(state)
    assert dict(found) == dict.fromkeys(["school_plan", "annual_summary", "development_plan"], STATES)


def every_chain_is_whole() -> None:
    for artefact in db.session.scalars(select(Artefact)):
        events = db.session.scalars(
            select(Event).filter_by(artefact_id=artefact.id).order_by(Event.seq)
        ).all()
        assert not chain.breaks(artefact.id, [(event.seq, event.body, event.hash) for event in events])
        assert (artefact.head_seq, artefact.head_hash) == (events[-1].seq, events[-1].hash)
        assert artefact.state == events[-1].to_state


def nobody_signed_their_own() -> None:
    authors = {(row.artefact_id, row.person_id) for row in db.session.scalars(select(Author))}
    signatures = {
        (row.artefact_id, row.actor_id) for row in db.session.scalars(select(Event).filter_by(signs=True))
    }
    assert signatures
    assert not authors & signatures


def what_was_submitted_is_complete() -> None:
    query = select(Revision, Artefact.definition_id).join(Artefact, Artefact.id == Revision.artefact_id)
    for revision, definition_id in db.session.execute(query):
        content = canonical.loads(bytes(revision.content))
        clean, problems = form.clean(registry.machine(definition_id).definition, content)
        assert not problems
        assert clean == content


def time_passes_forwards() -> None:
    last: dict[int, str] = {}
    for artefact_id, at in db.session.execute(
        select(Event.artefact_id, Event.at).order_by(Event.artefact_id, Event.seq)
    ):
        assert at > last.get(artefact_id, "")
        last[artefact_id] = at
    days = {clock.local(at).date() for at in last.values()}
    assert min(days).year == 2025
    assert max(days).isoformat() == "2026-11-20"


def test_a_second_load_changes_nothing(county: Flask) -> None:
    before = counts()
    assert demo.load(county, "另一个密码 2026") is False
    assert counts() == before


def test_an_interrupted_load_goes_on(office: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = texts.steps()
    monkeypatch.setattr(texts, "steps", lambda: whole[:30])
    assert demo.load(office, PASSWORD)
    monkeypatch.setattr(texts, "steps", lambda: whole)
    assert not demo.is_loaded()
    assert demo.load(office, PASSWORD)
    assert counts()["event"] == len([step for step in whole if step.do not in {"save", "answer"}])


@pytest.mark.sqlite_only
def test_the_people_and_their_roles(county: Flask) -> None:
    names = Counter(one.username.rstrip("0123456789") for one in people.PEOPLE)
    assert names == {
        "teacher": 6, "coordinator": 2, "principal": 3, "deputy": 1, "reviewer": 4, "lead": 2,
        "expert": 1, "inspector": 1, "auditor": 1, "admin": 1,
    }  # fmt: skip
    query = select(Person.username, Unit.name, Unit.stage).join(Grant, Grant.person_id == Person.id)
    query = query.join(Unit, Unit.id == Grant.unit_id).where(Unit.kind == "school")
    schools = defaultdict(set)
    for username, unit, _ in db.session.execute(query):
        schools[unit].add(username)
    assert schools["青禾县城关小学"] == {
        "teacher01", "teacher02", "teacher03", "coordinator01", "principal01", "deputy01",
    }  # fmt: skip
    assert schools["青禾县柳河小学"] == {"principal03", "teacher06"}


@pytest.mark.sqlite_only
def test_the_parent_school_is_asked_where_the_only_principal_is_the_author(county: Flask) -> None:
    summary = document("annual_summary", "2025-2026", "school3")
    assert summary.state == "school_review"
    assert asked(summary) == {("principal", "青禾县城关小学")}


@pytest.mark.sqlite_only
def test_an_amendment_goes_round_while_the_old_plan_stays_in_force(county: Flask) -> None:
    plan = document("school_plan", "2026-2027", "school1")
    assert plan.state == "school_review"
    assert (plan.in_force_revision, plan.revision) == (2, 3)
    assert asked(plan) == {("principal", "青禾县城关小学")}


@pytest.mark.sqlite_only
def test_a_plan_came_back_with_every_point_answered(county: Flask) -> None:
    plan = document("school_plan", "2026-2027", "school2")
    points = db.session.scalars(select(Point).filter_by(artefact_id=plan.id)).all()
    assert plan.state == "training_review"
    assert {point.state for point in points} == {"answered"}
    assert all(point.answer for point in points)


@pytest.mark.sqlite_only
def test_some_tasks_are_late_and_some_are_not(county: Flask) -> None:
    due = db.session.scalars(select(Task.due_at).where(Task.closed_at.is_(None))).all()
    on_the_day = "2026-11-23T02:00:00.000000Z"
    assert [at for at in due if at < on_the_day]
    assert [at for at in due if at > on_the_day]


@pytest.mark.sqlite_only
def test_it_is_refused_in_production(office: Flask) -> None:
    configure(office, app_env="production")
    with pytest.raises(demo.DemoRefused, match="正式环境"):
        demo.load(office, PASSWORD)
    assert counts()["person"] == 0


@pytest.mark.sqlite_only
def test_it_is_refused_beside_other_peoples_data(office: Flask) -> None:
    from workflow_app.people import service

    service.create_person(None, "someone", "某人")
    with pytest.raises(demo.DemoRefused, match="空的数据库"):
        demo.load(office, PASSWORD)
    assert counts()["artefact"] == 0
    assert demo.ready(office.config["SETTINGS"]) == []
