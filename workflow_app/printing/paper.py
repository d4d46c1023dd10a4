"""What a paper says, whether Word or PDF writes it: titles, paragraphs, tables, the approval sheet.

A paper is always Chinese: it is stored and signed, and does not change with its reader's language.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workflow_app import clock

Kind = Literal["h1", "h2", "p", "help", "options"]


@dataclass(frozen=True, slots=True)
class Text:
    """A heading （黑体 ``h1``, 楷体 ``h2``）, a paragraph; on a blank form a hint, or boxes to tick."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``widths`` are shares of the text's width that add up to 1.

    ``cut[i]``: row ``i`` may be cut by the end of a page, being too tall for one. ``height``: the
    least height of a row in mm, for writing by hand.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    centred: tuple[bool, ...]
    cut: tuple[bool, ...]
    height: float = 0
    kind: str = "grid"


Block = Text | Grid


@dataclass(frozen=True, slots=True)
class Attached:
    """A line of the attachment list. ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The approval sheet （审批单）: facts as (label, value), then one row per act."""

    title: str
    facts: tuple[tuple[str, str], ...]
    acts: Grid
    note: str


@dataclass(frozen=True, slots=True)
class Check:
    """What the foot of each page carries: the short code and the address behind the QR code."""

    code: str
    url: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it is printed. ``mark`` stands across what is not to be signed.

    ``author`` (the unit whose paper it is) and ``made_at`` are what the file says of itself.
    """

    title: str
    byline: str
    blocks: tuple[Block, ...]
    attachments: tuple[Attached, ...] = ()
    #: who and when, at the right below the text
    signed_off: tuple[str, ...] = ()
    sheet: Sheet | None = None
    mark: str = ""
    check: Check | None = None
    author: str = ""
    made_at: datetime = field(default_factory=clock.now)
