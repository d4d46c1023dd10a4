"""Single lines, numbers and days as people type them: made clean, or refused with a sentence.

Each function takes ``problems``, puts what is wrong under ``field`` and returns something harmless,
so that a form learns of all its mistakes at once.
"""

import unicodedata
from collections.abc import Collection
from datetime import date

from flask_babel import gettext as _

#: Control characters, invisible and direction-changing ones, halves of characters, line separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: The largest key both databases hold.
MOST = 2**63 - 1


def line(problems: dict[str, str], field: str, value: object, most: int, *, required: bool = True) -> str:
    """One line of text in form NFC, without outer blanks, of at most ``most`` characters."""
    if not isinstance(value, str):
        value = "" if value is None else str(value)
    text = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        problems[field] = _("含有看不见的控制字符，请重新输入。")
    elif len(text) > most:
        problems[field] = _("太长了，最多 %(most)s 个字。", most=most)
    elif required and not text:
        problems[field] = _("请填写。")
    else:
        return text
    return ""


def choice(problems: dict[str, str], field: str, value: object, choices: Collection[str]) -> str:
    """``value`` if it is one of ``choices``."""
    if isinstance(value, str) and value in choices:
        return value
    problems[field] = _("请从列出的选项中选择。")
    return ""


def day(problems: dict[str, str], field: str, value: object, *, required: bool = True) -> str | None:
    """A day as ``YYYY-MM-DD`` from a date or from such text; None for nothing."""
    if isinstance(value, date):
        return value.isoformat()
    if value is None or value == "":
        if required:
            problems[field] = _("请填写日期。")
        return None
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or not 1950 <= found.year <= 2150:
        problems[field] = _("请按 2026-09-01 的样子填写日期。")
        return None
    return found.isoformat()


def number(value: object) -> int | None:
    """A key from a form field or an argument; None for anything that cannot be one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else None
    return value if isinstance(value, int) and 0 < value <= MOST else None
