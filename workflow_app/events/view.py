"""The one reader of events: what is stored of an event, and what it says to people.

Pages, the API, the record, exports and papers all show events through ``EventView``. What somebody
may see of them depends on the level the document is open to them at: of one read because it is
approved only the signatures under what was approved, without what was said with them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from workflow_app import canonical
from workflow_app.artefacts.models import Artefact
from workflow_app.definitions import registry
from workflow_app.events import in_force
from workflow_app.events.models import Event, Opinion
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.people.models import Person, Unit
from workflow_app.people.names import person_name_at, unit_name_at
from workflows.definition import Definition
from workflows.form import Title


class EventView(NamedTuple):
    """An event with the names that go with it. ``body`` and ``opinion`` are stored canonical bytes.

    ``actor`` and ``school``: the names they had then; ``actor_now`` and ``school_now``: today.
    """

    id: int
    artefact_id: int
    seq: int
    at: str
    action: str
    from_state: str | None
    to_state: str
    round: int
    revision: int
    body: bytes
    hash: str
    actor_id: int
    actor: str
    actor_now: str
    school: str
    school_now: str
    title: str
    definition_id: int
    opinion: bytes | None
    username: str
    signs: bool
    #: at which level it is shown; "approved" hides what was said and the sealed text
    level: str

    @property
    def cursor(self) -> Cursor:
        return self.at, self.id

    @property
    def facts(self) -> dict[str, Any]:
        """What was sealed; {} when something has been done to the row: the others are shown all the same."""
        return canonical.facts(bytes(self.body))

    @property
    def sealed(self) -> bool:
        """Whether the sealed text is shown, with its place in the chain and its key."""
        return self.level != "approved"

    @property
    def canonical(self) -> str:
        return bytes(self.body).decode(errors="replace")

    @property
    def method(self) -> str:
        """How the person had proved who they are: password, grace, token …; "" where it is not known."""
        auth = self.facts.get("auth") or ""
        return str(auth.get("method", "") if isinstance(auth, dict) else auth)

    @property
    def reset_by_other(self) -> str | None:
        """When somebody else had lately changed how the person gets in, or None."""
        auth = self.facts.get("auth")
        return auth.get("reset_by_other") if isinstance(auth, dict) else None

    @property
    def role(self) -> str:
        """The role acted in."""
        return (self.facts.get("grant") or {}).get("role", "")

    @property
    def said(self) -> dict[str, Any]:
        """The opinion with its points."""
        return canonical.facts(bytes(self.opinion)) if self.opinion else {}

    @property
    def comment(self) -> str:
        return self.said.get("comment", "")

    @property
    def points(self) -> list[dict[str, Any]]:
        """The points raised: ``{section, section_title, text}``."""
        title = self.definition.section_title
        return [{**point, "section_title": title(point["section"])} for point in self.said.get("points", [])]

    @property
    def definition(self) -> Definition:
        return registry.machine(self.definition_id).definition

    @property
    def action_title(self) -> Title | Mapping[str, str]:
        return self.definition.action_title(self.action)

    @property
    def from_title(self) -> Title | None:
        return self.definition.states[self.from_state].title if self.from_state else None

    @property
    def to_title(self) -> Title:
        return self.definition.states[self.to_state].title

    @property
    def tone(self) -> str:
        return self.definition.states[self.to_state].tone

    @property
    def takes_force(self) -> bool:
        """Whether the event puts the revision in force."""
        return in_force.puts_in_force(self.definition, self.action, self.to_state)


# Built once: building it takes longer than running it.
_EVENTS = (
    select(
        Event.id, Event.artefact_id, Event.seq, Event.at, Event.action, Event.from_state, Event.to_state,
        Event.round, Event.revision, Event.body, Event.hash, Event.actor_id,
        person_name_at(Person, Event.at), Person.name, unit_name_at(Unit, Event.at), Unit.name,
        Artefact.title, Artefact.definition_id, Opinion.body, Person.username, Event.signs,
    )
    .join(Person, Person.id == Event.actor_id)
    .join(Unit, Unit.id == Event.school_id)
    .join(Artefact, Artefact.id == Event.artefact_id)
    .outerjoin(Opinion, (Opinion.artefact_id == Event.artefact_id) & (Opinion.seq == Event.seq))
)  # fmt: skip
_BY_ID = _EVENTS.where(Event.id.in_(bindparam("ids", expanding=True)))
_OF_DOCUMENT = _EVENTS.where(Event.artefact_id == bindparam("artefact")).order_by(Event.seq)


def by_id(ids: Sequence[int]) -> list[EventView]:
    """The events of these ids, in their order."""
    if not ids:
        return []
    rows = {
        row[0]: EventView._make((*row, "draft")) for row in db.session.execute(_BY_ID, {"ids": list(ids)})
    }
    return [rows[event_id] for event_id in ids]


def of_document(artefact_id: int, level: str) -> list[EventView]:
    """What somebody of that level is told of the document, in order."""
    found = db.session.execute(_OF_DOCUMENT, {"artefact": artefact_id})
    rows = [EventView._make((*row, "draft")) for row in found]
    if level != "approved":
        return rows
    passed = {row.revision for row in rows if row.takes_force}
    return [at_level(row, level) for row in rows if row.signs and row.revision in passed]


def at_level(event: EventView, level: str) -> EventView:
    """The event as somebody of that level may see it."""
    return event._replace(opinion=None, level=level) if level == "approved" else event
