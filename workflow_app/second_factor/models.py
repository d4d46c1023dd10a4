"""Second factors. Secrets are encrypted (``secrets_at_rest``), recovery codes are digests only."""

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db
from workflow_app.people import stated


class TotpFactor(db.Model):
    """An authenticator app (RFC 6238), confirmed with a first code.

    ``last_step``: the time step of the last code that was accepted; only later ones are.
    """

    __tablename__ = "totp_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[str] = mapped_column(Stamp)


class RecoveryCode(db.Model):
    """A code that stands for the second factor once, for whoever has lost the telephone."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    used_at: Mapped[str | None] = mapped_column(Stamp)


class Passkey(db.Model):
    """A passkey (WebAuthn). ``credential``: the attested credential data as the authenticator sent them."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_digest: Mapped[str] = mapped_column(Digest, unique=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Integer, default=0)
    label: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[str] = mapped_column(Stamp)
    last_used_at: Mapped[str | None] = mapped_column(Stamp)


class UsedChallenge(db.Model):
    """A challenge that has been answered: no second answer to it counts, whatever a cookie says."""

    __tablename__ = "used_challenge"

    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    until: Mapped[str] = mapped_column(Stamp, index=True)


stated.state(TotpFactor, "totp", ("created_at",), key=("person_id",), digested=("secret",))
stated.state(RecoveryCode, "recovery", ("person_id", "digest", "used_at"))
stated.state(Passkey, "passkey", ("person_id", "credential_digest", "created_at"), digested=("credential",))
