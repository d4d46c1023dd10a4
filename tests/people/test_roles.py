"""Roles with dates: where they belong, what they exclude, that none is ever deleted."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.people.world import World, build, chain, chain_breaks
from workflow_app import clock
from workflow_app.authentication import one_time
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import service
from workflow_app.people.models import Grant, Person

TODAY = clock.today()
LONG_AGO = "2025-09-01"


@pytest.fixture
def world(office: Flask) -> World:
    return build()


def roles(person_id: int, day: object = None) -> list[str]:
    return [grant.role for grant in service.live_grants(person_id, day)]  # type: ignore[arg-type]


def refusal(person_id: int, role: str, unit: int, first: object, last: object = None) -> dict[str, str]:
    before = db.session.query(Grant).count()
    with pytest.raises(BadInput) as refused:
        service.give_role(None, person_id, role, unit, first, last)  # type: ignore[arg-type]
    assert db.session.query(Grant).count() == before
    return refused.value.problems


def test_a_role_counts_between_its_days(world: World) -> None:
    service.give_role(None, world.nobody, "teacher", world.school, "2026-03-01", "2026-03-31")
    assert roles(world.nobody, "2026-02-28") == []
    assert roles(world.nobody, "2026-03-01") == ["teacher"]
    assert roles(world.nobody, "2026-03-31") == ["teacher"]
    assert roles(world.nobody, "2026-04-01") == []


def test_a_role_comes_with_its_unit(world: World) -> None:
    (grant,) = service.live_grants(world.principal)
    assert (grant.unit.name, grant.unit.kind) == ("城关小学", "school")


@pytest.mark.parametrize(
    ("role", "fits", "does_not"),
    [
        ("teacher", "school", "department"),
        ("principal", "school", "county"),
        ("deputy", "school", "department"),
        ("coordinator", "school", "county"),
        ("reviewer", "department", "school"),
        ("lead", "department", "school"),
        ("expert", "department", "school"),
        ("auditor", "county", "school"),
        ("administrator", "county", "department"),
    ],
)
def test_a_role_belongs_to_certain_units(world: World, role: str, fits: str, does_not: str) -> None:
    assert set(refusal(world.nobody, role, getattr(world, does_not), LONG_AGO)) == {"unit_id"}
    service.give_role(None, world.nobody, role, getattr(world, fits), LONG_AGO)
    assert roles(world.nobody) == [role]


def test_the_administrator_has_no_other_role(world: World) -> None:
    assert "不能兼任" in refusal(world.principal, "administrator", world.county, LONG_AGO)["role"]
    assert "不能兼任" in refusal(world.admin, "principal", world.school, LONG_AGO)["role"]
    assert "不能兼任" in refusal(world.admin, "auditor", world.county, LONG_AGO)["role"]


def test_an_administrator_may_have_been_something_else_before(world: World) -> None:
    service.give_role(None, world.nobody, "teacher", world.school, "2025-09-01", "2026-08-31")
    service.give_role(None, world.nobody, "administrator", world.county, "2026-09-01")
    assert refusal(world.nobody, "teacher", world.school, "2026-08-01", "2026-09-01")


def test_no_role_twice_in_the_same_days(world: World) -> None:
    assert "已有" in refusal(world.principal, "principal", world.school, "2026-01-01")["role"]
    service.give_role(None, world.principal, "principal", world.other_school, "2026-01-01")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("role", {"role": "king"}),
        ("role", {"role": "teacher\x00"}),
        ("unit_id", {"unit": 99999}),
        ("unit_id", {"unit": 2**70}),
        ("unit_id", {"unit": -1}),
        ("unit_id", {"unit": True}),
        ("person_id", {"person_id": 99999}),
        ("starts_on", {"first": "1.9.2026"}),
        ("starts_on", {"first": ""}),
        ("starts_on", {"first": "2026-02-30"}),
        ("starts_on", {"first": "0001-01-01"}),
        ("ends_on", {"last": "2025-08-31"}),
        ("ends_on", {"last": "morgen"}),
    ],
)
def test_bad_input_is_named_by_field(world: World, field: str, given: dict[str, object]) -> None:
    wanted = {"person_id": world.nobody, "role": "teacher", "unit": world.school, "first": LONG_AGO} | given
    assert set(refusal(**wanted)) == {field}  # type: ignore[arg-type]


def test_ending_keeps_the_row(world: World) -> None:
    (grant,) = service.live_grants(world.principal)
    number = grant.id
    service.end_role(world.admin, number)
    assert roles(world.principal) == []
    kept = db.session.get_one(Grant, number)
    assert kept.ended_by == world.admin
    assert kept.ended_at
    assert kept.ends_on is None
    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM grant_"))
    with pytest.raises(BadInput, match="已经结束"):
        service.end_role(None, number)


def test_ending_at_once_ends_sessions(world: World) -> None:
    before = db.session.get_one(Person, world.principal).epoch
    service.end_role(None, service.live_grants(world.principal)[0].id)
    assert db.session.get_one(Person, world.principal).epoch == before + 1


def test_ending_later(world: World) -> None:
    (grant,) = service.live_grants(world.principal)
    number, tomorrow = grant.id, TODAY + timedelta(days=1)
    with pytest.raises(BadInput):
        service.end_role(None, number, TODAY - timedelta(days=1))
    service.end_role(None, number, tomorrow)
    assert roles(world.principal, tomorrow) == ["principal"]
    assert roles(world.principal, tomorrow + timedelta(days=1)) == []
    with pytest.raises(BadInput, match="提前"):
        service.end_role(None, number, tomorrow + timedelta(days=5))


def test_unknown_roles_and_those_of_others(world: World) -> None:
    number = service.live_grants(world.principal)[0].id
    for grant_id, of in ((number, world.admin), (99999, None), (2**80, None)):
        with pytest.raises(NotFound):
            service.end_role(None, grant_id, of=of)


def test_the_last_administrator_stays(world: World) -> None:
    number = service.live_grants(world.admin)[0].id
    with pytest.raises(BadInput, match="至少要有一名"):
        service.end_role(world.admin, number)
    service.give_role(None, world.nobody, "administrator", world.county, LONG_AGO)
    service.end_role(world.admin, number)
    assert roles(world.admin) == []


def test_who_is_disabled_holds_nothing(world: World) -> None:
    service.disable(world.admin, world.principal)
    assert roles(world.principal) == []
    assert "停用" in refusal(world.principal, "teacher", world.school, LONG_AGO)["person_id"]
    service.enable(world.admin, world.principal)
    assert roles(world.principal) == ["principal"]


def test_listeners_hear_of_every_change_in_its_transaction(world: World) -> None:
    heard: list[set[int]] = []

    def listener(session: object, units: set[int]) -> None:
        heard.append(units)
        if len(heard) == 5:
            raise RuntimeError("no")

    service.grant_listeners.append(listener)
    try:
        grant = service.give_role(None, world.nobody, "teacher", world.school, LONG_AGO)
        service.end_role(None, grant.id)
        service.disable(None, world.principal)
        service.enable(None, world.principal)
        assert heard == [{world.school}] * 4
        with pytest.raises(RuntimeError):
            service.give_role(None, world.nobody, "teacher", world.school, LONG_AGO)
    finally:
        service.grant_listeners.remove(listener)
    assert roles(world.nobody) == []
    assert chain()[-1].action == "person:enable"


def test_a_request_asks_once_and_hears_of_changes(world: World, office: Flask) -> None:
    with office.test_request_context():
        assert service.live_grants(world.nobody) is service.live_grants(world.nobody)
        service.give_role(None, world.nobody, "teacher", world.school, LONG_AGO)
        assert roles(world.nobody) == ["teacher"]


def test_every_change_stands_in_one_whole_chain(world: World) -> None:
    service.set_route(world.admin, "小学", [world.department])
    one_time.give(world.admin, world.nobody)
    rows = chain()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert chain_breaks() == []
    assert {row.action for row in rows} >= {"unit:create", "person:create", "grant:give", "route:set"}
    assert rows[-1].actor_id == world.admin
    assert rows[-1].person_id == world.nobody
    assert b'"actor":{"id":' in rows[-1].body


def test_the_chain_holds_no_names(world: World) -> None:
    service.create_person(None, "zhao01", "赵一鸣", phone="13812345678")
    everything = b"".join(row.body for row in chain())
    for secret in ("赵一鸣", "13812345678", "zhao01", "曾敏"):
        assert secret.encode() not in everything
