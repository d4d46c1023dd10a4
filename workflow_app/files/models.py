"""Files that were accepted."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Stamp
from workflow_app.extensions import db


class StoredFile(db.Model):
    """A file that was once accepted, kept once however often it is attached.

    ``scan`` is ``unscanned``, ``clean`` or ``infected``; ``found`` is what the scanner called it.
    The bytes lie on disk under their digest, see ``storage``.
    """

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(Digest, primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    stored_at: Mapped[str] = mapped_column(Stamp)
    scan: Mapped[str] = mapped_column(String(10))
    scanned_at: Mapped[str | None] = mapped_column(Stamp)
    found: Mapped[str] = mapped_column(String(100), default="")
