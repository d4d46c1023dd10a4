"""Remarks: said beside the text, not part of it, and no act on the document."""

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Id, Name, Stamp
from workflow_app.extensions import db


class Remark(db.Model):
    """A remark on a section or a passage of it, or an answer to one (``thread_id``).

    ``quote`` is the passage as it was selected, with a little of what stood before and after it, so
    that it is found again in a text that was edited around it. Only ``resolved_*`` ever changes.
    """

    __tablename__ = "remark"
    __table_args__ = (Index("ix_remark_artefact", "artefact_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"))
    revision: Mapped[int] = mapped_column(Integer)
    section: Mapped[str] = mapped_column(Name)
    quote: Mapped[str] = mapped_column(String(300))
    before: Mapped[str] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[str] = mapped_column(Stamp)
    resolved_at: Mapped[str | None] = mapped_column(Stamp)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
