"""A Word file as the words a reader sees, in order: paragraphs with their numbers, tables with their cells.

Kept: hyperlinks, text boxes, diagrams, foot- and endnotes, nested tables, content controls, inserted
text, headers and footers. Left out, each with a notice: deleted and hidden text, phonetic guides, word
art, charts, comments; without one: field codes and page numbers.
"""

import re
from collections.abc import Iterator
from typing import Any

from workflow_app.word_reading import memory
from workflow_app.word_reading.blocks import Block, Cell, Paragraph, Reading, Source, Table, tidy, words
from workflow_app.word_reading.drawings import MC, all_text, choice
from workflow_app.word_reading.notices import Notices
from workflow_app.word_reading.numbering import Numbering
from workflow_app.word_reading.opening import NotImported, Package, opened
from workflow_app.word_reading.own_sheet import only_content
from workflow_app.word_reading.runs import DELETED, SILENT, Runs
from workflow_app.word_reading.styles import Styles, W, number, on, value

__all__ = ["MAX_CHARACTERS", "Block", "Cell", "Paragraph", "Reading", "Table", "read", "tidy", "words"]

MAX_CHARACTERS = 300_000
#: Characters the main part may hold where some are not seen (said twice for old versions of Word, deleted,
#: hidden), and its tags: judged before a tree is built. A run of WPS is some twenty tags.
MOST_RAW_CHARACTERS, MOST_TAGS = 3 * MAX_CHARACTERS, 3_000_000
MAX_COLUMNS = 63
_PAGE_NUMBER = re.compile(r"[\s\d第共页/\-—–·~～PpAaGgEeOoFf.]*")
_UNFILLED = "（未填写）"


def read(data: bytes, name: str = "") -> Reading:
    """The words of a ``.docx``.

    Raises:
        NotImported: the file is not trusted, is something else, holds too much text or none.
    """
    package = opened(data, name)
    main = package.measured(package.main)
    most = MOST_RAW_CHARACTERS if main.unseen else MAX_CHARACTERS
    if main.characters > most or main.tags > MOST_TAGS:
        raise NotImported("too_much_text", limit=MAX_CHARACTERS)
    with memory.bounded(package.size(package.main)):
        return _read(package)


