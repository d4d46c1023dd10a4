"""The one writer of events. An event is sealed first, for its hash goes into the document, then sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

from sqlalchemy import bindparam, insert

from workflow_app import canonical
from workflow_app.clock import Moment
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
    they are (see ``proof``). ``key``: the idempotency key; ``request_sha256``: the digest of what was asked
    under it, where the answer is remembered.
    """

    action: str
    actor_id: int
    grant: dict[str, Any] | None
    auth: str | dict[str, str]
    key: str
    moment: Moment
    signs: bool = False
    handled: bool = False
    request_sha256: str | None = None


class Identity(NamedTuple):
    """What a document is: an approval vouches for it as for the content.

    ``title_salt``: 64 hex characters, of which with the title its digest is made.
    """

    title: str
    title_salt: str
    period: str
    subject: str
    school: int
    teacher: int | None

    def facts(self) -> dict[str, Any]:
        """As it stands in an event; the title as a salted digest, for names stand in it."""
        return {
            "title_sha256": chain.salted(self.title_salt, self.title.encode()),
            "period": self.period,
            "subject": self.subject,
            "school": self.school,
            "teacher": self.teacher,
        }

    def digest(self) -> str:
        """One digest of all of it: what a signer was shown."""
        return canonical.digest(self.facts())


class Standing(Protocol):
    """A document's row, as far as an event that leaves it in its state must know it."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def round(self) -> int: ...
    @property
    def revision(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def route(self) -> str: ...
    @property
    def due_at(self) -> str: ...
    @property
    def content_sha256(self) -> str: ...
    @property
    def attachments_sha256(self) -> str: ...
    @property
    def head_seq(self) -> int: ...
    @property
    def head_hash(self) -> str: ...


def proof(method: str, reset_at: str | None) -> str | dict[str, str]:
    """``auth`` of an event: the method, with the moment at which somebody else had lately changed how
    this person gets in, if there is one.
    """
    return {"method": method, "reset_by_other": reset_at} if reset_at else method


@dataclass(frozen=True, slots=True)
class Place:
    """Where the document stands after the act, and the head of its chain before it.

    ``authors``: whoever has drafted, typed or submitted up to now. ``asked``: (role, unit, person) whose
    turn it is now; ``told``: (purpose, role, unit, person) who get a notice. Both None where the act
    changes neither. ``carried``: what was taken over from an older document: its id, its revision, and
    (section, digest) of what has to be renewed.
    """

    artefact_id: int
    identity: Identity
    definition: Definition
    from_state: str | None
    to_state: str
    round: int
    revision: int
    version: int
    route: str
    due_at: str
    content_sha256: str
    attachments_sha256: str
    authors: Collection[int]
    seq: int
    prev: str
    asked: Sequence[Sequence[Any]] | None = None
    told: Sequence[Sequence[Any]] | None = None
    carried: Sequence[Any] | None = None

    @classmethod
    def staying(
        cls, row: Standing, identity: Identity, definition: Definition, authors: Collection[int]
    ) -> Self:
        """Of an act that leaves the document in its state, at the head of the chain."""
        return cls(
            row.id, identity, definition, row.state, row.state, row.round, row.revision, row.version + 1,
            row.route, row.due_at, row.content_sha256, row.attachments_sha256, authors, row.head_seq + 1,
            row.head_hash,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event ready to be sent: its hash, its columns, its opinion."""

    hash: str
    columns: dict[str, Any]
    opinion: SealedOpinion | None


def seal(act: Act, place: Place, opinion: SealedOpinion | None = None) -> SealedEvent:
    """The event of an act, its canonical text made once and hashed."""
    sealed = chain.seal_event(_facts(act, place, opinion))
    columns = {
        "artefact_id": place.artefact_id,
        "seq": place.seq,
        "at": act.moment.at,
        "actor_id": act.actor_id,
        "action": act.action,
        "from_state": place.from_state,
        "to_state": place.to_state,
        "round": place.round,
        "revision": place.revision,
        "school_id": place.identity.school,
        "signs": act.signs,
        "handled": act.handled,
        "body": sealed.body,
        "hash": sealed.hash,
    }
    return SealedEvent(sealed.hash, columns, opinion)


def _facts(act: Act, place: Place, opinion: SealedOpinion | None) -> dict[str, Any]:
    """What the event says."""
    definition = place.definition
    return {
        "artefact": place.artefact_id,
        "document": place.identity.facts(),
        "seq": place.seq,
        "workflow": {"key": definition.key, "version": definition.version},
        "action": act.action,
        "from": place.from_state,
        "to": place.to_state,
        "round": place.round,
        "revision": place.revision,
        "version": place.version,
        "route": place.route,
        "due": place.due_at,
        "actor": act.actor_id,
        "on_behalf_of": None,
        "grant": act.grant,
        "auth": act.auth,
        "content_sha256": place.content_sha256,
        "attachments_sha256": place.attachments_sha256,
        "comment_sha256": opinion.sha256 if opinion else None,
        "authors": sorted(place.authors),
        "asked": place.asked,
        "told": place.told,
        "carried": place.carried,
        "prev": place.prev,
        "at": act.moment.at,
        "clock": act.moment.held,
        "key": act.key,
        "request_sha256": act.request_sha256,
    }


def send(tx: Tx, event: SealedEvent) -> None:
    """Write the event and what was said with it; inside the caller's transaction."""
    tx.send(_EVENT, **event.columns)
    if event.opinion:
        of = {name: event.columns[name] for name in ("artefact_id", "seq")}
        tx.send(_OPINION, **of, salt=event.opinion.salt, body=event.opinion.body)
