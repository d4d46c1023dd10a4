"""The four boxes of the desk: 待我处理, 我发起的, 我已处理, 抄送我的.

Each box is read by key, newest or latest-due first, one short index scan per seat merged into one
statement; counts stop at ``COUNTED``. Nothing here grows with the number of documents. The statements
depend only on how many seats somebody has, and are built once for each number.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Exists,
    Label,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from workflow_app import clock, listing
from workflow_app.artefacts.lines import DocumentLine, lines
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.people.service import live_grants
from workflow_app.signoff import assignment, policy
from workflow_app.signoff.models import Notice, Task

BOXES = ("todo", "mine", "done", "copied")
PAGE = 30
#: Counts stop here; ``999+`` is shown.
COUNTED = 1000

Scan = Select[*tuple[Any, ...]]
_ME: BindParameter[int] = bindparam("me")
_NOW: BindParameter[str] = bindparam("now")
_ONE: Label[int] = literal_column("1").label("one")


class Box(NamedTuple):
    """What is in a box: index scans to be merged, and their order."""

    scans: Sequence[Scan]
    key: listing.Key
    descending: bool = True


# --- what is in a box ------------------------------------------------------------------------


def _addressed(model: Any, seats: int) -> list[ColumnElement[bool]]:
    """Rows that name one of somebody's seats (``role0``, ``unit0``, …), one condition for each."""
    return [
        and_(model.role == bindparam(f"role{number}"), model.unit_id == bindparam(f"unit{number}"))
        for number in range(seats)
    ]


def _todo(seats: int) -> Box:
    """Each document once, though it may wait for two seats of one person: a scan leaves out what an
    earlier one has.
    """
    query = select(Task.artefact_id.label("artefact_id"), Task.due_at.label("at"), Task.id.label("id"))
    query = query.where(Task.closed_at.is_(None))
    own = or_(exists().where(Author.artefact_id == Task.artefact_id, Author.person_id == _ME), _has_signed())
    other = aliased(Task)
    others = _addressed(other, seats)
    scans = []
    for number, seat in enumerate(_addressed(Task, seats)):
        scan = query.where(seat, ~own)
        scans.append(scan.where(~_waits_also(other, others[:number])) if number else scan)
    mine = query.where(Task.person_id == _ME)
    scans.append(mine.where(or_(own, ~_waits_also(other, others))) if seats else mine)
    return Box(scans, (Task.due_at, Task.id), descending=False)


def _has_signed() -> Exists:
    """Whether the person has signed the document in its present round: they cannot do so again."""
    return exists().where(
        Artefact.id == Task.artefact_id,
        Event.artefact_id == Artefact.id,
        Event.round == Artefact.round,
        Event.actor_id == _ME,
        Event.signs,
    )


def _waits_also(other: type[Task], addressed: Sequence[ColumnElement[bool]]) -> Exists:
    return exists().where(other.artefact_id == Task.artefact_id, other.closed_at.is_(None), or_(*addressed))


def _mine() -> Box:
    query = select(Artefact.id.label("artefact_id"), Artefact.updated_at.label("at"), Artefact.id.label("id"))
    scan = query.where(Artefact.author_id == _ME)
    return Box([scan], (Artefact.updated_at, Artefact.id))


def _done() -> Box:
    query = select(Event.artefact_id.label("artefact_id"), Event.at.label("at"), Event.id.label("id"))
    return Box([query.where(Event.actor_id == _ME, Event.handled, ~_again())], (Event.at, Event.id))


def _again() -> Exists:
    """Whether the person handled the document of an event once more later."""
    later = Event.__table__.alias("later")
    return exists().where(
        later.c.artefact_id == Event.artefact_id,
        later.c.actor_id == _ME,
        later.c.handled,
        later.c.seq > Event.seq,
    )


def _copied(seats: int) -> Box:
    """Each document once, with the last copy of it."""
    query = select(Notice.artefact_id.label("artefact_id"), Notice.at.label("at"), Notice.id.label("id"))
    later = aliased(Notice)
    newer = exists().where(
        later.artefact_id == Notice.artefact_id,
        later.purpose == "copy",
        later.id > Notice.id,
        or_(later.person_id == _ME, *_addressed(later, seats)),
    )
    query = query.where(Notice.purpose == "copy", ~newer)
    scans = [query.where(seat) for seat in _addressed(Notice, seats)]
    scans.append(query.where(Notice.person_id == _ME))
    return Box(scans, (Notice.at, Notice.id))


def _box(name: str, seats: int) -> Box:
    match name:
        case "todo":
            return _todo(seats)
        case "mine":
            return _mine()
        case "done":
            return _done()
    return _copied(seats)


# --- pages -----------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _page(name: str, seats: int, further: bool, size: int) -> Executable:
    box = _box(name, seats)
    return listing.merged(box.scans, box.key, size, further=further, descending=box.descending)


def page(person_id: int, box: str, cursor: Cursor | None = None) -> tuple[list[DocumentLine], Cursor | None]:
    """One page of a box and the cursor of the next, or None at the end."""
    assignment.up_to_date()
    seats = _seats(person_id)
    query = _page(box, len(seats), cursor is not None, PAGE)
    found = db.session.execute(query, _parameters(person_id, seats) | listing.parameters(cursor)).all()
    rows, following = listing.page_of(lines(found, since=box in ("todo", "mine")), PAGE)
    return policy.lines_for(person_id, rows) if box == "copied" else rows, following


def _seats(person_id: int) -> list[tuple[str, int]]:
    return sorted({(grant.role, grant.unit_id) for grant in live_grants(person_id)})


def _parameters(person_id: int, seats: Sequence[tuple[str, int]]) -> dict[str, Any]:
    values: dict[str, Any] = {"me": person_id}
    for number, (role, unit) in enumerate(seats):
        values[f"role{number}"], values[f"unit{number}"] = role, unit
    return values


# --- counts ----------------------------------------------------------------------------------


def counts(person_id: int) -> dict[str, int]:
    """How many stand in each box, up to ``COUNTED``; and under ``late`` how many are late to do."""
    assignment.up_to_date()
    seats = _seats(person_id)
    values = _parameters(person_id, seats) | {"now": clock.stamp(clock.now())}
    row = db.session.execute(_counts(len(seats), COUNTED), values).one()
    return dict(row._mapping)


@lru_cache(maxsize=64)
def _counts(seats: int, most: int) -> Scan:
    columns = {name: _capped(_in_order(_box(name, seats)), most) for name in BOXES}
    late = [scan.where(Task.due_at < _NOW) for scan in _in_order(_todo(seats))]
    columns["late"] = _capped(late, most)
    return select(*(query.label(name) for name, query in columns.items()))


def _in_order(box: Box) -> list[Scan]:
    """The scans, read in the order of their index: where most rows name one seat, SQLite would rather read
    all of them, even for somebody whom none names.
    """
    return [scan.order_by(box.key[0]) for scan in box.scans]


def _capped(scans: Sequence[Scan], most: int) -> ScalarSelect[int]:
    """How many rows the scans give together, counting no further than ``most``."""
    limited = [scan.with_only_columns(_ONE).limit(most).subquery().select() for scan in scans]
    counted = union_all(*limited).limit(most).subquery()
    return select(func.count(literal_column("*"))).select_from(counted).scalar_subquery()
