"""Which revision of a document was in force when, read from its events."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from workflow_app import canonical, clock
from workflow_app.artefacts.models import Artefact
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflows.definition import Definition


class InForce(NamedTuple):
    """A revision and the moments (stamps) from and until which it was in force; ``until`` None: still."""

    revision: int
    since: str
    until: str | None


def spans(artefact_id: int) -> tuple[InForce, ...]:
    """Every time a revision was in force, in order.

    An amendment on its way, or cancelled, changes nothing; the next approval replaces; the end of
    the document (archived) ends it.
    """
    query = (
        select(Event.action, Event.to_state, Event.revision, Event.at, Artefact.definition_id)
        .join(Artefact, Artefact.id == Event.artefact_id)
        .where(Event.artefact_id == artefact_id)
        .order_by(Event.seq)
    )
    found: list[InForce] = []
    for action, to_state, revision, at, definition_id in db.session.execute(query):
        definition = registry.machine(definition_id).definition
        puts = puts_in_force(definition, action, to_state)
        ends = definition.states[to_state].final
        if (puts or ends) and found and found[-1].until is None:
            found[-1] = found[-1]._replace(until=at)
        if puts:
            found.append(InForce(revision, at, None))
    return tuple(found)


class Standing(NamedTuple):
    """How a document stood when the revision in force was put in force, and when that was."""

    state: str
    revision: int
    round: int
    at: str
    content_sha256: str
    attachments_sha256: str


def standing(artefact_ids: Sequence[int]) -> dict[int, Standing]:
    """By document; those of which nothing is in force are left out."""
    if not artefact_ids:
        return {}
    query = (
        select(Event, Artefact.definition_id)
        .join(Artefact, Artefact.id == Event.artefact_id)
        .where(Event.artefact_id.in_(artefact_ids), Event.revision == Artefact.in_force_revision)
        .order_by(Event.artefact_id, Event.seq)
    )
    found: dict[int, Standing] = {}
    for event, definition_id in db.session.execute(query):
        if puts_in_force(registry.machine(definition_id).definition, event.action, event.to_state):
            facts = canonical.facts(bytes(event.body))
            digests = (facts.get("content_sha256", ""), facts.get("attachments_sha256", ""))
            found[event.artefact_id] = Standing(
                event.to_state, event.revision, event.round, event.at, *digests
            )
    return found


def puts_in_force(definition: Definition, action: str, to_state: str) -> bool:
    """Whether doing ``action`` into ``to_state`` puts the revision in force."""
    done = definition.actions.get(action)
    return bool(done and "put_in_force" in done.effects and definition.states[to_state].in_force)


def _day(stamp: str) -> date:
    return clock.local(stamp).date()


def on(periods: tuple[InForce, ...], day: date) -> InForce | None:
    """The one in force on a county day: the last, where one gave way to another on that day."""
    those = [
        one for one in periods if _day(one.since) <= day and (one.until is None or _day(one.until) >= day)
    ]
    return those[-1] if those else None


def at(periods: tuple[InForce, ...], stamp: str) -> InForce | None:
    """The one in force at a moment."""
    those = [one for one in periods if one.since <= stamp and (one.until is None or one.until > stamp)]
    return those[-1] if those else None


def in_force_on(artefact_id: int, day: date) -> InForce | None:
    """Which revision of the document was in force on that county day, and from when to when."""
    return on(spans(artefact_id), day)
