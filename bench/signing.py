"""``take_action`` against its own statements replayed through the bare driver."""

import sqlite3
import statistics
import time
from typing import Any

import psycopg

from bench.county import fill
from bench.databases import Stand
from tests.builders import county
from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.signoff.transition import take_action
from workflow_app.store import Tx

ACTIONS = 400
WARM = 20


def measure(stand: Stand, documents: int = 1000) -> dict[str, float]:
    """Seconds per approval through the service, and through the driver alone."""
    source = stand.fresh()
    with stand.app(source):
        here = county()
        fill(here, documents)
        lead = here.lead
    timed, recorded, replayed = (stand.copy(source) for _ in range(3))
    transactions = _record(stand, recorded, lead)
    ours, raw = _in_turn(stand, timed, lead, _driver(stand, replayed), transactions)
    return {"service": ours, "driver": raw, "ratio": raw / ours, "statements": _most(transactions)}


def _most(transactions: list[list[tuple[str, Any, bool]]]) -> int:
    return max(len(statements) for statements in transactions)


def waiting(most: int = ACTIONS) -> list[tuple[Any, ...]]:
    query = db.session.query(
        Artefact.id, Artefact.version, Artefact.content_sha256, Artefact.attachments_sha256
    )
    rows = [tuple(row) for row in query.filter_by(state="training_review").order_by(Artefact.id).limit(most)]
    db.session.rollback()
    return rows


def _in_turn(
    stand: Stand, name: str, lead: int, connection: Any, transactions: list[list[tuple[str, Any, bool]]]
) -> tuple[float, float]:
    """Seconds of one approval, and of its statements through the driver: one by one, each after the other."""
    ours, raw = [], []
    with stand.app(name):
        for index, row in enumerate(waiting()):
            started = time.perf_counter()
            _one(lead, index, row)
            between = time.perf_counter()
            _replay(connection, transactions[index], begin=not stand.cluster)
            raw.append(time.perf_counter() - between)
            ours.append(between - started)
    connection.close()
    return statistics.median(ours[WARM:]), statistics.median(raw[WARM:])


def _one(lead: int, index: int, row: tuple[Any, ...]) -> None:
    artefact_id, version, content, attachments = row
    take_action(
        lead, artefact_id, "approve", version=version, content_sha256=content,
        attachments_sha256=attachments, comment="同意。", key=f"bench-{index}", auth="grace",
    )  # fmt: skip


def _record(stand: Stand, name: str, lead: int) -> list[list[tuple[str, Any, bool]]]:
    """The statements of every approval: SQL, parameters, whether it is many at once."""
    transactions: list[list[tuple[str, Any, bool]]] = []
    bind, run_many = Tx._bind, Tx.run_many

    def recording(self: Tx, statement: Any, values: Any) -> tuple[str, Any]:
        sql, parameters = bind(self, statement, values)
        transactions[-1].append((sql, parameters, False))
        return sql, parameters

    def recording_many(self: Tx, statement: Any, rows: Any) -> None:
        before = len(transactions[-1])
        run_many(self, statement, rows)
        single = transactions[-1][before:]
        del transactions[-1][before:]
        if single:
            transactions[-1].append((single[0][0], [parameters for _, parameters, _ in single], True))

    with stand.app(name):
        rows = waiting()
        Tx._bind, Tx.run_many = recording, recording_many  # type: ignore[method-assign]
        try:
            for index, row in enumerate(rows):
                transactions.append([])
                _one(lead, index, row)
        finally:
            Tx._bind, Tx.run_many = bind, run_many  # type: ignore[method-assign]
    return transactions


def _driver(stand: Stand, name: str) -> Any:
    """A connection of the bare driver."""
    if stand.cluster:
        return psycopg.connect(stand.cluster.url(name).replace("postgresql+psycopg", "postgresql"))
    connection = sqlite3.connect(stand.folder / name / "signoff.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _replay(connection: Any, statements: list[tuple[str, Any, bool]], *, begin: bool) -> None:
    cursor = connection.cursor()
    if begin:
        cursor.execute("BEGIN IMMEDIATE")
    for sql, parameters, many in statements:
        if many:
            cursor.executemany(sql, parameters)
            continue
        cursor.execute(sql, parameters)
        if cursor.description is not None:
            cursor.fetchall()
    connection.commit()
