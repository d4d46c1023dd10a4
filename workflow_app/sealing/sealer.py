"""The sealer: new events become leaves, and the tree gets a signed checkpoint. The worker calls it."""

import time
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, insert, select, update

from workflow_app import clock
from workflow_app.alone import alone
from workflow_app.extensions import db
from workflow_app.sealing import keys, offsite, stored, tree
from workflow_app.sealing.logs import LOGS, Log
from workflow_app.sealing.models import Checkpoint, SealProgress
from workflow_app.sealing.notes import sign
from workflow_app.sealing.refused import SealRefused
from workflow_app.sealing.statements import TreeHead
from workflow_app.settings import Settings
from workflow_app.store import Statement, transaction, writing

#: So many leaves in one transaction: on SQLite everybody who signs waits for it.
BATCH = 1000
_LOCK = "sealing"
#: Seconds between two times that all rows of the logs are compared with the leaves.
IN_FULL_EVERY = 3600
_IN_FULL = "sealed_in_full"
_ADVANCE = Statement(
    update(SealProgress).where(SealProgress.log == bindparam("of_log")).values(upto=bindparam("new_upto"))
)
_BEGIN = Statement(insert(SealProgress).values(log=bindparam("log"), upto=bindparam("upto")))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run did: the newest checkpoint (None: there is nothing to seal), new leaves, new files."""

    checkpoint: Checkpoint | None
    fresh: int
    written: int


def seal_now(*, in_full: bool = True) -> Sealed:
    """Seal what is not sealed yet.

    Args:
        in_full: look for rows left out earlier from the first one on, not only among the last ones.

    Raises:
        SealRefused: another process is sealing; the tree is not the one that was signed; the key, or
            the folder SEAL_DIR, cannot be used.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with alone(_LOCK) as mine:
        if not mine:
            raise SealRefused("另一个进程正在封存，请稍后再试。")
        db.session.rollback()
        _is_what_was_signed(settings)
        fresh = _take_in(in_full)
        made = _sign(settings)
        folder = offsite.folder_of(settings)
        return Sealed(made, fresh, offsite.write(folder) if folder else 0)


def seal_regularly() -> None:
    """``seal_now`` for the worker: the logs are read in full at its start and once an hour."""
    now = time.monotonic()
    last = current_app.extensions.get(_IN_FULL)
    in_full = last is None or now - last >= IN_FULL_EVERY
    seal_now(in_full=in_full)
    if in_full:
        current_app.extensions[_IN_FULL] = now


def replace_key(compromised_since: str | None = None) -> None:
    """Another signing key from now on; everything before it is sealed with the old one, if that may sign.

    Raises:
        SealRefused: as ``seal_now``.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if compromised_since is None:
        seal_now()
    with alone(_LOCK) as mine:
        if not mine:
            raise SealRefused("另一个进程正在封存，请稍后再试。")
        if not stored.all_keys():
            raise SealRefused("还没有签名密钥，没有可换的。")
        keys.replace(settings, compromised_since)


def _is_what_was_signed(settings: Settings) -> None:
    """Never sign a tree that does not begin with what was signed before, here or outside."""
    last = stored.newest()
    try:
        if last and tree.root(last.size, stored.node).hex() != last.root:
            raise SealRefused("库里的封存与上一个检查点不符：封存过的事件被改动过。没有再签，请运行 doctor。")
    except stored.Incomplete as error:
        raise SealRefused("封存过的事件少了，没有再签。请运行 doctor。") from error
    folder = offsite.folder_of(settings)
    there = offsite.sizes(folder) if folder else []
    if not folder or not there:
        return
    if last is None or there[-1] > last.size:
        raise SealRefused(
            f"SEAL_DIR 里最新的检查点有 {there[-1]} 条，库里只到 {last.size if last else 0} 条："
            "轨迹的末尾被截断过，或数据库是从较早的备份恢复的。没有再签。"
        )
    if there[-1] == last.size and offsite.text_at(folder, last.size) != last.note:
        raise SealRefused(f"SEAL_DIR 里 {last.size} 条处的检查点与库里的不同，没有再签。请查明原因。")


def _take_in(in_full: bool) -> int:
    """New rows of every log as leaves; how many."""
    growing = tree.Growing(stored.size(), stored.node)
    before = growing.size
    for log in LOGS:
        upto = db.session.scalar(select(SealProgress.upto).where(SealProgress.log == log.name))
        after = -1 if in_full or upto is None else upto - log.slack
        while rows := _next(log, after):
            with transaction() as tx:
                stored.add(tx, growing, log.name, [(row.document, row.seq, row.hash) for row in rows])
                after = rows[-1][0]
                upto = max(after, upto or 0)
                if tx.run(_ADVANCE, of_log=log.name, new_upto=upto) != 1:
                    tx.run(_BEGIN, log=log.name, upto=upto)
            if len(rows) < BATCH:
                break
    return growing.size - before


def _next(log: Log, after: int) -> list[Any]:
    rows = db.session.execute(log.unsealed().where(log.row > after).limit(BATCH)).all()
    db.session.rollback()
    return list(rows)


def _sign(settings: Settings) -> Checkpoint | None:
    """A checkpoint of all leaves; the last one when there is nothing new."""
    last, size = stored.newest(), stored.size()
    if size == (last.size if last else 0):
        return last
    key, row = keys.signing(settings)
    name = keys.origin(settings)
    at = max(clock.stamp(clock.now()), last.at if last else "", row.since)
    head = TreeHead(name, size, tree.root(size, stored.node), at)
    made = Checkpoint(
        size=size, root=head.root.hex(), at=at, key_number=row.number, note=sign(head.text(), (name, key))
    )
    with writing() as session:
        session.add(made)
    return stored.newest()
