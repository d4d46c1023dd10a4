"""Papers as they were given out, and how often an address has asked for codes that are none."""

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db


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


class WordImport(db.Model):
    """What a Word file brought into a draft, piece by piece, until its author has looked it through.

    ``body`` is canonical JSON: ``pieces`` of the file in order, ``also`` what was read out of the text
    besides, ``left`` the texts that are in no section, each with what became of it. None of it is part
    of the content that is signed. ``version`` is the draft's as the import left it: as long as the
    draft still has it, the whole import can be looked through again; None once that has been done.
    """

    __tablename__ = "word_import"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(255))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int | None] = mapped_column(Integer)
    imported_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    imported_at: Mapped[str] = mapped_column(Stamp)
