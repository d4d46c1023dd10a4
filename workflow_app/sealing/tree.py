"""The Merkle tree of RFC 9162, section 2.1 (the tree of RFC 6962): roots, proofs, growing.

Nothing here knows where hashes are kept. ``Node`` gives the hash of the complete subtree at
(level, index): of the leaves from ``index * 2**level`` up to, not including, ``(index + 1) * 2**level``.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

Node = Callable[[int, int], bytes]
#: The root of no leaves.
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """(level, index) of the complete subtrees that ``start`` to ``end`` (not included) consist of."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def _range_root(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]) of the RFC, for the ranges its recursion comes to."""
    return _joined([node(level, index) for level, index in subtrees(start, end)])


def _joined(hashes: Sequence[bytes]) -> bytes:
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def _split(size: int) -> int:
    """The largest power of two below ``size`` (at least 2)."""
    return 1 << (size - 1).bit_length() - 1


def root(size: int, node: Node) -> bytes:
    """The root of the first ``size`` leaves."""
    return _range_root(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]): what shows that the leaf is in the tree of that size, from the leaf upwards."""
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency(first: int, second: int, node: Node) -> list[bytes]:
    """PROOF(first, D[second]), 0 < first <= second: what shows that the second tree begins as the first."""
    path: list[bytes] = []
    start, end, at_left_edge = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start, at_left_edge = middle, False
    if not at_left_edge:
        path.append(_range_root(start, end, node))
    return path[::-1]


def included(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None where it cannot be one."""
    if not 0 <= index < size:
        return None
    number, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            found = node_hash(other, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, other)
        number, last = number >> 1, last >> 1
    return found if last == 0 else None


def consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds between two roots (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first_root == second_root and not path
    if not 0 < first < second:
        return first == 0 and first_root == EMPTY and not path
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not steps:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = steps[0]
    for other in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, other)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


class Growing:
    """A tree that leaves are added to; it keeps the complete subtrees of its right edge and no more."""

    def __init__(self, size: int = 0, node: Node | None = None) -> None:
        """Go on from a tree of ``size`` leaves, whose right edge ``node`` gives."""
        self.size = size
        self._edge = [(level, node(level, index)) for level, index in subtrees(0, size)] if node else []

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf hash; (level, index, hash) of every larger subtree that is complete with it."""
        done: list[tuple[int, int, bytes]] = []
        level, found = 0, leaf
        self.size += 1
        while self._edge and self._edge[-1][0] == level:
            found = node_hash(self._edge.pop()[1], found)
            level += 1
            done.append((level, (self.size >> level) - 1, found))
        self._edge.append((level, found))
        return done

    @property
    def root(self) -> bytes:
        return _joined([found for _level, found in self._edge]) if self._edge else EMPTY
