"""The state machines of the definitions in use, and of every version a document still runs on.

Files are read and proved once, when the application is made. A version is stored when a document
first needs it; its state machine is built once and shared by all threads.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from workflow_app import canonical, clock
from workflow_app.definitions.models import StoredDefinition
from workflow_app.extensions import db
from workflow_app.settings import ROOT
from workflows import soundness
from workflows.machine import StateMachine
from workflows.source import DefinitionProblem, Unsound, build, files, read

_table = StoredDefinition.__table__


@lru_cache(maxsize=64)
def _proved(source: str, file: str) -> tuple[StateMachine, str]:
    """The state machine of a file and the text it is stored as; one for all applications of a process.

    Raises:
        Unsound: with every error in it.
    """
    definition, data, lines = read(source, file)
    soundness.check(definition, lines, file)
    return StateMachine(definition), canonical.dumps(data).decode()


def _in_the_year(kind: tuple[str, StateMachine]) -> tuple[int, str]:
    """The plans of the autumn before the summary of the summer; a kind without a date comes last."""
    key, machine = kind
    due = machine.definition.states[machine.definition.initial].due
    days = due.days_after_period_start if due else None
    return (1_000 if days is None else days), key


class Registry:
    """The state machines of one application."""

    def __init__(self, folders: list[Path]) -> None:
        self.machines: dict[str, StateMachine] = {}
        self.bodies: dict[str, str] = {}
        self._ids: dict[str, int] = {}
        self._by_id: dict[int, StateMachine] = {}
        self._lock = threading.Lock()
        for path in files(*folders):
            self._add(path)
        self.machines = dict(sorted(self.machines.items(), key=_in_the_year))

    def _add(self, path: Path) -> None:
        machine, body = _proved(path.read_text(encoding="utf-8"), path.name)
        key = machine.definition.key
        if key in self.machines:
            raise Unsound([DefinitionProblem(path.name, 1, f"「{key}」已由另一个文件定义")])
        self.machines[key], self.bodies[key] = machine, body

    def id_of(self, key: str) -> int:
        """The stored id of the current version of ``key``, stored now if it was not."""
        with self._lock:
            if key not in self._ids:
                self._ids[key] = self._store(key)
            return self._ids[key]

    def _store(self, key: str) -> int:
        version = self.machines[key].definition.version
        query = select(_table.c.id).where(_table.c.key == key, _table.c.version == version)
        with _connection("IMMEDIATE") as connection:
            found = connection.scalar(query)
            if found is None:
                row = {"key": key, "version": version, "body": self.bodies[key]}
                connection.execute(_insert_once().values(**row, stored_at=clock.stamp(clock.now())))
                found = connection.scalar(query)
        return int(found or 0)

    def by_id(self, definition_id: int) -> StateMachine:
        """The state machine of a stored version. Raises LookupError for an unknown id."""
        machine = self._by_id.get(definition_id)
        if machine is None:
            with _connection() as connection:
                body = connection.scalar(select(_table.c.body).where(_table.c.id == definition_id))
            if body is None:
                raise LookupError(f"no definition {definition_id}")
            machine = self._by_id[definition_id] = StateMachine(build(canonical.loads(body)))
        return machine


@contextmanager
def _connection(sqlite_begin: str = "") -> Iterator[Connection]:
    """A short transaction of its own, beside whatever the caller is doing."""
    with db.engine.execution_options(sqlite_begin=sqlite_begin).begin() as connection:
        yield connection


def _insert_once() -> Any:
    """Two processes may store the same version at once; the second finds it there.

    On SQLite the writer's lock, taken before the look, sees to that; the append-only trigger would
    refuse even an insert that does nothing.
    """
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(_table).on_conflict_do_nothing(index_elements=["key", "version"])
    return sqlite.insert(_table)


def init_app(app: Flask) -> None:
    """Read and prove every definition file. Raises Unsound."""
    extra = app.config["SETTINGS"].workflows_dir
    app.extensions["registry"] = Registry([ROOT / "workflows", *([Path(extra)] if extra else [])])


def _registry() -> Registry:
    return current_app.extensions["registry"]


def current() -> dict[str, StateMachine]:
    """The state machine of each kind by key, in the order a school year needs them."""
    return _registry().machines


def machine(definition_id: int) -> StateMachine:
    return _registry().by_id(definition_id)


def definition_id(key: str) -> int:
    """The stored id of the current version. Not to be called inside a write transaction."""
    return _registry().id_of(key)


def version(key: str) -> str:
    return _registry().machines[key].definition.version


def body(key: str) -> str:
    """The current definition as canonical JSON text."""
    return _registry().bodies[key]
