"""The one reader of events: what has happened to a document, as pages show it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from workflow_app import canonical
from workflow_app.events.models import Event, Opinion
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.people.names import person_name_at
from workflows.definition import Definition
from workflows.form import Title


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``actor``: the name at the time; ``actor_now``: the name today."""

    event_id: int
    seq: int
    at: str
    actor: str
    actor_now: str
    role: str | None
    action: str
    action_title: Title
    tone: str
    from_state: str | None
    to_state: str
    round: int
    revision: int
    comment: str
    points: tuple[dict[str, Any], ...]
    hash: str
    signs: bool


# Built once: building it takes longer than running it.
_EVENTS = (
    select(Event, person_name_at(Person, Event.at), Person.name, Opinion.body)
    .join(Person, Person.id == Event.actor_id)
    .outerjoin(Opinion, (Opinion.artefact_id == Event.artefact_id) & (Opinion.seq == Event.seq))
    .where(Event.artefact_id == bindparam("artefact"))
    .order_by(Event.seq)
)
_SIGNATURES = _EVENTS.where(Event.signs)


def entries(artefact_id: int, definition: Definition, level: str) -> list[Entry]:
    """The document's events in order; of one read because it is approved, only the signatures."""
    query = _SIGNATURES if level == "approved" else _EVENTS
    return [
        _entry(definition, event, (name, now), None if level == "approved" else said)
        for event, name, now, said in db.session.execute(query, {"artefact": artefact_id})
    ]


def _entry(definition: Definition, event: Event, names: tuple[str, str], said: bytes | None) -> Entry:
    grant = canonical.facts(bytes(event.body)).get("grant")
    statement = {"comment": "", "points": [], **canonical.facts(bytes(said or b""))}
    return Entry(
        event_id=event.id, seq=event.seq, at=event.at, actor=names[0], actor_now=names[1],
        role=grant["role"] if grant else None, action=event.action,
        action_title=definition.action_title(event.action), tone=definition.states[event.to_state].tone,
        from_state=event.from_state, to_state=event.to_state, round=event.round, revision=event.revision,
        comment=statement["comment"],
        points=tuple(
            {"section_title": definition.section_title(point["section"]), "text": point["text"]}
            for point in statement["points"]
        ),
        hash=event.hash, signs=event.signs,
    )  # fmt: skip
