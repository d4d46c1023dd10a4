"""Documents, their authors, the draft being typed and the revisions frozen from it."""

import secrets

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow_app.columns import Digest, Id, Name, Stamp
from workflow_app.definitions.models import StoredDefinition
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit


class Artefact(db.Model):
    """One document on its way.

    ``state`` is written by the transition writer alone. ``version`` counts every change, of content or
    of state; whoever writes names the version they saw. ``subject`` (``school:3``, ``person:7``) with
    workflow and period is unique: one plan per school and school year; a discarded one
    (``school:3#12``, with its own id) leaves them free. ``revision`` is the last that
    was frozen, ``submitted_revision`` the last that was not withdrawn before anybody had acted on it:
    what reviewers may read. ``route`` holds the ids of the departments to pass, comma-separated;
    ``leg`` counts those already passed. ``points_version`` counts every change of a point, so that no
    step is taken on answers that are no longer as they were read. ``title_salt`` is hashed with the title
    into every event: so the title, in which names stand, cannot be changed and cannot be guessed.
    """

    __tablename__ = "artefact"
    __table_args__ = (
        UniqueConstraint("workflow", "subject", "period_key"),
        Index("ix_artefact_school", "school_id", "updated_at", "id"),
        Index("ix_artefact_author", "author_id", "updated_at", "id"),
        Index("ix_artefact_teacher", "teacher_id", "updated_at", "id"),
        Index("ix_artefact_updated", "updated_at", "id"),
        Index("ix_artefact_workflow", "workflow", "updated_at", "id"),
        Index("ix_artefact_workflow_state", "workflow", "state", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    workflow: Mapped[str] = mapped_column(Name)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    title: Mapped[str] = mapped_column(String(200))
    title_salt: Mapped[str] = mapped_column(Digest, default=lambda: secrets.token_hex(32))
    subject: Mapped[str] = mapped_column(String(40))
    school_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    period_key: Mapped[str] = mapped_column(ForeignKey("period.key"))
    state: Mapped[str] = mapped_column(Name)
    version: Mapped[int] = mapped_column(Integer, default=1)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    submitted_revision: Mapped[int] = mapped_column(Integer, default=0)
    in_force_revision: Mapped[int | None] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer, default=0)
    route: Mapped[str] = mapped_column(String(200), default="")
    leg: Mapped[int] = mapped_column(Integer, default=0)
    points_version: Mapped[int] = mapped_column(Integer, default=0)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    last_signer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    content_sha256: Mapped[str] = mapped_column(Digest)
    attachments_sha256: Mapped[str] = mapped_column(Digest)
    head_seq: Mapped[int] = mapped_column(Integer, default=0)
    head_hash: Mapped[str] = mapped_column(Digest)
    state_since: Mapped[str] = mapped_column(Stamp)
    due_at: Mapped[str] = mapped_column(Stamp)
    created_at: Mapped[str] = mapped_column(Stamp)
    updated_at: Mapped[str] = mapped_column(Stamp)

    definition: Mapped[StoredDefinition] = relationship()
    school: Mapped[Unit] = relationship(foreign_keys=[school_id])
    teacher: Mapped[Person | None] = relationship(foreign_keys=[teacher_id])
    author: Mapped[Person] = relationship(foreign_keys=[author_id])


class Author(db.Model):
    """Whoever drafted, edited or submitted: none of them may sign."""

    __tablename__ = "artefact_author"
    __table_args__ = (Index("ix_artefact_author_person", "person_id", "artefact_id"),)

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    since: Mapped[str] = mapped_column(Stamp)


class Draft(db.Model):
    """The content as typed last: canonical JSON, and how many places still have something wrong."""

    __tablename__ = "draft"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    problems: Mapped[int] = mapped_column(Integer)
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[str] = mapped_column(Stamp)


class DraftSave(db.Model):
    """The draft as somebody left it: their last save within ``slot``, a few minutes long.

    Kept while the document is with its authors, the newest few only; gone once it is submitted.
    """

    __tablename__ = "draft_save"
    __table_args__ = (UniqueConstraint("artefact_id", "saved_by", "slot"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[str] = mapped_column(Stamp)
    slot: Mapped[str] = mapped_column(Stamp)


class Revision(db.Model):
    """Content as it was submitted: canonical JSON bytes, never changed afterwards."""

    __tablename__ = "revision"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_sha256: Mapped[str] = mapped_column(Digest)
    attachments_sha256: Mapped[str] = mapped_column(Digest)
    frozen_at: Mapped[str] = mapped_column(Stamp)
    frozen_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class CarriedOver(db.Model):
    """A section taken over from an older document that has to be renewed.

    It is renewed once its value no longer has the digest ``value_sha256``, or once an author has
    confirmed that it stays as it was.
    """

    __tablename__ = "carried"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    field: Mapped[str] = mapped_column(Name, primary_key=True)
    value_sha256: Mapped[str] = mapped_column(Digest)
    source_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    source_revision: Mapped[int] = mapped_column(Integer)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[str | None] = mapped_column(Stamp)
