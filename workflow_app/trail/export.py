"""The trail as a file that can be checked without us: JSON Lines, see ``HEADER`` for the shape.

The first line says what the file is, then comes one event a line, document by document from its
first event on, then the seal (see ``seal_lines``), and the last line holds the SHA-256 of all bytes
before it. Days choose documents: whatever stood still in those days is left out, of the others the
whole chain is written, for half a chain cannot be checked.
"""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from workflow_app import canonical, clock
from workflow_app.events.models import Event, Opinion
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.people.names import person_name_at
from workflow_app.store import snapshot
from workflow_app.trail import seal_lines

FORMAT, VERSION = "yanxiu-trail", 2
#: Fields of the first line, of an event's line and of the last one; ``tests/trail`` holds them.
HEADER = (
    "format", "version", "county", "exported_at", "document", "since", "until", "documents", "events",
    "sealed",
)  # fmt: skip
LINE = ("artefact", "seq", "actor", "canonical", "hash", "said")
FOOTER = ("end", "events", "sha256")
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which documents: one, or those with an event on these county days (both included), or all."""

    document: int | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.document is not None:
            found.append(Event.artefact_id == self.document)
        if self.since or self.until:
            other = aliased(Event)
            within = [other.artefact_id == Event.artefact_id]
            if self.since:
                within.append(other.at >= clock.day_start(self.since))
            if self.until:
                within.append(other.at < clock.day_start(self.until + timedelta(days=1)))
            found.append(exists().where(*within))
        return found


def export(chosen: Chosen) -> Generator[tuple[dict[str, Any], bytes]]:
    """(what the line says, the line with its line feed), from the header to the footer.

    All of it as of one moment, page by page: at no time is more than a page in memory.
    """
    whole = hashlib.sha256()
    with snapshot():
        header = _header(chosen)
        yield header, (line := _line(header))
        whole.update(line)
        for row in _events(chosen):
            said = event_line(row)
            yield said, (line := _line(said))
            whole.update(line)
        for says in seal_lines.lines(header["sealed"], chosen.conditions()) if header["sealed"] else ():
            yield says, (line := _line(says))
            whole.update(line)
    footer = {"end": True, "events": header["events"], "sha256": whole.hexdigest()}
    yield footer, _line(footer)


def _line(says: dict[str, Any]) -> bytes:
    return canonical.dumps_plain(says) + b"\n"


def _header(chosen: Chosen) -> dict[str, Any]:
    counted = select(func.count(), func.count(Event.artefact_id.distinct())).where(*chosen.conditions())
    events, documents = db.session.execute(counted).one()
    county = db.session.scalar(select(Unit.name).where(Unit.kind == "county").order_by(Unit.id).limit(1))
    return {
        "format": FORMAT,
        "version": VERSION,
        "county": county or "",
        "exported_at": clock.stamp(clock.now()),
        "document": chosen.document,
        "since": chosen.since and chosen.since.isoformat(),
        "until": chosen.until and chosen.until.isoformat(),
        "documents": documents,
        "events": events,
        "sealed": seal_lines.header(complete=not chosen.conditions()),
    }


def _events(chosen: Chosen) -> Iterator[Any]:
    """Every chosen event by document and seq, a page at a time."""
    query = (
        select(
            Event.artefact_id,
            Event.seq,
            Event.body,
            Event.hash,
            person_name_at(Person, Event.at).label("name"),
            Opinion.salt,
            Opinion.body.label("said"),
        )
        .join(Person, Person.id == Event.actor_id)
        .outerjoin(Opinion, (Opinion.artefact_id == Event.artefact_id) & (Opinion.seq == Event.seq))
        .where(*chosen.conditions())
        .order_by(Event.artefact_id, Event.seq)
        .limit(PAGE)
    )
    last = (0, 0)
    while True:
        page = db.session.execute(query.where(tuple_(Event.artefact_id, Event.seq) > last)).all()
        yield from page
        if len(page) < PAGE:
            return
        last = (page[-1].artefact_id, page[-1].seq)


def event_line(row: Any) -> dict[str, Any]:
    """One event as the file holds it.

    ``canonical`` is the exact text that was hashed. ``said`` is null where nothing was said; its
    ``text`` is null where it has been erased. ``actor`` is the name at the time of the act and no part
    of what was hashed.
    """
    said = {"salt": row.salt, "text": None if row.said is None else _text(row.said)}
    return {
        "artefact": row.artefact_id,
        "seq": row.seq,
        "actor": row.name,
        "canonical": _text(row.body),
        "hash": row.hash,
        "said": said if row.salt is not None else None,
    }


def _text(body: bytes) -> str:
    """Bytes that are no UTF-8 were put there by somebody else; what they become fails its hash."""
    return bytes(body).decode(errors="replace")
