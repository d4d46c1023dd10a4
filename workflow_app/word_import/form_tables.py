"""A table that is a form to fill in: label cells are headings, what stands beside or below is their text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workflow_app.word_import import tables
from workflow_app.word_import.headings import (
    COLON,
    Heading,
    Match,
    core,
    counted,
    like_a_heading,
    numbered,
)
from workflow_app.word_import.outline import LOWEST, Open
from workflow_app.word_reading.blocks import Cell, Paragraph, Table

if TYPE_CHECKING:
    from workflow_app.word_import.placing import Placement

LONGEST_LABEL = 16
FEWEST_OF_RECORD = 2


class FormTable:
    """One such table going into the sections of a placement."""

    def __init__(self, placement: Placement, table: Table) -> None:
        self._to = placement
        self._table = table
        self._before = placement.open
        #: column -> label above, for cells merged downwards and for labels above columns
        self._above: dict[int, str] = {}
        self._known = False

    def place(self) -> None:
        rows = self._table.rows
        if self._is_record():
            for row in rows:
                self._unlabelled([cell for cell in row if cell.words])
            return
        at = 0
        while at < len(rows):
            at += self._grid(at) or self._columns(at) or self._row(rows[at])
        if self._known:
            # What follows the form is none of its last field's.
            self._to.open = self._before if self._before and self._before.match else Open()

    def _is_record(self) -> bool:
        """Whether it records one meeting: its labels are names of columns, each beside its text."""
        names = tables.column_names(self._to.definition)
        found = set()
        for row in self._table.rows:
            said = [core(cell.words) for cell in row if cell.words]
            for name, beside in zip(said[::2], said[1::2], strict=False):
                if name in names and beside not in names and self._to.sections.named(name) is None:
                    found.add(name)
        return len(found) >= FEWEST_OF_RECORD

    # a table of the form inside the form

    def _grid(self, at: int) -> int:
        """Rows of a table of the form that begins here; how many rows it has."""
        rows = self._table.rows
        if at + 1 >= len(rows) or (at == 0 and len(rows) < 3):
            return 0
        columns = [cell.column for cell in rows[at]]
        end = at + 1
        while end < len(rows) and [cell.column for cell in rows[end]] == columns:
            if self._is_labelled(rows[end]):
                break
            end += 1
        part = Table(rows[at:end])
        wanted = self._to.open.match.fields if self._to.open and self._to.open.match else ()
        if end - at < 2 or len([cell for cell in rows[at] if cell.words]) < 2:
            return 0
        found = tables.matched(self._to.definition, part, wanted)
        if found is None or len(found.head) > 2 or tables.line(rows[at]) != found.head[0]:
            return 0
        self._to.rows(found)
        self._to.said(_lines_of(part.rows))
        return end - at

    def _is_labelled(self, row: Sequence[Cell]) -> bool:
        words = [cell for cell in row if cell.words]
        return len(words) == 2 and self._match(words[0]) is not None

    # labels above columns

    def _columns(self, at: int) -> int:
        """优势 | 不足 above their texts; how many rows that is."""
        rows = self._table.rows
        labels = [cell for cell in rows[at] if cell.words]
        matches = [self._match(cell) for cell in labels]
        if len(labels) < 2 or at + 1 >= len(rows) or not all(one and one.exact for one in matches):
            return 0
        if len({one.fields[0].key for one in matches if one}) < 2:
            return 0
        texts = {cell.column: cell for cell in rows[at + 1] if cell.words}
        if any(map(self._match, texts.values())) or not set(texts) <= {cell.column for cell in labels}:
            return 0
        for cell in labels:
            self._open(cell.words)
            if below := texts.get(cell.column):
                self._say(below)
        return 2

    # labels at the left

    def _row(self, row: Sequence[Cell]) -> int:
        labels = self._inherited(row)
        cells = [cell for cell in row if cell.words]
        known = [self._match(cell) for cell in cells]
        if len(cells) == 1 and known[0] and cells[0].span == sum(cell.span for cell in row):
            self._open(cells[0].words)
        elif any(known[: len(cells) - 1]) or (cells and labels):
            self._labelled(cells, labels)
        elif len(cells) == 1:
            self._say(cells[0])
        else:
            self._unlabelled(cells)
        return 1

    def _inherited(self, row: Sequence[Cell]) -> list[str]:
        """Labels of cells merged downwards that this row goes on with."""
        labels = []
        for cell in row:
            if cell.below:
                if label := self._above.get(cell.column):
                    labels.append(label)
            else:
                self._above[cell.column] = cell.words if self._is_label(cell) else ""
        return labels

    def _labelled(self, cells: Sequence[Cell], inherited: Sequence[str]) -> None:
        """Cells of which some are known labels: each opens its section for those behind it."""
        opened = None
        for label in inherited:
            if match := self._meant(label):
                opened = match
        if opened and self._to.open and self._to.open.match != opened:
            self._to.open = Open(opened)
        pending, told = "", False
        for index, cell in enumerate(cells):
            last = index == len(cells) - 1
            if not last and self._match(cell):
                pending, told = self._flush(pending), False
                self._open(cell.words)
            elif not last and self._is_label(cell):
                pending = self._flush(pending)
                # Behind a section's text, or first of all, it is a field nobody knows; else a part.
                if told or (index == 0 and not inherited):
                    self._to.open = Open()
                pending = cell.words
            elif pending and self._is_short(cell):
                self._to.said(_lines_of([[cell]]) + pending.count("\n") + 1)
                label = pending.replace("\n", "").strip(f":{COLON}")
                self._to.text(f"{label}{COLON}{cell.words}", in_table=True)
                pending = ""
            else:
                told = not pending
                pending = self._flush(pending)
                self._say(cell)
        self._flush(pending)

    def _flush(self, pending: str) -> str:
        if pending:
            self._to.said(pending.count("\n") + 1)
            self._to.text(pending.replace("\n", ""), in_table=True)
        return ""

    def _unlabelled(self, cells: Sequence[Cell]) -> None:
        """Cells side by side, none of them a section's name: who it is about, or a field nobody knows."""
        if self._known and cells and self._is_label(cells[0]):
            # As an unknown heading: it ends the section before it.
            self._to.open = Open()
        label = cells[0].words if cells else ""
        simple = all(len(cell.blocks) == 1 and isinstance(cell.blocks[0], Paragraph) for cell in cells)
        if len(cells) > 2 and simple:
            self._to.said(_lines_of([cells]))
            self._to.text(tables.line(cells), in_table=True)
        elif len(cells) == 2 and self._is_label(cells[0]):
            self._to.said(label.count("\n") + 1)
            self._to.text(label.replace("\n", ""), in_table=True)
            self._say(cells[1])
        else:
            for cell in cells:
                self._say(cell)

    # cells

    def _say(self, cell: Cell) -> None:
        for block in cell.blocks:
            self._to.block(block)

    def _is_short(self, cell: Cell) -> bool:
        return len(cell.blocks) == 1 and isinstance(cell.blocks[0], Paragraph) and "\n" not in cell.words

    def _is_label(self, cell: Cell) -> bool:
        name = cell.words.replace("\n", "")
        return like_a_heading(name, LONGEST_LABEL) and all(isinstance(one, Paragraph) for one in cell.blocks)

    def _match(self, cell: Cell) -> Match | None:
        return self._meant(cell.words) if self._is_label(cell) else None

    def _meant(self, label: str) -> Match | None:
        label = label.replace("\n", "").replace(" ", "")
        return self._to.sections.meant(label[len(numbered(label)[1]) :])

    def _open(self, words: str) -> None:
        label = words.replace("\n", "")
        match = self._meant(words)
        assert match is not None
        self._known = True
        # 自我分析 | 优势: the inner label says which of the two is meant.
        self._to.open = Open(match)
        self._to.said(words.count("\n") + 1)
        number = numbered(label)[1]
        self._to.heading(Heading(label, "", LOWEST, match, counted(number), True))


def _lines_of(rows: Sequence[Sequence[Cell]]) -> int:
    return sum(cell.words.count("\n") + 1 for row in rows for cell in row if cell.words)
