"""What a paper says, whether Word or PDF writes it: titles, paragraphs, tables, the approval sheet.

Made from a definition and content alone, so that a county's own kind of document prints too. A
paper is always Chinese: it is stored and signed, and does not change with its reader's language.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from workflows.definition import Definition
from workflows.form import Column, FormField

Kind = Literal["h1", "h2", "p", "help", "options"]

#: Outside XML, lone surrogates, and directional controls: nothing a paper may carry.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SECOND_LEVEL = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")
_DIGITS = "零一二三四五六七八九"
#: A line longer than this is a paragraph even if it is numbered like a heading.
LONGEST_HEADING = 40
#: Characters of the title's size (22 pt) that fit into a line.
LONGEST_TITLE = 20
BLANK_ROWS = 8
WEEKDAYS = "一二三四五六日"
#: Points across the text (156 mm), points a table's letter is wide, cell margins.
TEXT_WIDTH, CELL_SIZE, CELL_MARGIN = 442.2, 12.0, 10.0
#: A row taller than this many lines may be cut: it might not fit on any page.
TALLEST_ROW = 22


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
    """One document as it is printed. ``mark`` stands across what is not to be signed."""

    title: str
    byline: str
    blocks: tuple[Block, ...]
    attachments: tuple[Attached, ...] = ()
    #: who and when, at the right below the text
    signed_off: tuple[str, ...] = ()
    sheet: Sheet | None = None
    mark: str = ""
    check: Check | None = None


def title_lines(title: str, kind: str) -> str:
    """A long title in two lines, cut where a word ends: before the kind of document."""
    whose = title.removesuffix(kind).rstrip()
    return f"{whose}\n{kind}" if breadth(title) > LONGEST_TITLE and title.endswith(kind) else title


# --- text ------------------------------------------------------------------------------------


def printable(text: object) -> str:
    """Text without what neither XML nor a page can hold."""
    return _UNPRINTABLE.sub("\ufffd", str(text))


def numeral(number: int) -> str:
    """1…99 as 一…九十九."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")


def dated(text: str) -> str:
    """``2026-09-01`` as 2026年9月1日; what is no day as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def paragraphs(text: str) -> Iterator[Text]:
    """The lines of a long text; short ones numbered （一） are headings of the second level."""
    for line in printable(text).split("\n"):
        stripped = line.strip()
        if stripped:
            second = _SECOND_LEVEL.match(stripped) and len(stripped) <= LONGEST_HEADING
            yield Text("h2" if second else "p", stripped)


def slot(value: Mapping[str, str]) -> str:
    """每周三 15:30—17:00，地点：会议室."""
    day = value.get("weekday", "")
    parts = [f"每周{WEEKDAYS[int(day) - 1]}" if day in tuple("1234567") else ""]
    parts.append("—".join(filter(None, (value.get("from", ""), value.get("to", "")))))
    when = " ".join(filter(None, parts))
    place = value.get("place", "")
    return printable("，".join(filter(None, (when, f"地点：{place}" if place else ""))))


# --- the form, filled in ---------------------------------------------------------------------


def is_empty(value: object) -> bool:
    """Nothing filled in; 0 is something."""
    if isinstance(value, Mapping):
        return not any(value.values())
    return not value.strip() if isinstance(value, str) else value in (None, [], ())


def filled(definition: Definition, content: Mapping[str, Any]) -> tuple[Block, ...]:
    """The sections that say something, numbered 一、二、三、; required ones in any case."""
    blocks: list[Block] = []
    number = 0
    for part in definition.form:
        value = content.get(part.key)
        if is_empty(value) and not part.required:
            continue
        number += 1
        blocks.append(Text("h1", f"{numeral(number)}、{part.title.zh}"))
        blocks += [Text("p", "（未填写）")] if is_empty(value) else _section(part, value)
    return tuple(blocks)


def _section(part: FormField, value: Any) -> list[Block]:
    if part.kind == "table":
        rows = [tuple(_cell(column, row.get(column.key)) for column in part.columns) for row in value]
        return [grid(part.columns, rows)]
    if part.kind == "slot":
        return [Text("p", slot(value))]
    if part.kind == "choices":
        return [Text("p", printable("、".join(value)) + "。")]
    if part.kind == "long_text":
        return list(paragraphs(value))
    return [Text("p", _plain(part.kind, value))]


def _plain(kind: str, value: Any) -> str:
    if kind == "number":
        return printable(_number(value))
    return printable(dated(value) if kind == "date" else value)


def _cell(column: Column, value: Any) -> str:
    return "" if value is None else _plain(column.kind, value).strip()


# --- tables ----------------------------------------------------------------------------------


def breadth(text: str) -> float:
    """How wide a line of text is, in Chinese characters."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in text)


