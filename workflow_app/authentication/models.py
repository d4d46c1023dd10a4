"""Wrong passwords, ended sessions, keys to the API."""

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db
from workflow_app.people import stated
from workflow_app.people.models import Person


class LoginAttempt(db.Model):
    """Wrong passwords in a row for a login name, whether or not it exists.

    ``locked_until`` in the past: not locked, last tried then.
    """

    __tablename__ = "login_attempt"

    name_digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[str | None] = mapped_column(Stamp)


class EndedLogin(db.Model):
    """A session that was logged out of. Its cookie stays valid by itself until then; this refuses it."""

    __tablename__ = "ended_login"

    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    until: Mapped[str] = mapped_column(Stamp, index=True)


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


stated.state(
    Token, "token", ("person_id", "digest", "may_sign", "epoch", "created_at", "expires_at", "revoked_at")
)
