"""The tree as the database keeps it: every leaf, and the hash of every 256, 65,536 … of them.

Any hash in between is worked out from at most 128 rows, so a proof reads a few hundred rows however
large the tree is, and adding k leaves costs O(k + log n).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from workflow_app.extensions import db
from workflow_app.sealing import leaf, tree
from workflow_app.sealing.models import Checkpoint, SealKey, SealLeaf, SealTile
from workflow_app.store import Statement, Tx

#: Every so many levels are kept.
STRIDE = 8

_LEAF = Statement(
    insert(SealLeaf).values({name: bindparam(name) for name in ("number", "log", "document", "seq", "hash")})
)
_TILE = Statement(insert(SealTile).values({name: bindparam(name) for name in ("level", "number", "hash")}))


class Incomplete(LookupError):
    """Rows of the tree are missing: somebody removed them."""


def size() -> int:
    """How many leaves there are."""
    last = db.session.scalar(select(func.max(SealLeaf.number)))
    return 0 if last is None else last + 1


def node(level: int, number: int) -> bytes:
    """The hash of a complete subtree (``tree.Node``). Raises Incomplete."""
    base = level - level % STRIDE
    count = 1 << (level - base)
    return _folded(_kept(base, number * count, count), count)


def cached() -> tree.Node:
    """``node`` for many proofs one after the other: rows are read 256 at a time and remembered."""
    width = 1 << STRIDE
    read = lru_cache(maxsize=256)(lambda base, block: _kept(base, block * width, width))

    @lru_cache(maxsize=100_000)
    def remembered(level: int, number: int) -> bytes:
        base = level - level % STRIDE
        count = 1 << (level - base)
        block, start = divmod(number * count, width)
        return _folded(read(base, block)[start : start + count], count)

    return remembered


def _folded(hashes: list[bytes], count: int) -> bytes:
    if len(hashes) != count:
        raise Incomplete
    while len(hashes) > 1:
        hashes = [tree.node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _kept(level: int, start: int, count: int) -> list[bytes]:
    if level == 0:
        rows = db.session.execute(
            select(SealLeaf.log, SealLeaf.document, SealLeaf.seq, SealLeaf.hash)
            .where(SealLeaf.number >= start, SealLeaf.number < start + count)
            .order_by(SealLeaf.number)
        )
        return [leaf.digest(*row) for row in rows]
    tiles = db.session.scalars(
        select(SealTile.hash)
        .where(SealTile.level == level, SealTile.number >= start, SealTile.number < start + count)
        .order_by(SealTile.number)
    )
    return [bytes.fromhex(one) for one in tiles]


def add(tx: Tx, growing: tree.Growing, log: str, rows: Sequence[tuple[int, int, str]]) -> None:
    """Write (document, seq, hash) of one log as the next leaves; ``growing`` grows with them."""
    leaves: list[dict[str, Any]] = []
    tiles: list[dict[str, Any]] = []
    for document, seq, digest in rows:
        leaves.append({"number": growing.size, "log": log, "document": document, "seq": seq, "hash": digest})
        tiles += tiles_of(growing.add(leaf.digest(log, document, seq, digest)))
    tx.run_many(_LEAF, leaves)
    tx.run_many(_TILE, tiles)


def tiles_of(completed: Iterable[tuple[int, int, bytes]]) -> list[dict[str, Any]]:
    """Those of the completed subtrees that are kept."""
    return [
        {"level": level, "number": number, "hash": found.hex()}
        for level, number, found in completed
        if level % STRIDE == 0
    ]


def newest() -> Checkpoint | None:
    """The newest checkpoint."""
    return db.session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).first()


def all_keys() -> list[SealKey]:
    """All keys from the first on."""
    return list(db.session.scalars(select(SealKey).order_by(SealKey.number)))
