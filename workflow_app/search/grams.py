"""Chinese without a dictionary: every two neighbouring characters are a term of the index.

Latin words and numbers are terms as they stand, found from their beginning on. The last character
of a run is a term of its own, so that one character is found by looking for terms that begin with it.
"""

import re
from collections.abc import Iterator

#: A run of Chinese characters, or one of Latin letters and digits.
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+|[0-9a-z\u00e0-\u024f]+")
#: Full-width letters and digits are typed by Chinese keyboards; folding keeps every length.
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " "}
_FOLD = str.maketrans(_WIDE)
#: Chinese characters begin here.
FIRST = "\u3400"
#: Words of a question that are looked at.
MOST_WORDS = 8


def fold(text: str) -> str:
    """``text`` as it is compared: narrow, small letters; character for character as long as before."""
    narrow = text.translate(_FOLD)
    small = narrow.lower()
    if len(small) == len(text):
        return small
    # A few capitals have small letters of two characters; those stay as they are.
    return "".join(one if len(one := char.lower()) == 1 else char for char in narrow)


def terms(text: str) -> set[str]:
    """Every term of a text, for the index."""
    return set(_all(fold(text)))


def _all(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        if run[0] < FIRST:
            yield run
        else:
            yield from (run[index : index + 2] for index in range(len(run)))


def words(question: str) -> list[str]:
    """What is looked for: the folded words between blanks, without doubles."""
    return list(dict.fromkeys(fold(question).split()))[:MOST_WORDS]


def wanted(word: str) -> list[tuple[str, bool]]:
    """The terms a text with this word must have, and whether a term may only begin so."""
    found = []
    for run in _RUN.findall(word):
        if run[0] < FIRST or len(run) == 1:
            found.append((run, True))
        else:
            found += [(run[index : index + 2], False) for index in range(len(run) - 1)]
    return found
