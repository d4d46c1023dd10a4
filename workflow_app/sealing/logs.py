"""The chained logs whose events are sealed. A further log is a line in ``LOGS``."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from workflow_app.events.models import Event
from workflow_app.people.models import RegistryEvent
from workflow_app.sealing.models import SealLeaf


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its rows are numbered by ``row`` in (nearly) the order they were written.

    ``document``: None where the whole log is one chain. ``slack``: so many numbers a row may be written
    late: PostgreSQL counts when a row is inserted, and transactions end in another order.
    """

    name: str
    title: str
    row: InstrumentedAttribute[int]
    document: InstrumentedAttribute[int] | None
    seq: InstrumentedAttribute[int]
    hash: InstrumentedAttribute[str]
    at: InstrumentedAttribute[str]
    slack: int = 0

    @property
    def of_document(self) -> ColumnElement[int]:
        return literal(0) if self.document is None else self.document.expression

    def same_as_leaf(self) -> ColumnElement[bool]:
        """Joins a row of the log with its leaf."""
        of_document = SealLeaf.document == (0 if self.document is None else self.document)
        return and_(SealLeaf.log == self.name, of_document, SealLeaf.seq == self.seq)

    def unsealed(self) -> "Select[*tuple[Any, ...]]":
        """(row, document, seq, hash) of the rows that are no leaf yet, in their order."""
        return (
            select(self.row, self.of_document.label("document"), self.seq, self.hash)
            .outerjoin(SealLeaf, self.same_as_leaf())
            .where(SealLeaf.number.is_(None))
            .order_by(self.row)
        )

    def waiting(self) -> "Select[*tuple[Any, ...]]":
        """How many rows are no leaf yet, and the time of the earliest."""
        query = select(func.count(), func.min(self.at)).select_from(self.row.class_)
        return query.outerjoin(SealLeaf, self.same_as_leaf()).where(SealLeaf.number.is_(None))


LOGS = (
    Log(
        "registry", "人员变更记录", RegistryEvent.seq, None, RegistryEvent.seq, RegistryEvent.hash,
        RegistryEvent.at,
    ),
    Log("artefact", "文件", Event.id, Event.artefact_id, Event.seq, Event.hash, Event.at, slack=10_000),
)  # fmt: skip
