"""Proofs to give out: an event is in the tree; one checkpoint is the beginning of another."""

import base64
from typing import Any

from sqlalchemy import select

from workflow_app.extensions import db
from workflow_app.sealing import stored, tree
from workflow_app.sealing.models import SealLeaf


def packed(hashes: list[bytes]) -> list[str]:
    """A proof as it stands in JSON."""
    return [base64.b64encode(one).decode() for one in hashes]


def of_event(artefact_id: int, seq: int) -> dict[str, Any] | None:
    """The newest checkpoint, the event's leaf and its proof of inclusion, JSON-like; None: not sealed yet."""
    newest = stored.newest()
    leaf = db.session.scalars(
        select(SealLeaf).filter_by(log="artefact", document=artefact_id, seq=seq)
    ).one_or_none()
    if newest is None or leaf is None or leaf.number >= newest.size:
        return None
    return {
        "checkpoint": newest.note,
        "keys": [key.vkey for key in stored.all_keys()],
        "leaf": {"log": leaf.log, "document": leaf.document, "seq": leaf.seq, "hash": leaf.hash},
        "index": leaf.number,
        "size": newest.size,
        "proof": packed(tree.inclusion(leaf.number, newest.size, stored.node)),
    }


def between(first: int, second: int) -> list[str] | None:
    """The proof of consistency between two sizes; None where the tree has no such sizes."""
    if not 0 < first <= second <= stored.size():
        return None
    return packed(tree.consistency(first, second, stored.node))
