"""Lists are read by key, a page at a time: several index scans merged, and where the page ended.

A cursor is what the last line of a page is sorted by, a stamp and a number; packed it is opaque text
for an address.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Executable,
    Select,
    String,
    bindparam,
    literal_column,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute

Cursor = tuple[str, int]
#: The columns a list is sorted by.
Key = tuple[InstrumentedAttribute[str], InstrumentedAttribute[int]]

AnySelect = TypeVar("AnySelect", Select[*tuple[Any, ...]], CompoundSelect[*tuple[Any, ...]])

_MARK = tuple_(bindparam("cursor_at", type_=String), bindparam("cursor_id", type_=BigInteger))


class BadCursor(ValueError):
    """The text is no cursor of ours."""


def pack(cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def unpack(text: str | None) -> Cursor | None:
    """The cursor in ``text``; None for no text. Raises BadCursor."""
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadCursor(text) from error
    match found:
        case [str() as at, int() as number] if len(at) <= 40 and abs(number) < 2**63:
            return at, number
    raise BadCursor(text)


def merged(
    scans: Sequence[Select[*tuple[Any, ...]]],
    key: Key,
    size: int,
    *,
    further: bool,
    descending: bool = True,
) -> Executable:
    """One page (and one row more) of several scans together, in the order of ``key``.

    Each scan reads its own index in that order and no further than a page; one scan with all their
    conditions would read everything they cover. A row that several find is there once. Names are
    joined afterwards, to what stands on the page.

    Args:
        scans: each selects ``key`` as ``at`` and ``id``, and what else is wanted of it.
        further: whether there is a page before this one; the statement then wants ``parameters``.
    """
    if further:
        scans = [scan.where(tuple_(*key) < _MARK if descending else tuple_(*key) > _MARK) for scan in scans]
    pages = [_first(scan, key, size, descending) for scan in scans]
    if len(pages) == 1:
        return pages[0]
    # SQLite takes order and limit of a part of a union only within a query around it.
    parts = (select(text("*")).select_from(page.subquery()) for page in pages)
    return _first(union(*parts), (literal_column("at"), literal_column("id")), size, descending)


def _first(query: AnySelect, key: Sequence[Any], size: int, descending: bool) -> AnySelect:
    order = [column.desc() for column in key] if descending else key
    return query.order_by(*order).limit(size + 1)


def parameters(cursor: Cursor | None) -> dict[str, Any]:
    """What a statement over ``merged(…, further=cursor is not None)`` is executed with."""
    return {"cursor_at": cursor[0], "cursor_id": cursor[1]} if cursor else {}


class Line(Protocol):
    """A row of a list."""

    @property
    def cursor(self) -> Cursor: ...


AnyLine = TypeVar("AnyLine", bound=Line)


def page_of(rows: list[AnyLine], size: int) -> tuple[list[AnyLine], Cursor | None]:
    """The rows of one page, and the cursor of the next if there was one row more."""
    return rows[:size], rows[size - 1].cursor if len(rows) > size else None
