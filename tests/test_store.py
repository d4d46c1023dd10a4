"""The two ways to the database: what a service has written is what the next reader sees."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, event, func, select, text, update

from tests.browsing import log_in
from tests.builders import YEAR, a_key, a_plan, county
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting.create import create
from workflow_app.errors import Conflict
from workflow_app.extensions import db
from workflow_app.signoff.context import load
from workflow_app.signoff.transition import take_action
from workflow_app.store import Statement, first, snapshot, transaction, writing


def documents() -> int:
    return db.session.scalar(select(func.count()).select_from(Artefact)) or 0


def test_a_long_session_sees_what_a_service_has_just_written(office: Flask) -> None:
    here = county()
    for number, (who, kind) in enumerate(
        ((here.coordinator, "school_plan"), (here.coordinator, "annual_summary")), 1
    ):
        assert documents() == number - 1
        create(who, kind, YEAR, key=a_key())
        assert documents() == number


def test_an_object_in_hand_shows_the_new_state(office: Flask) -> None:
    plan = a_plan(county())
    row = db.session.get_one(Artefact, plan.id)
    assert row.state == "draft"
    plan.submitted()
    assert (row.state, row.head_seq) == ("school_review", 2)


def test_a_refused_act_leaves_no_old_snapshot_either(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    row = plan.row
    seen = {
        "version": row.version, "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256,
    }  # fmt: skip
    plan.save(here.coordinator, goals="别的目标。")
    with pytest.raises(Conflict):
        take_action(here.coordinator, plan.id, "submit", **seen, key=a_key(), auth="password")
    with writing() as session:
        session.get_one(Artefact, plan.id).title = "新的标题"
    assert db.session.scalar(select(Artefact.title)) == "新的标题"


def test_a_snapshot_does_not_move_while_others_write(office: Flask) -> None:
    here = county()
    a_plan(here)

    def write() -> None:
        with office.app_context():
            create(here.teacher, "development_plan", YEAR, key=a_key())
            db.session.remove()

    with snapshot():
        assert documents() == 1
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(10)
        assert documents() == 1
    assert documents() == 2


def test_a_question_by_itself_leaves_the_connection_as_it_was(office: Flask) -> None:
    plan = a_plan(county()).id
    title = Statement(select(Artefact.title).where(Artefact.id == bindparam("artefact")))
    found = first(title, artefact=plan)
    assert found
    assert first(title, artefact=plan + 1) is None
    with pytest.raises(Exception, match="no_such_table"):
        first(Statement(text("SELECT 1 FROM no_such_table")))
    with contextlib.suppress(LookupError), transaction() as tx:
        tx.run(Statement(update(Artefact).values(title="不该留下")))
        raise LookupError
    assert first(title, artefact=plan) == found  # rolled back: the connection still begins transactions


def test_writers_of_one_process_take_turns(office: Flask) -> None:
    """Nobody needs SQLite's patience: the next is let in when the one before has ended."""
    here = county()
    plan = a_plan(here).id

    def impatient(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "checkout", impatient)
    bump = Statement(update(Artefact).where(Artefact.id == plan).values(version=Artefact.version + 1))
    failed: list[Exception] = []

    def write() -> None:
        try:
            with office.app_context():
                for _ in range(10):
                    with transaction() as tx:
                        tx.run(bump)
                    with writing() as session:
                        session.execute(bump.clause)
        except Exception as error:
            failed.append(error)

    before = version_of(plan)
    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert version_of(plan) == before + 120


def version_of(artefact_id: int) -> int:
    db.session.rollback()
    return db.session.get_one(Artefact, artefact_id).version


def test_a_page_waits_for_nobody_who_holds_the_document(office: Flask) -> None:
    """Whoever only looks neither waits for a sign-off under way nor makes it wait."""
    plan = a_plan(county()).submitted()
    principal = log_in(office, "principal")
    principal.get("/")  # the first page of a day works out whose turn it is
    with ThreadPoolExecutor(1) as other, transaction() as tx:
        assert load(tx, plan.people["principal"], plan.id)
        for path in (f"/artefacts/{plan.id}", f"/artefacts/{plan.id}/saves", "/"):
            assert other.submit(principal.get, path).result(timeout=20).status_code in (200, 403), path
