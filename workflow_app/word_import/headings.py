"""Which section of a form a heading on paper means.

Driven by the definition alone: the titles of its fields and their ``aliases``. A heading may name
several fields: 领导小组 is prose to one school, a table to the next; what follows it decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from workflows.characters import plain
from workflows.definition import Definition
from workflows.form import FormField

COLON, STOP, COMMA, OPEN, CLOSE = "\uff1a", "\uff0e", "\uff0c", "\uff08", "\uff09"
#: Kinds that hold running text.
PROSE = ("long_text", "text")
_HAN = "一二三四五六七八九十百零〇"
_AFTER = rf"[、.,{STOP}{COMMA}:{COLON}]"

#: Rank of a heading by how it is numbered, with the pattern of its number; lower ranks hold higher ones.
_NUMBERS = (
    (0.0, re.compile(rf"第[{_HAN}\d]{{1,4}}(?:章|部分|篇|节)\s*{_AFTER}?\s*")),
    (1.0, re.compile(rf"[{_HAN}]{{1,3}}\s*(?:{_AFTER}\s*|\s)")),
    (2.0, re.compile(rf"[({OPEN}]\s*[{_HAN}]{{1,3}}\s*[){CLOSE}]\s*{_AFTER}?\s*")),
    (3.5, re.compile(rf"\d{{1,2}}(?:[.{STOP}]\d{{1,2}})+\s*{_AFTER}?\s*(?![\d%])")),
    (3.7, re.compile(rf"\d{{1,2}}\s*[){CLOSE}]\s*(?!\d)")),
    (3.0, re.compile(rf"\d{{1,2}}\s*[、.,{STOP}{COMMA}]\s*(?!\d)")),
    (4.0, re.compile(rf"[({OPEN}]\s*\d{{1,2}}\s*[){CLOSE}]\s*")),
    (5.0, re.compile(r"[\u2460-\u2473]\s*")),
)
#: What a list inside a section begins with, right behind a heading on the same line.
_LIST_BEGINS = re.compile(
    rf"\s*(?:\d{{1,2}}\s*[、.{STOP})]|[({OPEN}](?:\d|[{_HAN}])|[\u2460-\u2473]|[{_HAN}]\s*是)"
)
#: What stands before an entry of a list that is not counted.
_BULLET = re.compile(r"[•●○▪▫■□◆◇➢➤►▶✓✔√·∙–—\-*☑\uf06c\uf0b7\uf0d8\uf0fc]\s*(?=[^\s•●○▪▫■□◆◇·—\-*])")
_SENTENCE = re.compile(r"[。\uff1b;\uff01!\uff1f?]")
_BESIDE = re.compile(rf"[\s·•:{COLON}《》【】\[\]<>〈〉“”\"'★*☆、,{COMMA}.。_—\-]+")
_ASIDE = re.compile(rf"[({OPEN}][^(){OPEN}{CLOSE}]*[){CLOSE}]")
#: Words that say whose section it is, not which.
_WHOSE = re.compile(
    r"^(?:(?:校本研修|校本培训|校本教研|我校|本校|学校|本人|我的|教师|个人|本学年度?|本学期|本年度|新学年|今年|"
    r"\d{4}(?:年|学年度?)|关于)+的?)|的"
)
_AND = re.compile(r"[与和及、/]|以及")
MOST_HEADING = 30


@dataclass(frozen=True, slots=True)
class Match:
    """The fields a heading means, in the order of the form. ``exact``: it says nothing else."""

    fields: tuple[FormField, ...]
    exact: bool

    def of_kind(self, *kinds: str) -> FormField | None:
        return next((field for field in self.fields if field.kind in kinds), None)

    @property
    def compound(self) -> bool:
        """Several sections at once: what stands below it may say which."""
        return not self.exact or len([field for field in self.fields if field.kind in PROSE]) > 1


@dataclass(frozen=True, slots=True)
class Heading:
    """The beginning of a line that is a heading: ``words`` of it as they stand, and what follows.

    ``count``: the last number it bears, 0 for none. ``marked``: numbered, bold or in a style of headings.
    """

    words: str
    rest: str
    rank: float
    match: Match | None
    count: int = 0
    marked: bool = False


def numbered(line: str) -> tuple[float | None, str]:
    """The rank of a line by its number, and the number as it stands; (None, "") without one."""
    for rank, pattern in _NUMBERS:
        if found := pattern.match(line):
            return rank, found[0]
    return None, ""


def is_bullet(line: str) -> bool:
    """Whether a line is an entry of a list that is not counted."""
    return bool(_BULLET.match(line))


def without_asides(words: str) -> str:
    """Words without blanks, and without what stands in brackets."""
    return re.sub(r"\s+", "", _ASIDE.sub("", words))


def core(words: str) -> str:
    """A heading without what stands beside its words: blanks, brackets, marks."""
    return plain(_BESIDE.sub("", _ASIDE.sub("", words)))


def like_a_heading(words: str, most: int = MOST_HEADING) -> bool:
    """Short, and no sentence."""
    return 0 < len(words.strip()) <= most and not _SENTENCE.search(words)


class Sections:
    """The names under which a definition's sections are known."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._names: dict[str, list[FormField]] = {}
        self._whole: set[str] = set()
        for field in definition.form:
            for name in (field.title.zh, *field.aliases):
                self._whole |= {_BESIDE.sub("", name).casefold(), core(name), _bare(core(name))}
                for form in {core(name), _bare(core(name))} - {""}:
                    known = self._names.setdefault(form, [])
                    if field not in known:
                        known.append(field)

    def named(self, name: str) -> Match | None:
        """The fields that have exactly this name."""
        fields = self._names.get(core(name))
        return Match(tuple(fields), True) if fields else None

    def prose(self, name: str) -> FormField | None:
        match = self.named(name)
        return match.of_kind(*PROSE) if match else None

    @cached_property
    def longest(self) -> int:
        return max(map(len, self._names)) + 6

    def exact(self, words: str) -> Match | None:
        """The fields meant by words that are nothing but a section's name."""
        return self.named(words) or self.named(_bare(core(words)))

    def says_no_more(self, words: str) -> bool:
        """Whether words are a section's name and nothing else: no bracket, no year, no second name."""
        name = _BESIDE.sub("", words).casefold()
        bare = _bare(name)
        return name in self._whole or (bare in self._whole and not re.search(r"\d", name.removesuffix(bare)))

    def meant(self, words: str) -> Match | None:
        """The fields meant by a heading: its very name, the first of several names, or a name within it."""
        if found := self.exact(words):
            return found
        for part in _AND.split(core(words)):
            if found := self.exact(part):
                return Match(found.fields, False)
        within = core(words)
        best: tuple[int, int, str] | None = None
        for name in self._names:
            at = within.find(name) if len(name) >= 3 else -1
            if at >= 0 and len(within) <= len(name) + 10:
                best = min(best or (at, -len(name), name), (at, -len(name), name))
        return Match(tuple(self._names[best[2]]), False) if best else None

    def beginning(self, line: str, *, glued: bool = False) -> tuple[int, Match] | None:
        """A section's name at the beginning of ``line`` with its text behind it: its length with the mark.

        The name ends at a colon, or where a numbered list begins; ``glued``: anywhere.
        """
        colon = re.match(rf"(.{{1,{self.longest}}}?)\s*[:{COLON}]\s*", line)
        if colon and (found := self.exact(colon[1])):
            return colon.end(), found
        lengths = range(2, min(self.longest, len(line) - 1) + 1)
        for length in lengths if glued else reversed(lengths):
            if (glued or _LIST_BEGINS.match(line, length)) and (found := self.exact(line[:length])):
                return length, found
        return None


