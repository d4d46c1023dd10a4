"""Tasks, points of returns, notices, and what was answered to which key."""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Day, Digest, Id, Name, Stamp
from workflow_app.extensions import db

_OPEN = text("closed_at IS NULL")


class Task(db.Model):
    """A document waits for a seat (role at a unit) or for a person. Open until ``closed_at``."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_seat", "role", "unit_id", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_task_person", "person_id", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_task_artefact", "artefact_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    state: Mapped[str] = mapped_column(Name)
    role: Mapped[str | None] = mapped_column(Name)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[str] = mapped_column(Stamp)
    due_at: Mapped[str] = mapped_column(Stamp)
    closed_at: Mapped[str | None] = mapped_column(Stamp)


class Point(db.Model):
    """One thing a return asks to change, with the author's answer. State: open, answered, closed.

    ``raised_in``: the state in which it was raised; whoever may act there closes it or opens it again.
    """

    __tablename__ = "point"
    __table_args__ = (Index("ix_point_artefact", "artefact_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    round: Mapped[int] = mapped_column(Integer)
    section: Mapped[str] = mapped_column(Name)
    text: Mapped[str] = mapped_column(Text)
    raised_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[str] = mapped_column(Stamp)
    raised_in: Mapped[str] = mapped_column(Name, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[str | None] = mapped_column(Stamp)
    state: Mapped[str] = mapped_column(String(10), default="open")
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[str | None] = mapped_column(Stamp)


class Notice(db.Model):
    """The outbox: one row per event and recipient (a seat or a person), written with the event.

    ``purpose`` is ``todo`` (it is your turn), ``copy`` （抄送） or ``told`` (your document moved).
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_seat", "purpose", "role", "unit_id", "at", "id"),
        Index("ix_notice_person", "purpose", "person_id", "at", "id"),
        Index("ix_notice_artefact", "artefact_id", "seq"),
        Index(
            "ix_notice_unsent",
            "id",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    seq: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(10))
    role: Mapped[str | None] = mapped_column(Name)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[str] = mapped_column(Stamp)
    sent_at: Mapped[str | None] = mapped_column(Stamp)


class Answered(db.Model):
    """Idempotency: what a key was answered with, and the digest of what was asked under it."""

    __tablename__ = "answered"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(Digest)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[str] = mapped_column(Stamp)


class DailyRun(db.Model):
    """What is worked out once for each day, and the last day it was."""

    __tablename__ = "daily_run"

    name: Mapped[str] = mapped_column(Name, primary_key=True)
    day: Mapped[str] = mapped_column(Day)
