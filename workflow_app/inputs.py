"""What people and programs send, one value at a time: made clean, or refused with a sentence.

Text is judged by ``workflows.characters``. Where a number, a date, a code or a name for logging in is
meant, full-width figures and letters are read as narrow ones. Functions that take ``problems`` put
what is wrong under ``field`` and return something harmless, so that a form learns of all its
mistakes at once.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from flask_babel import gettext as _

from workflow_app.errors import BadInput
from workflows import characters
from workflows.characters import narrow

#: The largest key both databases hold.
MOST = 2**63 - 1
#: The largest version of a document, number of a revision or of a row.
MOST_VERSION = 2**31 - 1
#: Years a day may lie in: beyond, clocks and calendars give out.
YEARS = range(1950, 2151)
#: Characters of an idempotency key.
MOST_KEY = 100
_KEY = re.compile(f"[ -~]{{1,{MOST_KEY}}}")
_FIGURES = re.compile("[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,20})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


class Unclean(ValueError):
    """Text that cannot be kept; ``str()`` is the sentence, in the language of the request."""


class NotADay(ValueError):
    """Text that is no day, or none the calendar reaches; ``str()`` is the sentence."""


# --- text ------------------------------------------------------------------------------------


def clean(value: str, limit: int, *, lines: bool = True) -> str:
    """``value`` as text that can be kept, outer blanks included.

    Args:
        limit: the most characters it may have.
        lines: whether it may have line breaks; if not, they become spaces.

    Raises:
        Unclean: characters nobody can read, or too long.
    """
    value = _legible(value)
    return _within(value if lines else value.replace("\n", " "), limit)


def _legible(value: str) -> str:
    try:
        return characters.cleaned(value)
    except characters.Unreadable as unreadable:
        raise Unclean(_unreadable(unreadable)) from unreadable


def _within(value: str, limit: int) -> str:
    if len(value) > limit:
        raise Unclean(_("最多 %(most)s 个字，现在有 %(n)s 个。", most=limit, n=len(value)))
    return value


def _unreadable(unreadable: characters.Unreadable) -> str:
    what = {
        "direction": _("改变文字方向的不可见字符"),
        "control": _("不可见的控制字符"),
        "gloss": _("行间注音的控制字符"),
        "private": _("只有个别字体才显示得出的自造字"),
    }.get(unreadable.kind, _("不认识的字符"))
    code = f"U+{ord(unreadable.char):04X}"
    return _(
        "第 %(n)s 个字处有%(what)s（%(code)s），请删去后再试。", n=unreadable.place + 1, what=what, code=code
    )


def shown(value: str, limit: int) -> str:
    """The first ``limit`` characters of foreign text, made fit to be quoted in a sentence."""
    return "".join(char if char.isprintable() else "\ufffd" for char in value[:limit])


def text(problems: dict[str, str], field: str, value: object, most: int) -> str:
    """Text of any number of lines, without outer blanks."""
    if not isinstance(value, str):
        problems[field] = _("这里应是文字。")
        return ""
    return _judged(problems, field, value, most, str.strip)


def line(problems: dict[str, str], field: str, value: object, most: int, *, required: bool = True) -> str:
    """One line of at most ``most`` characters, with single spaces, without outer blanks: a name, a title."""
    if not isinstance(value, str):
        value = "" if value is None else str(value)
    found = _judged(problems, field, value, most, lambda legible: legible.strip())
    if "\n" in found:
        problems[field] = _("请写在一行里。")
    found = " ".join(found.split())
    if required and not found:
        problems.setdefault(field, _("请填写。"))
    return found


def _judged(problems: dict[str, str], field: str, value: str, most: int, tidied: Callable[[str], str]) -> str:
    try:
        return _within(tidied(_legible(value)), most)
    except Unclean as unclean:
        problems[field] = str(unclean)
        return ""


def code(problems: dict[str, str], field: str, value: object, most: int, *, required: bool = True) -> str:
    """One line for machines, in narrow letters and figures: a login name, the key of a period, a phone."""
    return narrow(line(problems, field, value, most, required=required))


def choice(problems: dict[str, str], field: str, value: object, choices: Collection[str]) -> str:
    """``value`` if it is one of ``choices``."""
    if isinstance(value, str) and value in choices:
        return value
    problems[field] = _("请从列出的选项中选择。")
    return ""


def username(text: str) -> str:
    """A login name as it is stored and counted: narrow small letters, nothing unseen, no outer blanks."""
    return narrow(text).lower()


# --- numbers and keys ------------------------------------------------------------------------


def number(value: str) -> int | float | None:
    """A decimal number as people type it; None for anything else."""
    figures = narrow(value)
    if not _NUMBER.fullmatch(figures):
        return None
    return float(figures) if "." in figures else int(figures)


def _whole(value: object, least: int, most: int) -> int | None:
    if isinstance(value, str):
        figures = narrow(value) if len(value) < 100 else ""
        value = int(figures) if _FIGURES.fullmatch(figures) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None


def identifier(value: object) -> int | None:
    """The key of a row, out of a form or an address; None for anything that cannot be one."""
    return _whole(value, 1, MOST)


def version(value: object) -> int | None:
    """The version of a document, the number of a revision, a row or a paragraph; None for no such."""
    return _whole(value, 0, MOST_VERSION)


def key(value: object) -> str:
    """An idempotency key: 1 to 100 visible ASCII characters. Raises BadInput."""
    if not (isinstance(value, str) and _KEY.fullmatch(value)):
        raise BadInput({"key": _("操作编号应是 1 到 %(most)s 个可见的英文字符。", most=MOST_KEY)})
    return value


# --- days ------------------------------------------------------------------------------------


def as_day(value: str) -> date:
    """The day somebody typed as 2026-09-01. Raises NotADay."""
    parts = _DAY.fullmatch(narrow(value[:100]))
    try:
        if parts is None:
            raise ValueError(value[:100])
        found = date(*map(int, parts.groups()))
    except ValueError as error:
        raise NotADay(_("日期请写成 2026-09-01 这样。")) from error
    if found.year not in YEARS:
        first, last = YEARS[0], YEARS[-1]
        raise NotADay(_("日期应在 %(first)s 年到 %(last)s 年之间。", first=first, last=last))
    return found


def since_until(problems: dict[str, str], typed: Mapping[str, str]) -> dict[str, date | None]:
    """The days ``since`` and ``until`` of a filter; None for one that was left empty or is none."""
    days: dict[str, date | None] = {"since": None, "until": None}
    for name in days:
        try:
            days[name] = as_day(typed[name]) if typed[name] else None
        except NotADay as no:
            problems[name] = str(no)
    if days["since"] and days["until"] and days["since"] > days["until"]:
        problems["until"] = _("截止日期早于开始日期。")
    return days


def day(problems: dict[str, str], field: str, value: object, *, required: bool = True) -> str | None:
    """A day as ``YYYY-MM-DD`` from a date or from such text; None for nothing or for what is none."""
    typed = value.isoformat()[:10] if isinstance(value, date) else "" if value is None else str(value)
    if not typed.strip():
        if required:
            problems[field] = _("请填写日期。")
        return None
    try:
        return as_day(typed).isoformat()
    except NotADay as no:
        problems[field] = str(no)
        return None


# --- whole forms -----------------------------------------------------------------------------


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, to show it again; no passwords and no token."""
    return {
        name: value for name, value in form.items() if name not in {"csrf_token", "password", "old", "new"}
    }
