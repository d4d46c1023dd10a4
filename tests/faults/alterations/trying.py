"""Tries alterations, each in a transaction that is taken back, and says what found it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import insert, text

from tests.faults.alterations import documents, events, register  # noqa: F401 - each puts its kinds into the table
from tests.faults.alterations.kinds import KINDS, OFF_SITE, Hands, Kind
from workflow_app import append_only
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.sealing import leaf, stored, tree
from workflow_app.sealing.checks import against
from workflow_app.sealing.logs import LOGS
from workflow_app.sealing.models import SealLeaf, SealTile
from workflow_app.sealing.sealer import seal_now


@dataclass
class Tally:
    """How often a kind was tried, how often its check found it, and which others did."""

    kind: Kind
    places: int = 0
    found: int = 0
    told: set[str] = field(default_factory=set)

    @property
    def sound(self) -> bool:
        return self.places == self.found


def seal() -> str:
    """Seal the database and hand out the checkpoint, as somebody would keep it elsewhere."""
    checkpoint = seal_now().checkpoint
    assert checkpoint
    return str(checkpoint.note)


@contextmanager
def without_triggers() -> Iterator[None]:
    """One transaction without triggers, taken back at the end."""
    # The application reads each definition once, on a connection of its own: before the tables are locked.
    assert findings() == set()
    db.session.rollback()
    db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    append_only.drop(db.session.connection())
    try:
        yield
    finally:
        db.session.rollback()


def findings() -> set[str]:
    """The checks of doctor that find something, in the transaction of the session."""
    db.session.expire_all()
    return {check.name for check in doctor.of_database() if check.offenders}


def off_site(note: str | None) -> set[str]:
    """Whether the database is what the checkpoint says."""
    return {OFF_SITE} if note is not None and against(note) else set()


def seal_anew() -> None:
    """What an insider does about the seal who has the key as well: everything that is there now, sealed.

    The checkpoints are not signed again, only taken away: a signature can be made by whoever has the key.
    """
    for table in ("seal_tile", "seal_leaf", "seal_checkpoint", "seal_progress"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.expire_all()
    growing = tree.Growing()
    for log in LOGS:
        for row in db.session.execute(log.unsealed()).all():
            leaf_of = {"log": log.name, "document": row.document, "seq": row.seq, "hash": row.hash}
            db.session.execute(insert(SealLeaf).values(number=growing.size, **leaf_of))
            completed = growing.add(leaf.digest(log.name, row.document, row.seq, row.hash))
            for tile in stored.tiles_of(completed):
                db.session.execute(insert(SealTile).values(tile))


def once(kind: Kind, chance: random.Random, note: str | None) -> set[str]:
    """Alter at a random place, and see what finds it; within ``without_triggers``."""
    savepoint = db.session.begin_nested()
    sqlite = db.engine.dialect.name == "sqlite"
    db.session.execute(
        text("PRAGMA defer_foreign_keys = ON" if sqlite else "SET LOCAL session_replication_role = replica")
    )
    try:
        kind.alter(Hands(chance))
        if kind.found_by != OFF_SITE:
            return findings()
        seal_anew()
        return findings() | off_site(note)
    finally:
        savepoint.rollback()


def tried(places: int, seed: int = 1, note: str | None = None, kinds: list[Kind] = KINDS) -> Iterator[Tally]:
    """Every kind at so many random places."""
    with without_triggers():
        for kind in kinds:
            tally, chance = Tally(kind), random.Random(f"{seed} {kind.name}")
            for _ in range(places):
                told = once(kind, chance, note)
                tally.places += 1
                tally.found += kind.found_by in told
                tally.told |= told
            yield tally
