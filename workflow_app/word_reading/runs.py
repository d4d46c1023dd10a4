"""What stands inside a paragraph of a Word file: runs, fields, changes, drawings, notes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workflow_app.word_reading import equations
from workflow_app.word_reading.blocks import Block, Source
from workflow_app.word_reading.drawings import MC, Drawings, all_text, choice
from workflow_app.word_reading.notices import Notices
from workflow_app.word_reading.opening import Package
from workflow_app.word_reading.styles import Style, Styles, W, number, on, value

#: Deleted or moved away: not there for a reader.
DELETED = {W + "del", W + "moveFrom"}
INSERTED = {W + "ins", W + "moveTo"}
SILENT = {
    W + name
    for name in (
        "pPr", "rPr", "sectPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr", "customXmlPr",
        "smartTagPr", "softHyphen", "annotationRef", "delText", "instrText", "delInstrText",
    )
}  # fmt: skip
_DRAWINGS = (W + "drawing", W + "pict", W + "object")


@dataclass(slots=True)
class Line:
    """A paragraph while it is gathered: its text, and what hangs on it and is read after it."""

    bold: bool
    hidden: bool
    parts: list[str] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    #: one entry per stretch of text: whether it is bold
    strong: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class _Field:
    """A field between its begin and its end; ``shown``: its result has begun."""

    code: list[str] = field(default_factory=list)
    shown: bool = False
    result: bool = False


class Runs:
    """Reads what stands inside paragraphs.

    Args:
        within: reads the blocks of a text box or a note, marked with where they stand.
    """

    def __init__(
        self, package: Package, styles: Styles, notices: Notices, within: Callable[[Source, Any], list[Block]]
    ) -> None:
        self._styles, self._notices, self._within = styles, notices, within
        self.drawings = Drawings(package, notices, within)
        self.notes: dict[str, dict[str, Any]] = {}
        self._fields: list[_Field] = []

    @property
    def in_contents(self) -> bool:
        """Whether what is read now is the result of a field that makes a table of contents."""
        return any(re.match(r"\s*TOC\b", "".join(one.code)) for one in self._fields if one.shown)

    def line(self, paragraph: Any, style: Style) -> Line:
        line = Line(bool(style.bold), bool(style.hidden))
        self._inline(paragraph, line)
        # A field whose result has not begun by the end of its paragraph would swallow the rest of the file.
        self._fields = [one for one in self._fields if one.shown]
        return line

    def _inline(self, parent: Any, line: Line) -> None:
        for child in parent:
            tag = child.tag
            if not isinstance(tag, str) or tag in SILENT:
                continue
            if tag in DELETED:
                self._notices.add("deleted", all_text(child))
            elif tag == W + "r":
                self._run(child, line)
            elif tag.startswith(equations.M):
                self._equation(child, line)
            elif tag == MC + "AlternateContent":
                self._inline(choice(child), line)
            elif tag in _DRAWINGS:
                self._drawing(child, line)
            else:
                if tag in INSERTED:
                    self._notices.add("inserted", all_text(child))
                if tag == W + "fldSimple" and not all_text(child):
                    self._field_without_result(child.get(W + "instr", ""), line)
                self._inline(child, line)

    def _run(self, run: Any, line: Line) -> None:
        properties = run.find(W + "rPr")
        style = self._styles.of_run(properties)
        hidden = _said(on(properties, "vanish"), style.hidden, line.hidden)
        if hidden:
            if text := all_text(run).strip():
                self._notices.add("hidden", text)
            # Fields begin and end in hidden runs too.
            for mark in run.iter(W + "fldChar", W + "instrText"):
                self._mark(mark, line)
            return
        bold = _said(on(properties, "b"), style.bold, line.bold)
        for child in run:
            self._piece(child, line, bold)

    def _piece(self, child: Any, line: Line, bold: bool) -> None:
        """One child of a run."""
        name = child.tag.removeprefix(W) if isinstance(child.tag, str) else ""
        if name == "t":
            self._text(child.text or "", line, bold)
        elif name in _PLAIN:
            self._text(_PLAIN[name], line, bold)
        elif name in ("fldChar", "instrText"):
            self._mark(child, line)
        elif name == "sym":
            self._text(_symbol(child), line, bold)
        elif name in ("footnoteReference", "endnoteReference"):
            self._note(name.removesuffix("Reference") + "s", child.get(W + "id", ""), line)
        elif name in ("drawing", "pict", "object"):
            self._drawing(child, line)
        elif name == "ruby":
            self._ruby(child, line)
        elif child.tag == MC + "AlternateContent":
            for inner in choice(child):
                self._piece(inner, line, bold)
        elif isinstance(child.tag, str) and child.tag.startswith(equations.M):
            self._equation(child, line)

    def _text(self, text: str, line: Line, bold: bool) -> None:
        """Words into the line, or into the code of the field they stand in."""
        hiding = next((one for one in self._fields if not one.shown), None)
        if hiding is not None:
            hiding.code.append(text)
            return
        if self._fields:
            self._fields[-1].result |= bool(text)
        line.parts.append(text)
        if text.strip():
            line.strong.append(bold)

    # fields

    def _mark(self, mark: Any, line: Line) -> None:
        """The begin, the code, the separator or the end of a field."""
        if mark.tag == W + "instrText":
            if self._fields:
                self._fields[-1].code.append(mark.text or "")
            return
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
            if text := _form_field(mark):
                line.parts.append(text)
        elif kind == "separate" and self._fields:
            self._fields[-1].shown = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            if not ended.result:
                self._field_without_result("".join(ended.code), line)

    def _field_without_result(self, code: str, line: Line) -> None:
        """A field that shows something though no result is written: phonetic guides, enclosed characters."""
        words = code.split()
        if not words or words[0].upper() not in ("EQ", "MACROBUTTON"):
            return
        if words[0].upper() == "MACROBUTTON":
            self._text(" ".join(words[2:]), line, line.bold)
            return
        shown, guide = equations.of_field(code)
        self._notices.add("ruby" if guide else "equation", guide or shown)
        self._text(shown, line, line.bold)

    def _ruby(self, ruby: Any, line: Line) -> None:
        guides = [part.text or "" for one in ruby.iter(W + "rt") for part in one.iter(W + "t")]
        self._notices.add("ruby", "".join(guides))
        for base in ruby.iter(W + "rubyBase"):
            self._inline(base, line)

    def _equation(self, element: Any, line: Line) -> None:
        if element.tag == equations.M + "oMathPara":
            for one in element.iter(equations.M + "oMath"):
                self._equation(one, line)
            return
        if text := equations.in_line(element).strip():
            self._notices.add("equation", text)
            self._text(text, line, line.bold)

    def _note(self, kind: str, key: str, line: Line) -> None:
        note = self.notes.get(kind, {}).pop(key, None)
        if note is not None:
            fields, self._fields = self._fields, []
            line.after += self._within("note", note)
            self._fields = fields

    def _drawing(self, drawing: Any, line: Line) -> None:
        # A field of the paragraph does not reach into the text boxes that hang on it.
        fields, self._fields = self._fields, []
        line.after += self.drawings.read(drawing)
        self._fields = fields


_PLAIN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def _said(*switches: bool | None) -> bool:
    """The first switch that says anything."""
    return next((bool(one) for one in switches if one is not None), False)


def _form_field(mark: Any) -> str:
    """What a box to tick or a list to choose from of an old form shows."""
    box = next(mark.iter(W + "checkBox"), None)
    if box is not None:
        ticked = on(box, "checked")
        return "☑" if (on(box, "default") if ticked is None else ticked) else "□"
    chosen = next(mark.iter(W + "ddList"), None)
    if chosen is not None:
        entries = [one.get(W + "val", "") for one in chosen.findall(W + "listEntry")]
        at = number(value(chosen, "result") or value(chosen, "default"))
        return entries[at] if at < len(entries) else ""
    return ""


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
