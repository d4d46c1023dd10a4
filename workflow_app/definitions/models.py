"""Definitions by version: a running document stays on the one it began with."""

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Name, Stamp
from workflow_app.extensions import db


class StoredDefinition(db.Model):
    """The canonical body of one definition version, kept from its first use on."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Name)
    version: Mapped[str] = mapped_column(Digest)
    body: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[str] = mapped_column(Stamp)
