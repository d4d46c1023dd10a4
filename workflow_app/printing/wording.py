"""How a paper words what was typed: numerals, dates, numbers, lines of text."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from workflow_app.printing.paper import Text

#: Outside XML, lone surrogates, and directional controls: nothing a paper may carry.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SECOND_LEVEL = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")
_DIGITS = "零一二三四五六七八九"
#: A line longer than this is a paragraph even if it is numbered like a heading.
LONGEST_HEADING = 40
#: Characters of the title's size (22 pt) that fit into a line.
LONGEST_TITLE = 20
WEEKDAYS = "一二三四五六日"


def printable(text: object) -> str:
    """Text without what neither XML nor a page can hold."""
    return _UNPRINTABLE.sub("\ufffd", str(text))


def breadth(text: str) -> float:
    """How wide a line of text is, in Chinese characters."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in text)


def title_lines(title: str, kind: str) -> str:
    """A long title in two lines, cut where a word ends: before the kind of document."""
    whose = title.removesuffix(kind).rstrip()
    return f"{whose}\n{kind}" if breadth(title) > LONGEST_TITLE and title.endswith(kind) else title


def numeral(number: int) -> str:
    """1…99 as 一…九十九."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")


def dated(text: str) -> str:
    """``2026-09-01`` as 2026年9月1日; what is no day as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"


def number(value: object) -> str:
    """24, 0.5, and what was typed where it is no number."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else printable(value)


def paragraphs(text: str) -> Iterator[Text]:
    """The lines of a long text; short ones numbered （一） are headings of the second level."""
    for line in printable(text).split("\n"):
        stripped = line.strip()
        if stripped:
            second = _SECOND_LEVEL.match(stripped) and len(stripped) <= LONGEST_HEADING
            yield Text("h2" if second else "p", stripped)


def slot(value: Mapping[str, str]) -> str:
    """每周三 15:30—17:00，地点：会议室."""
    day = value.get("weekday", "")
    parts = [f"每周{WEEKDAYS[int(day) - 1]}" if day in tuple("1234567") else ""]
    parts.append("—".join(filter(None, (value.get("from", ""), value.get("to", "")))))
    when = " ".join(filter(None, parts))
    place = value.get("place", "")
    return printable("，".join(filter(None, (when, f"地点：{place}" if place else ""))))
