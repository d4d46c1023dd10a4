"""Events: append-only, chained per document."""

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow_app.columns import Digest, Id, Name, Stamp
from workflow_app.extensions import db
from workflow_app.people.models import Person


class Event(db.Model):
    """One act. ``body`` is the exact canonical text that was hashed; the columns only serve look-up.

    ``signs`` marks signatures: one per person, document and round, held by a unique index.
    ``handled`` marks acts on somebody else's document （我已处理）.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("artefact_id", "seq"),
        Index("ix_event_at", "at", "id"),
        Index("ix_event_actor", "actor_id", "at", "id"),
        Index("ix_event_school", "school_id", "at", "id"),
        Index("ix_event_action", "action", "at", "id"),
        Index(
            "uq_event_signature",
            "artefact_id",
            "round",
            "actor_id",
            unique=True,
            sqlite_where=text("signs = 1"),
            postgresql_where=text("signs"),
        ),
        Index(
            "ix_event_handled",
            "actor_id",
            "at",
            "id",
            sqlite_where=text("handled = 1"),
            postgresql_where=text("handled"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[str] = mapped_column(Stamp)
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(Name)
    from_state: Mapped[str | None] = mapped_column(Name)
    to_state: Mapped[str] = mapped_column(Name)
    round: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    school_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    signs: Mapped[bool] = mapped_column(Boolean)
    handled: Mapped[bool] = mapped_column(Boolean)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[str] = mapped_column(Digest)

    actor: Mapped[Person] = relationship()


class Opinion(db.Model):
    """What was said with an event: opinion, points, answers. Its salted digest is in the event.

    Kept apart so that personal data can be erased (``body`` emptied) without breaking the chain.
    """

    __tablename__ = "event_statement"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    salt: Mapped[str] = mapped_column(Digest)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
