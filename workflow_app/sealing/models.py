"""The leaves of the tree in their order, hashes of larger subtrees, checkpoints, and the keys that sign."""

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Name, Stamp
from workflow_app.extensions import db


class SealLeaf(db.Model):
    """An event's place in the tree, counted from 0. ``document`` is 0 for a log that is one chain."""

    __tablename__ = "seal_leaf"
    __table_args__ = (UniqueConstraint("log", "document", "seq"),)

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    log: Mapped[str] = mapped_column(Name)
    document: Mapped[int] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(Digest)


class SealTile(db.Model):
    """The hash of the complete subtree at (level, number), for every eighth level from 8 on."""

    __tablename__ = "seal_tile"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Digest)


class SealProgress(db.Model):
    """How far the sealer has read a log, by the numbers of its rows. Says nothing of what is sealed."""

    __tablename__ = "seal_progress"

    log: Mapped[str] = mapped_column(Name, primary_key=True)
    upto: Mapped[int] = mapped_column(Id)


class SealKey(db.Model):
    """A key from the moment it signs; its statement is signed by itself and by the one before it."""

    __tablename__ = "seal_key"

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    vkey: Mapped[str] = mapped_column(String(300), unique=True)
    since: Mapped[str] = mapped_column(Stamp)
    size: Mapped[int] = mapped_column(Id)
    compromised_since: Mapped[str | None] = mapped_column(Stamp)
    note: Mapped[str] = mapped_column(Text)


class Checkpoint(db.Model):
    """A signed head of the tree; ``note`` is the exact text that is given out."""

    __tablename__ = "seal_checkpoint"

    size: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(Digest)
    at: Mapped[str] = mapped_column(Stamp)
    key_number: Mapped[int] = mapped_column(ForeignKey("seal_key.number"))
    note: Mapped[str] = mapped_column(Text)
