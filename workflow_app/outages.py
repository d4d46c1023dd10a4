"""Faults that pass and are nobody's slip: the database away, locked or full, the disk full.

Everything else that goes wrong is a fault of ours and stays one.
"""

import errno
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError

from workflow_app.errors import Unavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "storage_full",
    sqlite3.SQLITE_IOERR: "unavailable",
    sqlite3.SQLITE_CANTOPEN: "unavailable",
    sqlite3.SQLITE_READONLY: "unavailable",
    sqlite3.SQLITE_CORRUPT: "unavailable",
    sqlite3.SQLITE_NOTADB: "unavailable",
}
#: SQLSTATE, or its class. 40: deadlock and the like; 55P03, 57014: waited too long.
_POSTGRESQL = {
    "08": "unavailable",
    "40": "busy",
    "53100": "storage_full",
    "53": "busy",
    "55P03": "busy",
    "57014": "busy",
    "57P": "unavailable",
    "58": "unavailable",
    "25006": "unavailable",
}
_SYSTEM = {
    errno.ENOSPC: "storage_full",
    errno.EDQUOT: "storage_full",
    errno.EROFS: "unavailable",
    errno.EIO: "unavailable",
}


def of(error: BaseException) -> Unavailable | None:
    """What to say of it; None for a fault of ours."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, TimeoutError):
        return Unavailable("busy")
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = None
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind, what is above tells more of it.
        code = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    elif isinstance(cause, psycopg.Error):
        code = _of_postgresql(cause)
    elif isinstance(cause, OSError):
        code = _SYSTEM.get(cause.errno or 0)
    return Unavailable(code) if code else None


def _of_postgresql(error: psycopg.Error) -> str | None:
    if error.sqlstate is None:
        return "unavailable" if lost(error) else None
    beginnings = (error.sqlstate, error.sqlstate[:3], error.sqlstate[:2])
    return next((_POSTGRESQL[one] for one in beginnings if one in _POSTGRESQL), None)


def lost(error: BaseException) -> bool:
    """Whether the connection to the database is gone: what it was asked last may have been done or not."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return (
        error.sqlstate is None or error.sqlstate[:2] == "08" or error.sqlstate in ("57P01", "57P02", "57P03")
    )
