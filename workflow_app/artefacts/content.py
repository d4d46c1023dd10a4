"""The content of a document as somebody may see it."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from workflow_app import canonical
from workflow_app.artefacts.models import Draft, Revision
from workflow_app.extensions import db
from workflow_app.store import Statement, reading


class Content(NamedTuple):
    """Content, the revision it is (None for a draft), its digest, and that of a revision's attachments."""

    content: dict[str, Any]
    revision: int | None
    sha256: str
    attachments_sha256: str | None = None


_DRAFT = Statement(select(Draft.content).where(Draft.artefact_id == bindparam("artefact")))
_REVISION = Statement(
    select(Revision.content, Revision.content_sha256, Revision.attachments_sha256).where(
        Revision.artefact_id == bindparam("artefact"), Revision.number == bindparam("number")
    )
)


def draft(artefact_id: int) -> Content:
    """What was typed last."""
    found = reading().one(_DRAFT, artefact=artefact_id)
    if found is None:
        raise LookupError(f"artefact {artefact_id} has no draft")
    body = bytes(found[0])
    return Content(canonical.loads(body), None, canonical.sha256(body))


def revision(artefact_id: int, number: int) -> Content | None:
    """What was submitted as revision ``number``; None when there is no such revision."""
    found = reading().one(_REVISION, artefact=artefact_id, number=number)
    return Content(canonical.loads(bytes(found[0])), number, found[1], found[2]) if found else None


def named(artefact_id: int, number: int, digest: str) -> Content | None:
    """What an event says it was about: the revision with that digest, else the one of that number.

    The first case goes beyond the number where a cancelled amendment went back to an older revision;
    the second shows what stands there now, whoever changed it. ``sha256`` is computed anew.
    """
    found = db.session.execute(
        select(Revision.content, Revision.number)
        .where(
            Revision.artefact_id == artefact_id,
            or_(Revision.number == number, Revision.content_sha256 == digest),
        )
        .order_by((Revision.content_sha256 == digest).desc(), (Revision.number == number).desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    body = bytes(found[0])
    return Content(canonical.facts(body), found[1], canonical.sha256(body))


def shown(artefact_id: int, number: int | None) -> Content:
    """The revision of that number, or the draft for None; see ``DocumentContext.shown_revision``."""
    if number is None:
        return draft(artefact_id)
    found = revision(artefact_id, number)
    if found is None:
        raise LookupError(f"artefact {artefact_id} has no revision {number}")
    return found
