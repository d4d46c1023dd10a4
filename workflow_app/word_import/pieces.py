"""What is read becomes ``Piece`` after ``Piece``, each with the field it belongs to or none."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from workflow_app.word_import.headings import NUMBER_INSIDE
from workflow_app.word_reading.blocks import Block, Paragraph

#: Styles in which a Word file of this system says what the form says by itself, in small letters.
FORM_STYLES = ("title", "subtitle", "heading 1", "table head", "form help")

Kind = Literal["text", "title", "heading", "row", "value", "form"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file and where it goes.

    ``head``: words at its beginning that only name its section (with ``text`` they are the line as it
    stands). ``section``: the key of its field, None for 未归类. A ``row`` has ``cells`` of a table; a
    ``value`` says a number, a date, a choice or a slot as this system prints it. ``title`` and
    ``heading`` are words that a form says by itself; ``form`` are such words in a file it has printed,
    which are never content.
    """

    text: str
    section: str | None = None
    kind: Kind = "text"
    head: str = ""
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return self.head + self.text

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def squash(text: str) -> str:
    """Text without blanks, for comparing what was read with what was kept."""
    return re.sub(r"\s+", "", text)


def lost(blocks: Sequence[Block], content: dict[str, Any], unplaced: Iterable[str]) -> list[str]:
    """Texts of paragraphs and cells that are neither in ``content`` nor in ``unplaced``; [] is what must be.

    A line cut between sections counts as kept when all its parts are. What the form has printed itself
    is not looked for.
    """
    kept = [squash(text) for text in (*_values(content), *unplaced)]

    def is_kept(text: str) -> bool:
        return any(squash(text) in one for one in kept)

    # Whole, or cut where the line may be cut: before a number.
    return [
        line
        for line in _told(blocks)
        if not is_kept(line) and not all(map(is_kept, NUMBER_INSIDE.split(line)))
    ]


def _told(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            if block.style not in FORM_STYLES:
                yield from block.words.split("\n")
        else:
            for row in block.rows:
                for cell in row:
                    yield from _told(cell.blocks)


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield str(value)
