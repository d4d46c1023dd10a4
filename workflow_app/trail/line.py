"""A line of the trail: what is stored of an event, and what it says to people."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workflow_app import canonical
from workflow_app.definitions import registry
from workflow_app.events import in_force
from workflow_app.listing import Cursor
from workflows.definition import Definition
from workflows.form import Title


class EventRow(NamedTuple):
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

    @property
    def cursor(self) -> Cursor:
        return self.at, self.id

    @property
    def facts(self) -> dict[str, Any]:
        """What was sealed; {} when something has been done to the row: the others are shown all the same."""
        return canonical.facts(bytes(self.body))

    @property
    def canonical(self) -> str:
        return bytes(self.body).decode(errors="replace")

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
        return self.said.get("points", [])

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
