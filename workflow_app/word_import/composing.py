"""Pieces made into the content of a form, within its limits; what does not fit stays beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow_app.artefacts import form
from workflow_app.word_import.headings import PROSE
from workflow_app.word_import.pieces import Piece
from workflow_app.word_import.printed import value_of
from workflows.definition import Definition
from workflows.form import FormField


@dataclass(frozen=True, slots=True)
class Composed:
    """Content of the form, and the pieces that are in none of its sections."""

    content: dict[str, Any]
    left: list[Piece]


def compose(
    definition: Definition, pieces: Iterable[Piece], *, headings: bool, also: Mapping[str, Any] | None = None
) -> Composed:
    """Content out of pieces, in order.

    Args:
        headings: keep the words that only name a section as the first line of its text, so that content
            and what is left hold every word; else they are left out, for the form says them itself.
        also: values for fields that stay empty.
    """
    content: dict[str, Any] = {field.key: form.empty(field) for field in definition.form}
    fields = {field.key: field for field in definition.form}
    left: list[Piece] = []
    for piece in pieces:
        if piece.kind == "form" or (not headings and piece.kind in ("title", "heading")):
            continue
        text = piece.words if headings else piece.text
        field = fields.get(piece.section or "")
        if field is None or not _put(content, field, piece, text):
            left.append(piece)
    for key, value in (also or {}).items():
        if key in fields and content[key] == form.empty(fields[key]):
            content[key] = value
    return Composed(form.shaped(definition, content), left)


def _put(content: dict[str, Any], field: FormField, piece: Piece, text: str) -> bool:
    """Add a piece to its field; False where the field has no room or no place for it."""
    if field.kind == "table":
        if piece.kind != "row" or not piece.cells or len(content[field.key]) >= field.max_rows:
            return False
        content[field.key].append(dict(piece.cells))
        return True
    if field.kind not in PROSE:
        value = value_of(field, text) if piece.kind == "value" else None
        if value is None or content[field.key] != form.empty(field):
            return False
        content[field.key] = value
        return True
    joined = appended(field, content[field.key], text)
    if joined is None:
        return False
    content[field.key] = joined
    return True


def appended(field: FormField, before: str, text: str) -> str | None:
    """``text`` behind what a prose field says already; None where that would be too long."""
    between = "\n" if field.kind == "long_text" else " "
    if field.kind == "text":
        text = text.replace("\n", " ")
    joined = f"{before}{between}{text}" if before else text
    return joined if len(joined) <= field.limit else None


def choices(definition: Definition, piece: Piece) -> Sequence[FormField]:
    """The fields a piece may be moved to: any running text, and the one its row or value was made for."""
    own = piece.section if piece.cells or piece.kind == "value" else None
    return [field for field in definition.form if field.kind in PROSE or field.key == own]
