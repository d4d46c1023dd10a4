"""Transactions. A service opens one, does everything in it, and leaves; nothing else commits.

Two ways to the same database:

``writing()``
    the ORM session, for what happens seldom (people, units, settings).
``transaction()``
    the driver's own cursor with statements compiled once from SQLAlchemy Core, for what happens
    all day. Compiling and result processing of Core cost more than the statements themselves;
    docs/decisions/ has the figures.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Engine, Executable, PoolProxiedConnection
from sqlalchemy.orm import Session, scoped_session

from workflow_app import outages
from workflow_app.errors import Unavailable
from workflow_app.extensions import UNCONFIRMED, db

AnySession = Session | scoped_session[Session]


class Statement:
    """A Core statement, compiled once per dialect and run through the driver's cursor.

    Bind parameters must be plain values (text, int, bytes, bool, None): no type of SQLAlchemy
    converts them on the way in or out. No ``in_()``: its length is not known when it is compiled.
    """

    __slots__ = ("_compiled", "clause")

    def __init__(self, clause: Executable) -> None:
        self.clause = clause
        self._compiled: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
        """SQL text, and what turns values by name into what the driver wants."""
        found = self._compiled.get(dialect.name)
        if found is None:
            done = cast(Any, self.clause).compile(dialect=dialect)
            constants = {
                key: value for key, value in done.construct_params(_check=False).items() if value is not None
            }
            binder = _binder(getattr(done, "positiontup", None), constants)
            found = self._compiled[dialect.name] = (str(done), binder)
        return found


def _binder(order: Sequence[str] | None, constants: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Values in the order of their places, or by name; with the statement's own constants."""
    if order is None:
        return lambda values: {**constants, **values}
    if not order:
        return lambda values: ()
    pick: Any = itemgetter(*order) if len(order) > 1 else lambda values: (values[order[0]],)
    if constants:
        return lambda values: pick({**constants, **values})
    return pick  # type: ignore[no-any-return]


