"""A Word file as the words a reader sees, in order: paragraphs with their numbers, tables with their cells.

Kept: hyperlinks, text boxes, diagrams, foot- and endnotes, nested tables, content controls, inserted
text, headers and footers. Left out: deleted text, field codes, comments, page numbers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from workflow_app.word_import.numbering import Numbering, Styles, W, number, on, value
from workflow_app.word_import.opening import NotImported, Package, R, opened
from workflows.characters import legible

MAX_CHARACTERS = 300_000
MAX_COLUMNS = 63
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_VML = "{urn:schemas-microsoft-com:vml}"

Source = Literal["body", "box", "note", "contents", "margin"]

#: Deleted or moved away: not there for a reader.
_GONE = {W + name for name in ("del", "moveFrom", "delText", "instrText", "delInstrText")}
_SILENT = {
    W + name
    for name in (
        "pPr",
        "rPr",
        "sectPr",
        "sdtPr",
        "sdtEndPr",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "customXmlPr",
        "smartTagPr",
        "softHyphen",
        "annotationRef",
    )
}
_PAGE_NUMBER = re.compile(r"[\s\d第共页/\-—–·~～PpAaGgEeOoFf.]*")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as read: ``number`` as Word counts it, ``level`` 1…9 of a heading, 0 of a title."""

    text: str
    number: str = ""
    level: int | None = None
    strong: bool = False
    centred: bool = False
    source: Source = "body"

    @property
    def words(self) -> str:
        return self.number + self.text


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what stands in it, its column, how many it covers; ``below`` goes on from the cell above."""

    blocks: "tuple[Block, ...]"
    column: int = 0
    span: int = 1
    below: bool = False

    @property
    def words(self) -> str:
        return "\n".join(words(self.blocks))


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Cell, ...], ...]
    source: Source = "body"


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file: its blocks in reading order, and how many pictures stayed behind."""

    blocks: tuple[Block, ...]
    pictures: int = 0


