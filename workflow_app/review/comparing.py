"""Two revisions of one document beside each other, and which two a reviewer wants to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from workflow_app.artefacts import content as contents
from workflow_app.attachments import lists
from workflow_app.errors import NotFound
from workflow_app.events.models import Event
from workflow_app.events.view import EventView
from workflow_app.extensions import db
from workflow_app.review import changes
from workflow_app.signoff.context import DocumentContext


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from revision ``older`` to revision ``newer`` (None: the draft being typed)."""

    older: int
    newer: int | None
    sections: list[changes.SectionChange]
    files: list[changes.AttachmentChange]


def seen_before(context: DocumentContext) -> int | None:
    """The last revision before the present one that somebody signed or returned; None when none was."""
    return db.session.scalar(
        select(func.max(Event.revision)).where(
            Event.artefact_id == context.row.id, Event.handled, Event.revision < context.row.revision
        )
    )


def compare(context: DocumentContext, older: int, newer: int | None) -> Comparison:
    """The difference as this person may see it; ``newer`` None: up to the draft.

    Raises:
        NotFound: there is no such revision, or it is not theirs to see.
    """
    level = context.level
    if level == "approved" or (newer is None and level != "draft"):
        raise NotFound
    if not all(context.opens(number) for number in (older, newer) if number is not None):
        raise NotFound
    before = _content(context.row.id, older)
    after = contents.draft(context.row.id) if newer is None else _content(context.row.id, newer)
    return _compared(context, before, after, after.attachments_sha256 or context.row.attachments_sha256)


def _content(artefact_id: int, number: int) -> contents.Content:
    found = contents.revision(artefact_id, number)
    if found is None:
        raise NotFound
    return found


def _compared(
    context: DocumentContext, before: contents.Content, after: contents.Content, files_now: str
) -> Comparison:
    listed = [
        lists.listed(context.row.id, digest) or [] for digest in (before.attachments_sha256 or "", files_now)
    ]
    return Comparison(
        before.revision or 0,
        after.revision,
        changes.sections(context.machine.definition, before.content, after.content),
        changes.attachments(*listed),
    )


def for_reviewer(
    context: DocumentContext, content: Mapping[str, Any], timeline: Sequence[EventView]
) -> Comparison | None:
    """What a reviewer of a later revision reads first: the change since it was last signed or returned.

    Args:
        content: of the present revision, as the page has it.
        timeline: every event of the document, as the page has them.
    """
    actions, last = context.machine.definition.actions, context.row.revision
    asked = any(one.allowed and one.action.by == "waited_for" for one in context.machine.ask(context.case))
    seen = [
        entry.revision
        for entry in timeline
        if entry.revision < last and entry.action in actions and actions[entry.action].by == "waited_for"
    ]
    if not (asked and seen):
        return None
    present = contents.Content(dict(content), last, context.row.content_sha256)
    return _compared(context, _content(context.row.id, max(seen)), present, context.row.attachments_sha256)
