"""The seal in an export: checkpoints, then leaves in their order; the header names size and keys.

A complete export has every leaf below the newest checkpoint and every checkpoint, so that the tree can
be built again from it. An export of chosen documents has the leaves of their events, each with its
proof of inclusion, and of the checkpoints the newest of each day, each with its proof of consistency
with the one before it in the file.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select

from workflow_app import clock
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.sealing import stored, tree
from workflow_app.sealing.models import Checkpoint, SealLeaf
from workflow_app.sealing.proofs import packed

LEAF = ("leaf", "log", "document", "seq", "hash", "proof")
CHECKPOINT = ("checkpoint", "proof")
SEALED = ("size", "complete", "keys")
PAGE = 1000


def header(complete: bool) -> dict[str, Any] | None:
    """What the first line says of the seal; None where nothing was sealed."""
    newest = stored.newest()
    if newest is None:
        return None
    keys = [key.note for key in stored.all_keys()]
    return {"size": newest.size, "complete": complete, "keys": keys}


def lines(sealed: dict[str, Any], conditions: list[ColumnElement[bool]]) -> Iterator[dict[str, Any]]:
    """The lines after the events. ``conditions`` over ``Event`` choose leaves where not all are wanted."""
    size, complete, node = sealed["size"], sealed["complete"], stored.cached()
    before = 0
    for one in _checkpoints(complete):
        proof = None
        if not complete:
            proof = packed(tree.consistency(before, one.size, node)) if before else []
        yield {"checkpoint": one.note, "proof": proof}
        before = one.size
    for row in _leaves(size, None if complete else conditions):
        proof = None if complete else packed(tree.inclusion(row.number, size, node))
        yield dict(zip(LEAF, (row.number, row.log, row.document, row.seq, row.hash, proof), strict=True))


def _leaves(size: int, conditions: list[ColumnElement[bool]] | None) -> Iterator[Any]:
    query = select(SealLeaf.number, SealLeaf.log, SealLeaf.document, SealLeaf.seq, SealLeaf.hash)
    if conditions is not None:
        same = (SealLeaf.log == "artefact", SealLeaf.document == Event.artefact_id, SealLeaf.seq == Event.seq)
        query = query.join(Event, same[0] & same[1] & same[2]).where(*conditions)
    query = query.where(SealLeaf.number < size).order_by(SealLeaf.number).limit(PAGE)
    last = -1
    while True:
        page = db.session.execute(query.where(SealLeaf.number > last)).all()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].number


def _checkpoints(complete: bool) -> Iterator[Checkpoint]:
    held: Checkpoint | None = None
    query = select(Checkpoint).order_by(Checkpoint.size).execution_options(yield_per=PAGE)
    for one in db.session.scalars(query):
        if held and (complete or clock.local(held.at).date() != clock.local(one.at).date()):
            yield held
        held = one
    if held:
        yield held