class Reader:
    """Reads through the driver's cursor. By itself it is for pages: it holds nothing that others wait for."""

    __slots__ = ("_connection", "_cursor", "_dialect")

    def __init__(self, dialect: Dialect, connection: Any) -> None:
        self._dialect = dialect
        self._connection = connection
        self._cursor = connection.cursor()

    def _bind(self, statement: Statement, values: Mapping[str, Any]) -> tuple[str, Any]:
        sql, binder = statement.compiled(self._dialect)
        return sql, binder(values)

    def one(self, statement: Statement, /, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        sql, parameters = self._bind(statement, values)
        row: tuple[Any, ...] | None = self._cursor.execute(sql, parameters).fetchone()
        return row

    def all(self, statement: Statement, /, **values: Any) -> list[tuple[Any, ...]]:
        sql, parameters = self._bind(statement, values)
        rows: list[tuple[Any, ...]] = self._cursor.execute(sql, parameters).fetchall()
        return rows


class Tx(Reader):
    """One write transaction on the driver's connection."""

    __slots__ = ()

    def run(self, statement: Statement, /, **values: Any) -> int:
        """Run a write; returns how many rows it touched."""
        sql, parameters = self._bind(statement, values)
        self._cursor.execute(sql, parameters)
        return int(self._cursor.rowcount)

    def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a write once per row, in one call; nothing for no rows."""
        if not rows:
            return
        sql = statement.compiled(self._dialect)[0]
        self._cursor.executemany(sql, [self._bind(statement, row)[1] for row in rows])

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """Send several writes without waiting for each answer (PostgreSQL); see ``send``."""
        if self._dialect.name != "postgresql":
            yield
            return
        with self._connection.pipeline():
            yield

    def send(self, statement: Statement, /, **values: Any) -> Any:
        """Run a write on a cursor of its own; its ``rowcount`` is true once the pipeline has ended."""
        sql, parameters = self._bind(statement, values)
        return self._connection.cursor().execute(sql, parameters)

    def wait_for(self, statement: Statement, /, **values: Any) -> None:
        """Lock the rows of a ``FOR UPDATE``; what is read from here on is newer than whoever had them.

        Nothing to do on SQLite: its writers have waited for each other at ``BEGIN IMMEDIATE``.
        """
        if self._dialect.name == "postgresql":
            self.one(statement, **values)


def reading() -> Reader:
    """Read on the session's own connection, for pages and for ORM services."""
    connection = db.session.connection()
    return Reader(connection.dialect, connection.connection.driver_connection)


def first(statement: Statement, /, **values: Any) -> tuple[Any, ...] | None:
    """The first row, or None, read by itself: before and after any transaction, the session's too.

    For the one question of a request that may need no session at all.
    """
    engine = db.engine
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    begins = engine.dialect.name == "postgresql"  # a transaction of its own accord; SQLite's does not
    try:
        if begins:
            driver.autocommit = True
        row = Reader(engine.dialect, driver).one(statement, **values)
        if begins:
            driver.autocommit = False
        return row
    except BaseException as error:
        _give_up(engine, connection, error)
        raise
    finally:
        connection.close()


def _give_up(engine: Engine, connection: PoolProxiedConnection, error: BaseException) -> None:
    """Use the connection no more; where it was lost the others of the pool are as old: all of them anew."""
    connection.invalidate(error)
    if outages.lost(error):
        engine.dispose()


@contextmanager
def transaction() -> Iterator[Tx]:
    """Open a write transaction; commit at the end, roll back on any exception.

    The session's own read transaction is ended before, and again after: what was read through it in
    between (rights, who was faster) is older than this commit, and on SQLite it would go on showing
    that older moment to whoever reads next.
    """
    _end_session()
    try:
        with _turn(db.engine), _begun(db.engine) as tx:
            yield tx
    finally:
        _end_session()


@contextmanager
def _begun(engine: Engine) -> Iterator[Tx]:
    connection = engine.raw_connection()
    committing = False
    try:
        driver: Any = connection.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("BEGIN IMMEDIATE")
        yield Tx(engine.dialect, driver)
        committing = True
        driver.commit()
        if connection.info.pop(UNCONFIRMED, None):
            raise Unavailable("in_doubt")
    except BaseException as error:
        if not outages.lost(error):
            connection.rollback()
            raise
        _give_up(engine, connection, error)
        if committing:
            raise Unavailable("in_doubt") from error
        raise
    finally:
        connection.close()


#: Where the threads of this process wait for SQLite's one writer, and for how many seconds.
_WRITER = threading.RLock()
PATIENCE = 10


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until no other thread writes (SQLite), so that the next one is woken at once.

    SQLite lets those who wait sleep up to 100 ms and look again, in no order. It still keeps other
    processes apart, and answers whoever has waited here in vain.
    """
    mine = engine.dialect.name == "sqlite" and _WRITER.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            _WRITER.release()


def _end_session() -> None:
    """End the session's read transaction, if there is a session: making one costs as much as a statement."""
    if db.session.registry.has():
        db.session.rollback()


@contextmanager
def writing() -> Iterator[scoped_session[Session]]:
    """The ORM session with the writer's lock; commit at the end, roll back on any exception."""
    db.session.rollback()
    with _turn(db.engine):
        db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        committing = False
        try:
            yield cast("scoped_session[Session]", db.session)
            info = db.session.connection().info
            committing = True
            db.session.commit()
            if info.pop(UNCONFIRMED, None):
                raise Unavailable("in_doubt")
        except BaseException as error:
            db.session.rollback()
            if committing and outages.lost(error):
                raise Unavailable("in_doubt") from error
            raise


def transaction_in(session: AnySession) -> Tx:
    """The driver's cursor in the session's own transaction, for one more act in it."""
    session.flush()
    return on(session.connection())


def on(connection: Connection) -> Tx:
    """The driver's cursor in the transaction of a connection of the engine."""
    return Tx(connection.dialect, connection.connection.driver_connection)


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Read everything as of one moment, while others go on writing. For long reads.

    SQLite's read transaction is such a moment by itself; PostgreSQL needs the isolation level.
    """
    db.session.rollback()
    postgresql = db.engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgresql else {}
    try:
        yield db.session.connection(execution_options=options)
    finally:
        db.session.rollback()
