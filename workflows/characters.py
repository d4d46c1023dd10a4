"""What becomes of each kind of character in text that comes in, and which texts are the same to a reader.

======================================================  ==============================================
kind                                                    what becomes of it
======================================================  ==============================================
letters, marks, figures, signs, spaces, tab, line feed  kept, in Unicode form NFC
other line breaks (CR, VT, FF, NEL, U+2028, U+2029)     a line feed
U+2800, the blank Braille cell                          a space: it looks like one and is none
zero-width space, word joiner, BOM, soft hyphen, CGJ    removed
invisible operators, deprecated and other format signs  removed
Hangul fillers, Khmer inherent vowels, U+FFFC           removed
ZWJ, ZWNJ                                               kept beside Arabic, Indic and other letters that
                                                        join, ZWJ within an emoji; else removed
variation selectors                                     kept after an emoji, an ideograph, in a keycap,
                                                        after a Mongolian letter; else removed
tag characters                                          kept within the flag of a region; else removed
format signs with a shape of their own (U+06DD …)       kept
marks and controls of direction                         refused: they change the order of what is read
controls, halves of surrogate pairs, non-characters     refused: no text
interlinear annotation                                  refused: without it the gloss runs into the text
private use                                             refused: only one font shows it
unassigned                                              refused, but for emoji and ideographs that are
                                                        newer than this Python
======================================================  ==============================================

In a file that is read (``legible``) nothing is refused: what cannot be shown becomes 〓, the mark
printers use for a missing character, annotation stands in brackets, and the rest is left out.

Sources: Unicode 17, ``Default_Ignorable_Code_Point``, ``EquivalentUnifiedIdeograph``; UTS 51 and 37.
"""

import re
import unicodedata
from typing import Literal

Kind = Literal["kept", "blank", "unseen", "bound", "direction", "control", "gloss", "private", "unknown"]
REFUSED: frozenset[Kind] = frozenset({"direction", "control", "gloss", "private", "unknown"})

