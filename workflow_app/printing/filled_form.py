"""A form with its content as the blocks of a paper.

Made from a definition and content alone, so that a county's own kind of document prints too.
"""

import re
from collections.abc import Mapping
from typing import Any

from workflow_app.printing.paper import Block, Text
from workflow_app.printing.tables import grid
from workflow_app.printing.wording import dated, number, numeral, paragraphs, printable, slot
from workflows.definition import Definition
from workflows.form import Column, FormField

_BRACKETS = re.compile("（[^）]*）$")


def is_empty(value: object) -> bool:
    """Nothing filled in; 0 is something."""
    if isinstance(value, Mapping):
        return not any(value.values())
    return not value.strip() if isinstance(value, str) else value in (None, [], ())


def filled(definition: Definition, content: Mapping[str, Any]) -> tuple[Block, ...]:
    """The sections that say something, numbered 一、二、三、; required ones in any case."""
    blocks: list[Block] = []
    count = 0
    for part in definition.form:
        value = content.get(part.key)
        if is_empty(value) and not part.required:
            continue
        count += 1
        blocks.append(Text("h1", f"{numeral(count)}、{part.title.zh}"))
        blocks += [Text("p", "（未填写）")] if is_empty(value) else _section(part, value)
    return tuple(blocks)


def _section(part: FormField, value: Any) -> list[Block]:
    if part.kind == "table":
        rows = [tuple(_cell(column, row.get(column.key)) for column in part.columns) for row in value]
        return [grid(part.columns, rows)]
    if part.kind == "slot":
        return [Text("p", slot(value))]
    if part.kind == "choices":
        return [Text("p", printable("、".join(value)) + "。")]
    if part.kind == "long_text":
        return list(paragraphs(value))
    if part.kind == "number":
        return [Text("p", _measured(part, value))]
    return [Text("p", _plain(part.kind, value))]


def _measured(part: FormField, value: Any) -> str:
    """人均学时：24学时。 A number that stands alone says what it counts; what is no number stays as typed.

    What the title adds in brackets stands in the heading above.
    """
    unit = part.unit.zh if part.unit and not isinstance(value, str) else ""
    return f"{_BRACKETS.sub('', part.title.zh)}：{number(value)}{unit}。"


def _plain(kind: str, value: Any) -> str:
    if kind == "number":
        return number(value)
    return printable(dated(value) if kind == "date" else value)


def _cell(column: Column, value: Any) -> str:
    return "" if value is None else _plain(column.kind, value).strip()
