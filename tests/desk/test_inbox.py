"""The boxes of the desk: complete page by page, and counted."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from tests.browsing import log_in
from tests.builders import County, a_development_plan, a_plan, county
from workflow_app.desk import inbox
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.signoff.models import Notice
from workflow_app.store import writing

TODAY = "2025-09-01"


def paged(person_id: int, box: str) -> list[int]:
    """The documents of a box, read page by page."""
    found: list[int] = []
    cursor = None
    while True:
        rows, cursor = inbox.page(person_id, box, cursor)
        found += [row.id for row in rows]
        if cursor is None:
            return found


def crowd(here: County) -> list[int]:
    """Three documents that wait for the principal, twice: the deputy's seat is theirs too."""
    people.give_role(None, here.principal, "deputy", here.school1, TODAY)
    docs = [
        a_plan(here).submitted(),
        a_development_plan(here).submitted(),
        a_development_plan(here, by=here.colleague).submitted(),
    ]
    return [doc.id for doc in docs]


@pytest.mark.parametrize("size", [1, 2, 3, 30])
def test_pages_of_a_box_are_complete_and_without_doubles(
    office: Flask, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    here = county()
    docs = crowd(here)
    monkeypatch.setattr(inbox, "PAGE", size)
    with office.test_request_context():
        assert sorted(paged(here.principal, "todo")) == docs
        assert paged(here.coordinator, "mine") == docs[:1]
        assert paged(here.principal, "done") == []
        assert paged(here.teacher3, "todo") == []


def test_a_box_is_counted_as_it_is_listed(office: Flask) -> None:
    here = county()
    crowd(here)
    with office.test_request_context():
        counted = inbox.counts(here.principal)
        for box in inbox.BOXES:
            assert counted[box] == len(paged(here.principal, box)), box


def test_counting_stops_and_says_so(office: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow_app.desk.views.inbox.inbox.counts", lambda _person: dict.fromkeys(
        (*inbox.BOXES, "late"), inbox.COUNTED
    ))  # fmt: skip
    here = county()
    assert here.principal
    page = log_in(office, "principal").get("/").get_data(as_text=True)
    assert "<b>999+</b>" in page


def test_a_count_below_the_limit_is_exact(office: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    here = county()
    docs = crowd(here)
    monkeypatch.setattr(inbox, "COUNTED", 2)
    with office.test_request_context():
        assert inbox.counts(here.principal)["todo"] == 2
    monkeypatch.undo()
    with office.test_request_context():
        assert inbox.counts(here.principal)["todo"] == len(docs)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("who", ["principal", "teacher"])
def test_what_others_are_told_is_not_read_to_count_ones_own(office: Flask, who: str) -> None:
    """Though most rows name one seat, as in a county where all waits for one department."""
    here = county()
    plan = a_plan(here).submitted()
    seat = {"role": "lead", "unit_id": here.primary_department, "person_id": None}
    of_plan = {"artefact_id": plan.id, "seq": 1, "at": "2025-09-01T00:00:00.000000Z"}
    with writing() as session:
        session.execute(insert(Notice), [seat | of_plan | {"purpose": "todo"}] * 3000)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    db.engine.dispose()  # a connection knows the statistics from when it was opened
    assert "SCAN notice" not in steps(getattr(here, who))


def steps(person_id: int) -> list[str]:
    """How SQLite goes about counting the boxes of this person."""
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if text.startswith("SELECT"):
            asked.append((text, values))

    event.listen(db.engine, "before_cursor_execute", note)
    inbox.counts(person_id)
    event.remove(db.engine, "before_cursor_execute", note)
    connection = db.session.connection()
    plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in asked]
    return [row[3] for plan in plans for row in plan]
