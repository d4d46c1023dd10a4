"""What changed between two contents of one form: words, rows of tables, values, attachments.

Text is compared by words: a Chinese character is one, a run of Latin letters or digits is one.
Rows are paired by likeness, so that a row in which one cell changed is one changed row.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Literal, NamedTuple

from diff_match_patch import diff_match_patch

from workflow_app.artefacts import plain
from workflows.definition import Definition
from workflows.form import Column, FormField

Kind = Literal["same", "added", "removed"]
#: Seconds one text may take; after that the difference is coarser, never wrong.
PATIENCE = 0.3
#: From this likeness on (0 to 1) two rows are one row that changed.
ALIKE = 0.5
#: Tables with more pairs of unlike rows than this are paired in order, not by likeness.
MOST_PAIRS = 10_000
_WORD = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)
_KINDS: dict[int, Kind] = {0: "same", 1: "added", -1: "removed"}


class Segment(NamedTuple):
    """A stretch of text that stayed, came or went."""

    kind: Kind
    text: str


Line = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a table that came, went or changed; ``cells`` holds every column's segments."""

    kind: Literal["added", "removed", "changed"]
    number: int
    cells: Mapping[str, Line]


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What changed in one section: lines of text (also of values put in words), or rows."""

    field: FormField
    lines: tuple[Line, ...] = ()
    rows: tuple[RowChange, ...] = ()

    def texts(self, kind: Kind) -> list[str]:
        """Every stretch that was ``added`` or ``removed``, in order."""
        runs = [*self.lines, *(line for row in self.rows for line in row.cells.values())]
        return [segment.text for line in runs for segment in line if segment.kind == kind and segment.text]


@dataclass(frozen=True, slots=True)
class AttachmentChange:
    """A file that came or went; replacing one is both."""

    kind: Literal["added", "removed"]
    name: str
    sha256: str


def sections(definition: Definition, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[SectionChange]:
    """The sections that differ, in the order of the form."""
    found = []
    for field in definition.form:
        before, after = old.get(field.key), new.get(field.key)
        if before == after:
            continue
        if field.kind == "table":
            rows = tuple(_rows(field.columns, before or [], after or []))
            change = SectionChange(field, rows=rows)
        else:
            change = SectionChange(
                field, lines=_lines(words(plain.value(field, before), plain.value(field, after)))
            )
        if change.texts("added") or change.texts("removed"):
            found.append(change)
    return found


def attachments(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[AttachmentChange]:
    """Files by name and digest, those that went first."""
    before = {(one["name"], one["sha256"]) for one in old}
    after = {(one["name"], one["sha256"]) for one in new}
    gone = [AttachmentChange("removed", *one) for one in sorted(before - after)]
    return gone + [AttachmentChange("added", *one) for one in sorted(after - before)]


# --- words -----------------------------------------------------------------------------------


def words(old: str, new: str) -> list[Segment]:
    """The segments that lead from ``old`` to ``new``; neighbours are of different kinds."""
    if old == new:
        return [Segment("same", old)] if old else []
    codes: dict[str, str] = {}
    # Each word becomes one character, for the comparison goes by characters. A line's end stays itself:
    # by it long texts are compared by lines first.
    before, after = (_coded(text, codes) for text in (old, new))
    engine = diff_match_patch()
    engine.Diff_Timeout = PATIENCE
    found = engine.diff_main(before, after)
    engine.diff_cleanupSemantic(found)
    words_of = {code: word for word, code in codes.items()}
    return [Segment(_KINDS[kind], "".join(words_of[code] for code in run)) for kind, run in found if run]


def _coded(text: str, codes: dict[str, str]) -> str:
    return "".join(codes.setdefault(word, _code(len(codes), word)) for word in _WORD.findall(text))


def _code(number: int, word: str) -> str:
    # Above the surrogates there are code points for a million words, none of them a line end.
    return "\n" if word == "\n" else chr(0xE000 + number)


def _lines(segments: Sequence[Segment]) -> tuple[Line, ...]:
    """Segments cut at the ends of lines."""
    lines: list[list[Segment]] = [[]]
    for segment in segments:
        first, *more = segment.text.split("\n")
        if first:
            lines[-1].append(Segment(segment.kind, first))
        for text in more:
            lines.append([Segment(segment.kind, text)] if text else [])
    return tuple(tuple(line) for line in lines if line)


def folded(lines: Sequence[Line]) -> Iterator[tuple[bool, list[Line]]]:
    """Runs of lines: (whether they changed, the lines); a page folds long runs that stayed."""
    for changed, run in groupby(lines, lambda line: any(segment.kind != "same" for segment in line)):
        yield changed, list(run)


# --- rows ------------------------------------------------------------------------------------

Row = Mapping[str, Any]


def _rows(columns: Sequence[Column], old: Sequence[Row], new: Sequence[Row]) -> Iterator[RowChange]:
    """Rows that came, went or changed, in the order of the new table; ``number`` counts from 1."""
    before, after = ([_in_cells(columns, row) for row in rows] for rows in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            yield from _unlike(columns, before, after, range(i1, i2), range(j1, j2))


def _in_cells(columns: Sequence[Column], row: Row) -> tuple[str, ...]:
    return tuple(plain.value(column, row.get(column.key)) for column in columns)


def _unlike(
    columns: Sequence[Column],
    before: Sequence[tuple[str, ...]],
    after: Sequence[tuple[str, ...]],
    gone: range,
    come: range,
) -> Iterator[RowChange]:
    partner = _partners(before, after, gone, come)
    left = iter([index for index in gone if index not in partner.values()])
    waiting = next(left, None)
    for number in come:
        source = partner.get(number)
        if source is None:
            yield RowChange("added", number + 1, _whole(columns, after[number], "added"))
            continue
        while waiting is not None and waiting < source:
            yield RowChange("removed", waiting + 1, _whole(columns, before[waiting], "removed"))
            waiting = next(left, None)
        cells = {
            column.key: tuple(words(was, now))
            for column, was, now in zip(columns, before[source], after[number], strict=True)
        }
        yield RowChange("changed", number + 1, cells)
    while waiting is not None:
        yield RowChange("removed", waiting + 1, _whole(columns, before[waiting], "removed"))
        waiting = next(left, None)


def _partners(
    before: Sequence[tuple[str, ...]], after: Sequence[tuple[str, ...]], gone: range, come: range
) -> dict[int, int]:
    """New row -> old row, the likest pairs first."""
    if len(gone) * len(come) > MOST_PAIRS:
        return dict(zip(come, gone, strict=False))
    letters = {
        (rows is after, index): [Counter(cell) for cell in rows[index]]
        for rows, indexes in ((before, gone), (after, come))
        for index in indexes
    }
    pairs = [(_likeness(letters[False, i], letters[True, j]), j, i) for j in come for i in gone]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for likeness, j, i in sorted(pairs, key=lambda pair: (-pair[0], abs(pair[1] - pair[2]))):
        if likeness >= ALIKE and j not in found and i not in taken:
            found[j] = i
            taken.add(i)
    return found


def _likeness(one: Sequence[Counter[str]], other: Sequence[Counter[str]]) -> float:
    """The share of the letters that stand in both rows, cell by cell."""
    written = sum(a.total() + b.total() for a, b in zip(one, other, strict=True))
    same = sum((a & b).total() for a, b in zip(one, other, strict=True))
    return 2 * same / written if written else 1.0


def _whole(columns: Sequence[Column], cells: tuple[str, ...], kind: Kind) -> dict[str, Line]:
    return {
        column.key: (Segment(kind, text),) if text else ()
        for column, text in zip(columns, cells, strict=True)
    }
