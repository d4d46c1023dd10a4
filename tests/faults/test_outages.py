"""The disk is full, the database locked or gone: it is said so, nothing is half done, and the same key
makes it definite afterwards.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import event

from tests.builders import County, Doc, a_development_plan, a_key, a_plan
from tests.faults.serving import Answer, InDoubt, Sent
from tests.faults.world import People
from tests.postgres import Cluster
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.settings import Settings


@contextmanager
def every_connection(pragma: str) -> Iterator[None]:
    """All connections of the application are made anew, with this PRAGMA."""

    def set_it(connection: Any, _record: Any) -> None:
        connection.execute(pragma)

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", set_it)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", set_it)
        db.engine.dispose()


@contextmanager
def disk_full(_app: Flask, _cluster: Cluster | None) -> Iterator[None]:
    """Not one page more: as SQLite finds a full disk."""
    with every_connection("PRAGMA max_page_count = 1"):
        yield


@contextmanager
def locked(_app: Flask, _cluster: Cluster | None) -> Iterator[None]:
    """Somebody writes for longer than anybody waits."""
    with every_connection("PRAGMA busy_timeout = 20"):
        other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def gone(_app: Flask, cluster: Cluster | None) -> Iterator[None]:
    """PostgreSQL ends every connection to this database and takes no new one."""
    assert cluster
    db.session.remove()
    name = db.engine.url.database
    admin = psycopg.connect(cluster.url("postgres"), autocommit=True)
    refused = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    admin.execute(refused.format(sql.Identifier(name or ""), sql.SQL("false")))
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    try:
        yield
    finally:
        admin.execute(refused.format(sql.Identifier(name or ""), sql.SQL("true")))
        admin.close()


Outage = Callable[[Flask, Cluster | None], AbstractContextManager[None]]


def outages(here: County) -> list[tuple[Outage, Doc]]:
    """What may happen to this database, each with a document that waits for the principal."""
    if db.engine.dialect.name == "postgresql":
        return [(gone, a_plan(here).submitted())]
    return [(disk_full, a_plan(here).submitted()), (locked, a_development_plan(here).submitted())]


def told(people: People, door: str, sent: Sent) -> Answer:
    """What is answered during an outage."""
    with pytest.raises(InDoubt) as doubt:
        people.at(door, "principal").send(sent)
    assert doubt.value.answer is not None, doubt.value
    return doubt.value.answer


def a_signature(people: People, door: str, plan: Doc) -> Sent:
    row = plan.row
    seen = {name: getattr(row, name) for name in ("version", "content_sha256", "attachments_sha256")}
    seen["comment"] = "同意。" * 600  # more than what is left of any page of the file
    db.session.remove()
    return people.action(door, "principal", plan.id, "sign", seen, a_key())


@pytest.fixture
def people(office: Flask, here: County, live: str) -> People:
    # What the server answers is looked at, not what it raises.
    office.config["PROPAGATE_EXCEPTIONS"] = False
    port = urlsplit(live).port
    assert port
    made = People(here, port, "principal")
    made.browser("principal").log_in()
    return made


@pytest.fixture
def server(request: pytest.FixtureRequest, settings: Settings) -> Cluster | None:
    """The PostgreSQL of this test."""
    return request.getfixturevalue("cluster") if settings.database_url else None


@pytest.mark.parametrize("door", ["api", "page"])
def test_nothing_is_half_done_and_the_same_key_makes_it_definite(
    office: Flask, here: County, people: People, server: Cluster | None, door: str
) -> None:
    for outage, plan in outages(here):
        sent = a_signature(people, door, plan)
        with outage(office, server):
            told(people, door, sent)
        _revived(people, door, sent)
        assert [event.action for event in plan.events] == ["create", "submit", "sign"]
        again = people.at(door, "principal").send(sent)
        assert again.done, again.words
        assert [event.action for event in plan.events] == ["create", "submit", "sign"]
    db.session.rollback()
    assert not [one for check in doctor.examine() for one in check.offenders]


def _revived(people: People, door: str, sent: Sent) -> None:
    """Connections that were kept may be dead: a few more answers are in doubt before one is not."""
    for _ in range(20):
        with contextlib.suppress(InDoubt):
            answer = people.at(door, "principal").send(sent)
            assert answer.done, answer.words
            return
    raise AssertionError("no definite answer")


@pytest.mark.parametrize("door", ["api", "page"])
def test_an_outage_is_called_one(
    office: Flask, here: County, people: People, server: Cluster | None, door: str
) -> None:
    """503, when to try again, and a sentence; for programs a problem document."""
    for outage, plan in outages(here):
        sent = a_signature(people, door, plan)
        with outage(office, server):
            answer = told(people, door, sent)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        if door == "api":
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json["detail"]
