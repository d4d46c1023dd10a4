"""What many tests begin with is made once by the services; each further empty database gets the same rows.

The first time in a process, for each kind of database, ``once(make)`` has the services do it all;
afterwards the rows they left are inserted as they were, which takes a tenth of the time. Where there
is something already, or the clock has been moved, the services do it again.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import Connection, Table, func, select

from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.people.models import RegistryEvent

World = TypeVar("World")
Rows = list[tuple[Table, Sequence[Mapping[str, Any]]]]
_kept: dict[tuple[Callable[[], Any], str], tuple[Rows, Any]] = {}
_now = clock.now


def once(make: Callable[[], World]) -> World:
    """What ``make()`` returns, in an application context; all it does must be logged in the registry."""
    db.session.rollback()
    if clock.now is not _now or db.session.scalar(select(func.count()).select_from(RegistryEvent)):
        return _made(make)
    key = make, db.engine.dialect.name
    if key not in _kept:
        if _rows():
            return _made(make)
        made = _made(make)
        _kept[key] = _rows(), made
    else:
        _insert(_kept[key][0])
    return copy.deepcopy(_kept[key][1])


def _made(make: Callable[[], World]) -> World:
    """What ``make()`` returns; the security log is as if the rows had been inserted, so that no test sees
    whether it was the first.
    """
    logs = current_app.config["SETTINGS"].data_dir / "logs"
    there = {path: path.read_bytes() for path in logs.glob("*.jsonl")}
    made = make()
    for path in logs.glob("*.jsonl"):
        if path in there:
            path.write_bytes(there[path])
        else:
            path.unlink()
    return made


def _rows() -> Rows:
    """All rows of the database, a table after those it refers to."""
    with db.engine.connect() as connection:
        rows = [
            (table, [dict(row) for row in connection.execute(select(table)).mappings()])
            for table in db.metadata.sorted_tables
        ]
    return [(table, found) for table, found in rows if found]


def _insert(rows: Rows) -> None:
    db.session.rollback()
    with db.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        for table, values in rows:
            connection.execute(table.insert(), values)
            _go_on_counting(connection, table)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """SQLite counts on from the highest id by itself; PostgreSQL's sequence must be set."""
    column = table.autoincrement_column
    if column is not None and connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))
