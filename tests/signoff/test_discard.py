"""A draft begun by mistake is discarded: the period is free for another one, and the trail stays."""

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, Doc, a_development_plan, a_plan
from tests.tampering import tamper
from workflow_app.artefacts import queries
from workflow_app.desk import inbox
from workflow_app.errors import AlreadyThere, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.search import finding
from workflow_app.signoff import policy
from workflow_app.signoff.models import Task


@pytest.fixture
def discarded(here: County) -> Doc:
    plan = a_plan(here)
    plan.act(here.coordinator, "discard", comment="选错了学年。")
    return plan


def offenders() -> list[str]:
    db.session.rollback()
    return [f"{check.name}: {one}" for check in doctor.examine() for one in check.offenders]


def test_another_one_can_be_begun(here: County, discarded: Doc) -> None:
    again = a_plan(here)
    assert again.id != discarded.id
    assert (discarded.row.subject, again.row.subject) == (
        f"school:{here.school1}#{discarded.id}", f"school:{here.school1}"
    )  # fmt: skip
    with pytest.raises(AlreadyThere):
        a_plan(here)
    assert again.submitted().signed().approved().state == "approved"
    assert offenders() == []


def test_several_of_one_period_may_be_discarded(here: County, discarded: Doc) -> None:
    second = a_plan(here)
    second.act(here.principal, "discard")
    assert a_plan(here).state == "draft"
    assert (discarded.state, second.state) == ("discarded", "discarded")
    assert offenders() == []


def test_a_teacher_discards_their_own_plan(here: County) -> None:
    plan = a_development_plan(here)
    with pytest.raises((NotAllowed, NotFound)):
        plan.act(here.principal, "discard")
    plan.act(here.teacher, "discard")
    assert a_development_plan(here).id != plan.id
    assert offenders() == []


@pytest.mark.parametrize("then", ["withdrawn", "amending", "waiting"])
def test_what_was_submitted_once_is_not_discarded(here: County, then: str) -> None:
    plan = a_plan(here).submitted()
    if then == "withdrawn":
        plan.act(here.coordinator, "withdraw")
    elif then == "amending":
        plan.signed().approved().act(here.coordinator, "amend")
    with pytest.raises(NotAllowed) as refused:
        plan.act(here.coordinator, "discard")
    assert refused.value.reason.code == ("wrong_state" if then == "waiting" else "submitted_before")
    with pytest.raises(AlreadyThere):
        a_plan(here)


def test_the_trail_stays(office: Flask, here: County, discarded: Doc) -> None:
    assert [event.action for event in discarded.events] == ["create", "discard"]
    page = log_in(office, "auditor").get(f"/trail?document={discarded.id}").get_data(as_text=True)
    assert "作废" in page
    assert "选错了学年。" in page


def test_it_is_nobody_s_task_and_never_late(office: Flask, here: County, discarded: Doc) -> None:
    db.session.rollback()
    assert db.session.query(Task).filter_by(artefact_id=discarded.id, closed_at=None).count() == 0
    with office.test_request_context():
        (line,), _next = inbox.page(here.coordinator, "mine")
        assert (line.id, line.deadline) == (discarded.id, None)
        assert inbox.page(here.coordinator, "todo")[0] == []
        assert inbox.counts(here.coordinator)["late"] == 0


def found_by(office: Flask, who: int) -> tuple[list[int], list[int], bool]:
    """In the list, by the search, and whether it opens."""
    db.session.rollback()
    with office.test_request_context():
        rows, _next = queries.page(policy.visible_to(who), queries.ListFilters())
        hits, _next = finding.find(who, "研修")
        opens = [row.id for row in rows if policy.may_read(who, row.id)]
        return [row.id for row in rows], [hit.line.id for hit in hits], bool(opens)


@pytest.mark.parametrize("who", ["principal", "deputy", "auditor", "lead"])
def test_only_its_authors_still_find_it(office: Flask, here: County, discarded: Doc, who: str) -> None:
    assert found_by(office, here.coordinator) == ([discarded.id], [discarded.id], True)
    assert found_by(office, here.people[who]) == ([], [], False)
    assert not policy.may_read(here.people[who], discarded.id)


def test_whoever_discarded_it_has_it_among_their_own(office: Flask, here: County) -> None:
    plan = a_plan(here)
    plan.act(here.principal, "discard")
    assert found_by(office, here.principal)[2]
    told = plan.events[-1]
    assert told.actor_id == here.principal


@pytest.mark.parametrize("subject", ["school:{school}", "school:{school}#99", "school:0#{id}"])
def test_the_doctor_notices_a_subject_that_is_not_so(here: County, discarded: Doc, subject: str) -> None:
    wrong = subject.format(school=here.school1, id=discarded.id)
    tamper("UPDATE artefact SET subject = :subject WHERE id = :id", subject=wrong, id=discarded.id)
    (found,) = offenders()
    assert found.startswith("state:")
    assert "subject" in found


def test_the_page_offers_it_behind_more_and_says_what_came_of_it(office: Flask, here: County) -> None:
    plan = a_plan(here)
    coordinator = log_in(office, "coordinator")
    page = coordinator.get(f"/artefacts/{plan.id}").get_data(as_text=True)
    bar = page.partition('<section class="acts"')[2].partition("</section>")[0]
    more, main = bar.partition('class="pop"')[2].split("</details>")
    assert "#act-discard" in more
    assert "#act-discard" not in main
    plan.submitted()
    plan.act(here.coordinator, "withdraw")
    page = coordinator.get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "act-discard" not in page
    assert "why-discard" not in page
