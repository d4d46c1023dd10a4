"""Keeping the index: documents that have changed since are taken in before a search, a few at a time.

What a person types is saved every few seconds; the index need not follow each of them. So nothing
here is in the way of a save or a sign-off.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Text, cast, delete, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, scoped_session

from workflow_app import canonical, clock
from workflow_app.artefacts import plain
from workflow_app.artefacts.models import Artefact, Draft, Revision
from workflow_app.definitions import registry
from workflow_app.events.models import Opinion
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.search import grams
from workflow_app.search.models import FACES, Entry, Mark
from workflow_app.store import writing

#: Documents looked at in one transaction.
BATCH = 20
#: Seconds a search may spend on taking in what is new.
PATIENCE = 0.5
#: A transaction may become visible so much later than its stamp says.
OVERLAP = timedelta(minutes=5)
SAID = FACES["draft"] | FACES["submitted"]


class Passage(NamedTuple):
    """A text to index and who gets to see it."""

    faces: int
    text: str


def catch_up(patience: float = PATIENCE) -> int:
    """Take in what has changed; returns how many documents are still waiting when time is up (0 mostly)."""
    until = time.monotonic() + patience
    while stale := _stale(BATCH + 1):
        with writing() as session:
            for artefact_id in stale[:BATCH]:
                _take_in(session, artefact_id)
        if time.monotonic() > until:
            return len(_stale(1000))
    return 0


def rebuild() -> int:
    """Forget everything and take in every document again; returns how many."""
    with writing() as session:
        if _sqlite():
            session.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
        session.execute(delete(Entry))
        session.execute(delete(Mark))
    catch_up(float("inf"))
    return db.session.scalar(select(func.count()).select_from(Mark)) or 0


def _sqlite() -> bool:
    return bool(db.engine.dialect.name == "sqlite")


def _stale(most: int) -> list[int]:
    """Documents whose version is not the one in the index, the longest untouched first."""
    db.session.rollback()
    newest = db.session.scalar(select(func.max(Mark.updated_at)))
    query = (
        select(Artefact.id)
        .outerjoin(Mark, Mark.artefact_id == Artefact.id)
        .where(or_(Mark.version.is_(None), Mark.version != Artefact.version))
        .order_by(Artefact.updated_at, Artefact.id)
        .limit(most)
    )
    if newest:
        query = query.where(Artefact.updated_at >= clock.stamp(clock.parse(newest) - OVERLAP))
    return list(db.session.scalars(query))


def _take_in(session: "scoped_session[Session]", artefact_id: int) -> None:
    row = session.get_one(Artefact, artefact_id, populate_existing=True)
    _forget(session, artefact_id)
    for entry in _texts(session, row):
        terms = sorted(grams.terms(entry.text))
        made = session.scalar(
            insert(Entry)
            .values(
                artefact_id=artefact_id,
                faces=entry.faces,
                text=entry.text,
                # As they are: PostgreSQL's own parser knows no Chinese words.
                grams=" ".join(terms) if _sqlite() else func.array_to_tsvector(cast(terms, ARRAY(Text))),
            )
            .returning(Entry.id)
        )
        if _sqlite():
            session.execute(
                text("INSERT INTO search_index (rowid, grams) VALUES (:id, :grams)"),
                {"id": made, "grams": " ".join(terms)},
            )
    session.merge(Mark(artefact_id=artefact_id, version=row.version, updated_at=row.updated_at))
    session.flush()


def _forget(session: "scoped_session[Session]", artefact_id: int) -> None:
    if _sqlite():
        # The index refers to the table; taking a row out of it needs the words it was made of.
        session.execute(
            text(
                "INSERT INTO search_index (search_index, rowid, grams) "
                "SELECT 'delete', id, grams FROM search_entry WHERE artefact_id = :id"
            ),
            {"id": artefact_id},
        )
    session.execute(delete(Entry).where(Entry.artefact_id == artefact_id))


def _texts(session: "scoped_session[Session]", row: Artefact) -> Iterator[Passage]:
    """The texts of a document: its content once for all who see the same, and what was said of it."""
    machine = registry.machine(row.definition_id)
    head = _head(session, row)
    editable = machine.definition.states[row.state].editable
    bodies: dict[bytes, int] = {}
    for face, number in (
        ("draft", None if editable or not row.revision else row.revision),
        ("submitted", row.revision or 0),
        ("approved", row.in_force_revision or 0),
    ):
        body = _body(session, row.id, number)
        if body is not None:
            bodies[body] = bodies.get(body, 0) | FACES[face]
    for body, faces in bodies.items():
        yield Passage(faces, f"{head}\n{plain.text(machine.definition, canonical.loads(body))}")
    if said := "\n".join(_said(session, row.id)):
        yield Passage(SAID, said)


def _head(session: "scoped_session[Session]", row: Artefact) -> str:
    people = {row.author_id, row.teacher_id} - {None}
    names = session.scalars(select(Person.name).where(Person.id.in_(people)).order_by(Person.id))
    school = session.scalar(select(Unit.name).where(Unit.id == row.school_id))
    return " ".join(filter(None, (row.title, school, *names)))


def _body(session: "scoped_session[Session]", artefact_id: int, number: int | None) -> bytes | None:
    if number is None:
        query = select(Draft.content).where(Draft.artefact_id == artefact_id)
    else:
        query = select(Revision.content).where(Revision.artefact_id == artefact_id, Revision.number == number)
    body = session.scalar(query)
    return None if body is None else bytes(body)


def _said(session: "scoped_session[Session]", artefact_id: int) -> Iterator[str]:
    query = select(Opinion.body).where(Opinion.artefact_id == artefact_id).order_by(Opinion.seq)
    for body in session.scalars(query):
        if body is None:
            continue
        said = canonical.loads(bytes(body))
        yield from filter(None, (said["comment"], *(point["text"] for point in said["points"])))
        # A point that was closed has no words.
        yield from (answer["answer"] for answer in said["answers"] if answer.get("answer"))