def _read(package: Package) -> Reading:
    reader = _Reader(package)
    try:
        blocks = reader.whole()
    except RecursionError as error:  # nested deeper than any hand would
        raise NotImported("broken") from error
    size = sum(len(text) for text in words(blocks))
    if size > MAX_CHARACTERS:
        raise NotImported("too_much_text", limit=MAX_CHARACTERS)
    if not size:
        raise NotImported("no_text")
    return Reading(tuple(blocks), reader.runs.drawings.pictures, reader.notices.all())


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._relations = package.relations(package.main)
        self._styles = Styles(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"), self._styles)
        self._source: Source = "body"
        self._cells = 0
        self.notices = Notices()
        self.runs = Runs(package, self._styles, self.notices, self._within)
        self.runs.drawings.relations = self._relations
        self.runs.notes = {name: self._notes_of(name) for name in ("footnotes", "endnotes")}

    def _related(self, kind: str) -> Any:
        found = next((one.target for one in self._relations.values() if one.kind == kind), None)
        return self._package.xml(found) if found else None

    def _notes_of(self, kind: str) -> dict[str, Any]:
        root = self._related(kind)
        return {one.get(W + "id", ""): one for one in root} if root is not None else {}

    def whole(self) -> list[Block]:
        root = self._package.xml(self._package.main)
        body = root.find(W + "body") if root is not None else None
        if body is None:
            raise NotImported("broken")
        if next(root.iter(W + "altChunk"), None) is not None:
            raise NotImported("embedded_file")
        blocks = list(self._blocks(body))
        self._comments()
        blocks += list(self._margins(set(words(blocks))))
        return only_content(blocks, self.notices) if self._styles.own else blocks

    def _comments(self) -> None:
        root = self._related("comments")
        for one in root if root is not None else ():
            self.notices.add("comment", all_text(one))

    def _margins(self, known: set[str]) -> Iterator[Block]:
        """What headers and footers say that the pages do not."""
        for kind in ("header", "footer"):
            targets = dict.fromkeys(one.target for one in self._relations.values() if one.kind == kind)
            for target in targets:
                root = self._package.xml(target)
                self.runs.drawings.relations = self._package.relations(target)
                with_words = self._within("margin", root) if root is not None else []
                for text in words(with_words):
                    if text not in known and not _PAGE_NUMBER.fullmatch(text):
                        known.add(text)
                        yield Paragraph(text, source="margin", style="header" if self._styles.own else "")

    def _within(self, source: Source, parent: Any) -> list[Block]:
        """The blocks of a part of its own, marked with where they stand."""
        outer, self._source = self._source, source
        blocks = list(self._blocks(parent))
        self._source = outer
        return blocks

    # blocks

    def _blocks(self, parent: Any) -> Iterator[Block]:
        for child in parent:
            if child.tag == W + "p":
                yield from self._paragraph(child)
            elif child.tag == W + "tbl":
                rows = tuple(self._rows(child))
                if rows:
                    yield Table(rows, self._source)
            elif child.tag == W + "sdt" and _is_contents(child):
                yield from self._within("contents", child)
            elif child.tag == MC + "AlternateContent":
                yield from self._blocks(choice(child))
            elif isinstance(child.tag, str) and child.tag not in DELETED | SILENT:
                yield from self._blocks(child)  # content controls, insertions, custom XML

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:
        self._cells += 1
        for row in _children(table, "tr"):
            properties = row.find(W + "trPr")
            for change in ("del", "ins"):
                if properties is not None and properties.find(W + change) is not None:
                    self.notices.add({"del": "deleted", "ins": "inserted"}[change], all_text(row))
            if properties is not None and properties.find(W + "del") is not None:
                continue
            column = min(number(value(properties, "gridBefore")), MAX_COLUMNS)
            cells = []
            for cell in _children(row, "tc"):
                said = cell.find(W + "tcPr")
                span = max(1, min(number(value(said, "gridSpan"), 1), MAX_COLUMNS))
                merge = said.find(W + "vMerge") if said is not None else None
                below = merge is not None and merge.get(W + "val", "continue") == "continue"
                cells.append(Cell(tuple(self._blocks(cell)), column, span, below))
                column += span
            if any(cell.words or cell.below for cell in cells):
                yield tuple(cells)
        self._cells -= 1

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        properties = paragraph.find(W + "pPr")
        _key, style = self._styles.of(properties)
        line = self.runs.line(paragraph, style)
        text = tidy("".join(line.parts), exact=self._styles.own)
        label = "" if not text and _mark_is_gone(properties) else self._numbering.label(properties)
        if not text and label and self._cells and not label.startswith("•"):
            text, label = label.strip(), ""  # a column of numbers that Word counts by itself
        if text == _UNFILLED:
            self.notices.add("unfilled")
        elif text:
            outline = value(properties, "outlineLvl")
            level = number(outline) + 1 if outline and number(outline, 9) < 9 else style.level
            justified = value(properties, "jc")
            contents = style.of_contents or self.runs.in_contents
            yield Paragraph(
                text,
                label,
                level,
                strong=bool(line.strong) and all(line.strong),
                centred=justified == "center" if justified else bool(style.centred),
                source="contents" if contents else self._source,
                style=style.name.casefold() if self._styles.own else "",
            )
        yield from line.after


def _mark_is_gone(properties: Any) -> bool:
    """Whether the end of a paragraph without words is deleted or hidden: Word counts no number for it."""
    mark = properties.find(W + "rPr") if properties is not None else None
    return mark is not None and (bool(on(mark, "vanish")) or mark.find(W + "del") is not None)


def _children(parent: Any, name: str) -> Iterator[Any]:
    """``w:tr`` or ``w:tc`` below ``parent``, through whatever wraps them, but not those of inner tables."""
    for child in parent:
        if child.tag == W + name:
            yield child
        elif isinstance(child.tag, str) and child.tag not in DELETED | SILENT and child.tag != W + "tbl":
            yield from _children(child, name)


def _is_contents(control: Any) -> bool:
    """Whether a content control is a table of contents."""
    gallery = next(control.iter(W + "docPartGallery"), None)
    return gallery is not None and "contents" in str(gallery.get(W + "val", "")).casefold()
