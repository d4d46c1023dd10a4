"""Blocks of a Word file put into the sections of a form, driven by the definition alone.

What is read becomes ``Piece`` after ``Piece``, each with the field it belongs to or none; together they
hold every word of the file. ``compose`` makes content out of them, as the form wants it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from workflow_app.word_import import tables
from workflow_app.word_import.headings import (
    NUMBER_INSIDE,
    PROSE,
    Heading,
    Match,
    Sections,
    counted,
    like_a_heading,
    numbered,
    split_inside,
)
from workflow_app.word_import.reading import Block, Cell, Paragraph, Table, words
from workflows.definition import Definition
from workflows.form import FormField

#: Names under which a definition says where text without a heading goes.
OPENING, CLOSING = "前言", "结束语"
_DOCUMENT = re.compile(r"(方案|计划|总结|规划|报告|安排|要点)\S{0,12}$")
_CLOSING = re.compile(r"以上(?:是|就是|方案|计划|为)|总之|综上")
_SIGNATURE = re.compile(
    r".{0,30}(?:\d{4}|[〇零○一二三四五六七八九]{4})年.{0,12}日?"
    r"|.{0,20}(?:小学|中学|学校|幼儿园|教导处|教科室)"
)
_SENTENCE_END = re.compile(r"[。\uff01!\uff1f?\uff1b;]")

Kind = Literal["text", "title", "heading", "row"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file and where it goes.

    ``head``: words at its beginning that only name its section (with ``text`` they are the line as it
    stands). ``section``: the key of its field, None for 未归类. A ``row`` has ``cells`` of a table.
    ``title`` and ``heading`` are words that a form says by itself.
    """

    text: str
    section: str | None = None
    kind: Kind = "text"
    head: str = ""
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return self.head + self.text

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Open:
    """The section being filled; ``match`` None: a heading nobody knows."""

    match: Match | None = None
    rank: float = -1.0
    style: int = 99


