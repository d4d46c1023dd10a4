"""The form as a browser posts it without scripts: names like ``f.activities.0.date``, and row buttons."""

from collections.abc import Iterable, Mapping
from typing import Any

from workflow_app import inputs
from workflow_app.artefacts.form import SLOT_PARTS, empty
from workflows.definition import Definition
from workflows.form import FormField

PREFIX = "f."
#: No form has more rows than this; a name beyond it is not ours.
MAX_INDEX = 20_000


def content(definition: Definition, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Raw content out of posted (name, value) pairs, for ``form.clean`` to judge."""
    found: dict[str, Any] = {field.key: empty(field) for field in definition.form}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    kinds = {field.key: field.kind for field in definition.form}
    for name, value in pairs:
        if not name.startswith(PREFIX):
            continue
        key, _, rest = name[len(PREFIX) :].partition(".")
        kind = kinds.get(key)
        if kind == "table":
            index, _, column = rest.partition(".")
            number = inputs.version(index)
            if number is not None and number < MAX_INDEX:
                rows.setdefault(key, {}).setdefault(number, {})[column] = value
        elif kind == "slot":
            if rest in SLOT_PARTS:
                found[key][rest] = value
        elif kind == "choices":
            if value:
                found[key].append(value)
        else:
            found[key if kind else name[len(PREFIX) :]] = value
    for key, by_index in rows.items():
        found[key] = [by_index[index] for index in sorted(by_index)]
    return found


def with_row_operation(definition: Definition, raw: dict[str, Any], operation: str) -> bool:
    """Do ``add:table``, ``remove:table:3``, ``up:…`` or ``down:…`` on raw content; False if it is none."""
    verb, _, rest = operation.partition(":")
    key, _, index_text = rest.partition(":")
    field = definition.field(key)
    if field is None or field.kind != "table":
        return False
    rows = raw[key]
    if verb == "add":
        rows.append(blank_row(field))
        return True
    index = inputs.version(index_text)
    if index is None or index >= len(rows):
        return False
    if verb == "remove":
        del rows[index]
    elif verb == "up" and index:
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
    elif verb == "down" and index + 1 < len(rows):
        rows[index], rows[index + 1] = rows[index + 1], rows[index]
    return verb in ("remove", "up", "down")


def blank_row(field: FormField) -> dict[str, str]:
    return {column.key: "" for column in field.columns}


def differing(definition: Definition, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[FormField]:
    """The fields two people's contents differ in."""
    return [field for field in definition.form if mine.get(field.key) != theirs.get(field.key)]
