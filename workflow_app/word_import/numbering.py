"""Styles and automatic numbers of a Word file: what Word shows but does not write into the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_MOST_LEVELS = 9


def value(element: Any, name: str, default: str = "") -> str:
    """``w:val`` of the child ``name``; "" where there is none."""
    child = element.find(W + name) if element is not None else None
    return default if child is None else str(child.get(W + "val", default))


def number(text: str | None, default: int = 0) -> int:
    """A number an outsider wrote, within reason."""
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else default


def on(element: Any, name: str) -> bool | None:
    """A switch such as ``w:b``: on, off, or not said."""
    child = element.find(W + name) if element is not None else None
    return None if child is None else child.get(W + "val", "1") not in ("0", "false", "off")


@dataclass(slots=True)
class Style:
    """A paragraph style; ``level`` 1…9 for headings, 0 for a title."""

    name: str = ""
    based_on: str = ""
    level: int | None = None
    bold: bool | None = None
    centred: bool | None = None
    list_id: str = ""
    list_level: int | None = None

    @property
    def of_contents(self) -> bool:
        return bool(re.match(r"(?:toc|目录)\s*\d", self.name, re.IGNORECASE))


@dataclass(slots=True)
class _Level:
    kind: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None
    legal: bool = False
    style: str = ""
    after: str = "tab"


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)


class Styles:
    """Every paragraph style by id, with what it inherits filled in."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Style] = {}
        self.default = ""
        for one in root.findall(W + "style") if root is not None else ():
            key = one.get(W + "styleId", "")
            if one.get(W + "type") == "paragraph" and one.get(W + "default") in ("1", "true"):
                self.default = key
            self._styles[key] = self._read(one)
        for key in list(self._styles):
            self._inherit(key, 0)

    @staticmethod
    def _read(one: Any) -> Style:
        name, ppr, rpr = value(one, "name"), one.find(W + "pPr"), one.find(W + "rPr")
        outline, heading = value(ppr, "outlineLvl"), _HEADING.match(name)
        level = int(heading[1]) if heading else None
        if level is None and outline.isdecimal() and int(outline) < _MOST_LEVELS:
            level = int(outline) + 1
        if name.casefold() in ("title", "标题"):
            level = 0
        numbered = ppr.find(W + "numPr") if ppr is not None else None
        list_level = value(numbered, "ilvl")
        return Style(
            name=name,
            based_on=value(one, "basedOn"),
            level=level,
            bold=on(rpr, "b"),
            centred={"center": True}.get(value(ppr, "jc"), False if value(ppr, "jc") else None),
            list_id=value(numbered, "numId"),
            list_level=number(list_level) if list_level else None,
        )

    def _inherit(self, key: str, depth: int) -> Style:
        style = self._styles[key]
        parent_key, style.based_on = style.based_on, ""
        if parent_key in self._styles and parent_key != key and depth < 50:
            parent = self._inherit(parent_key, depth + 1)
            for name in ("level", "bold", "centred", "list_level"):
                if getattr(style, name) is None:
                    setattr(style, name, getattr(parent, name))
            style.list_id = style.list_id or parent.list_id
        return style

    def of(self, ppr: Any) -> tuple[str, Style]:
        key = value(ppr, "pStyle") or self.default
        return key, self._styles.get(key) or Style()