class Placement:
    """One file going into one form."""

    def __init__(self, definition: Definition, blocks: Sequence[Block]) -> None:
        self.definition = definition
        self.sections = Sections(definition)
        self.pieces: list[Piece] = []
        self._open: _Open | None = None
        self._counted = 0
        self._title = ""
        self._lines_left = sum(1 for text in words(blocks) for _ in text.split("\n"))
        self._numbered = any(self._is_numbered_heading(line) for line in _lines(blocks))
        for block in blocks:
            self._block(block)
        self._headings_above_tables()

    def _headings_above_tables(self) -> None:
        """A heading right above a table of the form is the table's, though text could stand there too."""
        tables_ = {field.key for field in self.definition.form if field.kind == "table"}
        for index in range(len(self.pieces) - 2, -1, -1):
            piece, below = self.pieces[index], self.pieces[index + 1].section
            if piece.kind == "heading" and below in tables_ and piece.section != below:
                self.pieces[index] = replace(piece, section=below)

    def _is_numbered_heading(self, line: str) -> bool:
        rank, number = numbered(line)
        if rank is None or rank > 1:
            return False
        rest = line[len(number) :]
        return bool(self.sections.beginning(rest) or self.sections.exact(rest))

    # blocks

    def _block(self, block: Block) -> None:
        if isinstance(block, Table):
            self._table(block)
            return
        lines = block.words.split("\n")
        for index, line in enumerate(lines):
            self._lines_left -= 1
            self._line(line, block if index == 0 or len(lines) == 1 else replace(block, level=None))

    def _table(self, table: Table) -> None:
        wanted = self._open.match if self._open else None
        found = tables.matched(self.definition, table, wanted.fields if wanted else ())
        if found is None:
            for row in table.rows:
                self._loose_row(row)
            return
        for text in found.head:
            self.pieces.append(Piece(text, found.field.key, "heading"))
        for one in found.rows:
            self.pieces.append(Piece(one.text, found.field.key, "row", cells=one.cells))
            for text in one.rest:
                self.pieces.append(Piece(text))
        self._lines_left -= sum(text.count("\n") + 1 for text in words([table]))

    def _loose_row(self, row: tuple[Cell, ...]) -> None:
        """A row of a table that is no table of the form: a label and its text, or cells side by side."""
        cells = [cell for cell in row if cell.words]
        simple = [cell for cell in cells if len(cell.blocks) == 1 and isinstance(cell.blocks[0], Paragraph)]
        label = cells[0].words if cells else ""
        if len(cells) > 2 and len(simple) == len(cells):
            self._lines_left -= sum(cell.words.count("\n") + 1 for cell in cells)
            self._text(" | ".join(cell.words.replace("\n", " ") for cell in cells), in_table=True)
        elif len(cells) == 2 and len(label) <= 12 and not self._names_section(label):
            self._lines_left -= label.count("\n") + 1
            self._text(label.replace("\n", ""), in_table=True)
            for block in cells[1].blocks:
                self._block(block)
        else:
            for cell in cells:
                for block in cell.blocks:
                    self._block(block)

    def _names_section(self, label: str) -> bool:
        _rank, number = numbered(label)
        return self.sections.meant(label[len(number) :]) is not None

    # lines

    def _line(self, line: str, paragraph: Paragraph) -> None:
        if paragraph.source in ("margin", "contents"):
            self.pieces.append(Piece(line, kind="title" if paragraph.source == "contents" else "text"))
            return
        if self._open is None and not self.pieces and self._looks_like_title(line, paragraph):
            self._title = line
            self.pieces.append(Piece(line, kind="title"))
            return
        head, rest = self._past_title(line)
        for part in split_inside(rest, self.sections, self._counted):
            self._part(part, paragraph, head)
            head, paragraph = "", replace(paragraph, level=None)

    def _looks_like_title(self, line: str, paragraph: Paragraph) -> bool:
        if not like_a_heading(line, 60) or numbered(line)[0] is not None:
            return False
        return paragraph.level == 0 or paragraph.centred or bool(_DOCUMENT.search(line))

    def _past_title(self, line: str) -> tuple[str, str]:
        """A title said again at the beginning of a line, glued to a heading: the title, and the rest."""
        if self._title and line.startswith(self._title) and len(line) > len(self._title):
            rest = line[len(self._title) :]
            if self.sections.beginning(rest, glued=True):
                return self._title, rest
        return "", line

    def _part(self, part: str, paragraph: Paragraph, title: str) -> None:
        heading = self._heading(part, paragraph, glued=bool(title))
        if heading is None or not self._opens(heading, paragraph):
            self._text(title + part)
            return
        self._open = _Open(heading.match, heading.rank, paragraph.level or 99)
        if heading.numbered:
            self._counted = counted(heading.words)
        to = self._prose_field()
        if not heading.rest:
            # A heading nobody knows is text to be placed; a known one is said by the form itself.
            known = heading.match is not None
            key = to.key if to else heading.match.fields[0].key if heading.match else None
            self.pieces.append(Piece(title + heading.words, key, "heading" if known else "text"))
            return
        self._text(heading.rest, head=title + heading.words)

    def _heading(self, line: str, paragraph: Paragraph, *, glued: bool) -> Heading | None:
        rank, number = numbered(line)
        rest = line[len(number) :]
        styled = paragraph.level or 0
        place = rank if rank is not None else styled - 0.5 if styled else 6.0 if self._numbered else 0.5
        if found := self.sections.beginning(rest, glued=glued):
            length, match = found
            return Heading(number + rest[:length], rest[length:], place, match, rank == 1)
        if not like_a_heading(rest):
            return None
        marked = styled > 0 or rank is not None or paragraph.strong
        match_ = self.sections.meant(rest) if marked else self.sections.exact(rest)
        if match_ is None and not (styled or rank is not None):
            return None
        return Heading(line, "", place, match_, rank == 1)

    def _opens(self, heading: Heading, paragraph: Paragraph) -> bool:
        """Whether a heading begins a section, or is a smaller one within the section that is open."""
        now = self._open
        sibling = now is None or heading.rank <= now.rank or (paragraph.level or 99) <= min(now.style, 9)
        if heading.match is None:
            # Only a heading as high as the section's own ends it; a list of the text does not.
            return now is not None and sibling and heading.rank <= 1.5
        if sibling or now is None or now.match is None:
            return True
        return now.match.compound and heading.match.exact and heading.rank <= 6

    # text

    def _prose_field(self) -> FormField | None:
        match = self._open.match if self._open else None
        return match.of_kind(*PROSE) if match else None

    def _text(self, text: str, head: str = "", *, in_table: bool = False) -> None:
        """A line into the section that is open, or where a definition puts what has no heading."""
        if self._open is None:
            opening = self.sections.prose(OPENING)
            told = in_table or bool(_SENTENCE_END.search(text)) or len(text) > 60
            self.pieces.append(Piece(text, opening.key if opening and told else None, head=head))
            return
        if self._lines_left < 3 and not head and not in_table:
            closing = self.sections.prose(CLOSING)
            if _SIGNATURE.fullmatch(text):
                self.pieces.append(Piece(text))
                return
            if closing and _CLOSING.match(text):
                self.pieces.append(Piece(text, closing.key))
                return
        to = self._prose_field()
        table = self._open.match.of_kind("table") if self._open.match else None
        if to is None and table is not None and (cells := tables.as_row(table, text)):
            self.pieces.append(Piece(text, table.key, "row", head, cells))
        else:
            self.pieces.append(Piece(text, to.key if to else None, head=head))


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for text in words(blocks):
        yield from text.split("\n")


def place(definition: Definition, blocks: Sequence[Block]) -> list[Piece]:
    """Every word of ``blocks`` in pieces, in reading order, each with its field."""
    return Placement(definition, blocks).pieces


def squash(text: str) -> str:
    """Text without blanks, for comparing what was read with what was kept."""
    return re.sub(r"\s+", "", text)


def lost(blocks: Sequence[Block], content: dict[str, Any], unplaced: Iterable[str]) -> list[str]:
    """Texts of paragraphs and cells that are neither in ``content`` nor in ``unplaced``; [] is what must be.

    A line cut between sections counts as kept when all its parts are.
    """
    kept = [squash(text) for text in (*_values(content), *unplaced)]

    def is_kept(text: str) -> bool:
        return any(squash(text) in one for one in kept)

    # Whole, or cut where the line may be cut: before a number.
    return [
        line
        for line in _lines(blocks)
        if not is_kept(line) and not all(map(is_kept, NUMBER_INSIDE.split(line)))
    ]


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield str(value)
