"""Text as people may type it: what is made good silently, what is refused with a sentence."""

import re
import unicodedata

_BREAKS = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
#: Control characters (but tab and line feed), directional controls, lone surrogates, non-characters.
_REFUSED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Unclean(ValueError):
    """Text that cannot be kept; ``str()`` is the Chinese sentence."""


def shown(value: str, limit: int) -> str:
    """The first ``limit`` characters of foreign text, made fit to be quoted in a sentence."""
    return "".join(char if char.isprintable() else "\ufffd" for char in value[:limit])


def clean(value: str, limit: int, *, lines: bool = True) -> str:
    """``value`` in Unicode form NFC with plain line feeds.

    Args:
        limit: the most characters it may have.
        lines: whether it may have line breaks; if not, they become spaces.

    Raises:
        Unclean: invisible control characters, directional controls, or too long.
    """
    if value.isprintable():  # most of what is typed: no line break, nothing invisible
        value = unicodedata.normalize("NFC", value)
        return _within(value, limit)
    value = _BREAKS.sub("\n", value)
    if bad := _REFUSED.search(value):
        what = "改变文字方向的不可见字符" if _DIRECTION.match(bad[0]) else "不可见的控制字符"
        raise Unclean(f"第 {bad.start() + 1} 个字处有{what}（U+{ord(bad[0]):04X}），请删去后再试。")
    value = unicodedata.normalize("NFC", value)
    if not lines:
        value = value.replace("\n", " ")
    return _within(value, limit)


def _within(value: str, limit: int) -> str:
    if len(value) > limit:
        raise Unclean(f"最多 {limit} 个字，现在有 {len(value)} 个。")
    return value
