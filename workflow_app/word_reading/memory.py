"""What reading a large file costs a process: bounded while it lasts, given back afterwards."""

import ctypes
import itertools
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

#: A file whose main part is larger than this many bytes, unpacked, is read while no other one is.
LARGE = 2 * 1024 * 1024
_one_at_a_time = threading.Lock()
#: What is kept back of a piece at most, in bytes: a tag that is cut.
_MOST_KEPT = 256 * 1024
_TAG = re.compile(rb"<[^>]*>?")
#: Text that stands there twice, is deleted, hidden or code.
_UNSEEN = re.compile(rb"Fallback|delText|instrText|vanish|moveFrom")
#: Blanks between elements, and all but the first byte of a character in UTF-8.
_NOT_COUNTED = b" \t\r\n" + bytes(range(0x80, 0xC0))


@dataclass(frozen=True, slots=True)
class Measured:
    """Characters of text and tags in a part. ``unseen``: some of the text may be none a reader sees."""

    characters: int
    tags: int
    unseen: bool


def measured(pieces: Iterable[bytes]) -> Measured:
    """How much XML there is, counted piece by piece: no tree is built."""
    characters = tags = 0
    unseen, rest = False, b""
    for piece in itertools.chain(pieces, (None,)):
        chunk = rest + (piece or b"")
        at = chunk.rfind(b"<")
        # What follows the last tag's beginning is looked at with the next piece.
        cut = piece is not None and 0 <= at > len(chunk) - _MOST_KEPT
        chunk, rest = (chunk[:at], chunk[at:]) if cut else (chunk, b"")
        tags += chunk.count(b"<")
        unseen = unseen or _UNSEEN.search(chunk) is not None
        characters += len(_TAG.sub(b"", chunk).translate(None, _NOT_COUNTED))
    return Measured(characters, tags, unseen)


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Read something of ``size`` bytes within; large things one after the other.

    Trees of XML are many small blocks. The C library keeps them for the thread that made them, and every
    thread has its own: without giving them back a process would grow with each thread that ever read.
    """
    if size < LARGE:
        yield
        return
    with _one_at_a_time:
        try:
            yield
        finally:
            give_back()


def give_back() -> None:
    """Free memory back to the system, where the C library can."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return None
