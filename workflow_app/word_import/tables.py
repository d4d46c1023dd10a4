"""A table of a Word file as rows of a table of the form."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflow_app.word_import.headings import COLON, core, without_asides
from workflow_app.word_reading.blocks import Cell, Table
from workflows.definition import Definition
from workflows.form import Column, FormField

#: How many rows at the top may come before the one with the columns' names.
_MOST_ABOVE = 2
_COUNTING = ("序号", "序", "编号", "no", "no.", "次数", "次序")
#: What a column's name has not: figures, the marks of a sentence.
_NO_NAME = re.compile(rf"[\d。;\uff1b!\uff01?\uff1f,\uff0c]|.[:{COLON}].")
_LONGEST_NAME = 16
_SUM = "(?:合计|总计|小计|共计|累计|合共|总和)"
_FIGURE = rf"[:{COLON}]?(?:[\d.]+\S{{0,3}})?"
_TOTAL = re.compile(
    rf"(?:本|全|上|下|第.)?(?:学期|学年|年度?|月)?(?:学时|课时|活动|研修|培训)?{_SUM}(?:学时|课时|次数)?{_FIGURE}"
    rf"|(?:共|总学时|总课时)[:{COLON}]?[\d.]+\S{{0,3}}|总学时|总课时|total",
    re.IGNORECASE,
)


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


def matched(
    definition: Definition, table: Table, wanted: Sequence[FormField], *, only: bool = False
) -> Found | None:
    """The table of the form whose columns this one has.

    Args:
        wanted: fields of the section it stands in; ``only``: no other ones.
    """
    best: tuple[int, int, int] | None = None
    fields = [one for one in definition.form if one.kind == "table" and (not only or one in wanted)]
    for index, one in enumerate(fields):
        for at, row in enumerate(table.rows[: _MOST_ABOVE + 1]):
            columns = _columns(one, row)
            named = sum(1 for cell in row if cell.words)
            hits = len(set(columns.values()))
            expected = one in wanted
            if (hits >= 2 or (hits == 1 and expected and named <= 2)) and _is_header(one, table, at):
                score = (hits + expected, -at, -index)
                best = max(best or score, score)
    if best is None or len(table.rows) < 2 - best[1]:
        return None
    chosen, at = fields[-best[2]], -best[1]
    columns = _columns(chosen, table.rows[at])
    head = [line(row) for row in table.rows[: at + 1]]
    rows, again = _rows(chosen, columns, table.rows[at], table.rows[at + 1 :])
    head += again
    if counts := " ".join(row.count for row in rows if row.count):
        head.append(counts)
    return Found(chosen, head, rows)


def line(row: Sequence[Cell]) -> str:
    """A row as one line of text."""
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
                names = _names(column)
                hit = name in names if exact else any(len(one) > 1 and one in name for one in names)
                if hit and column.key not in found.values():
                    found[cell.column] = column.key
                    break
    return found


def column_names(definition: Definition) -> set[str]:
    """The names of all columns of the form's tables."""
    return set().union(*(_names(column) for one in definition.form for column in one.columns))


def _names(column: Column) -> set[str]:
    return {core(one) for one in (column.title.zh, *column.aliases)}


def _is_header(table: FormField, found: Table, at: int) -> bool:
    """Whether all cells of a row are names, and not those at the left of fields to fill in.

    A record form (时间 | … | 地点 | …) has a column's name in every other cell only, and further names
    in the same places of other rows.
    """
    cells = [cell for cell in found.rows[at] if cell.words]
    for cell in cells:
        name = without_asides(cell.words).rstrip(f":{COLON}")
        if len(name) > _LONGEST_NAME or _NO_NAME.search(name):
            return False
    columns = _columns(table, found.rows[at])
    named = [cell.column in columns for cell in cells]
    if any(one and other for one, other in itertools.pairwise(named)):
        return True
    known = set().union(*map(_names, table.columns))
    others = [row for index, row in enumerate(found.rows) if index != at and not _all_names(known, row)]
    return not any(core(cell.words) in known for row in others for cell in _left_cells(row))


def _left_cells(row: Sequence[Cell]) -> Sequence[Cell]:
    """Every other cell of a row: where a record form has its labels."""
    return [cell for cell in row if cell.words][::2]


def _all_names(known: set[str], row: Sequence[Cell]) -> bool:
    """A header said again, on a new page or for the next term."""
    said = [core(cell.words) for cell in row if cell.words]
    return len(said) > 1 and all(one in known or one in _COUNTING for one in said)


def is_total(row: Sequence[Cell]) -> bool:
    """Whether a row adds others up."""
    said = [without_asides(cell.words) for cell in row if cell.words and not cell.below]
    return bool(said) and any(_TOTAL.fullmatch(one) for one in said[:2])


def _is_band(row: Sequence[Cell], header: Sequence[Cell]) -> bool:
    """Whether a row is one cell across several columns: a remark, or a name for the rows below."""
    own = [cell for cell in row if not cell.below]
    return len(own) == 1 == len(row) and own[0].span > 1 and len(header) > 1


def _rows(
    table: FormField, columns: dict[int, str], header: tuple[Cell, ...], rows: Sequence[tuple[Cell, ...]]
) -> tuple[list[Row], list[str]]:
    """The rows of the form, and the lines that only say the header again."""
    titles = {cell.column: cell.words.replace("\n", "") for cell in header}
    known = set().union(*map(_names, table.columns))
    above: dict[int, str] = {}
    made: list[Row] = []
    again: list[str] = []
    for row in rows:
        if _all_names(known, row):
            again.append(line(row))
            continue
        one = Row(text=line(row))
        if not is_total(row) and not _is_band(row, header):
            _fill_row(table, columns, titles, above, row, one)
        if len(made) >= table.max_rows or not one.cells:
            one.rest = [one.text] if one.text else one.rest
            one.cells = {}
        if made and one.rest and not one.cells:
            made[-1].rest += one.rest
        elif one.cells or one.rest:
            made.append(one)
    return made, again


def _fill_row(
    table: FormField,
    columns: dict[int, str],
    titles: dict[int, str],
    above: dict[int, str],
    row: Sequence[Cell],
    one: Row,
) -> None:
    """``row`` into ``one``; ``above`` is what each column said last."""
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
