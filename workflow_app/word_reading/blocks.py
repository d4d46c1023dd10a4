"""What a Word file says, as a reader sees it: paragraphs with their numbers, tables with their cells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflow_app.word_reading.notices import Notice
from workflows.characters import legible

Source = Literal["body", "box", "note", "contents", "margin"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as read: ``number`` as Word counts it, ``level`` 1…9 of a heading, 0 of a title.

    ``style``: the name of its style in a Word file this system wrote; "" in all others.
    """

    text: str
    number: str = ""
    level: int | None = None
    strong: bool = False
    centred: bool = False
    source: Source = "body"
    style: str = ""

    @property
    def words(self) -> str:
        return self.number + self.text


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what stands in it, its column, how many it covers; ``below`` goes on from the cell above."""

    blocks: "tuple[Block, ...]"
    column: int = 0
    span: int = 1
    below: bool = False

    @property
    def words(self) -> str:
        return "\n".join(words(self.blocks))


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Cell, ...], ...]
    source: Source = "body"


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file: its blocks in reading order, how many pictures stayed behind, and what else was
    left out or taken as agreed.
    """

    blocks: tuple[Block, ...]
    pictures: int = 0
    notices: tuple[Notice, ...] = ()


def words(blocks: Iterable[Block]) -> Iterator[str]:
    """Every paragraph's text, in reading order, through tables and the tables in them."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.words
        else:
            for row in block.rows:
                for cell in row:
                    yield from words(cell.blocks)


def tidy(text: str, *, exact: bool = False) -> str:
    """Text as the form can keep it: NFC, plain line feeds, without what nobody can see.

    Args:
        exact: keep tabs and fixed blanks as they are.
    """
    text = legible(text)
    if not exact:
        text = text.replace("\t", " ").replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())
