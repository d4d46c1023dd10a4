"""Automatic numbers of a Word file: what Word shows but does not write into the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workflow_app.word_reading.styles import MOST_LEVELS, Styles, W, number, on, value

_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"


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


class Numbering:
    """The lists of a file, counting along as its paragraphs are read in order."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, dict[int, _Level]] = {}
        #: abstract list -> numbering style in which its levels stand
        self._linked: dict[str, str] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        for one in root.findall(W + "abstractNum"):
            key = one.get(W + "abstractNumId", "")
            self._abstract[key] = dict(_levels(one))
            if style := value(one, "numStyleLink"):
                self._linked[key] = style
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
        abstract = self._real(known.abstract)
        levels = self._abstract.get(abstract, {}) | known.levels
        said = value(own, "ilvl")
        if said:
            index = number(said)
        elif style.list_level is not None:
            index = style.list_level
        else:
            index = next((at for at, level in levels.items() if level.style == style_key and style_key), 0)
        index = min(index, MOST_LEVELS - 1)
        if index not in levels:
            return ""
        return self._shown(levels, index, self._count(list_id, abstract, levels, index))

    def _real(self, abstract: str) -> str:
        """The abstract list that has the levels: a list may only name a style that names another."""
        seen: set[str] = set()
        while abstract in self._linked and abstract not in seen:
            seen.add(abstract)
            known = self._lists.get(self._styles.list_of(self._linked[abstract]))
            if known is None:
                break
            abstract = known.abstract
        return abstract

    def _count(self, list_id: str, abstract: str, levels: dict[int, _Level], index: int) -> list[int | None]:
        counts = self._counts.setdefault(abstract, [None] * MOST_LEVELS)
        if list_id not in self._begun:
            self._begun.add(list_id)
            for at, start in self._lists[list_id].starts.items():
                if at < MOST_LEVELS:
                    counts[at] = start - 1
        for higher in range(index):
            # A level that begins below one nobody wrote begins that one too.
            if counts[higher] is None:
                counts[higher] = levels[higher].start if higher in levels else 1
        before = counts[index]
        counts[index] = levels[index].start if before is None else before + 1
        for deeper in range(index + 1, MOST_LEVELS):
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

        def one(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
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
