"""How many lines of a file stand where a reader would put them: right, openly unplaced, or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workflow_app.word_import.composing import compose
from workflow_app.word_import.placing import place, squash
from workflow_app.word_reading.reading import read
from workflows import source as definitions
from workflows.definition import Definition

DEFINITIONS = Path(__file__).resolve().parents[2] / "workflows"


@cache
def definition(key: str = "school_plan") -> Definition:
    return definitions.read((DEFINITIONS / f"{key}.yaml").read_text(encoding="utf-8"), key)[0]


@dataclass
class Figures:
    """Lines counted; ``where`` names those that are wrong, with the section they are in."""

    right: int = 0
    unplaced: int = 0
    wrong: int = 0
    where: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        return self.right + self.unplaced + self.wrong

    @property
    def good(self) -> bool:
        """What is asked of every file."""
        return self.right + self.unplaced >= 0.95 * self.total and self.wrong <= 0.02 * self.total

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.right + other.right,
            self.unplaced + other.unplaced,
            self.wrong + other.wrong,
            self.where + other.where,
        )


def taken_in(data: bytes, key: str = "school_plan") -> tuple[dict[str, str], str]:
    """What each section says after the import, and what is in none, as text without blanks."""
    pieces = place(definition(key), read(data).blocks)
    made = compose(definition(key), pieces, headings=False)
    said = {field: squash("\n".join(texts(value))) for field, value in made.content.items()}
    titles = [piece.words for piece in pieces if piece.kind in ("title", "heading", "form")]
    return said, squash("\n".join([*(piece.words for piece in made.left), *titles]))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [str(value)]


def measured(data: bytes, expected: Mapping[str, str], key: str = "school_plan") -> Figures:
    """``expected``: words of the file -> keys of the sections they may stand in, "" for none of them."""
    sections, outside = taken_in(data, key)
    figures = Figures()
    for words, wanted in expected.items():
        at = [field for field, text in sections.items() if squash(words) in text]
        if set(at) & set(wanted.split()) or (not wanted and not at):
            figures.right += 1
        elif not at and squash(words) in outside:
            figures.unplaced += 1
        else:
            figures.wrong += 1
            figures.where += ((words, " ".join(at) or "lost"),)
    return figures
