"""Work that only one process of the installation may do at a time.

The lock ends with its process, however that one ends: an advisory lock in PostgreSQL, a locked file
in DATA_DIR beside SQLite.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from flask import current_app
from sqlalchemy import text

from workflow_app.extensions import db


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else is at work under this name; if so, nobody can begin until this ends."""
    lock = _in_postgresql if db.engine.dialect.name == "postgresql" else _in_data_dir
    with lock(name) as mine:
        yield mine


@contextmanager
def _in_postgresql(name: str) -> Iterator[bool]:
    digest = hashlib.sha256(f"workflow-app {name}".encode()).digest()
    key = {"key": int.from_bytes(digest[:8], "big", signed=True)}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@contextmanager
def _in_data_dir(name: str) -> Iterator[bool]:
    folder = current_app.config["SETTINGS"].data_dir / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"{name}.lock", mode=0o600, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
