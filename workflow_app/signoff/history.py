"""What has happened to a document, as its page tells it: the timeline and the points of returns."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from workflow_app import canonical
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import policy
from workflow_app.signoff.drafting import close_refusal
from workflow_app.signoff.models import Point
from workflow_app.signoff.service import OWN_ACTS
from workflow_app.signoff.standing import Standing
from workflow_app.trail.models import Event
from workflow_app.trail.models import Statement as SaidRow
from workflows.form import Title


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    event_id: int
    seq: int
    at: str
    actor: str
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


def events(found: Standing, level: str) -> list[Entry]:
    """The document's events in order; of one read because it is approved, only the signatures."""
    query = (
        select(Event, Person.name, SaidRow.body)
        .join(Person, Person.id == Event.actor_id)
        .outerjoin(SaidRow, (SaidRow.artefact_id == Event.artefact_id) & (SaidRow.seq == Event.seq))
        .where(Event.artefact_id == found.row.id)
        .order_by(Event.seq)
    )
    if level == "approved":
        query = query.where(Event.signs)
    return [
        _entry(found, event, name, None if level == "approved" else said)
        for event, name, said in db.session.execute(query)
    ]


def _entry(found: Standing, event: Event, name: str, said: bytes | None) -> Entry:
    definition = found.law.definition
    grant = canonical.facts(bytes(event.body)).get("grant")
    statement = {"comment": "", "points": [], **canonical.facts(bytes(said or b""))}
    return Entry(
        event_id=event.id, seq=event.seq, at=event.at, actor=name,
        role=grant["role"] if grant else None, action=event.action,
        action_title=action_title(found, event.action), tone=definition.states[event.to_state].tone,
        from_state=event.from_state, to_state=event.to_state, round=event.round, revision=event.revision,
        comment=statement["comment"],
        points=tuple(
            {"section_title": section_title(found, point["section"]), "text": point["text"]}
            for point in statement["points"]
        ),
        hash=event.hash, signs=event.signs,
    )  # fmt: skip


def action_title(found: Standing, action: str) -> Title:
    if action in OWN_ACTS:
        return Title(**OWN_ACTS[action])
    return found.law.definition.actions[action].title


def section_title(found: Standing, key: str) -> Title:
    section = found.law.definition.field(key)
    return section.title if section else Title(zh=key, en=key)


def points(found: Standing) -> list[SimpleNamespace]:
    """The points of every return, with what this person may do about them."""
    raiser, answerer = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(Point, raiser.name, answerer.name)
        .join(raiser, raiser.id == Point.raised_by)
        .outerjoin(answerer, answerer.id == Point.answered_by)
        .where(Point.artefact_id == found.row.id)
        .order_by(Point.id)
    )
    may_answer = policy.edit_refusal(found) is None
    may_close = close_refusal(found) is None
    return [
        SimpleNamespace(
            id=point.id, round=point.round, section=point.section, text=point.text,
            section_title=section_title(found, point.section), raised_by=raised_by,
            raised_at=point.raised_at, answer=point.answer, answered_by=answered_by,
            answered_at=point.answered_at, state=point.state,
            can_answer=may_answer and point.state != "closed",
            can_close=may_close and point.state == "answered",
        )
        for point, raised_by, answered_by in rows
    ]  # fmt: skip


def by_section(found: list[SimpleNamespace]) -> dict[str, list[SimpleNamespace]]:
    """Points of returns by the section they name, in their order."""
    sections: dict[str, list[SimpleNamespace]] = {}
    for point in found:
        sections.setdefault(point.section, []).append(point)
    return sections
