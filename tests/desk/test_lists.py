"""The list of documents: choosing a school, however many there are."""

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import a_plan, county
from workflow_app.artefacts import queries

BY_NAME = 'type="search" name="school"'
LISTED = '<select name="school"'


def test_a_few_schools_are_listed(office: Flask) -> None:
    here = county()
    a_plan(here).submitted()
    lead = log_in(office, "lead")
    page = lead.get(f"/artefacts?school={here.school1}").get_data(as_text=True)
    assert LISTED in page
    assert BY_NAME not in page
    assert page.count('class="row-link"') == 1
    other = lead.get(f"/artefacts?school={here.school2}").get_data(as_text=True)
    assert 'class="row-link"' not in other


@pytest.mark.parametrize(
    ("name", "rows"), [("城关", 1), ("小学", 2), ("柳河小学", 1), ("初级中学", 0), ("", 2)]
)
def test_of_many_schools_one_writes_part_of_the_name(
    office: Flask, monkeypatch: pytest.MonkeyPatch, name: str, rows: int
) -> None:
    monkeypatch.setattr(queries, "MOST_SCHOOLS", 3)
    here = county()
    a_plan(here).submitted().signed()
    a_plan(here, by=here.principal3).submitted()
    answer = log_in(office, "auditor").get(f"/artefacts?school={name}")
    page = " ".join(answer.get_data(as_text=True).split())
    assert answer.status_code == 200
    assert BY_NAME in page
    assert LISTED not in page
    assert page.count('class="row-link"') == rows


def test_more_schools_of_a_name_than_are_handed_over_one_by_one(
    office: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_SCHOOLS", 1)
    monkeypatch.setattr(queries, "FEW_SCHOOLS", 1)
    here = county()
    a_plan(here).submitted()
    a_plan(here, by=here.principal3).submitted()
    page = log_in(office, "auditor").get("/artefacts?school=小学").get_data(as_text=True)
    assert page.count('class="row-link"') == 2


@pytest.mark.parametrize("typed", ["没有的学校", "%", "_", "\\", "城\u202e关", "长" * 81])
def test_a_name_no_school_has_is_said_beside_the_field(
    office: Flask, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(queries, "MOST_SCHOOLS", 3)
    county()
    answer = log_in(office, "auditor").get("/artefacts", query_string={"school": typed, "q": "计划"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-school-error"' in page
    assert 'value="计划"' in page
    assert f'value="{typed}"' in page


def test_who_reaches_one_school_has_none_to_choose(office: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_SCHOOLS", 1)
    here = county()
    client = log_in(office, "principal")
    assert 'name="school"' not in client.get("/artefacts").get_data(as_text=True)
    assert client.get(f"/artefacts?school={here.school1}").status_code == 422