def grid(columns: Sequence[Column], rows: Sequence[tuple[str, ...]], *, height: float = 0) -> Grid:
    """A table whose columns are as wide as what stands in them asks for."""
    heads = tuple(column.title.zh for column in columns)
    widths = shares(heads, rows, [column.kind for column in columns])
    centred = tuple(_short(column, index, rows) for index, column in enumerate(columns))
    return Grid(heads, tuple(rows), widths, centred, tuple(too_tall(row, widths) for row in rows), height)


def _short(column: Column, index: int, rows: Sequence[tuple[str, ...]]) -> bool:
    """Numbers, choices and short words stand in the middle of their cells."""
    if column.kind in ("number", "choice", "date"):
        return True
    return bool(rows) and all(breadth(row[index]) <= 8 and "\n" not in row[index] for row in rows)


def shares(
    heads: Sequence[str], rows: Sequence[tuple[str, ...]], kinds: Sequence[str] = ()
) -> tuple[float, ...]:
    """Shares of the width: short columns get what they ask for, long ones share what is left."""
    margin = CELL_MARGIN / CELL_SIZE + 0.3
    asked = []
    for index, head in enumerate(heads):
        longest = max((breadth(line) for row in rows for line in row[index].split("\n")), default=0.0)
        if not rows:
            longest = {"long_text": 40.0, "text": 5.0}.get(kinds[index], 4.0)
        asked.append(max(breadth(head), longest) + margin)
    room = TEXT_WIDTH / CELL_SIZE
    most = _level(asked, room)
    widths = [min(width, most) for width in asked]
    total = sum(widths)
    rounded = [round(width / total, 4) for width in widths]
    rounded[-1] = round(1 - sum(rounded[:-1]), 4)
    return tuple(rounded)


def _level(asked: Sequence[float], room: float) -> float:
    """The width no column may exceed, so that all of them fit into ``room``."""
    left, columns = room, len(asked)
    for width in sorted(asked):
        if width * columns >= left:
            return left / columns
        left -= width
        columns -= 1
    return room


def too_tall(row: Sequence[str], widths: Sequence[float]) -> bool:
    """Whether a row might not fit on a page."""
    tallest = 0.0
    for text, share in zip(row, widths, strict=True):
        across = max(1.0, (share * TEXT_WIDTH - CELL_MARGIN) / CELL_SIZE)
        tallest = max(tallest, sum(1 + breadth(line) // across for line in text.split("\n")))
    return tallest > TALLEST_ROW


# --- the form, for the pen -------------------------------------------------------------------


def blank(definition: Definition) -> tuple[Block, ...]:
    """Every section with room to write by hand, and the signers' boxes at the end."""
    blocks: list[Block] = []
    for number, part in enumerate(definition.form, 1):
        star = "（★）" if part.star else ""
        blocks.append(Text("h1", f"{numeral(number)}、{part.title.zh}{star}"))
        if part.help:
            blocks.append(Text("help", part.help.zh))
        blocks.append(_room(part))
    return tuple(blocks)


def _room(part: FormField) -> Block:
    if part.kind == "table":
        rows = min(part.max_rows, BLANK_ROWS)
        empty = ("",) * len(part.columns)
        return replace(grid(part.columns, []), rows=(empty,) * rows, cut=(False,) * rows, height=11)
    if part.kind == "long_text":
        return Grid((), (("",),), (1.0,), (False,), (False,), 50)
    if part.kind in ("choice", "choices"):
        return Text("options", "　".join(f"□{option}" for option in part.options))
    if part.kind == "slot":
        return Text("p", "每周＿＿＿　＿＿：＿＿—＿＿：＿＿　地点：＿＿＿＿")
    if part.kind == "date":
        return Text("p", "＿＿＿＿年＿＿月＿＿日")
    return Text("p", "＿" * (8 if part.kind == "number" else 20))


def blank_sheet(definition: Definition) -> Sheet:
    """One box per step that somebody signs, in the order of the way."""
    steps = [definition.states[name] for name in definition.path if definition.states[name].ladder]
    box = "\n\n\n\n"
    rows = tuple((state.title.zh, box, "", "　　年　月　日") for state in steps)
    widths = (0.16, 0.48, 0.16, 0.20)
    acts = Grid(
        ("环节", "意见", "签名", "日期"),
        rows,
        widths,
        (True, False, True, True),
        (False,) * len(rows),
        35,
    )
    return Sheet(
        "审批单",
        (
            ("文件", definition.title.zh),
            ("单位", ""),
            ("姓名" if definition.subject == "teacher" else "起草人", ""),
        ),
        acts,
        "本表供纸面使用；在系统中办理的文件，以系统生成的审批单为准。",
    )