def _bare(name: str) -> str:
    """A name without words that only say whose; as it is if nothing were left."""
    return _WHOSE.sub("", name) or name


_INNER = re.compile(rf"[{_HAN}]{{1,3}}、\s*")
#: Where a line may be cut.
NUMBER_INSIDE = re.compile(rf"(?=(?<![{_HAN}])[{_HAN}]{{1,3}}、)")


def split_inside(line: str, sections: Sections, last: int) -> Sequence[str]:
    """A line in which later headings are glued to the text before them, cut before each.

    A cut is made only where a number goes on counting (after ``last``, or from 一 again) and a
    section's very name follows, ended by a colon, a list or the end of the line.
    """
    cuts = [0]
    for found in _INNER.finditer(line):
        count = counted(found[0])
        if found.start() == 0:
            last = count
        elif count in (last + 1, 1) and line[found.start() - 1] not in "第周星期":
            rest = line[found.end() :]
            if sections.beginning(rest) or sections.exact(rest):
                cuts.append(found.start())
                last = count
    return [line[start:end] for start, end in zip(cuts, [*cuts[1:], len(line)], strict=True)]


def counted(number: str) -> int:
    """十二、 -> 12, 2.3 -> 3, ② -> 2; 0 for what is no such number."""
    if figures := re.findall(r"\d+", number):
        return int(figures[-1])
    if circle := re.match(r"[\u2460-\u2473]", number):
        return ord(circle[0]) - 0x245F
    digits = [char for char in number if char in _HAN]
    if not digits or any(char in "百零〇" for char in digits):
        return 0
    if "十" not in digits:
        return _HAN.index(digits[-1]) + 1
    at = digits.index("十")
    tens = _HAN.index(digits[at - 1]) + 1 if at else 1
    return tens * 10 + (_HAN.index(digits[at + 1]) + 1 if at + 1 < len(digits) else 0)
