"""The one writer of events. An event is sealed first, for its hash goes into the document, then sent."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert

from workflow_app.events import chain
from workflow_app.events.chain import SealedOpinion
from workflow_app.events.models import Event, Opinion
from workflow_app.store import Statement, Tx
from workflows.definition import Definition

_COLUMNS = (
    "artefact_id", "seq", "at", "actor_id", "action", "from_state", "to_state", "round", "revision",
    "school_id", "signs", "handled", "body", "hash",
)  # fmt: skip
_EVENT = Statement(insert(Event).values({name: bindparam(name) for name in _COLUMNS}))
_OPINION = Statement(
    insert(Opinion).values({name: bindparam(name) for name in ("artefact_id", "seq", "salt", "body")})
)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: the facts of an event that do not depend on the document.

    ``grant``: ``{id, role, scope}`` by which they did it, or None. ``auth``: how they had proved who
    they are. ``key``: the idempotency key.
    """

    action: str
    actor_id: int
    grant: dict[str, Any] | None
    auth: str
    key: str
    at: str
    signs: bool = False
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the document stands after the act, and the head of its chain before it."""

    artefact_id: int
    school_id: int
    definition: Definition
    from_state: str | None
    to_state: str
    round: int
    revision: int
    content_sha256: str
    attachments_sha256: str
    seq: int
    prev: str


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event ready to be sent: its hash, its columns, its opinion."""

    hash: str
    columns: dict[str, Any]
    opinion: SealedOpinion | None


def seal(act: Act, place: Place, opinion: SealedOpinion | None = None) -> SealedEvent:
    """The event of an act, its canonical text made once and hashed."""
    definition = place.definition
    sealed = chain.seal_event(
        {
            "artefact": place.artefact_id,
            "seq": place.seq,
            "workflow": {"key": definition.key, "version": definition.version},
            "action": act.action,
            "from": place.from_state,
            "to": place.to_state,
            "round": place.round,
            "revision": place.revision,
            "actor": act.actor_id,
            "on_behalf_of": None,
            "grant": act.grant,
            "auth": act.auth,
            "content_sha256": place.content_sha256,
            "attachments_sha256": place.attachments_sha256,
            "comment_sha256": opinion.sha256 if opinion else None,
            "prev": place.prev,
            "at": act.at,
            "key": act.key,
        }
    )
    columns = {
        "artefact_id": place.artefact_id,
        "seq": place.seq,
        "at": act.at,
        "actor_id": act.actor_id,
        "action": act.action,
        "from_state": place.from_state,
        "to_state": place.to_state,
        "round": place.round,
        "revision": place.revision,
        "school_id": place.school_id,
        "signs": act.signs,
        "handled": act.handled,
        "body": sealed.body,
        "hash": sealed.hash,
    }
    return SealedEvent(sealed.hash, columns, opinion)


def send(tx: Tx, event: SealedEvent) -> None:
    """Write the event and what was said with it; inside the caller's transaction."""
    tx.send(_EVENT, **event.columns)
    if event.opinion:
        of = {name: event.columns[name] for name in ("artefact_id", "seq")}
        tx.send(_OPINION, **of, salt=event.opinion.salt, body=event.opinion.body)