class Numbering:
    """The lists of a file, counting along as its paragraphs are read in order."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        for one in root.findall(W + "abstractNum"):
            self._abstract[one.get(W + "abstractNumId", "")] = dict(_levels(one))
        for one in root.findall(W + "num"):
            known = _List(value(one, "abstractNumId"))
            for override in one.findall(W + "lvlOverride"):
                index = number(override.get(W + "ilvl"))
                if override.find(W + "startOverride") is not None:
                    known.starts[index] = number(value(override, "startOverride"), 1)
                known.levels |= dict(_levels(override))
            self._lists[one.get(W + "numId", "")] = known

    def label(self, ppr: Any) -> str:
        """The number Word shows before this paragraph, with the blank after it; "" for none."""
        style_key, style = self._styles.of(ppr)
        own = ppr.find(W + "numPr") if ppr is not None else None
        list_id = value(own, "numId") or style.list_id
        known = self._lists.get(list_id)
        if known is None or list_id == "0":
            return ""
        levels = self._abstract.get(known.abstract, {}) | known.levels
        said = value(own, "ilvl")
        if said:
            index = number(said)
        elif style.list_level is not None:
            index = style.list_level
        else:
            index = next((at for at, level in levels.items() if level.style == style_key and style_key), 0)
        index = min(index, _MOST_LEVELS - 1)
        if index not in levels:
            return ""
        return self._shown(levels, index, self._count(list_id, known, levels, index))

    def _count(self, list_id: str, known: _List, levels: dict[int, _Level], index: int) -> list[int | None]:
        counts = self._counts.setdefault(known.abstract, [None] * _MOST_LEVELS)
        if list_id not in self._begun:
            self._begun.add(list_id)
            for at, start in known.starts.items():
                if at < _MOST_LEVELS:
                    counts[at] = start - 1
        before = counts[index]
        counts[index] = levels[index].start if before is None else before + 1
        for deeper in range(index + 1, _MOST_LEVELS):
            if levels.get(deeper, _Level()).restart != 0:
                counts[deeper] = None
        return counts

    @staticmethod
    def _shown(levels: dict[int, _Level], index: int, counts: list[int | None]) -> str:
        level = levels[index]
        if level.kind == "bullet":
            return "• "
        if level.kind == "none" and "%" not in level.text:
            return level.text

        def one(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            other = levels.get(at, level)
            kind = "decimal" if level.legal and at != index else other.kind
            count = counts[at]
            return spelled(other.start if count is None else count, kind)

        text = re.sub(r"%([1-9])", one, level.text)
        blank = " " if level.after != "nothing" and text and text[-1].isascii() else ""
        return text + blank


def _levels(parent: Any) -> Iterator[tuple[int, _Level]]:
    for one in parent.findall(W + "lvl"):
        restart = value(one, "lvlRestart")
        yield (
            number(one.get(W + "ilvl")),
            _Level(
                kind=value(one, "numFmt", "decimal"),
                text=value(one, "lvlText"),
                start=number(value(one, "start"), 1),
                restart=number(restart) if restart else None,
                legal=bool(on(one, "isLgl")),
                style=value(one, "pStyle"),
                after=value(one, "suff", "tab"),
            ),
        )


# --- spelling numbers ------------------------------------------------------------------------


def spelled(count: int, kind: str) -> str:
    """``count`` as Word writes it in the format ``kind``; formats we do not know are written in digits."""
    if kind in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand",
                "taiwaneseCounting", "ideographTraditional" if count > 10 else "-"):  # fmt: skip
        return _chinese(count, _DIGITS, "十百千")
    if kind == "chineseLegalSimplified":
        return _chinese(count, _LEGAL, "拾佰仟")
    if kind == "ideographTraditional":
        return "甲乙丙丁戊己庚辛壬癸"[count - 1] if count else "0"
    if kind == "ideographDigital":
        return "".join(_DIGITS[int(digit)] for digit in str(count))
    if kind in ("upperLetter", "lowerLetter"):
        letters = (
            chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1) if 0 < count < 500 else str(count)
        )
        return letters if kind == "upperLetter" else letters.lower()
    if kind in ("upperRoman", "lowerRoman"):
        return _roman(count) if kind == "upperRoman" else _roman(count).lower()
    if kind in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 0 < count <= 20:
        return chr(0x2460 + count - 1)
    if kind == "decimalEnclosedParen":
        return f"\uff08{count}\uff09"
    if kind == "decimalFullWidth":
        return str(count).translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
    if kind == "decimalZero":
        return f"{count:02d}"
    return "" if kind == "none" else str(count)


def _chinese(count: int, digits: str, units: str) -> str:
    if not 0 < count < 10_000:
        return str(count)
    text = ""
    for place, digit in zip(range(len(str(count)) - 1, -1, -1), str(count), strict=True):
        if digit != "0":
            text += digits[int(digit)] + (units[place - 1] if place else "")
        elif text and not text.endswith(digits[0]):
            text += digits[0]
    text = text.rstrip(digits[0])
    # 十一, not 一十一
    return text[1:] if 10 <= count < 20 else text


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    steps = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
             (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
    text = ""
    for size, letters in steps:
        times, count = divmod(count, size)
        text += letters * times
    return text
