"""What a document looks like to somebody who reads it only because it is in force.

It stands as it stood when that revision was put in force: an amendment on its way, rounds in vain, drafts
do not show in anything. Part of ``policy``: pages, the API, papers, lists and search get documents by it,
so what is hidden is hidden in all of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, select

from workflow_app import clock
from workflow_app.artefacts.lines import DocumentLine
from workflow_app.artefacts.models import Artefact
from workflow_app.events import in_force
from workflow_app.extensions import db
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.reading_rights import Condition


def show_in_force(context: DocumentContext) -> None:
    """Make the context that of the revision in force. A document that has ended is shown as ended."""
    row, stood = context.row, in_force.standing([context.row.id])[context.row.id]
    context.row = row._replace(
        state=row.state if context.state.final else stood.state,
        revision=stood.revision,
        submitted_revision=stood.revision,
        round=stood.round,
        content_sha256=stood.content_sha256,
        attachments_sha256=stood.attachments_sha256,
        updated_at=row.updated_at if context.state.final else stood.at,
        due_at=clock.NEVER,
        points=0,
        unanswered=0,
        draft_problems=0,
        points_version=0,
    )
    context.authors = frozenset()
    context.case = replace(
        context.case, state=context.row.state, seats={}, signed=frozenset(), problems=0, unanswered=0,
        acted_on=False, revision=stood.revision,
    )  # fmt: skip


def lines_in_force(lines: Sequence[DocumentLine], higher: Condition) -> list[DocumentLine]:
    """The lines of a list as its reader may see them.

    Args:
        higher: over ``Artefact``, where the reader sees more than what is in force.
    """
    doubtful = {line.id for line in lines if line.in_force_revision is not None}
    query: Select[int] = select(Artefact.id).where(Artefact.id.in_(doubtful), higher)
    hidden = doubtful - set(db.session.scalars(query)) if doubtful else set()
    stood = in_force.standing(sorted(hidden))
    return [_line(line, stood[line.id]) if line.id in hidden else line for line in lines]


def _line(line: DocumentLine, stood: in_force.Standing) -> DocumentLine:
    ended = line.definition.states[line.state].final
    return line._replace(
        state=line.state if ended else stood.state,
        revision=stood.revision,
        version=0,
        due_at=clock.NEVER,
        when=line.when if ended else stood.at,
    )
