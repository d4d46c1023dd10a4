"""The database away, locked, full: a sentence and 503, nothing half done, and well again by itself."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.browsing import log_in, token
from tests.builders import PASSWORD, Doc, a_development_plan, a_key, a_plan, county
from tests.postgres import Cluster
from workflow_app import data_dir
from workflow_app.desk import document
from workflow_app.desk.page import Page
from workflow_app.extensions import db
from workflow_app.integrity import doctor


@pytest.fixture
def plan(office: Flask) -> Doc:
    return a_plan(county()).submitted()


@pytest.fixture
def principal(office: Flask, plan: Doc) -> FlaskClient:
    client = log_in(office, "principal")
    db.session.remove()
    office.testing = False  # as in earnest: errors become answers
    return client


def form(client: FlaskClient, plan: Doc) -> dict[str, object]:
    row = plan.row
    return {
        "csrf_token": token(client, "/me"), "version": row.version, "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256, "key": a_key(), "password": PASSWORD,
    }  # fmt: skip


def sign(client: FlaskClient, plan: Doc, sent: dict[str, object]) -> TestResponse:
    return client.post(f"/artefacts/{plan.id}/actions/sign", data=sent)


def told(answer: TestResponse, sentence: str) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert sentence in answer.text


def sound() -> bool:
    db.session.rollback()
    return not [one.name for one in doctor.examine() if one.offenders]


@contextmanager
def every_connection(statement: str) -> Iterator[None]:
    """Run on each connection that is opened meanwhile; the ones there are are closed."""

    def run(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(statement)

    event.listen(db.engine, "connect", run)
    db.session.remove()
    db.engine.dispose()
    yield
    event.remove(db.engine, "connect", run)
    db.session.remove()
    db.engine.dispose()


@pytest.mark.sqlite_only
def test_a_database_locked_by_somebody_else(plan: Doc, principal: FlaskClient, office: Flask) -> None:
    sent = form(principal, plan)
    with (
        every_connection("PRAGMA busy_timeout=50"),
        closing(sqlite3.connect(office.config["SETTINGS"].data_dir / data_dir.DATABASE)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        told(sign(principal, plan, sent), "系统正忙，您的操作没有执行")
        assert plan.state == "school_review"
        other.rollback()
        assert sign(principal, plan, sent).status_code == 303
    assert sound()


@pytest.mark.sqlite_only
def test_a_full_disk(plan: Doc, principal: FlaskClient) -> None:
    sent = form(principal, plan)
    with every_connection("PRAGMA max_page_count=1"):  # no page more than there are
        told(sign(principal, plan, {**sent, "comment": "字" * 1900}), "磁盘满了")
    assert plan.state == "school_review"
    assert sign(principal, plan, sent).status_code == 303
    assert sound()


def test_scripts_and_programs_get_a_problem_document_and_people_a_page(
    principal: FlaskClient, office: Flask
) -> None:
    def away(**_values: object) -> None:
        raise psycopg.OperationalError("connection refused")

    office.view_functions["authentication.me"] = away  # type: ignore[assignment]
    answer = principal.get("/me", headers={"Accept": "application/json"})
    told(answer, "unavailable")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True)["code"] == "unavailable"
    page = principal.get("/me", headers={"Accept": "text/html,*/*;q=0.8"})
    told(page, "数据库暂时用不了")
    assert page.mimetype == "text/html"


@pytest.mark.postgresql_only
def test_lost_connections_are_told_once_and_made_anew(plan: Doc, principal: FlaskClient) -> None:
    sent = form(principal, plan)
    end_all_connections()
    told(sign(principal, plan, sent), "数据库暂时用不了，您的操作没有执行")
    assert sign(principal, plan, sent).status_code == 303
    assert plan.state == "training_review"
    end_all_connections()
    answers = [principal.get("/").status_code for _ in range(3)]
    assert answers[1:] == [200, 200]
    assert sound()


@pytest.mark.postgresql_only
def test_a_connection_lost_in_the_middle_of_a_page(
    plan: Doc, principal: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = document.build

    def lose(person_id: int, artefact_id: int) -> Page:
        db.session.connection().exec_driver_sql("SELECT 1")
        end_others()
        return build(person_id, artefact_id)

    with monkeypatch.context() as patched:
        patched.setattr(document, "build", lose)
        told(principal.get(f"/artefacts/{plan.id}"), "数据库暂时用不了")
    assert [principal.get(f"/artefacts/{plan.id}").status_code for _ in range(3)][1:] == [200, 200]
    assert sound()


def end_all_connections() -> None:
    db.session.remove()
    end_others()


def end_others() -> None:
    with psycopg.connect(url(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def url() -> str:
    return "postgresql://" + db.engine.url.render_as_string(hide_password=False).partition("://")[2]


@pytest.mark.postgresql_only
@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_without_an_answer_is_in_doubt_until_the_key_comes_again(
    plan: Doc, principal: FlaskClient, cluster: Cluster, how: str
) -> None:
    """It waits for a standby that is not there, and is no longer waited for: done here, but for how long?"""
    first = a_development_plan(plan.here).submitted()
    assert sign(principal, first, form(principal, first)).status_code == 303  # the password, once for both
    sent = form(principal, plan)
    del sent["password"]
    db.session.remove()
    cluster.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    db.engine.dispose()

    def on(connection: psycopg.Connection, _record: object) -> None:
        connection.execute("SET synchronous_commit = on")
        connection.commit()

    event.listen(db.engine, "connect", on)
    done = threading.Event()
    try:
        cluster.execute("SELECT pg_reload_conf()")
        interrupting = threading.Thread(target=interrupt, args=[url(), how, done])
        interrupting.start()
        answer = sign(principal, plan, sent)
    finally:
        done.set()
        cluster.execute("ALTER SYSTEM RESET synchronous_standby_names")
        cluster.execute("SELECT pg_reload_conf()")
        interrupting.join()
        event.remove(db.engine, "connect", on)
        db.session.remove()
    told(answer, "不能确定这次操作是否已经完成")
    assert sign(principal, plan, sent).status_code == 303
    assert [one.action for one in plan.events].count("sign") == 1
    assert sound()


def interrupt(address: str, how: str, done: threading.Event) -> None:
    """Whoever waits for the standby is told to stop waiting, until ``done``."""
    with psycopg.connect(address, autocommit=True) as other:
        while not done.is_set():
            other.execute(
                f"SELECT {how}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"  # type: ignore[arg-type]
            )
            time.sleep(0.02)


def test_readiness_says_what_is_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200

    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data_dir, "try_writing", full)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "数据文件夹写不进去（No space left on device）" in answer.get_json(force=True)["detail"]
