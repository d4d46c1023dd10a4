"""What a Word file brought, as the page shows it for looking through: so many pieces at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from workflow_app.word_import import composing, service
from workflow_app.word_import.keeping import Imported
from workflow_app.word_import.pieces import Piece
from workflows.definition import Definition
from workflows.form import FormField

PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One piece as the page shows it, with where it may go and where it stands now."""

    index: int
    piece: Piece
    at: str
    options: list[tuple[str, object]]
    cells: list[tuple[object, str]]

    @property
    def titled(self) -> bool:
        return self.piece.kind in ("title", "heading")


@dataclass(slots=True)
class Section:
    """A section of the form with its lines on this page; ``count`` on all pages, ``also`` a proposal."""

    field: FormField
    lines: list[Line]
    count: int
    also: Any
    wanted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """``titles`` are words of the document's title or contents, ``left`` what is in no section."""

    number: int
    last: int
    titles: list[Line]
    left: list[Line]
    sections: list[Section]
    total: int
    placed: int
    left_count: int

    @property
    def empty(self) -> list[FormField]:
        """Sections of which the file says nothing."""
        return [one.field for one in self.sections if not one.count and one.also is None]


def shown(definition: Definition, imported: Imported, number: int) -> Page:
    """Page ``number`` of all pieces: those in no section first, then section by section.

    The order is that of the file as it was read, whatever has been chosen since: no piece moves from
    one page to another.
    """
    order = {one.key: at for at, one in enumerate(definition.form)}
    pieces = [(index, piece) for index, piece in enumerate(imported.pieces) if piece.kind != "form"]
    pieces.sort(key=lambda one: (-1 if one[1].section is None else order[one[1].section], one[0]))
    last = max(1, -(-len(pieces) // PER_PAGE))
    number = min(max(number, 1), last)
    here = [
        _line(definition, imported, index, piece)
        for index, piece in pieces[(number - 1) * PER_PAGE : number * PER_PAGE]
    ]
    sections = [
        Section(
            one,
            [line for line in here if line.piece.section == one.key],
            sum(1 for _index, piece in pieces if piece.section == one.key),
            imported.also.get(one.key),
            one.key not in imported.choices.unwanted,
        )
        for one in definition.form
    ]
    outside = [line for line in here if line.piece.section is None]
    left = [piece for _index, piece in pieces if piece.section is None and piece.kind != "title"]
    return Page(
        number,
        last,
        [line for line in outside if line.piece.kind == "title"],
        [line for line in outside if line.piece.kind != "title"],
        sections,
        len(pieces),
        sum(1 for _index, piece in pieces if piece.section is not None),
        len(left),
    )


def _line(definition: Definition, imported: Imported, index: int, piece: Piece) -> Line:
    options: list[tuple[str, object]] = [(one.key, one.title) for one in composing.choices(definition, piece)]
    options.append((service.UNPLACED, _("未归类")))
    if piece.kind in ("title", "heading"):
        options.append((service.UNSAID, _("标题，正文里不再写")))
    known = {key for key, _title in options}
    chosen = imported.choices.moves.get(index, "?")
    at = chosen if chosen in known else service.where(piece)
    found = definition.field(piece.section or "")
    return Line(index, piece, at, options, list(_cells(found, piece)) if found else [])


def _cells(table: FormField, piece: Piece) -> Iterator[tuple[object, str]]:
    for column in table.columns:
        if piece.cells.get(column.key):
            yield column.title, piece.cells[column.key]
