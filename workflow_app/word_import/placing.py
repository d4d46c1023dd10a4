"""Blocks of a Word file put into the sections of a form, driven by the definition alone.

The pieces together hold every word of the file. ``compose`` makes content out of them, as the form wants it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from workflow_app.word_import import contents_pages, tables
from workflow_app.word_import.form_tables import FormTable
from workflow_app.word_import.headings import (
    CLOSE,
    COLON,
    OPEN,
    PROSE,
    Heading,
    Sections,
    counted,
    is_bullet,
    like_a_heading,
    numbered,
    split_inside,
)
from workflow_app.word_import.outline import LOWEST, PLAIN, SURE, Counting, Open, outline
from workflow_app.word_import.own_paper import is_own, place_own
from workflow_app.word_import.pieces import Kind, Piece, lost, squash
from workflow_app.word_reading.blocks import Block, Paragraph, Table, words
from workflows.definition import Definition
from workflows.form import FormField

__all__ = ["Kind", "Piece", "Placement", "lost", "place", "squash"]

#: Names under which a definition says where text without a heading goes.
OPENING, CLOSING = "前言", "结束语"
MOST_TITLE_LINES = 4
_DOCUMENT = re.compile(r"(方案|计划|总结|规划|报告|安排|要点)\S{0,12}$")
_CLOSING = re.compile(r"以上(?:是|就是|方案|计划|为)|总之|综上")
_SIGNATURE = re.compile(
    r".{0,30}(?:\d{4}|[〇零○一二三四五六七八九]{4})年.{0,12}日?"
    r"|.{0,20}(?:小学|中学|学校|幼儿园|教导处|教科室)"
)
_SENTENCE_END = re.compile(r"[。\uff01!\uff1f?\uff1b;]")
_ASIDE_LAST = re.compile(rf"(.+?)\s*([({OPEN}].*[){CLOSE}])\s*[:{COLON}]?")
#: A line that stands alone as a heading does: a few words and no mark at all.
_BARE_LINE = re.compile(r"[\u4e00-\u9fff与和及的]{2,12}")
LONG_ENOUGH = 20


class Placement:
    """One file going into one form."""

    def __init__(self, definition: Definition, blocks: Sequence[Block]) -> None:
        self.definition = definition
        self.sections = Sections(definition)
        self.pieces: list[Piece] = []
        self.open: Open | None = None
        self._titles: list[str] = []
        self._counted = 0
        self._counting = Counting()
        self._blocks = contents_pages.marked(blocks)
        self._outline = outline(self.sections, self._blocks)
        self._lines = [line for text in words(self._blocks) for line in text.split("\n")]
        self._at = 0
        for block in self._blocks:
            self.block(block)
        self._headings_above_tables()

    def _headings_above_tables(self) -> None:
        """A heading right above a table of the form is the table's, though text could stand there too."""
        tables_ = {field.key for field in self.definition.form if field.kind == "table"}
        for index in range(len(self.pieces) - 2, -1, -1):
            piece, below = self.pieces[index], self.pieces[index + 1].section
            if piece.kind == "heading" and below in tables_ and piece.section != below:
                self.pieces[index] = replace(piece, section=below)

    # blocks

    def block(self, block: Block) -> None:
        if isinstance(block, Table):
            self._table(block)
            return
        lines = block.words.split("\n")
        for index, line in enumerate(lines):
            self._at += 1
            self._line(line, block if index == 0 or len(lines) == 1 else replace(block, level=None))

    def _table(self, table: Table) -> None:
        wanted = self.open.match if self.open else None
        found = tables.matched(self.definition, table, wanted.fields if wanted else ())
        if found is None:
            FormTable(self, table).place()
            return
        self.rows(found)
        self._at += sum(text.count("\n") + 1 for text in words([table]))

    def rows(self, table: tables.Found) -> None:
        for text in table.head:
            self.pieces.append(Piece(text, table.field.key, "heading"))
        for one in table.rows:
            if one.cells:
                self.pieces.append(Piece(one.text, table.field.key, "row", cells=one.cells))
            self.pieces += (Piece(text) for text in one.rest)

    def said(self, lines: int) -> None:
        """So many lines have been placed without ``block``."""
        self._at += lines

    # lines

    def _line(self, line: str, paragraph: Paragraph) -> None:
        if paragraph.source in ("margin", "contents"):
            self.pieces.append(Piece(line, kind="title" if paragraph.source == "contents" else "text"))
            return
        if self._is_title(line, paragraph):
            self._titles.append(line)
            self.pieces.append(Piece(line, kind="title"))
            return
        head, rest = self._past_title(line)
        for part in split_inside(rest, self.sections, self._counted):
            self._part(part, paragraph, head)
            head, paragraph = "", replace(paragraph, level=None)

    def _is_title(self, line: str, paragraph: Paragraph) -> bool:
        """Whether a line is the title, or goes on with it: whose plan it is, of which year."""
        if self.open or len(self._titles) >= MOST_TITLE_LINES:
            return False
        if any(piece.kind != "title" for piece in self.pieces):
            return False
        if not like_a_heading(line, 60) or numbered(line)[0] is not None:
            return False
        if self._titles and (self.sections.exact(line) or not (paragraph.centred or paragraph.level == 0)):
            return False
        return paragraph.level == 0 or paragraph.centred or bool(_DOCUMENT.search(line))

    def _past_title(self, line: str) -> tuple[str, str]:
        """A title said again at the beginning of a line, glued to a heading: the title, and the rest."""
        for title in self._titles:
            if line.startswith(title) and len(line) > len(title):
                rest = line[len(title) :]
                if self.sections.beginning(rest, glued=True):
                    return title, rest
        return "", line

    def _part(self, part: str, paragraph: Paragraph, title: str) -> None:
        rank, number = numbered(part)
        goes_on = rank is not None and self._counting.goes_on(rank, number)
        heading = self._heading(part, paragraph, glued=bool(title))
        if heading is None or not self._opens(heading, paragraph, goes_on):
            self.text(title + part)
            return
        self.open = Open(heading.match, heading.rank, paragraph.level or 99)
        self._counting.opened(heading.rank, heading.count)
        if heading.rank == 1:
            self._counted = heading.count
        self.heading(heading, title)

    def heading(self, heading: Heading, title: str = "") -> None:
        """The words of a heading: left to the form where they only say its own name, else kept as text."""
        field = self.prose_field()
        key = field.key if field else heading.match.fields[0].key if heading.match else None
        number = numbered(heading.words)[1]
        name = heading.words[len(number) :]
        if heading.match is None:
            self.pieces.append(Piece(title + heading.words + heading.rest))
        elif heading.rest:
            if self.sections.says_no_more(name):
                self.text(heading.rest, head=title + heading.words)
            else:
                self.text(title + heading.words + heading.rest)
        elif self.sections.says_no_more(name):
            self.pieces.append(Piece(title + heading.words, key, "heading"))
        elif (aside := _ASIDE_LAST.fullmatch(name)) and self.sections.says_no_more(aside[1]):
            self.text(name[aside.start(2) :], head=title + number + name[: aside.start(2)])
        else:
            self.text(title + heading.words)

    def _heading(self, line: str, paragraph: Paragraph, *, glued: bool) -> Heading | None:
        styled = paragraph.level or 0
        if is_bullet(line) and not styled:
            return None
        rank, number = numbered(line)
        rest = line[len(number) :]
        count = counted(number)
        unmarked = self._outline.unmarked_rank
        place = rank if rank is not None else styled - 0.5 if styled else unmarked
        marked = styled > 0 or rank is not None or paragraph.strong
        if found := self.sections.beginning(rest, glued=glued):
            length, match = found
            return Heading(number + rest[:length], rest[length:], place, match, count, marked)
        if not like_a_heading(rest):
            return None
        match_ = self.sections.meant(rest) if marked else self.sections.exact(rest)
        if match_ is None and not (styled or rank is not None or self._stands_out(line, paragraph)):
            return None
        return Heading(line, "", place, match_, count, marked)

    def _stands_out(self, line: str, paragraph: Paragraph) -> bool:
        """Whether a line looks as the headings without numbers of this document do."""
        if self._outline.marked:
            return False
        if self._outline.bold:
            return paragraph.strong and not _SENTENCE_END.search(line)
        following = self._lines[self._at] if self._at < len(self._lines) else ""
        return self._outline.plain and bool(_BARE_LINE.fullmatch(line)) and len(following) >= LONG_ENOUGH

    def _opens(self, heading: Heading, paragraph: Paragraph, goes_on: bool) -> bool:
        """Whether a heading begins a section, or is a smaller one within the section that is open."""
        now, level = self.open, paragraph.level or 99
        if heading.match is None:
            # Only a heading as high as the section's own ends it; a list of the text does not.
            if now is None:
                return heading.rank <= max(self._outline.top, SURE if self._outline.marked else PLAIN)
            sibling = heading.rank <= now.rank or level <= min(now.style, 9)
            return sibling and (heading.rank <= SURE or goes_on or level <= min(now.style, 9))
        if now is None or now.match is None:
            return self._opens_amid(heading, now, level)
        if heading.rank <= now.rank or level <= min(now.style, 9):
            return True
        return now.match.compound and heading.match.exact and heading.rank <= LOWEST

    def _opens_amid(self, heading: Heading, now: Open | None, level: int) -> bool:
        """Whether a known heading opens a section where none is, or below a heading nobody knows."""
        assert heading.match is not None
        if heading.rank < LOWEST and (now is None or heading.rank <= now.rank or level <= min(now.style, 9)):
            return True
        if heading.rank >= LOWEST:
            # 目标：… of some step of a plan is not the goals of the plan.
            return not heading.rest and heading.match.exact and len(squash(heading.words)) >= 4
        return heading.match.exact

    # text

    def prose_field(self) -> FormField | None:
        match = self.open.match if self.open else None
        return match.of_kind(*PROSE) if match else None

    def text(self, text: str, head: str = "", *, in_table: bool = False) -> None:
        """A line into the section that is open, or where a definition puts what has no heading."""
        if self.open is None:
            opening = self.sections.prose(OPENING)
            told = in_table or bool(_SENTENCE_END.search(text)) or len(text) > 60
            self.pieces.append(Piece(text, opening.key if opening and told else None, head=head))
            return
        if len(self._lines) - self._at < 3 and not head and not in_table:
            closing = self.sections.prose(CLOSING)
            if _SIGNATURE.fullmatch(text):
                self.pieces.append(Piece(text))
                return
            if closing and _CLOSING.match(text):
                self.pieces.append(Piece(text, closing.key))
                return
        to = self.prose_field()
        table = self.open.match.of_kind("table") if self.open.match else None
        if to is None and table is not None and (cells := tables.as_row(table, text)):
            self.pieces.append(Piece(text, table.key, "row", head, cells))
        else:
            self.pieces.append(Piece(text, to.key if to else None, head=head))


def place(definition: Definition, blocks: Sequence[Block]) -> list[Piece]:
    """Every word of ``blocks`` in pieces, in reading order, each with its field."""
    return place_own(definition, blocks) if is_own(blocks) else Placement(definition, blocks).pieces
