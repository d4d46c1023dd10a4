"""What the pages about people show: lists by 拼音, a person's roles past and to come."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Person, RegistryEvent, Unit

PAGE = 50


class PersonRow(NamedTuple):
    """One line of the list: the person and the roles held today as (role, unit name, grant id)."""

    person: Person
    roles: list[tuple[str, str, int]]


class GrantRow(NamedTuple):
    """One role of a person. ``phase``: ``live``, ``future`` or ``ended``."""

    id: int
    role: str
    unit: str
    starts_on: str
    ends_on: str | None
    given_by: str | None
    given_at: str
    ended_by: str | None
    ended_at: str | None
    phase: str


def _live(today: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Grant.ended_at.is_(None),
        Grant.starts_on <= today,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
    )


def _matches(q: str) -> ColumnElement[bool]:
    """Name or login name hold it; or, for Latin letters, the 拼音 begins so (initials will do: ``zgf``)."""
    found = [Person.name.contains(q, autoescape=True), Person.username.contains(q.lower(), autoescape=True)]
    if re.fullmatch(r"[A-Za-z ']{1,40}", q):
        letters = q.lower().replace(" ", "").replace("'", "").replace("ü", "v")
        found.append(Person.sort_key.like("%".join(letters) + "%"))
    return or_(*found)


def people(
    q: str = "", unit_id: int | None = None, role: str = "", after: int | None = None, size: int = PAGE
) -> tuple[list[PersonRow], int | None]:
    """A page of people by 拼音, and the id after which the next page begins (None: no more).

    Args:
        unit_id, role: only who holds a role today, at that unit, of that name.
        after: id of the last person of the page before.
    """
    today = clock.today().isoformat()
    query = select(Person).order_by(Person.sort_key, Person.id).limit(size + 1)
    if q:
        query = query.where(_matches(q))
    held = [*_live(today), Grant.person_id == Person.id]
    if unit_id is not None:
        held.append(Grant.unit_id == unit_id)
    if role:
        held.append(Grant.role == role)
    if unit_id is not None or role:
        query = query.where(exists().where(*held))
    if after is not None:
        last = db.session.get(Person, after)
        if last is None:
            return [], None
        query = query.where(tuple_(Person.sort_key, Person.id) > (last.sort_key, last.id))
    found = list(db.session.scalars(query))
    shown = found[:size]
    roles = _roles([person.id for person in shown], today)
    rows = [PersonRow(person, roles.get(person.id, [])) for person in shown]
    return rows, shown[-1].id if len(found) > size else None


def _roles(person_ids: Iterable[int], today: str) -> dict[int, list[tuple[str, str, int]]]:
    query = (
        select(Grant.person_id, Grant.role, Unit.name, Grant.id)
        .join(Grant.unit)
        .where(Grant.person_id.in_(list(person_ids)), *_live(today))
        .order_by(Grant.starts_on, Grant.id)
    )
    found: dict[int, list[tuple[str, str, int]]] = {}
    for person_id, role, unit, grant_id in db.session.execute(query):
        found.setdefault(person_id, []).append((role, unit, grant_id))
    return found


def roles_of(person_id: int) -> list[GrantRow]:
    """Every role this person has, had or will have: what is live first, then to come, then ended."""
    giver, ender = aliased(Person), aliased(Person)
    query = (
        select(Grant, Unit.name, giver.name, ender.name)
        .join(Unit, Unit.id == Grant.unit_id)
        .outerjoin(giver, giver.id == Grant.given_by)
        .outerjoin(ender, ender.id == Grant.ended_by)
        .where(Grant.person_id == person_id)
        .order_by(Grant.starts_on.desc(), Grant.id.desc())
    )
    today = clock.today().isoformat()
    rows = [
        GrantRow(
            id=grant.id,
            role=grant.role,
            unit=unit,
            starts_on=grant.starts_on,
            ends_on=grant.ends_on,
            given_by=given_by,
            given_at=grant.given_at,
            ended_by=ended_by,
            ended_at=grant.ended_at,
            phase=_phase(grant, today),
        )
        for grant, unit, given_by, ended_by in db.session.execute(query)
    ]
    return sorted(rows, key=lambda row: ("live", "future", "ended").index(row.phase))


def _phase(grant: Grant, today: str) -> str:
    if grant.ended_at or (grant.ends_on and grant.ends_on < today):
        return "ended"
    return "live" if grant.starts_on <= today else "future"


#: What others do to an account that its owner is told of.
TOLD = ("password:reset", "token:make", "factor:reset", "person:staff_number")


class LogRow(NamedTuple):
    """One entry of the log of changes: when, who (None: command line), what, about what."""

    seq: int
    at: str
    actor: str | None
    action: str
    subject: str


_LOG = select(
    RegistryEvent.seq, RegistryEvent.at, Person.name, RegistryEvent.action, RegistryEvent.subject
).outerjoin(Person, Person.id == RegistryEvent.actor_id)


def changes(person_id: int | None = None, size: int = 20) -> list[LogRow]:
    """The newest changes (about one person), as logged."""
    query: Any = _LOG.order_by(RegistryEvent.seq.desc()).limit(size)
    if person_id is not None:
        query = query.where(RegistryEvent.person_id == person_id)
    return [LogRow(*row) for row in db.session.execute(query)]


def news(person_id: int, since: int) -> list[LogRow]:
    """What others have done to that person's account from an entry of the register on, oldest first."""
    query = (
        _LOG.where(
            RegistryEvent.person_id == person_id,
            RegistryEvent.seq >= since,
            RegistryEvent.action.in_(TOLD),
            or_(RegistryEvent.actor_id.is_(None), RegistryEvent.actor_id != person_id),
        )
        .order_by(RegistryEvent.seq)
        .limit(20)
    )
    return [LogRow(*row) for row in db.session.execute(query)]
