"""Content as plain words, for comparing and for searching."""

from collections.abc import Mapping
from typing import Any

from workflows.definition import Definition
from workflows.form import Column, FormField


def value(field: FormField | Column, given: Any) -> str:
    """A value as one reads it; "" for nothing. Rows of a table are lines, their cells apart by blanks."""
    if given is None or given == "":
        return ""
    if isinstance(field, FormField) and field.kind == "table":
        return "\n".join(
            " ".join(filter(None, (value(column, row.get(column.key)) for column in field.columns)))
            for row in given
        )
    if isinstance(given, list):
        return "、".join(map(str, given))
    if isinstance(given, Mapping):
        return _slot(given)
    return str(given)


def _slot(given: Mapping[str, Any]) -> str:
    day = str(given.get("weekday") or "")
    name = f"每周{'一二三四五六日'[int(day) - 1]}" if day in set("1234567") else ""
    hours = "—".join(filter(None, (given.get("from"), given.get("to"))))
    return " ".join(filter(None, (name, hours, given.get("place"))))


def text(definition: Definition, content: Mapping[str, Any]) -> str:
    """Every section that says something, under its title, in the order of the form."""
    sections = ((field.title.zh, value(field, content.get(field.key))) for field in definition.form)
    return "\n".join(f"{title}\n{said}" for title, said in sections if said)
