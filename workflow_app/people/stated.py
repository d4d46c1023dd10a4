"""The rows that say who may do what, as the register's log states them; gathered as they change.

A table is named here (by its package, in its ``models``) with the columns that are stated. Whatever
the ORM changes of such a row in a transaction is put into the next event of the log by itself, so no
service can forget it. Bulk statements pass by unseen: such rows are changed one by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from workflow_app import canonical
from workflow_app.store import AnySession

_INFO = "unstated rows"
#: Key of a row (``grant:12``) -> what it states; None for a row that is gone.
Rows = dict[str, dict[str, Any] | None]


class Unstated(Exception):
    """A row of the register was changed and no event of the log says so. A mistake of ours."""


@dataclass(frozen=True, slots=True)
class StatedTable:
    """One table: the kind of its rows, the columns that are their key and those that are stated.

    ``digested``: columns of which only the SHA-256 is stated.
    """

    model: type[Any]
    kind: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    digested: tuple[str, ...] = ()

    def key_of(self, row: Any) -> str:
        return ":".join([self.kind, *(str(getattr(row, name)) for name in self.key)])

    def facts(self, row: Any) -> dict[str, Any]:
        """What the row states."""
        return {name: getattr(row, name) for name in self.columns} | {
            f"{name}_sha256": canonical.sha256(str(getattr(row, name)).encode()) for name in self.digested
        }

    def touched(self, row: Any) -> bool:
        """Whether one of the stated columns is about to change."""
        attributes = inspect(row).attrs
        return any(attributes[name].history.has_changes() for name in (*self.columns, *self.digested))

    def rows(self, session: AnySession) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row there is, by its key."""
        names = (*self.key, *self.columns, *self.digested)
        query = select(*(getattr(self.model, name) for name in dict.fromkeys(names)))
        for row in session.execute(query.execution_options(yield_per=1000)):
            yield self.key_of(row), self.facts(row)


TABLES: dict[type[Any], StatedTable] = {}


def state(
    model: type[Any],
    kind: str,
    columns: Iterable[str],
    *,
    key: Iterable[str] = ("id",),
    digested: Iterable[str] = (),
) -> None:
    """Have the log state these columns of a table from now on."""
    TABLES[model] = StatedTable(model, kind, tuple(key), tuple(columns), tuple(digested))


@event.listens_for(Session, "before_flush")
def _gather(session: Session, *_given: Any) -> None:
    pending = session.info.setdefault(_INFO, {})
    for row in (*session.new, *session.dirty):
        table = TABLES.get(type(row))
        if table and (row in session.new or table.touched(row)):
            pending[id(row)] = (table, row, None)
    for row in session.deleted:
        if table := TABLES.get(type(row)):
            pending[id(row)] = (table, row, table.key_of(row))


@event.listens_for(Session, "after_rollback")
@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    session.info.pop(_INFO, None)


def take(session: AnySession) -> Rows:
    """What has changed since it was taken last; to be called after a flush."""
    pending = session.info.pop(_INFO, {}).values()
    return {gone or table.key_of(row): None if gone else table.facts(row) for table, row, gone in pending}


def refuse_unstated(session: AnySession) -> None:
    """Raises ``Unstated`` when something has changed since it was taken last."""
    if rows := take(session):
        raise Unstated(", ".join(sorted(rows)))


def fold(rows: Rows, changed: Mapping[str, dict[str, Any] | None]) -> None:
    """Put into ``rows`` what one event of the log states."""
    for key, facts in changed.items():
        if facts is None:
            rows.pop(key, None)
        else:
            rows[key] = (rows.get(key) or {}) | facts
