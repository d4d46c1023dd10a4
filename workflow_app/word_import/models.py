"""What a Word file brought into a draft, until its author has looked it through."""

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Stamp
from workflow_app.extensions import db


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
