"""A table of a Word file as rows of a table of the form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflow_app.word_import.headings import core
from workflow_app.word_import.reading import Cell, Table
from workflows.definition import Definition
from workflows.form import Column, FormField

#: How many rows at the top may come before the one with the columns' names.
_MOST_ABOVE = 2
_COUNTING = ("序号", "序", "编号", "no", "no.", "次数", "次序")


@dataclass(slots=True)
class Row:
    """A row of the form's table; ``rest`` are texts that do not fit, ``text`` the row as one reads it,
    ``count`` the number it bears.
    """

    cells: dict[str, str] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    text: str = ""
    count: str = ""


@dataclass(slots=True)
class Found:
    """A table of the form, the lines above its rows, and its rows."""

    field: FormField
    head: list[str]
    rows: list[Row]


def matched(definition: Definition, table: Table, wanted: Sequence[FormField]) -> Found | None:
    """The table of the form whose columns this one has; ``wanted`` are fields of the section it stands in."""
    best: tuple[int, int, int] | None = None
    fields = [one for one in definition.form if one.kind == "table"]
    for index, one in enumerate(fields):
        for at, row in enumerate(table.rows[: _MOST_ABOVE + 1]):
            columns = _columns(one, row)
            named = sum(1 for cell in row if cell.words)
            hits = len(set(columns.values()))
            expected = one in wanted
            if hits >= 2 or (hits == 1 and expected and named <= 2):
                score = (hits + expected, -at, -index)
                best = max(best or score, score)
    if best is None or len(table.rows) < 2 - best[1]:
        return None
    chosen, at = fields[-best[2]], -best[1]
    columns = _columns(chosen, table.rows[at])
    head = [_line(row) for row in table.rows[: at + 1]]
    rows = _rows(chosen, columns, table.rows[at], table.rows[at + 1 :])
    if counts := " ".join(row.count for row in rows if row.count):
        head.append(counts)
    return Found(chosen, head, rows)


def _line(row: Sequence[Cell]) -> str:
    return " | ".join(cell.words.replace("\n", " ") for cell in row if cell.words)


def _columns(table: FormField, row: tuple[Cell, ...]) -> dict[int, str]:
    """Column number -> key, for the cells that name a column; each key at most once."""
    found: dict[int, str] = {}
    for exact in (True, False):
        for cell in row:
            name = core(cell.words)
            if not name or len(name) > 14 or cell.column in found:
                continue
            for column in table.columns:
                names = [core(one) for one in (column.title.zh, *column.aliases)]
                hit = name in names if exact else any(len(one) > 1 and one in name for one in names)
                if hit and column.key not in found.values():
                    found[cell.column] = column.key
                    break
    return found


def _rows(
    table: FormField, columns: dict[int, str], header: tuple[Cell, ...], rows: Sequence[tuple[Cell, ...]]
) -> list[Row]:
    titles = {cell.column: cell.words.replace("\n", "") for cell in header}
    above: dict[int, str] = {}
    made: list[Row] = []
    for row in rows:
        one = Row(text=_line(row))
        beside: list[tuple[str, str]] = []
        for cell in row:
            said = above.get(cell.column, "") if cell.below else cell.words
            above[cell.column] = said
            if not said:
                continue
            key = columns.get(cell.column)
            if key is not None:
                _fill(table, one, key, said)
            elif not cell.below:
                beside.append((titles.get(cell.column, ""), said))
        # Only now: what stands under a column of the form comes first in its cell.
        for title, said in beside:
            _beside(table, one, title, said)
        if len(made) >= table.max_rows or not one.cells:
            one.rest = [one.text] if one.text else one.rest
            one.cells = {}
        if made and one.rest and not one.cells:
            made[-1].rest += one.rest
        elif one.cells or one.rest:
            made.append(one)
    return made


def _limit(column: Column) -> int:
    return 40 if column.kind == "number" else column.max_length


def _column(table: FormField, key: str) -> Column:
    return next(column for column in table.columns if column.key == key)


def _fill(table: FormField, row: Row, key: str, said: str) -> None:
    """``said`` into a cell; what does not fit is not lost."""
    column = _column(table, key)
    if column.kind != "long_text":
        said = said.replace("\n", " ")
    if len(said) <= _limit(column):
        row.cells[key] = said
    else:
        row.rest.append(said)


def _beside(table: FormField, row: Row, title: str, said: str) -> None:
    """A cell under a column the form has not: beside the longest text of the row, with its title."""
    if core(title) in _COUNTING and re.fullmatch(r"[\d一二三四五六七八九十.、()]{1,4}", said):
        row.count = said
        return
    roomy = [column for column in table.columns if column.kind == "long_text"]
    column = max(roomy or [one for one in table.columns if one.kind == "text"], key=_limit)
    labelled = f"{title}\uff1a{said}" if title else said
    before = row.cells.get(column.key, "")
    joined = f"{before}\n{labelled}" if before else labelled
    if column.kind == "long_text" and len(joined) <= column.max_length:
        row.cells[column.key] = joined
    else:
        row.rest.append(labelled)


def as_row(table: FormField, text: str) -> dict[str, str]:
    """A paragraph as a row of a table that has no running text beside it; {} where it does not fit."""
    texts = [column for column in table.columns if column.kind in ("long_text", "text")]
    column = next((one for one in texts if one.required), texts[0] if texts else None)
    if column is None or len(text) > column.max_length:
        return {}
    return {column.key: text}
