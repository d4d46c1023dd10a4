"""The page of a document: what it offers, what it asks for, and what it says when something is missing."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in, post
from tests.builders import PASSWORD, County, Doc, a_development_plan, a_key, a_plan
from workflow_app.people import service as people


def act(client: FlaskClient, doc: Doc, action: str, **form: Any) -> tuple[int, str]:
    """The form of an action as its page posts it; the status, and the page that was shown."""
    row = doc.row
    sent = {
        "version": row.version, "content_sha256": row.content_sha256, "key": a_key(),
        "attachments_sha256": row.attachments_sha256, "password": PASSWORD,
    }  # fmt: skip
    answer = post(client, f"/artefacts/{doc.id}/actions/{action}", **sent | form)
    if answer.status_code == 303:
        return 303, read(client, doc)
    return answer.status_code, answer.get_data(as_text=True)


def read(client: FlaskClient, doc: Doc, query: str = "") -> str:
    return client.get(f"/artefacts/{doc.id}{query}").get_data(as_text=True)


# --- after a decision ---------------------------------------------------------------------------


def test_after_a_decision_the_next_waiting_document_is_offered_once(office: Flask, here: County) -> None:
    first, second = a_development_plan(here).submitted(), a_development_plan(here, by=here.colleague)
    second.submitted()
    principal = log_in(office, "principal")
    _status, page = act(principal, first, "sign")
    offer = f'<a href="/artefacts/{second.id}"><bdi>{second.row.title}'
    assert "下一份待处理" in page
    assert offer in page
    assert "下一份待处理" not in read(principal, first)
    _status, page = act(principal, second, "sign")
    assert "下一份待处理" not in page


def test_after_an_act_on_one_s_own_document_nothing_is_offered(office: Flask, here: County) -> None:
    a_development_plan(here).submitted()
    own = a_plan(here, by=here.principal)
    _status, page = act(log_in(office, "principal"), own, "submit")
    assert "已提交" in page
    assert "下一份待处理" not in page


# --- why -----------------------------------------------------------------------------------------


def test_an_amendment_says_why(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted().signed().approved()
    client = log_in(office, "coordinator")
    assert "为什么变更" in read(client, plan)
    status, page = act(client, plan, "amend", comment="  ")
    assert status == 422
    assert 'id="comment-amend-error"' in page
    assert plan.state == "approved"
    status, page = act(client, plan, "amend", comment="研修时间改到周二。")
    assert (status, plan.state) == (303, "draft")
    assert "已开始变更" in page
    assert "已变更" not in page


# --- points that are still open --------------------------------------------------------------------


@pytest.fixture
def answered(here: County) -> Doc:
    """With the lead for the second time, both points answered and neither closed."""
    plan = a_plan(here).submitted().signed()
    points = [{"section": "goals", "text": "目标写具体"}, {"section": "rules", "text": "补考勤办法"}]
    plan.act(here.lead, "return", points=points)
    return plan.answered("已经改好").submitted().signed()


def test_approving_asks_once_about_points_not_closed(office: Flask, here: County, answered: Doc) -> None:
    lead = log_in(office, "lead")
    sheet = read(lead, answered).partition('id="act-approve"')[2]
    for words in ("目标写具体", "补考勤办法", "已经改好", "上面 2 条意见都已落实，一并关闭"):
        assert words in sheet
    status, page = act(lead, answered, "approve", comment="这句话要留着")
    assert (status, answered.state) == (422, "training_review")
    assert 'id="settled-approve-error"' in page
    assert "这句话要留着</textarea>" in page
    status, _page = act(lead, answered, "approve", settled="2")
    assert (status, answered.state) == (303, "approved")
    assert {point.state for point in answered.points} == {"closed"}


def test_a_word_on_fewer_points_than_there_are_is_not_enough(
    office: Flask, here: County, answered: Doc
) -> None:
    status, _page = act(log_in(office, "lead"), answered, "approve", settled="1")
    assert (status, answered.state) == (422, "training_review")


def test_signing_that_closes_no_points_does_not_ask_about_them(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted().signed().returned().answered().submitted()
    principal = log_in(office, "principal")
    assert "一并关闭" not in read(principal, plan)
    assert act(principal, plan, "sign")[0] == 303


def test_who_may_not_approve_is_told_so_and_not_asked(office: Flask, here: County, answered: Doc) -> None:
    assert act(log_in(office, "principal"), answered, "approve")[0] == 403


# --- points on the page ------------------------------------------------------------------------------


def test_a_second_reading_shows_each_point_once_beside_its_change(
    office: Flask, here: County, answered: Doc
) -> None:
    page = read(log_in(office, "lead"), answered)
    assert "second-reading" in page
    for point in answered.points:
        assert page.count(f'id="point-{point.id}"') == 1
    assert 'id="points"' not in page
    assert page.count("已落实，关闭这一条") == 2
    whole = read(log_in(office, "lead"), answered, "?view=full")
    assert whole.count('id="point-') == 2


def test_whoever_raised_a_point_may_drop_it_and_is_not_asked_to_answer(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted().returned(here.principal)
    page = read(log_in(office, "principal"), plan)
    assert "这条不用改了" in page
    assert "您的答复" not in page
    assert "您的答复" in read(log_in(office, "coordinator"), plan)


# --- what is offered, in which words --------------------------------------------------------------------


@pytest.mark.parametrize(("username", "sends_on"), [("principal", True), ("lead", False)])
def test_only_who_sends_it_on_is_offered_words_about_it(
    office: Flask, here: County, username: str, sends_on: bool
) -> None:
    plan = a_plan(here).submitted()
    if username == "lead":
        plan.signed()
    page = read(log_in(office, username), plan)
    assert ("同意上报。" in page) is sends_on


def test_the_author_s_bar_has_what_the_author_may_do(office: Flask, here: County) -> None:
    """After submitting: 撤回, and no locked button of whoever it waits for."""
    plan = a_plan(here).submitted()
    page = read(log_in(office, "coordinator"), plan)
    bar = page.partition('<section class="acts"')[2].partition("</section>")[0]
    assert re.findall(r'href="#(?:act|why)-(\w+)"', bar) == ["withdraw"]
    assert "why-sign" not in page
    assert "why-return" not in page


def test_who_drafts_and_may_sign_is_told_why_not(office: Flask, here: County) -> None:
    """The principal's own plan: 撤回 on the bar, no locked button, and a word on why they do not sign it."""
    plan = a_plan(here, by=here.principal).submitted()
    page = read(log_in(office, "principal"), plan)
    bar = page.partition('<section class="acts"')[2].partition("</section>")[0]
    assert re.findall(r'href="#(?:act|why)-(\w+)"', bar) == ["withdraw"]
    assert 'id="why-sign"' in page
    assert "why-take_back" not in page


def test_of_many_next_people_a_few_are_named_and_all_are_counted(office: Flask, here: County) -> None:
    plan = a_plan(here)
    for number in range(4):
        person = here.person(f"vice{number}")
        people.give_role(None, person, "deputy", here.school1, "2025-09-01")
    own = a_development_plan(here)
    page = read(log_in(office, "teacher"), own)
    steps = page.partition('class="steps"')[2].partition("</ol>")[0]
    assert "等 6 人" in steps
    assert plan.id != own.id


def test_digests_stand_behind_one_fold_at_the_end(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted()
    page = read(log_in(office, "principal"), plan)
    before, _, after = page.partition('<details class="card fold')
    assert plan.row.content_sha256[:12] + "…" not in before
    assert plan.row.content_sha256[:12] + "…" in after
