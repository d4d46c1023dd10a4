"""How the seal stands, for the page that shows it."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

from flask import current_app
from sqlalchemy import func, select

from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.sealing import offsite, stored
from workflow_app.sealing.checks import GRACE
from workflow_app.sealing.logs import LOGS
from workflow_app.sealing.models import Checkpoint, SealProgress
from workflow_app.sealing.notes import VerifierKey
from workflow_app.sealing.refused import SealRefused
from workflow_app.settings import Settings

PAGE = 20
#: Waiting events are counted no further than this.
MOST = 1000


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A public key, from when until when it signed."""

    number: int
    vkey: str
    fingerprint: str
    since: str
    until: str | None
    compromised_since: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Events that are not sealed yet; ``late``: the earliest has waited too long."""

    count: int
    late: bool


def waiting() -> Waiting:
    """Among the last rows of each log, which is where they are."""
    count, earliest = 0, clock.NEVER
    for log in LOGS:
        upto = db.session.scalar(select(SealProgress.upto).where(SealProgress.log == log.name))
        after = -1 if upto is None else upto - log.slack
        rows = log.unsealed().add_columns(log.at.label("at")).where(log.row > after).limit(MOST).subquery()
        more, first = db.session.execute(select(func.count(), func.min(rows.c.at)).select_from(rows)).one()
        count += more
        earliest = min(earliest, first or clock.NEVER)
    long_ago = clock.stamp(clock.now() - GRACE)
    newest = stored.newest()
    # What was written before the last checkpoint and is not in it was written past it, or its clock was.
    return Waiting(count, bool(count) and earliest < long_ago and (newest is None or newest.at < long_ago))


def age() -> timedelta | None:
    """How old the newest checkpoint is; None where there is none."""
    newest = stored.newest()
    return clock.now() - clock.parse(newest.at) if newest else None


def shown_keys() -> list[ShownKey]:
    """From the newest to the first."""
    keys = stored.all_keys()
    return [
        ShownKey(
            key.number,
            key.vkey,
            VerifierKey.parse(key.vkey).fingerprint,
            key.since,
            after.since if after else None,
            after.compromised_since if after else None,
        )
        for key, after in zip_longest(keys, keys[1:])
    ][::-1]


def checkpoints(cursor: Cursor | None) -> tuple[list[Checkpoint], Cursor | None]:
    """One page, the newest first, and the next cursor (``("size", size)``)."""
    query = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(PAGE + 1)
    if cursor:
        query = query.where(Checkpoint.size < cursor[1])
    rows = list(db.session.scalars(query))
    return rows[:PAGE], ("size", rows[PAGE - 1].size) if len(rows) > PAGE else None


def checkpoint_at(size: int) -> Checkpoint | None:
    return db.session.get(Checkpoint, size)


def outside() -> str:
    """How SEAL_DIR stands: "none" (not set), "unreadable", "ahead" (truncation), "behind", "same"."""
    settings: Settings = current_app.config["SETTINGS"]
    folder = offsite.folder_of(settings)
    if folder is None:
        return "none"
    newest = stored.newest()
    size = newest.size if newest else 0
    try:
        there = offsite.sizes(folder)
    except SealRefused:
        return "unreadable"
    last = there[-1] if there else 0
    return "same" if last == size else "ahead" if last > size else "behind"
