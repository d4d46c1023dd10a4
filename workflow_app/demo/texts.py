"""Reads the documents of the demo county and their acts from ``documents/*.yaml``.

A file holds one or more documents: what it is (``workflow``, ``period``, ``school`` or
``teacher``), its first ``content``, and its ``acts``: who did what and when. A table is written as
lines, its cells parted by ``|``, in the order of the form's columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from workflow_app.clock import SHANGHAI
from workflows.definition import Definition

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a document. ``key`` is its idempotency key."""

    at: datetime
    who: str
    do: str
    key: str
    document: "Document"
    say: str = ""
    points: tuple[Mapping[str, str], ...] = ()
    answers: tuple[str, ...] = ()
    change: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One document: ``place`` is a key of ``people.UNITS`` or the username of a teacher."""

    workflow: str
    period: str
    place: str
    title: str
    content: Mapping[str, Any]
    acts: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        return f"{self.workflow}-{self.period}-{self.place}"

    def steps(self) -> Iterator[Step]:
        for number, act in enumerate(self.acts, start=1):
            yield Step(
                at=datetime.strptime(act["at"], "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI),
                who=act["who"],
                do=act["do"],
                key=f"demo-{self.name}-{number}",
                document=self,
                say=act.get("say", ""),
                points=tuple(act.get("points", ())),
                answers=tuple(act.get("answers", ())),
                change=act.get("change", {}),
            )


@cache
def documents() -> list[Document]:
    """Every document of the demo county, in the order of the files."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for one in yaml.load_all(path.read_text(encoding="utf-8"), Loader=_Loader):
            found.append(
                Document(
                    workflow=one["workflow"],
                    period=one["period"],
                    place=one.get("school") or one["teacher"],
                    title=one.get("title", ""),
                    content=one["content"],
                    acts=tuple(one["acts"]),
                )
            )
    return found


def steps() -> list[Step]:
    """Every act in the county, as time passes."""
    steps = [step for document in documents() for step in document.steps()]
    return sorted(steps, key=lambda step: (step.at, step.key))


def as_content(definition: Definition, written: Mapping[str, Any]) -> dict[str, Any]:
    """What a file writes, in the shape the form keeps: tables become lists of rows."""
    content = dict(written)
    for item in definition.form:
        value = content.get(item.key)
        if item.kind == "table" and isinstance(value, str):
            columns = [(column.key, column.kind) for column in item.columns]
            content[item.key] = [_row(columns, line) for line in value.splitlines()]
    return content


def _row(columns: Sequence[tuple[str, str]], line: str) -> dict[str, Any]:
    cells = [cell.strip() for cell in line.split("|")]
    row: dict[str, Any] = {}
    for (key, kind), cell in zip(columns, cells, strict=False):
        row[key] = int(cell) if kind == "number" and cell.isdecimal() else cell
    return row
