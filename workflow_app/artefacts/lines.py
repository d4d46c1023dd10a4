"""The line of a document, the same in every list of documents."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from workflow_app import clock
from workflow_app.artefacts.models import Artefact
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.people.models import Person, Unit
from workflows.definition import Definition
from workflows.form import Title

#: The tones of states in which somebody still has to do something.
PENDING = ("draft", "waiting", "returned")


class DocumentLine(NamedTuple):
    """A line of a list. ``when`` is the moment shown, ``at`` and ``number`` what the list is sorted by."""

    id: int
    title: str
    workflow: str
    definition_id: int
    state: str
    school_id: int
    school: str
    who: str
    period: str
    revision: int
    version: int
    in_force_revision: int | None
    due_at: str
    when: str
    at: str
    number: int

    @property
    def cursor(self) -> Cursor:
        return self.at, self.number

    @property
    def definition(self) -> Definition:
        return registry.machine(self.definition_id).definition

    @property
    def state_title(self) -> Title:
        return self.definition.states[self.state].title

    @property
    def tone(self) -> str:
        return self.definition.states[self.state].tone

    @property
    def deadline(self) -> str | None:
        """Until when something has to be done, while something has to be."""
        return self.due_at if self.due_at != clock.NEVER and self.tone in PENDING else None

    @property
    def amending(self) -> bool:
        """Whether a revision is in force while the document is being changed."""
        state = self.definition.states[self.state]
        return self.in_force_revision is not None and not (state.in_force or state.final)


# Built once: building it takes longer than running it.
_LINES = (
    select(
        Artefact.id, Artefact.title, Artefact.workflow, Artefact.definition_id, Artefact.state,
        Artefact.school_id, Unit.name, Person.name, Artefact.period_key, Artefact.revision,
        Artefact.version, Artefact.in_force_revision, Artefact.due_at, Artefact.state_since,
    )
    .join(Unit, Unit.id == Artefact.school_id)
    .join(Person, Person.id == Artefact.author_id)
    .where(Artefact.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


def lines(keys: Sequence[tuple[int, str, int]], *, since: bool = False) -> list[DocumentLine]:
    """The lines of what was found, in its order.

    Args:
        found: rows of (document, and the two things the list is sorted by).
        since: whether a line shows since when the state lasts, and not what the list is sorted by.
    """
    if not keys:
        return []
    ids = {artefact_id for artefact_id, _at, _number in keys}
    rows = {row[0]: row for row in db.session.execute(_LINES, {"ids": list(ids)})}
    made = []
    for artefact_id, at, number in keys:
        *facts, state_since = rows[artefact_id]
        made.append(DocumentLine._make((*facts, state_since if since else at, at, number)))
    return made
