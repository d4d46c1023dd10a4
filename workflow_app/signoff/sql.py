"""The writes of a sign-off, compiled once."""

from typing import Any

from sqlalchemy import bindparam, exists, func, insert, or_, select, update

from workflow_app.artefacts.models import Artefact, Author, Draft, Revision
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Person
from workflow_app.signoff.models import Answered, Notice, Point, Task
from workflow_app.store import Statement


def _insert(model: type[db.Model], *columns: str) -> Statement:  # type: ignore[name-defined]
    return Statement(insert(model).values({name: bindparam(name) for name in columns}))


def _set(*names: str) -> dict[str, Any]:
    return {name: bindparam(f"new_{name}") for name in names}


#: The guarded update: it touches one row, or nothing when somebody was faster or the grant has ended.
MOVE = Statement(
    update(Artefact)
    .where(
        Artefact.id == bindparam("artefact_id"),
        Artefact.version == bindparam("seen_version"),
        Artefact.state == bindparam("seen_state"),
        Artefact.points_version == bindparam("seen_points_version"),
        or_(
            bindparam("grant_id", type_=Grant.id.type) == 0,
            exists().where(Grant.id == bindparam("grant_id"), Grant.ended_at.is_(None)),
        ),
    )
    .values(
        version=Artefact.version + 1,
        **_set(
            "state", "subject", "revision", "submitted_revision", "in_force_revision", "round", "route",
            "leg", "submitter_id", "last_signer_id", "content_sha256", "attachments_sha256", "head_seq",
            "head_hash", "state_since", "due_at", "updated_at",
        ),
    )
)  # fmt: skip

#: Taken before the document is read by those who write what its version does not guard.
HOLD = Statement(
    select(Artefact.id).where(Artefact.id == bindparam("artefact_id")).with_for_update(key_share=True)
)
ANSWER = _insert(Answered, "person_id", "key", "request_sha256", "answer", "at")
NOTICE = _insert(Notice, "artefact_id", "seq", "purpose", "role", "unit_id", "person_id", "at")
TASK = _insert(Task, "artefact_id", "state", "role", "unit_id", "person_id", "opened_at", "due_at")
AUTHOR = _insert(Author, "artefact_id", "person_id", "since")
POINT = _insert(
    Point, "artefact_id", "round", "section", "text", "raised_by", "raised_at", "raised_in", "answer", "state"
)

CLOSE_TASKS = Statement(
    update(Task)
    .where(Task.artefact_id == bindparam("artefact_id"), Task.closed_at.is_(None))
    .values(closed_at=bindparam("at"))
)
CLOSE_POINTS = Statement(
    update(Point)
    .where(Point.artefact_id == bindparam("artefact_id"), Point.state != "closed")
    .values(state="closed", closed_by=bindparam("me"), closed_at=bindparam("at"))
)
FREEZE = Statement(
    insert(Revision).from_select(
        [
            "artefact_id", "number", "content", "content_sha256", "attachments_sha256",
            "frozen_at", "frozen_by",
        ],
        select(
            Draft.artefact_id,
            bindparam("number", type_=Revision.number.type),
            Draft.content,
            bindparam("content_sha256", type_=Revision.content_sha256.type),
            bindparam("attachments_sha256", type_=Revision.attachments_sha256.type),
            bindparam("at", type_=Revision.frozen_at.type),
            bindparam("me", type_=Revision.frozen_by.type),
        ).where(Draft.artefact_id == bindparam("artefact_id")),
    )
)  # fmt: skip
RESTORE = Statement(
    update(Draft)
    .where(Draft.artefact_id == bindparam("artefact_id"))
    .values(
        content=select(Revision.content)
        .where(Revision.artefact_id == Draft.artefact_id, Revision.number == bindparam("number"))
        .scalar_subquery(),
        problems=0,
        saved_by=bindparam("me"),
        saved_at=bindparam("at"),
    )
)
IN_FORCE_DIGESTS = Statement(
    select(Revision.content_sha256, Revision.attachments_sha256).where(
        Revision.artefact_id == bindparam("artefact_id"), Revision.number == bindparam("number")
    )
)
#: The last revision before ``revision`` that somebody has acted on.
LAST_ACTED_ON = Statement(
    select(func.max(Event.revision)).where(
        Event.artefact_id == bindparam("artefact_id"), Event.handled, Event.revision < bindparam("revision")
    )
)
ANSWERS_GIVEN = Statement(
    select(Point.id, Point.answer)
    .where(Point.artefact_id == bindparam("artefact_id"), Point.state == "answered")
    .order_by(Point.id)
)
ANSWERED = Statement(
    select(Answered.request_sha256, Answered.answer).where(
        Answered.person_id == bindparam("me"), Answered.key == bindparam("key")
    )
)
LAST_EVENT = Statement(
    select(Person.name, Event.action, Event.at)
    .join(Person, Person.id == Event.actor_id)
    .where(Event.artefact_id == bindparam("artefact_id"))
    .order_by(Event.seq.desc())
    .limit(1)
)
LAST_SAVE = Statement(
    select(Person.name, Draft.saved_at)
    .join(Person, Person.id == Draft.saved_by)
    .where(Draft.artefact_id == bindparam("artefact_id"))
)
LAST_ANSWER = Statement(
    select(Person.name, Point.answered_at)
    .join(Person, Person.id == Point.answered_by)
    .where(Point.artefact_id == bindparam("artefact_id"), Point.answered_at.is_not(None))
    .order_by(Point.answered_at.desc())
    .limit(1)
)
WHERE_NOW = Statement(
    select(Artefact.state, Artefact.version, Artefact.definition_id).where(
        Artefact.id == bindparam("artefact_id")
    )
)

# --- what changes a document without moving it ------------------------------------------------

SAVE_CONTENT = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"), Artefact.version == bindparam("seen_version"))
    .values(
        version=Artefact.version + 1,
        content_sha256=bindparam("new_content_sha256"),
        updated_at=bindparam("new_updated_at"),
    )
)
SAVE_ATTACHMENTS = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"), Artefact.version == bindparam("seen_version"))
    .values(
        version=Artefact.version + 1,
        attachments_sha256=bindparam("new_attachments_sha256"),
        updated_at=bindparam("new_updated_at"),
    )
)
#: An event that leaves the state as it is becomes the head of the chain.
ADVANCE_HEAD = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"), Artefact.head_seq == bindparam("seen_seq"))
    .values(
        version=Artefact.version + 1,
        head_seq=Artefact.head_seq + 1,
        head_hash=bindparam("new_head_hash"),
        updated_at=bindparam("new_updated_at"),
    )
)
FIRST_HEAD = Statement(
    update(Artefact).where(Artefact.id == bindparam("artefact_id")).values(head_hash=bindparam("head_hash"))
)
#: The document goes to another school with the person it is about; the event stands at its head.
CHANGE_SCHOOL = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"))
    .values(
        school_id=bindparam("new_school_id"),
        version=Artefact.version + 1,
        head_seq=Artefact.head_seq + 1,
        head_hash=bindparam("new_head_hash"),
        updated_at=bindparam("new_updated_at"),
    )
)
#: A point has been answered, closed or opened again.
CHANGE_POINTS = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"))
    .values(points_version=Artefact.points_version + 1)
)
