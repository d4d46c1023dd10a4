"""Terms of a text without a dictionary, for every script.

Scripts that put no space between words (Chinese above all, kana, Thai, Khmer, Yi …): every two
neighbouring characters are a term, and the last of a run is one of its own, so that one character is
found by looking for terms that begin with it. Words of all other scripts are terms as they stand,
found from their beginning on.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from workflows.characters import HAN, PLAIN

#: Written without spaces between words; marks of theirs included.
_UNSPACED = (
    HAN + "\u0e01-\u0e4e\u0e81-\u0edf\u1000-\u1049\u1050-\u108f\u1780-\u17d3"
    "\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff\ua000-\ua48c"
)
#: Letters, figures and marks are looked for up to here; what lies beyond is Chinese or no text.
_LAST = 0x20000
#: Words of a question that are looked at.
MOST_WORDS = 8
#: A longer word is looked for by its beginning.
LONGEST = 40
#: A text with more terms is not told by its terms; it has this one, which no text can have.
MOST_TERMS, ANYTHING = 50_000, "x" * (LONGEST + 1)
_KASHIDA = "\u0640"  # only stretches a word of Arabic script


class _Folding(dict[int, str]):
    """Code point to what it is compared as: plain, and traditional Chinese as simplified."""

    def __missing__(self, code: int) -> str:
        found = "" if chr(code) == _KASHIDA else PLAIN[code]
        if any(_unspaced().match(char) for char in found):
            found = _simplifier().convert(found)
        self[code] = found
        return found


_FOLDING = _Folding()


@cache
def _simplifier() -> "OpenCC":  # type: ignore[name-defined] # noqa: F821 - loaded with the first search
    from opencc import OpenCC

    return OpenCC("tw2s")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _run() -> re.Pattern[str]:
    """A run of characters of unspaced scripts, or of letters, figures and marks of the others."""
    unspaced, ranges, start = _unspaced(), [], None
    for code in range(_LAST + 1):
        char = chr(code)
        inside = code < _LAST and unicodedata.category(char)[0] in "LMN" and not unspaced.match(char)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"{chr(start)}-{chr(code - 1)}")
            start = None
    return re.compile(f"[{_UNSPACED}]+|[{''.join(ranges)}]+")


def fold(text: str) -> str:
    """``text`` as it is compared: whatever a reader takes for the same is the same."""
    return text.translate(_FOLDING)


def places(text: str) -> list[int] | None:
    """For each character of ``fold(text)`` where it comes from in ``text``, and the end of ``text``.

    None when every character has just one, in its own place.
    """
    if all(len(_FOLDING[ord(char)]) == 1 for char in set(text)):
        return None
    found = [at for at, char in enumerate(text) for _ in _FOLDING[ord(char)]]
    return [*found, len(text)]


def terms(text: str) -> set[str]:
    """Every term of a text, for the index."""
    found = set(_all(fold(text)))
    return found if len(found) <= MOST_TERMS else {ANYTHING}


def _all(folded: str) -> Iterator[str]:
    for run in _run().findall(folded):
        if _unspaced().match(run):
            yield from map("".join, pairwise(run))
            yield run[-1]
        else:
            yield run[:LONGEST]


def words(question: str) -> list[str]:
    """What is looked for: the folded words between blanks, without doubles."""
    return list(dict.fromkeys(fold(question).split()))[:MOST_WORDS]


def wanted(word: str) -> list[tuple[str, bool]]:
    """The terms a text with this word must have, and whether a term may only begin so."""
    found: list[tuple[str, bool]] = []
    for run in _run().findall(word):
        if not _unspaced().match(run) or len(run) == 1:
            found.append((run[:LONGEST], True))
        else:
            found += [(run[at : at + 2], False) for at in range(len(run) - 1)]
    return found
