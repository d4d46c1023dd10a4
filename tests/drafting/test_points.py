"""Points of a return belong to whoever raised them."""

import pytest
from flask import Flask

from tests.browsing import log_in, post
from tests.builders import County, Doc, a_key, a_plan, end_role
from workflow_app.drafting import points
from workflow_app.errors import Conflict, NotAllowed
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.signoff import policy


@pytest.fixture
def answered(here: County) -> Doc:
    """Returned by the lead, answered, sent again: it is with the principal now."""
    return a_plan(here).submitted().signed().returned().answered().submitted()


def view(doc: Doc, who: int) -> points.PointView:
    db.session.rollback()
    return points.points(policy.readable(who, doc.id))[0]


def close(doc: Doc, who: int) -> None:
    points.close_point(who, doc.id, doc.points[0].id, key=a_key())


def test_the_school_does_not_close_the_training_school_s_point(here: County, answered: Doc) -> None:
    with pytest.raises(NotAllowed) as refused:
        close(answered, here.principal)
    assert refused.value.reason.code == "not_raised_by_you"
    assert not view(answered, here.principal).can_close


def test_whoever_raised_it_closes_it_and_the_card_says_who(here: County, answered: Doc) -> None:
    answered.signed()
    close(answered, here.lead)
    shown = view(answered, here.principal)
    assert (shown.state, shown.closed_by) == ("closed", "lead的姓名")
    assert shown.closed_at


def test_a_closed_point_is_opened_again(here: County, answered: Doc) -> None:
    answered.signed()
    close(answered, here.lead)
    assert view(answered, here.lead).can_reopen
    points.reopen_point(here.lead, answered.id, answered.points[0].id, key=a_key())
    shown = view(answered, here.lead)
    assert (shown.state, shown.closed_by) == ("answered", None)
    assert [event.action for event in answered.events][-2:] == ["close_point", "reopen_point"]


def test_the_successor_in_that_step_closes_it(here: County, answered: Doc) -> None:
    answered.signed()
    here.person("next_lead", ("lead", "primary_department"))
    end_role(here.lead, "lead")
    with pytest.raises(Exception):  # noqa: B017, PT011 - neither theirs to see nor to close
        close(answered, here.lead)
    close(answered, here.next_lead)
    assert view(answered, here.next_lead).state == "closed"


def test_the_lead_of_another_step_is_no_successor(here: County, answered: Doc) -> None:
    people.give_role(None, here.colleague, "deputy", here.school1, "2025-09-01")
    with pytest.raises(NotAllowed):
        close(answered, here.colleague)


def test_a_reviewer_does_not_answer_their_own_point(here: County) -> None:
    """The principal may draft plans too, and yet is not asked to answer what they asked themselves."""
    plan = a_plan(here).submitted().returned(here.principal)
    shown = view(plan, here.principal)
    assert not shown.can_answer
    with pytest.raises(NotAllowed) as refused:
        points.answer_point(here.principal, plan.id, plan.points[0].id, "我自己答")
    assert refused.value.reason.code == "own_point"
    assert view(plan, here.coordinator).can_answer


def test_whoever_raised_it_may_drop_it_while_the_author_has_it(here: County) -> None:
    plan = a_plan(here).submitted().returned(here.principal)
    close(plan, here.principal)
    assert plan.submitted().state == "school_review"


def test_an_answer_taken_back_meanwhile_is_not_submitted(here: County) -> None:
    """Points are part of what is submitted: a step on answers that have changed is refused."""
    plan = a_plan(here).submitted().signed().returned().answered()
    seen = plan.row.points_version
    points.answer_point(here.coordinator, plan.id, plan.points[0].id, "")
    assert plan.row.points_version == seen + 1
    with pytest.raises(NotAllowed) as refused:
        plan.submitted()
    assert refused.value.reason.code == "points_unanswered"


def test_a_reviewer_closes_and_reopens_on_the_page(office: Flask, here: County, answered: Doc) -> None:
    answered.signed()
    number = answered.points[0].id
    browser = log_in(office, "lead")
    address = f"/artefacts/{answered.id}/points/{number}"
    assert post(browser, address, closed="1", key=a_key()).status_code == 303
    page = browser.get(f"/artefacts/{answered.id}").get_data(as_text=True)
    assert "lead的姓名" in page
    assert "重新打开" in page
    assert post(browser, address, closed="0", key=a_key()).status_code == 303
    assert answered.points[0].state == "answered"


# --- somebody was faster -----------------------------------------------------------------------


def test_an_answer_given_meanwhile_is_not_overwritten(office: Flask, here: County) -> None:
    """Two drafters have the page open; the second is told of the first, and loses nothing typed."""
    here.person("second", ("coordinator", "school1"))
    plan = a_plan(here).submitted().signed().returned()
    number = plan.points[0].id
    address = f"/artefacts/{plan.id}/points/{number}"
    points.answer_point(here.second, plan.id, number, "第二位专管员的答复。", before="")
    browser = log_in(office, "coordinator")
    late = post(browser, address, answer="我的答复。", before="")
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    for shown in ("second的姓名", "答复意见", "第二位专管员的答复。", "我的答复。"):
        assert shown in page
    assert plan.points[0].answer == "第二位专管员的答复。"
    assert post(browser, address, answer="我的答复。", before="第二位专管员的答复。").status_code == 303
    assert plan.points[0].answer == "我的答复。"


def test_the_same_answer_sent_again_is_the_same_answer(here: County) -> None:
    """Also when a colleague has submitted the document before the answer was heard of."""
    plan = a_plan(here).submitted().signed().returned()
    number = plan.points[0].id
    assert points.answer_point(here.coordinator, plan.id, number, "已改。", before="") == "answered"
    plan.submitted()
    assert points.answer_point(here.coordinator, plan.id, number, "已改。", before="") == "answered"
    with pytest.raises(Conflict) as conflict:
        points.answer_point(here.coordinator, plan.id, number, "还要改。", before="已改。")
    assert (conflict.value.by, conflict.value.action) == ("coordinator的姓名", "submit")


def test_a_closing_sent_again_after_it_was_opened_closes_nothing(here: County, answered: Doc) -> None:
    answered.signed()
    number, key = answered.points[0].id, a_key()
    points.close_point(here.lead, answered.id, number, key=key)
    points.reopen_point(here.lead, answered.id, number, key=a_key())
    points.close_point(here.lead, answered.id, number, key=key)
    assert view(answered, here.lead).state == "answered"
    assert [event.action for event in answered.events][-2:] == ["close_point", "reopen_point"]


def test_whoever_closes_too_late_is_told_who_was_faster(office: Flask, here: County, answered: Doc) -> None:
    here.person("second_lead", ("lead", "primary_department"))
    answered.signed()
    number, version = answered.points[0].id, answered.row.version
    answered.approved(here.second_lead)
    db.session.remove()
    browser = log_in(office, "lead")
    address = f"/artefacts/{answered.id}/points/{number}"
    late = post(browser, address, closed="1", version=version, key=a_key())
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "second_lead的姓名" in page
    assert "「同意」" in page
