"""Keeping the index: what has changed is taken in by the next search, before it answers.

What a person types is saved every few seconds; the index need not follow each of them. The database
itself notes which documents have changed (triggers, see migration 0010), in the same transaction and
whoever changes them: a save, an act, a new name. So nothing here is in the way of a save or a
sign-off, and no search misses what was saved before it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Text, cast, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, scoped_session

from workflow_app import canonical
from workflow_app.artefacts import plain
from workflow_app.artefacts.models import Artefact, Draft, Revision
from workflow_app.definitions import registry
from workflow_app.events.models import Opinion
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.search import grams
from workflow_app.search.models import FACES, Due, Entry
from workflow_app.store import writing

#: Documents taken in, and notes of changes read, in one transaction.
BATCH, NOTES = 20, 500
SAID = FACES["draft"] | FACES["submitted"]


class Passage(NamedTuple):
    """A text to index and who gets to see it."""

    faces: int
    text: str


def catch_up() -> None:
    """Take in whatever has changed until now."""
    while _anything_due():
        with writing() as session:
            _take_in_some(session)


def rebuild() -> int:
    """Forget everything and take in every document again; returns how many."""
    with writing() as session:
        if _sqlite():
            session.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
        session.execute(delete(Entry))
        session.execute(insert(Due).from_select(["artefact_id"], select(Artefact.id).order_by(Artefact.id)))
        count = session.scalar(select(func.count()).select_from(Artefact)) or 0
    catch_up()
    return count


def _sqlite() -> bool:
    return bool(db.engine.dialect.name == "sqlite")


def _anything_due() -> bool:
    db.session.rollback()
    return db.session.scalar(select(Due.id).limit(1)) is not None


def _take_in_some(session: "scoped_session[Session]") -> None:
    """A batch of documents. Another search at the same batch is waited for, and leaves nothing of it.

    A note is deleted by its own key: one made meanwhile stays, for what it is about has not been read.
    """
    query = select(Due.id, Due.artefact_id).order_by(Due.id).limit(NOTES).with_for_update()
    notes = session.execute(query).all()
    batch = set(list(dict.fromkeys(artefact_id for _note, artefact_id in notes))[:BATCH])
    for artefact_id in batch:
        _take_in(session, artefact_id)
    done = [note for note, artefact_id in notes if artefact_id in batch]
    session.execute(delete(Due).where(Due.id.in_(done)))


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
    state = machine.definition.states[row.state]
    shown = row.in_force_revision if state.in_force else row.revision
    bodies: dict[bytes, int] = {}
    for face, number in (
        ("draft", None if state.editable or not row.revision else shown),
        ("submitted", row.submitted_revision or 0),
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
