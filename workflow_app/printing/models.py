"""Papers as they were given out, and how often an address has asked for codes that are none."""

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db
from workflow_app.people import stated


class IssuedPaper(db.Model):
    """A PDF of a submitted revision, byte for byte as given out; never changed.

    ``seq`` is the last act on its approval sheet: the same revision in the same state of its trail
    is the same paper. ``opinions``: with opinions and returns; without, for those who may only read
    what is in force, with the signatures alone.
    """

    __tablename__ = "issued_paper"
    __table_args__ = (UniqueConstraint("artefact_id", "revision", "seq", "opinions"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    revision: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(Integer)
    opinions: Mapped[bool] = mapped_column(Boolean)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    sha256: Mapped[str] = mapped_column(Digest)
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    issued_at: Mapped[str] = mapped_column(Stamp)


class CheckAttempt(db.Model):
    """How many unknown codes an address has tried since ``since``. The address is kept as a keyed digest."""

    __tablename__ = "check_attempt"

    address: Mapped[str] = mapped_column(Digest, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since: Mapped[str] = mapped_column(Stamp, index=True)


stated.state(
    IssuedPaper,
    "paper",
    ("artefact_id", "revision", "seq", "opinions", "sha256", "issued_at"),
    digested=("code",),
)
