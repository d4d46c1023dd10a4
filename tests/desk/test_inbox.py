"""The boxes of the desk: complete page by page, and counted."""

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, a_development_plan, a_plan, county
from workflow_app.desk import inbox
from workflow_app.people import service as people

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
