"""Dates as people write them in a plan, read as far as they can be read.

``9月9日 周三``, ``2026年9月15日``, ``9.15``, ``9月第2周``, ``九月中旬``, ``9月至次年5月``: the answer is the
first and the last day meant, or None. What cannot be read is no error.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from workflows.characters import plain

Span = tuple[date, date]

#: Nobody writes a date longer than this.
_LONGEST = 200
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"3[01]|[12][0-9]|0?[1-9]"
_WRITTEN = re.compile(
    r"(?:(?P<year>20[0-9]{2})\s*年\s*)?(?<![0-9十])" + _MONTH + r"\s*月[份]{0,1}\s*"
    r"(?:[第]{0,1}(?P<week>[1-5一二三四五])\s*周"
    rf"|(?P<day>{_DAY}|三十[一]{{0,1}}|[二]{{0,1}}十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号]"
    rf"|(?P<bare>{_DAY})(?![0-9次节场个周])"
    r"|(?P<part>[上中下]旬|[初中底末]))?"
)
_FULL = re.compile(
    rf"(?P<year>20[0-9]{{2}})\s*[-./]\s*(?P<month>1[0-2]|0?[1-9])\s*[-./]\s*(?P<day>{_DAY})(?![0-9])"
)
_SHORT = re.compile(
    rf"(?<![0-9.:/-])(?P<month>1[0-2]|0?[1-9])\s*[./]\s*(?P<day>{_DAY})(?![0-9.:/]|\s*[学小课]时)"
)
_TERM = re.compile("(?P<number>[一二12上下])学期")
_DIGITS = {char: number for number, char in enumerate("一二三四五六七八九", start=1)}
_PARTS = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "中": (11, 20)}


def read(text: str, first: date, last: date) -> Span | None:
    """The first and the last day ``text`` speaks of, or None when it names no day that can be read.

    Args:
        first, last: the days of the period; a date without a year is one of these days if it can be.
    """
    return _read(text[:_LONGEST], first, last)


@lru_cache(maxsize=10_000)
def _read(text: str, first: date, last: date) -> Span | None:
    """A page asks for the same fifty dates as the page before it, and most plans name the same days."""
    found = list(_spans(plain(text), first, last))
    if not found:
        return None
    return min(one for one, _ in found), max(two for _, two in found)


def term(text: str) -> int | None:
    """Which term ``text`` names: 0 for the first （第一学期、上学期）, 1 for the second, None for none."""
    found = _TERM.search(plain(text[:_LONGEST]))
    return None if found is None else int(found["number"] in "二2下")


def _spans(text: str, first: date, last: date) -> Iterator[Span]:
    years = range(first.year, last.year + 1)
    for pattern in (_FULL, _WRITTEN, _SHORT):
        for found in pattern.finditer(text):
            given = found.groupdict()
            spans = [_span(year, given) for year in ([int(given["year"])] if given.get("year") else years)]
            readable = [span for span in spans if span]
            inside = [span for span in readable if span[0] <= last and span[1] >= first]
            yield from (inside or readable)[:1]
        text = pattern.sub(" ", text)


def _span(year: int, given: dict[str, str | None]) -> Span | None:
    month = _number(given["month"] or "")
    end = calendar.monthrange(year, month)[1]
    day = given.get("day") or given.get("bare")
    if day:
        number = _number(day)
        return (date(year, month, number),) * 2 if number <= end else None
    one, two = 1, end
    if week := given.get("week"):
        one, two = (_number(week) - 1) * 7 + 1, min(_number(week) * 7, end)
    elif part := given.get("part"):
        one, two = _PARTS.get(part, (21, end))
    return (date(year, month, one), date(year, month, two)) if one <= end else None


def _number(text: str) -> int:
    """``9``, ``九``, ``十一``, ``二十``, ``三十一``."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
