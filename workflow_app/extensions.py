"""The Flask extensions, made once; ``create_app`` ties them to an application."""

from typing import Any

from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """All tables share one naming convention, so that migrations can name what they drop."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """WAL for readers beside a writer, FULL so that a commit is on disk, our own BEGIN."""
    if type(connection).__module__.split(".")[0] != "sqlite3":
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """The driver no longer begins by itself; a writer takes its lock at once, not half-way."""
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "")
        connection.exec_driver_sql(f"BEGIN {mode}")


#: In the ``info`` of a connection: its last commit may not have reached the standby.
UNCONFIRMED = "unconfirmed"


@event.listens_for(Engine, "connect")
def _listen_to_postgresql(connection: Any, record: Any) -> None:
    """A commit that no longer waits for its standby succeeds with a warning: it must not count as done."""
    if type(connection).__module__.split(".")[0] != "psycopg":
        return

    def told(notice: Any) -> None:
        if notice.severity_nonlocalized == "WARNING":
            record.info[UNCONFIRMED] = True

    connection.add_notice_handler(told)
