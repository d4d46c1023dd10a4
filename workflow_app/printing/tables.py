"""Tables of a paper: how wide their columns are, which rows may be cut."""

from collections.abc import Sequence

from workflow_app.printing.paper import Grid
from workflow_app.printing.wording import breadth
from workflows.form import Column

#: Points across the text (156 mm), points a table's letter is wide, cell margins.
TEXT_WIDTH, CELL_SIZE, CELL_MARGIN = 442.2, 12.0, 10.0
#: A row taller than this many lines may be cut: it might not fit on any page.
TALLEST_ROW = 22


def grid(columns: Sequence[Column], rows: Sequence[tuple[str, ...]], *, height: float = 0) -> Grid:
    """A table whose columns are as wide as what stands in them asks for."""
    heads = tuple(column.title.zh for column in columns)
    widths = shares(heads, rows, [column.kind for column in columns])
    centred = tuple(_short(column, index, rows) for index, column in enumerate(columns))
    return Grid(heads, tuple(rows), widths, centred, tuple(too_tall(row, widths) for row in rows), height)


def _short(column: Column, index: int, rows: Sequence[tuple[str, ...]]) -> bool:
    """Numbers, choices and short words stand in the middle of their cells."""
    if column.kind in ("number", "choice", "date"):
        return True
    return bool(rows) and all(breadth(row[index]) <= 8 and "\n" not in row[index] for row in rows)


def shares(
    heads: Sequence[str], rows: Sequence[tuple[str, ...]], kinds: Sequence[str] = ()
) -> tuple[float, ...]:
    """Shares of the width: short columns get what they ask for, long ones share what is left."""
    margin = CELL_MARGIN / CELL_SIZE + 0.3
    asked = []
    for index, head in enumerate(heads):
        longest = max((breadth(line) for row in rows for line in row[index].split("\n")), default=0.0)
        if not rows:
            longest = {"long_text": 40.0, "text": 5.0}.get(kinds[index], 4.0)
        asked.append(max(breadth(head), longest) + margin)
    room = TEXT_WIDTH / CELL_SIZE
    most = _level(asked, room)
    widths = [min(width, most) for width in asked]
    total = sum(widths)
    rounded = [round(width / total, 4) for width in widths]
    rounded[-1] = round(1 - sum(rounded[:-1]), 4)
    return tuple(rounded)


def _level(asked: Sequence[float], room: float) -> float:
    """The width no column may exceed, so that all of them fit into ``room``."""
    left, columns = room, len(asked)
    for width in sorted(asked):
        if width * columns >= left:
            return left / columns
        left -= width
        columns -= 1
    return room


def too_tall(row: Sequence[str], widths: Sequence[float]) -> bool:
    """Whether a row might not fit on a page."""
    tallest = 0.0
    for text, share in zip(row, widths, strict=True):
        across = max(1.0, (share * TEXT_WIDTH - CELL_MARGIN) / CELL_SIZE)
        tallest = max(tallest, sum(1 + breadth(line) // across for line in text.split("\n")))
    return tallest > TALLEST_ROW
