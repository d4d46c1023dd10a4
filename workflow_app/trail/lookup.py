"""Looking things up in the trail: by document, person, unit, action, date; newest first, by key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select

from workflow_app import clock, inputs, listing
from workflow_app.artefacts.models import Artefact
from workflow_app.events import view
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.people.models import Person, Unit
from workflow_app.people.names import people_named, units_named
from workflows.characters import narrow

PAGE = 50
MATCHES = 200
#: Conditions over ``Event``; an event within one of them may be seen.
Scope = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What is looked for; empty fields do not filter. Days are county days, both included."""

    document: str = ""
    person: str = ""
    unit: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    artefact_id: int | None = None
    actor_id: int | None = None
    school_id: int | None = None


def _like(column: Any, text: str) -> ColumnElement[bool]:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(f"%{escaped}%", escape="\\")  # type: ignore[no-any-return]


def _ids(query: Select[Any]) -> list[int]:
    return list(db.session.scalars(query.limit(MATCHES)))


def _named(model: type[Person] | type[Unit], whole: ColumnElement[bool], typed: str) -> list[int]:
    """Who has the whole name; only where nobody has, those in whose name it stands."""
    return _ids(select(model.id).where(whole)) or _ids(select(model.id).where(_like(model.name, typed)))


def _conditions(filters: TrailFilters) -> list[ColumnElement[bool]]:
    """Names become ids first, so that the events are found by their indexes."""
    found: list[ColumnElement[bool]] = []
    if filters.document:
        titles = select(Artefact.id).where(_like(Artefact.title, filters.document))
        ids = _ids(titles.order_by(Artefact.id.desc()))
        if number := inputs.identifier(filters.document):
            ids.append(number)
        found.append(Event.artefact_id.in_(ids))
    if filters.person:
        found.append(Event.actor_id.in_(people(filters.person)))
    if filters.unit:
        found.append(Event.school_id.in_(_whole_or_part(units_named, filters.unit)))
    for column, value in (
        (Event.action, filters.action or None),
        (Event.artefact_id, filters.artefact_id),
        (Event.actor_id, filters.actor_id),
        (Event.school_id, filters.school_id),
    ):
        if value is not None:
            found.append(column == value)
    if filters.since:
        found.append(Event.at >= clock.day_start(filters.since))
    if filters.until:
        found.append(Event.at < clock.day_start(filters.until + timedelta(days=1)))
    return found


def _whole_or_part(named: Callable[[Any], Select[int]], typed: str) -> list[int]:
    """Who has, or had, the whole name; only where nobody has, those in whose name it stands."""
    return _ids(named(lambda column: column == typed)) or _ids(named(lambda column: _like(column, typed)))


def people(typed: str) -> list[int]:
    """By user name or by the whole name, now or in former times; else by part of a name."""
    whole = people_named(lambda column: column == typed)
    known = or_(Person.username == narrow(typed).lower(), Person.id.in_(whole))
    return _ids(select(Person.id).where(known)) or _whole_or_part(people_named, typed)


def page(
    scope: Scope, filters: TrailFilters, cursor: Cursor | None = None
) -> tuple[list[view.EventView], Cursor | None]:
    """One page of events within ``scope`` (``signoff.policy.trail_scope``), and the next cursor."""
    if not scope:
        return [], None
    wanted = _conditions(filters)
    scans = [select(Event.at.label("at"), Event.id.label("id")).where(within, *wanted) for within in scope]
    query = listing.merged(scans, (Event.at, Event.id), PAGE, further=cursor is not None)
    found = db.session.execute(query, listing.parameters(cursor))
    return listing.page_of(view.by_id([number for _at, number in found]), PAGE)


def one(scope: Scope, event_id: int) -> view.EventView | None:
    """One event, if it is within ``scope``."""
    keys = select(Event.id).where(or_(false(), *scope), Event.id == event_id)
    return next(iter(view.by_id(db.session.scalars(keys).all())), None)


def of_document(
    within: ColumnElement[bool], artefact_id: int, after: Cursor | None = None
) -> tuple[list[view.EventView], Cursor | None]:
    """One page of a document's events from the first on, and the next cursor (``("seq", number)``)."""
    keys = select(Event.id).where(
        within, Event.artefact_id == artefact_id, Event.seq > (after[1] if after else 0)
    )
    rows = view.by_id(db.session.scalars(keys.order_by(Event.seq).limit(PAGE + 1)).all())
    return rows[:PAGE], ("seq", rows[PAGE - 1].seq) if len(rows) > PAGE else None


def everything(scope: Scope, filters: TrailFilters, most: int) -> Iterator[view.EventView]:
    """All pages one after the other, at most ``most`` events."""
    cursor, left = None, most
    while left > 0:
        rows, cursor = page(scope, filters, cursor)
        yield from rows[:left]
        left -= len(rows)
        if cursor is None:
            return


def chain(artefact_id: int) -> list[tuple[int, bytes, str]]:
    """(seq, body, hash) of every event of a document, in order."""
    query = select(Event.seq, Event.body, Event.hash).filter_by(artefact_id=artefact_id).order_by(Event.seq)
    return [(row[0], bytes(row[1]), row[2]) for row in db.session.execute(query)]
