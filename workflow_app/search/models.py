"""The index: what is searched, and what it does not know yet."""

from sqlalchemy import ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Id
from workflow_app.extensions import db

#: Bits of ``Entry.faces``: who gets to see this text of a document (``signoff.policy.level``).
FACES = {"draft": 1, "submitted": 2, "approved": 4}


class Entry(db.Model):
    """One text of a document: its content as some readers see it, or what was said of it.

    ``grams`` is what the index is made of: words for SQLite's FTS5 (table ``search_index``, which
    refers to this one), a ``tsvector`` on PostgreSQL.
    """

    __tablename__ = "search_entry"
    #: PostgreSQL has an index over ``grams`` besides; being of one database, it stands in the migration.
    __table_args__ = (Index("ix_search_entry_artefact", "artefact_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    faces: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    grams: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


class Due(db.Model):
    """A note, made by the database, that a document has changed since it was taken into the index.

    Of a document that changes often there are several: one alone would have those who save wait for
    a search.
    """

    __tablename__ = "search_due"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(Id)
