"""What is found wrong, and what all checks of events share."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from workflow_app.extensions import db


class Violation(NamedTuple):
    """What does not hold, and where: a document and perhaps one of its events."""

    why: str
    artefact: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        where = f"文件 {self.artefact}" if self.artefact else ""
        if self.seq is not None:
            where += f" 第 {self.seq} 条"
        return f"{where}：{self.why}" if where else self.why


Violations = Mapping[str, list[Violation]]
#: The check, what is wrong, and with which event (None: the document).
Found = Iterator[tuple[str, str, int | None]]


class GrantSpan(NamedTuple):
    """A grant as an event may have used it: from when until when, as stamps."""

    person_id: int
    role: str
    unit_id: int
    since: str
    until: str


class ReadEvent(NamedTuple):
    """An event's row and what its body says."""

    row: Any
    facts: Mapping[str, Any]

    @property
    def states(self) -> bool:
        """Whether it says of the document all that events of format 2 say."""
        return self.facts.get("v") != 1


class Beside:
    """Rows of one table, read along with the documents: ordered by ``artefact_id``, the first column."""

    def __init__(self, query: Any) -> None:
        rows = db.session.execute(query.execution_options(yield_per=1000))
        self._groups = groupby(rows, key=lambda row: row[0])
        self._next: tuple[int, list[Any]] | None = None
        self._step()

    def _step(self) -> None:
        found = next(self._groups, None)
        self._next = (found[0], list(found[1])) if found else None

    def of(self, artefact_id: int) -> list[Any]:
        """The rows of that document; asked for in the order of ids."""
        while self._next and self._next[0] < artefact_id:
            self._step()
        return self._next[1] if self._next and self._next[0] == artefact_id else []
