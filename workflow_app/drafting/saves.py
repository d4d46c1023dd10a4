"""The last saves of a draft, to look back at and to go back to.

One for each person and slot of a few minutes: the draft as that person left it in the slot. Only those
who may edit read them, and only while they may; the oldest go with every new save.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from workflow_app import canonical, clock
from workflow_app.artefacts.models import DraftSave
from workflow_app.errors import NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.policy import edit_refusal
from workflow_app.store import Statement, Tx

MOST = 20
SLOT_MINUTES = 5

#: What stood there before the first save that is recorded, or before it was given up.
_BEFORE = Statement(
    text(
        "INSERT INTO draft_save (artefact_id, version, content, saved_by, saved_at, slot)"
        " SELECT artefact_id, :version, content, saved_by, saved_at, saved_at FROM draft"
        " WHERE artefact_id = :artefact_id"
        " AND (:always = 1 OR NOT EXISTS (SELECT 1 FROM draft_save WHERE artefact_id = :artefact_id))"
        " ON CONFLICT DO NOTHING"
    )
)
_RECORD = Statement(
    text(
        "INSERT INTO draft_save (artefact_id, version, content, saved_by, saved_at, slot)"
        " VALUES (:artefact_id, :version, :content, :saved_by, :saved_at, :slot)"
        " ON CONFLICT (artefact_id, saved_by, slot) DO UPDATE SET"
        " version = excluded.version, content = excluded.content, saved_at = excluded.saved_at"
    )
)
_PRUNE = Statement(
    text(
        "DELETE FROM draft_save WHERE artefact_id = :artefact_id AND id NOT IN"
        " (SELECT id FROM draft_save WHERE artefact_id = :artefact_id"
        " ORDER BY version DESC, id DESC LIMIT :most)"
    )
)


@dataclass(frozen=True, slots=True)
class Save:
    """The draft as ``saved_by`` (a name) left it at ``saved_at``, as the document's ``version``."""

    id: int
    version: int
    saved_by: str
    saved_at: str
    content: dict[str, Any]


def send_before(tx: Tx, artefact_id: int, version: int, *, always: bool) -> None:
    """Record the draft as it stands; to be sent before it is overwritten.

    Args:
        always: else only when nothing is recorded yet.
    """
    tx.send(_BEFORE, artefact_id=artefact_id, version=version, always=int(always))


def send_record(tx: Tx, artefact_id: int, version: int, body: bytes, me: int, moment: datetime) -> None:
    """Record the draft that was just saved, and drop what is too old."""
    slot = moment.replace(minute=moment.minute - moment.minute % SLOT_MINUTES, second=0, microsecond=0)
    tx.send(
        _RECORD, artefact_id=artefact_id, version=version, content=body, saved_by=me,
        saved_at=clock.stamp(moment), slot=clock.stamp(slot),
    )  # fmt: skip
    tx.send(_PRUNE, artefact_id=artefact_id, most=MOST)


def saves(context: DocumentContext) -> list[Save]:
    """The recorded saves, the newest first.

    Raises:
        NotAllowed: this person may not edit the document now.
    """
    if refusal := edit_refusal(context):
        raise NotAllowed(refusal)
    found = db.session.execute(
        select(DraftSave.id, DraftSave.version, Person.name, DraftSave.saved_at, DraftSave.content)
        .join(Person, Person.id == DraftSave.saved_by)
        .where(DraftSave.artefact_id == context.row.id)
        .order_by(DraftSave.version.desc(), DraftSave.id.desc())
    )
    return [
        Save(number, version, name, at, canonical.loads(bytes(body)))
        for number, version, name, at, body in found
    ]


def saved(context: DocumentContext, save_id: int) -> Save:
    """One of ``saves``.

    Raises:
        NotAllowed. NotFound: there is no such save (any more).
    """
    for one in saves(context):
        if one.id == save_id:
            return one
    raise NotFound
