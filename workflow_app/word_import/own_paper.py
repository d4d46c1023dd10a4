"""A Word file this system has written itself, perhaps changed since: read back by its styles.

What the system printed beside the content (title, headings, approval sheet, signature) is no content;
a line of text is text even if it looks like a heading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workflow_app.word_import import tables
from workflow_app.word_import.headings import PROSE, Sections
from workflow_app.word_import.pieces import Piece
from workflow_app.word_import.printed import value_of
from workflow_app.word_reading.blocks import Block, Cell, Paragraph, Table
from workflow_app.word_reading.own_sheet import SECTION
from workflows.definition import Definition
from workflows.form import FormField

_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}、")
_STAR = "（★）"
#: Room to write by hand on a blank form.
_ROOM = re.compile(r"[＿_\s　：:—\-每周年月日地点，]*")


def is_own(blocks: Iterable[Block]) -> bool:
    return any(isinstance(block, Paragraph) and block.style for block in blocks)


def place_own(definition: Definition, blocks: Sequence[Block]) -> list[Piece]:
    """Every word in pieces, by the headings this system has printed."""
    sections = Sections(definition)
    pieces: list[Piece] = []
    now: FormField | None = None
    for block in blocks:
        if isinstance(block, Table):
            pieces += _table(definition, now, block)
        elif block.style in ("title", "subtitle"):
            pieces.append(Piece(block.words, kind="form"))
        elif block.style == SECTION:
            now = _named(definition, sections, block.words)
            # A heading somebody has reworded is text of its section.
            printed = now is not None and now.title.zh == _name(block.words)
            pieces.append(Piece(block.words, now.key if now else None, "form" if printed else "text"))
        elif now and block.style == "form help" and now.help and block.words == now.help.zh:
            pieces.append(Piece(block.words, kind="form"))
        else:
            pieces += (_text(now, line) for line in block.words.split("\n"))
    return pieces


def _name(words: str) -> str:
    return _NUMBER.sub("", words, count=1).removesuffix(_STAR)


def _named(definition: Definition, sections: Sections, words: str) -> FormField | None:
    name = _name(words)
    for field in definition.form:
        if field.title.zh == name:
            return field
    match = sections.exact(name)
    return (match.of_kind(*PROSE) or match.fields[0]) if match else None


def _text(field: FormField | None, line: str) -> Piece:
    if field is None:
        return Piece(line)
    if field.kind == "long_text":
        return Piece(line, field.key)
    if field.kind == "table":
        return Piece(line)
    unit = field.unit.zh if field.unit else ""
    if _ROOM.fullmatch(line.removesuffix(unit)):
        return Piece(line, kind="form")
    value: Any = value_of(field, line)
    if value == []:  # nothing ticked
        return Piece(line, kind="form")
    return Piece(line, field.key, "value") if value else Piece(line)


def _table(definition: Definition, field: FormField | None, table: Table) -> Iterator[Piece]:
    ours = field is not None and field.kind == "table"
    found = tables.matched(definition, table, (field,), only=True) if field and ours else None
    if found is None or field is None:
        prose = field.key if field and field.kind == "long_text" else None
        for row in table.rows:
            for cell in row:
                yield from _cell(cell, prose)
        return
    for text in found.head:
        yield Piece(text, kind="form")
    for one in found.rows:
        yield Piece(one.text, field.key, "row", cells=one.cells)
        yield from (Piece(text) for text in one.rest)


def _cell(cell: Cell, section: str | None) -> Iterator[Piece]:
    """A cell of room to write, or the head of a table with no rows."""
    head = all(isinstance(block, Paragraph) and block.style == "table head" for block in cell.blocks)
    for line in cell.words.split("\n"):
        if line:
            yield Piece(line, kind="form") if head else Piece(line, section)