def words(blocks: Iterable[Block]) -> Iterator[str]:
    """Every paragraph's text, in reading order, through tables and the tables in them."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.words
        else:
            for row in block.rows:
                for cell in row:
                    yield from words(cell.blocks)


def tidy(text: str) -> str:
    """Text as the form can keep it: NFC, plain line feeds, without what nobody can see."""
    text = legible(text).replace("\t", " ").replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def read(data: bytes, name: str = "") -> Reading:
    """The words of a ``.docx``.

    Raises:
        NotImported: the file is not trusted, is something else, or holds no text.
    """
    reader = _Reader(opened(data, name))
    try:
        blocks = reader.whole()
    except RecursionError as error:  # nested deeper than any hand would
        raise NotImported("broken") from error
    size = sum(len(text) for text in words(blocks))
    if size > MAX_CHARACTERS:
        raise NotImported("too_much_text", limit=MAX_CHARACTERS)
    if not size:
        raise NotImported("no_text")
    return Reading(tuple(blocks), reader.pictures)


@dataclass(slots=True)
class _Line:
    """A paragraph while it is gathered: its text, and what hangs on it and is read after it."""

    parts: list[str] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._relations = package.relations(package.main)
        self._styles = Styles(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"), self._styles)
        self._notes = {name: self._notes_of(name) for name in ("footnotes", "endnotes")}
        self._source: Source = "body"
        self.pictures = 0

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
        return blocks + list(self._margins(set(words(blocks))))

    def _margins(self, known: set[str]) -> Iterator[Block]:
        """What headers and footers say that the pages do not."""
        for kind in ("header", "footer"):
            targets = dict.fromkeys(one.target for one in self._relations.values() if one.kind == kind)
            for target in targets:
                root = self._package.xml(target)
                with_words = self._within("margin", root) if root is not None else []
                for text in words(with_words):
                    if text not in known and not _PAGE_NUMBER.fullmatch(text):
                        known.add(text)
                        yield Paragraph(text, source="margin")

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
            elif child.tag == _MC + "AlternateContent":
                yield from self._blocks(_choice(child))
            elif isinstance(child.tag, str) and child.tag not in _GONE | _SILENT:
                yield from self._blocks(child)  # content controls, insertions, custom XML

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:
        for row in _children(table, "tr"):
            properties = row.find(W + "trPr")
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

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        properties = paragraph.find(W + "pPr")
        _key, style = self._styles.of(properties)
        line = _Line()
        self._inline(paragraph, line, bool(style.bold))
        text = tidy("".join(line.parts))
        label = self._numbering.label(properties) if text else ""
        if text:
            outline = value(properties, "outlineLvl")
            level = number(outline) + 1 if outline and number(outline, 9) < 9 else style.level
            justified = value(properties, "jc")
            yield Paragraph(
                text,
                label,
                level,
                strong=bool(line.bold) and all(line.bold),
                centred=justified == "center" if justified else bool(style.centred),
                source="contents" if style.of_contents else self._source,
            )
        yield from line.after

    # inside a paragraph

    def _inline(self, parent: Any, line: _Line, bold: bool) -> None:
        for child in parent:
            tag = child.tag
            if tag in _GONE or tag in _SILENT or not isinstance(tag, str):
                continue
            if tag == W + "r":
                said = on(child.find(W + "rPr"), "b")
                self._run(child, line, bold if said is None else said)
            elif tag == _M + "t":
                line.parts.append(child.text or "")
            elif tag == _MC + "AlternateContent":
                self._inline(_choice(child), line, bold)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self._drawing(child, line)
            else:
                self._inline(child, line, bold)

    def _run(self, run: Any, line: _Line, bold: bool) -> None:
        for child in run:
            name = child.tag.removeprefix(W) if isinstance(child.tag, str) else ""
            if name == "t":
                text = child.text or ""
                line.parts.append(text)
                if text.strip():
                    line.bold.append(bold)
            elif name in ("tab", "ptab"):
                line.parts.append(" ")
            elif name in ("br", "cr"):
                line.parts.append("\n")
            elif name == "noBreakHyphen":
                line.parts.append("-")
            elif name == "sym":
                line.parts.append(_symbol(child))
            elif name in ("footnoteReference", "endnoteReference"):
                self._note(name.removesuffix("Reference") + "s", child.get(W + "id", ""), line)
            elif name in ("drawing", "pict", "object"):
                self._drawing(child, line)
            elif name == "ruby":
                for part in child.iter(W + "t"):
                    line.parts.append(part.text or "")
            elif child.tag == _MC + "AlternateContent":
                self._run(_choice(child), line, bold)

    def _note(self, kind: str, key: str, line: _Line) -> None:
        note = self._notes[kind].pop(key, None)
        if note is not None:
            line.after += self._within("note", note)

    def _drawing(self, drawing: Any, line: _Line) -> None:
        """Text boxes and diagrams; a picture is only counted."""
        boxes = [one for one in drawing.iter(W + "txbxContent") if _outermost(one, drawing)]
        for box in boxes:
            line.after += self._within("box", box)
        for one in drawing.iter(_DGM + "relIds"):
            target = self._relations.get(one.get(R + "dm", ""))
            root = self._package.xml(target.target) if target else None
            for point in root.iter(_DGM + "pt") if root is not None else ():
                text = tidy("".join(part.text or "" for part in point.iter(_A + "t")))
                if text:
                    line.after.append(Paragraph(text, source="box"))
        if any(next(drawing.iter(tag), None) is not None for tag in (_PIC + "pic", _VML + "imagedata")):
            self.pictures += 1


def _children(parent: Any, name: str) -> Iterator[Any]:
    """``w:tr`` or ``w:tc`` below ``parent``, through whatever wraps them, but not those of inner tables."""
    for child in parent:
        if child.tag == W + name:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _GONE | _SILENT and child.tag != W + "tbl":
            yield from _children(child, name)


def _choice(alternatives: Any) -> Any:
    """The variant to read of content that stands there twice: the new one, unless it is silent."""
    variants = [child for child in alternatives if child.tag in (_MC + "Choice", _MC + "Fallback")]
    speaking = [one for one in variants if any(part.text for part in one.iter(W + "t"))]
    return next(iter(speaking or variants), alternatives[:0])


def _outermost(box: Any, drawing: Any) -> bool:
    """Whether a text box is neither inside another one nor the second copy of one."""
    for parent in box.iterancestors():
        if parent is drawing:
            return True
        if parent.tag == W + "txbxContent":
            return False
        if parent.tag == _MC + "AlternateContent":
            chosen = _choice(parent)
            if box not in chosen.iter(W + "txbxContent"):
                return False
    return True


def _is_contents(control: Any) -> bool:
    """Whether a content control is a table of contents."""
    gallery = next(control.iter(W + "docPartGallery"), None)
    return gallery is not None and "contents" in str(gallery.get(W + "val", "")).casefold()


def _symbol(element: Any) -> str:
    """``w:sym``: a character of a symbol font; private ones of the common fonts become plain ones."""
    code = element.get(W + "char", "")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,5}", code):
        return ""
    point = int(code, 16)
    known = {0xF0FE: "☑", 0xF0A8: "□", 0xF06F: "□", 0xF0FC: "√", 0xF0D8: "➢", 0xF0B7: "•", 0xF06C: "●"}
    if point in known:
        return known[point]
    return chr(point) if 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE else ""
