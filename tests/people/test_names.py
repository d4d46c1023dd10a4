"""Acts stand under the names of their time; today's stand beside them; both are found."""

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, Doc, a_plan
from workflow_app.events.view import EventView, of_document
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.printing.facts import acts, facts
from workflow_app.signoff import policy
from workflow_app.trail import lookup
from workflow_app.trail.export import Chosen, export

THEN, NOW = "principal的姓名", "王静怡"


@pytest.fixture
def signed(here: County) -> Doc:
    """A plan that the principal signed before taking another name, and its school too."""
    plan = a_plan(here).submitted().signed()
    people.change_person(here.admin, here.principal, NOW, None)
    people.change_unit(here.admin, here.school1, "城关第一小学", stage="小学", parent_id=here.the_county)
    db.session.rollback()
    return plan


def signature(plan: Doc, who: int) -> EventView:
    rows, _next = lookup.page(
        policy.trail_scope(who), lookup.TrailFilters(artefact_id=plan.id, action="sign")
    )
    return rows[0]


def test_the_timeline_shows_the_name_of_the_time_and_today_s(here: County, signed: Doc) -> None:
    line = next(entry for entry in of_document(signed.id, "submitted") if entry.signs)
    assert (line.actor, line.actor_now) == (THEN, NOW)


def test_the_trail_shows_names_of_persons_and_units_of_the_time(here: County, signed: Doc) -> None:
    row = signature(signed, here.auditor)
    assert (row.actor, row.actor_now) == (THEN, NOW)
    assert (row.school, row.school_now) == ("城关小学", "城关第一小学")


def test_what_is_done_later_stands_under_the_later_name(here: County, signed: Doc) -> None:
    signed.returned().answered().submitted().signed()
    rows, _next = lookup.page(
        policy.trail_scope(here.auditor), lookup.TrailFilters(artefact_id=signed.id, action="sign")
    )
    assert [(row.actor, row.school) for row in rows] == [(NOW, "城关第一小学"), (THEN, "城关小学")]


def test_a_name_borne_twice_changed_is_told_apart(here: County) -> None:
    plan = a_plan(here)
    names = ["甲名", "乙名", "丙名"]
    for name in names:
        people.change_person(here.admin, here.coordinator, name, None)
        plan.submitted()
        plan.act(here.coordinator, "withdraw")
    rows, _next = lookup.page(
        policy.trail_scope(here.auditor), lookup.TrailFilters(artefact_id=plan.id, action="submit")
    )
    assert [row.actor for row in reversed(rows)] == names


@pytest.mark.parametrize("typed", [THEN, NOW])
def test_the_look_up_finds_both_names(here: County, signed: Doc, typed: str) -> None:
    rows, _next = lookup.page(policy.trail_scope(here.auditor), lookup.TrailFilters(person=typed))
    assert {row.action for row in rows} == {"sign"}


@pytest.mark.parametrize("typed", ["城关小学", "城关第一小学"])
def test_the_look_up_finds_both_names_of_a_unit(here: County, signed: Doc, typed: str) -> None:
    rows, _next = lookup.page(policy.trail_scope(here.auditor), lookup.TrailFilters(unit=typed))
    assert {row.artefact_id for row in rows} == {signed.id}


def test_an_export_has_the_name_of_the_time(here: County, signed: Doc) -> None:
    lines = [says for says, _line in export(Chosen(document=signed.id)) if "canonical" in says]
    assert lines[-1]["actor"] == THEN


def test_pages_show_both(office: Flask, here: County, signed: Doc) -> None:
    browser = log_in(office, "auditor")
    event = signature(signed, here.auditor)
    for address in (f"/trail/{event.id}", "/trail?action=sign", f"/artefacts/{signed.id}"):
        page = browser.get(address).get_data(as_text=True)
        assert THEN in page
        assert f"现名 {NOW}" in page


def test_the_approval_sheet_has_the_names_of_the_time(here: County, signed: Doc) -> None:
    about = facts(signed.id)
    assert about is not None
    sheet = {act.action: act for act in acts(about, 1)}
    assert (sheet["sign"].actor, sheet["sign"].unit) == (THEN, "城关小学")
