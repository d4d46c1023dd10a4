"""Looking things up in the security log: by kind, person, day; newest first, by place in its files."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select

from workflow_app import security_log
from workflow_app.extensions import db
from workflow_app.listing import BadCursor, Cursor
from workflow_app.people.models import Person
from workflow_app.security_log import Record

PAGE = 50
#: So many records are read for one page; a filter that fits few of them goes on with the next page.
LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class SecurityFilters:
    """What is looked for. ``kinds``: those the reader may read. Days are county days, both included."""

    kinds: frozenset[str]
    kind: str = ""
    people: Collection[int] | None = None
    since: date | None = None
    until: date | None = None

    def fit(self, record: Record) -> bool:
        """Whether it may be read and is looked for; of a person: what they did, and what was done to them."""
        if record.kind not in self.kinds or self.kind not in ("", record.kind):
            return False
        return self.people is None or bool({record.person_id, record.facts.get("about")} & set(self.people))


class Shown(NamedTuple):
    """A record with the names that go with it today."""

    record: Record
    person: str
    about: str


def page(filters: SecurityFilters, cursor: Cursor | None = None) -> tuple[list[Shown], Cursor | None]:
    """One page of records, and the next cursor."""
    records = security_log.newest_first(filters.since, filters.until, _before(cursor))
    found: list[Record] = []
    for number, record in enumerate(records, 1):
        if filters.fit(record):
            found.append(record)
        if len(found) > PAGE:
            return _named(found[:PAGE]), _cursor(found[PAGE - 1])
        if number == LOOKED_AT:
            return _named(found), _cursor(record)
    return _named(found), None


def everything(filters: SecurityFilters, most: int) -> Iterator[Shown]:
    """All of them, at most ``most``, a page of names at a time."""
    fitting = islice(filter(filters.fit, security_log.newest_first(filters.since, filters.until)), most)
    while records := list(islice(fitting, PAGE)):
        yield from _named(records)


def _cursor(record: Record) -> Cursor:
    return f"{record.day}/{record.part}", record.place


def _before(cursor: Cursor | None) -> tuple[str, int, int] | None:
    """Raises BadCursor: it belongs to another list."""
    if cursor is None:
        return None
    day, _slash, part = cursor[0].partition("/")
    if not part.isdecimal() or cursor[1] < 0:
        raise BadCursor(cursor[0])
    return day, int(part), cursor[1]


def _named(records: Sequence[Record]) -> list[Shown]:
    people = {number for one in records for number in (one.person_id, one.facts.get("about")) if number}
    query = select(Person.id, Person.name, Person.username).where(Person.id.in_(people))
    names = {row.id: f"{row.name}（{row.username}）" for row in db.session.execute(query)} if people else {}
    return [
        Shown(one, names.get(one.person_id, ""), names.get(one.facts.get("about"), "")) for one in records
    ]