#: Ideographs, their radicals and the signs that stand for them, newer ones than this Python knows included.
HAN = "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
#: Scripts in which joiners decide how a letter is written; selectors by themselves are no letters.
_JOINING = (
    "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u180a\u1810-\u18af\u1a20-\u1bff\ua840-\ua87f\ua880-\ua8ff"
    "\ua980-\ua9df\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
_MONGOLIAN = "\u1820-\u18aa"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"
_BOUND = re.compile(
    f"((?:[{_EMOJI}][\ufe0e\ufe0f]?\u200d)*[{_EMOJI}][\ufe0e\ufe0f]?"
    "(?:(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f)?"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|[{HAN}][\ufe00-\ufe02\U000e0100-\U000e01ef]"
    f"|[{_MONGOLIAN}][\u180b-\u180d\u180f]|(?<=[{_MONGOLIAN}])\u180e(?=[{_MONGOLIAN}])"
    f"|(?<=[{_JOINING}])[\u200c\u200d]|(?<=[{_MONGOLIAN}][\u180b-\u180d\u180f])[\u200c\u200d]"
    f"|[\u200c\u200d](?=[{_JOINING}]))"
    f"|[\u180e\u200c\u200d{_SELECTORS}\U000e0020-\U000e007f]"
)
_BOUND_CHARACTER = re.compile(f"[\u180e\u200c\u200d{_SELECTORS}\U000e0020-\U000e007f]")
#: Without a shape, though their category does not say so.
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0-\ufff8\ufffc\U0001d159"
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
_SHAPED_FORMAT = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NEWER = re.compile(f"[{HAN}\U0001f000-\U0001faff]")
_BREAKS = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
_SYMBOL_FONTS = re.compile("[\uf000-\uf0ff]")
_MISSING = "〓"
#: Radicals by themselves (pasted out of PDF) for which Unicode has no compatibility form.
_RADICALS = dict(
    zip(
        "⺁⺃⺄⺅⺇⺈⺉⺊⺋⺎⺒⺓⺔⺕⺖⺘⺙⺛⺞⺠⺡⺢⺣⺦⺨⺫⺭⺯⺰⺱⺲⺶⺹⺼⺽⺾⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
        "厂乚乙亻𠘨刀刂卜㔾兀巳幺彑彐忄扌攵旡歺民氵氺灬丬犭目礻糹纟罓罒羊耂月臼艹虎衤覀西见角讠贝车辶钅長镸长门阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
        strict=True,
    )
)
#: Full-width signs, letters and figures as a Chinese keyboard types them; other figures (①, ²) stay.
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u2212": "-"}


class Unreadable(ValueError):
    """A character that cannot be kept: the first one, where it stands (from 0), its kind."""

    def __init__(self, place: int, char: str, kind: Kind) -> None:
        super().__init__(f"U+{ord(char):04X} at {place}")
        self.place, self.char, self.kind = place, char, kind


def kind(char: str) -> Kind:
    """What becomes of one character. ``bound``: it depends on what stands beside it."""
    return _KINDS[ord(char)]


class _Kinds(dict[int, Kind]):
    """Code point to kind, worked out when first asked for."""

    def __missing__(self, code: int) -> Kind:
        self[code] = found = _kind(chr(code))
        return found


def _kind(char: str) -> Kind:
    category, code = unicodedata.category(char), ord(char)
    if char in "\t\n" or category == "Zs":
        return "kept"
    if char == "\u2800":
        return "blank"
    if _DIRECTION.match(char):
        return "direction"
    if _BOUND_CHARACTER.match(char):
        return "bound"
    if _SHAPELESS.match(char):
        return "unseen"
    if "\ufff9" <= char <= "\ufffb":
        return "gloss"
    if category == "Cf":
        return "kept" if _SHAPED_FORMAT.match(char) else "unseen"
    if category in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "control"
    if category == "Co":
        return "private"
    return "unknown" if category == "Cn" and not _NEWER.match(char) else "kept"


_KINDS = _Kinds()


def cleaned(text: str) -> str:
    """``text`` without what nobody can see, in form NFC. Cleaning twice is cleaning once.

    Raises:
        Unreadable: for what cannot be left out without changing what is read.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _BREAKS.sub("\n", text)
    kinds = {char: _KINDS[ord(char)] for char in set(text)}
    if bad := [char for char, one in kinds.items() if one in REFUSED]:
        first = min(bad, key=text.index)
        raise Unreadable(text.index(first), first, kinds[first])
    return _tidied(text, kinds)


def legible(text: str) -> str:
    """The same for text out of a file, where nobody can be asked: nothing is refused."""
    text = _BREAKS.sub("\n", text)
    kinds = {char: _KINDS[ord(char)] for char in set(text)}
    if any(one in REFUSED for one in kinds.values()):
        table = {ord(char): _instead(char, one) for char, one in kinds.items() if one in REFUSED}
        text = text.translate(table)
    return _tidied(text, kinds)


def _instead(char: str, kind: Kind) -> str:
    if kind == "gloss":
        return {"\ufffa": "（", "\ufffb": "）"}.get(char, "")
    lost = kind == "unknown" or (kind == "private" and not _SYMBOL_FONTS.match(char))
    return _MISSING if lost else ""


def _tidied(text: str, kinds: dict[str, Kind]) -> str:
    instead = {"blank": " ", "unseen": ""}
    changed = {ord(char): instead[one] for char, one in kinds.items() if one in instead}
    if changed:
        text = text.translate(changed)
    if "bound" in kinds.values():
        text = _BOUND.sub(lambda found: found[1] or "", text)
    return unicodedata.normalize("NFC", text)


# --- the same to a reader --------------------------------------------------------------------


def narrow(text: str) -> str:
    """Figures and letters for machines (a number, a date, a code, a login name): narrow, nothing unseen."""
    return "".join(_NARROW[ord(char)] for char in text).strip()


class _Narrow(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        unseen = _KINDS[code] in ("unseen", "bound", "direction")
        blank = char.isspace() or _KINDS[code] == "blank"
        self[code] = found = "" if unseen else " " if blank else _WIDE.get(char, char)
        return found


_NARROW = _Narrow()


class _Plain(dict[int, str]):
    """Code point to what it is compared as: "" for what has no shape, else decomposed small letters."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        unseen = _KINDS[code] in ("unseen", "bound", "direction")
        small = unicodedata.normalize("NFKD", _RADICALS.get(char, char)).casefold()
        self[code] = found = "" if unseen else unicodedata.normalize("NFKD", small)
        return found


#: For ``str.translate``: a text as it is compared, character by character.
PLAIN = _Plain()


def plain(text: str) -> str:
    """``text`` as it is compared: without width, case, compatibility forms, anything unseen.

    Two texts a reader takes for the same have the same plain form; it is not for showing.
    """
    return unicodedata.normalize("NFKC", text.translate(PLAIN))
