"""Wrong passwords, sessions, former passwords, keys to the API, access that works once."""

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db
from workflow_app.people import stated
from workflow_app.people.models import Person


class LoginAttempt(db.Model):
    """Wrong passwords at one place of those that ``attempts`` counts: a name, an address, both, all.

    What was counted has faded by ``fades_at``; nobody may try before ``locked_until``; ``under_way``: tries
    whose password is being looked at, the last one since ``counted_at``.
    """

    __tablename__ = "login_attempt"

    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    fades_at: Mapped[str] = mapped_column(Stamp, index=True)
    locked_until: Mapped[str] = mapped_column(Stamp)
    counted_at: Mapped[str] = mapped_column(Stamp)
    under_way: Mapped[int] = mapped_column(Integer)


class LoginSession(db.Model):
    """Somebody logged in with one browser. The cookie holds a secret, ``digest`` is that of it.

    A row taken away ends the session. ``epoch``: the person's when it began; a higher one ends it too.
    """

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(300))
    started_at: Mapped[str] = mapped_column(Stamp)
    seen_at: Mapped[str] = mapped_column(Stamp)
    ends_at: Mapped[str] = mapped_column(Stamp, index=True)


class FormerPassword(db.Model):
    """The hash of a password somebody had until then; kept only where old ones may not come again."""

    __tablename__ = "former_password"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    until: Mapped[str] = mapped_column(Stamp)


class Token(db.Model):
    """A key to the API. Only its digest is kept; ``may_sign`` stands for the password when signing."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    label: Mapped[str] = mapped_column(String(80), default="")
    may_sign: Mapped[bool] = mapped_column(Boolean, default=False)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[str] = mapped_column(Stamp)
    expires_at: Mapped[str | None] = mapped_column(Stamp)
    revoked_at: Mapped[str | None] = mapped_column(Stamp)

    person: Mapped[Person] = relationship()


class OneTimeAccess(db.Model):
    """A link or a code that opens “set your own password” once. Only its digest is kept.

    ``given_by``: None for the command line. Of each person there is at most one row.
    """

    __tablename__ = "one_time_access"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[str] = mapped_column(Stamp)
    expires_at: Mapped[str] = mapped_column(Stamp)
    used_at: Mapped[str | None] = mapped_column(Stamp)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


stated.state(
    Token, "token", ("person_id", "digest", "may_sign", "epoch", "created_at", "expires_at", "revoked_at")
)
stated.state(
    OneTimeAccess, "access", ("person_id", "digest", "kind", "given_by", "given_at", "expires_at", "used_at")
)
