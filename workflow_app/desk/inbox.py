"""The four boxes of the desk: 待我处理, 我发起的, 我已处理, 抄送我的.

Each box is read by key, newest or latest-due first, one short index scan per seat merged into one
statement; counts stop at 100 and are shown as 99+. Nothing here grows with the number of documents.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, literal, literal_column, select, tuple_, union_all

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.people.service import live_grants
from workflow_app.signoff.models import Notice, Task

BOXES = ("todo", "mine", "done", "copied")
PAGE = 30
COUNTED = 100

Cursor = tuple[str, int]
Rows = Select[*tuple[Any, ...]]


class InboxRow(NamedTuple):
    """A line of a box. ``when`` is what the box sorts by; ``due_at`` only in 待我处理."""

    id: int
    title: str
    workflow: str
    definition_id: int
    state: str
    school: str
    who: str
    when: str
    due_at: str
    cursor: Cursor


def _seats(person_id: int) -> list[tuple[str, int]]:
    return sorted({(grant.role, grant.unit_id) for grant in live_grants(person_id)})


def _before(query: Rows, key: tuple[Any, Any], cursor: Cursor | None, newest: bool) -> Rows:
    """Keyset: rows after the cursor in the order of ``key``, at most one page and one more."""
    if cursor:
        mark = tuple_(*(literal(part) for part in cursor))
        query = query.where(tuple_(*key) < mark if newest else tuple_(*key) > mark)
    order = [column.desc() for column in key] if newest else list(key)
    return query.order_by(*order).limit(PAGE + 1)


def _merged(queries: Sequence[Rows]) -> Any:
    """Several keyset scans as one statement; each keeps its own order and limit."""
    return union_all(*(select(query.subquery()) for query in queries)).subquery("found")


def _todo(person_id: int, cursor: Cursor | None) -> Any:
    own = exists().where(Author.artefact_id == Task.artefact_id, Author.person_id == person_id)
    columns = (Task.artefact_id.label("artefact_id"), Task.due_at.label("at"), Task.id.label("id"))
    scans = [
        select(*columns).where(Task.closed_at.is_(None), Task.role == role, Task.unit_id == unit, ~own)
        for role, unit in _seats(person_id)
    ]
    scans.append(select(*columns).where(Task.closed_at.is_(None), Task.person_id == person_id))
    return _merged([_before(scan, (Task.due_at, Task.id), cursor, newest=False) for scan in scans])


def _mine(person_id: int, cursor: Cursor | None) -> Any:
    query = select(Artefact.id.label("artefact_id"), Artefact.updated_at.label("at"), Artefact.id.label("id"))
    query = query.where(Artefact.author_id == person_id)
    return _before(query, (Artefact.updated_at, Artefact.id), cursor, newest=True).subquery("found")


def _done(person_id: int, cursor: Cursor | None) -> Any:
    later = Event.__table__.alias("later")
    again = exists().where(
        later.c.artefact_id == Event.artefact_id,
        later.c.actor_id == person_id,
        later.c.handled,
        later.c.seq > Event.seq,
    )
    query = select(Event.artefact_id.label("artefact_id"), Event.at.label("at"), Event.id.label("id"))
    query = query.where(Event.actor_id == person_id, Event.handled, ~again)
    return _before(query, (Event.at, Event.id), cursor, newest=True).subquery("found")


def _copied(person_id: int, cursor: Cursor | None) -> Any:
    columns = (Notice.artefact_id.label("artefact_id"), Notice.at.label("at"), Notice.id.label("id"))
    scans = [
        select(*columns).where(Notice.purpose == "copy", Notice.role == role, Notice.unit_id == unit)
        for role, unit in _seats(person_id)
    ]
    scans.append(select(*columns).where(Notice.purpose == "copy", Notice.person_id == person_id))
    return _merged([_before(scan, (Notice.at, Notice.id), cursor, newest=True) for scan in scans])


_FOUND = {"todo": _todo, "mine": _mine, "done": _done, "copied": _copied}


def page(person_id: int, box: str, cursor: Cursor | None = None) -> tuple[list[InboxRow], Cursor | None]:
    """One page of a box and the cursor of the next, or None at the end."""
    found = _FOUND[box](person_id, cursor)
    newest = box != "todo"
    order = [found.c.at.desc(), found.c.id.desc()] if newest else [found.c.at, found.c.id]
    query = (
        select(
            Artefact.id, Artefact.title, Artefact.workflow, Artefact.definition_id, Artefact.state,
            Unit.name, Person.name, Artefact.state_since, Artefact.due_at, found.c.at, found.c.id,
        )
        .select_from(found)
        .join(Artefact, Artefact.id == found.c.artefact_id)
        .join(Unit, Unit.id == Artefact.school_id)
        .join(Person, Person.id == Artefact.author_id)
        .order_by(*order)
        .limit(PAGE + 1)
    )  # fmt: skip
    rows = [
        InboxRow._make((*row[:7], row[7 if box in ("todo", "mine") else 9], row[8], (row[9], row[10])))
        for row in db.session.execute(query)
    ]
    more = len(rows) > PAGE
    return _once(rows[:PAGE]), (rows[PAGE - 1].cursor if more else None)


def _once(rows: list[InboxRow]) -> list[InboxRow]:
    """A document that waits for two of one's seats stands once."""
    return list({row.id: row for row in reversed(rows)}.values())[::-1]


def counts(person_id: int) -> dict[str, int]:
    """How many stand in each box, up to ``COUNTED``; and under ``late`` how many are late to do."""
    seats = _seats(person_id)
    now = clock.stamp(clock.now())
    own = exists().where(Author.artefact_id == Task.artefact_id, Author.person_id == person_id)
    todo = [
        select(literal(1)).where(Task.closed_at.is_(None), Task.role == role, Task.unit_id == unit, ~own)
        for role, unit in seats
    ] + [select(literal(1)).where(Task.closed_at.is_(None), Task.person_id == person_id)]
    # Read in the order of the index: where most tasks wait for one seat, SQLite would rather read them all.
    todo = [scan.order_by(Task.due_at) for scan in todo]
    late = [scan.where(Task.due_at < now) for scan in todo]
    copied = [
        select(literal(1)).where(Notice.purpose == "copy", Notice.role == role, Notice.unit_id == unit)
        for role, unit in seats
    ] + [select(literal(1)).where(Notice.purpose == "copy", Notice.person_id == person_id)]
    later = Event.__table__.alias("later")
    again = exists().where(
        and_(
            later.c.artefact_id == Event.artefact_id,
            later.c.actor_id == person_id,
            later.c.handled,
            later.c.seq > Event.seq,
        )
    )
    columns = {
        "todo": _capped(todo),
        "late": _capped(late),
        "mine": _capped([select(literal(1)).where(Artefact.author_id == person_id)]),
        "done": _capped([select(literal(1)).where(Event.actor_id == person_id, Event.handled, ~again)]),
        "copied": _capped(copied),
    }
    row = db.session.execute(select(*(query.label(name) for name, query in columns.items()))).one()
    return dict(row._mapping)


def _capped(scans: Sequence[Select[Any]]) -> Any:
    """How many rows the scans give together, counting no further than ``COUNTED``."""
    limited = [select(scan.limit(COUNTED).subquery()) for scan in scans]
    return (
        select(func.count(literal_column("*")))
        .select_from(union_all(*limited).limit(COUNTED).subquery())
        .scalar_subquery()
    )
