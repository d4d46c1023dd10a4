"""Remarks beside a document: who writes and reads them, and what an edit does to their passages."""

import re

import pytest
from flask import Flask

from tests.browsing import log_in, post
from tests.builders import a_key, a_plan, county
from workflow_app.artefacts import content as contents
from workflow_app.desk import inbox
from workflow_app.errors import BadInput, NotAllowed, NotFound
from workflow_app.review import remarks
from workflow_app.review.models import Remark
from workflow_app.signoff import policy


def read(person: int, doc) -> list:  # type: ignore[no-untyped-def,type-arg]
    return remarks.threads(policy.readable(person, doc.id), contents.draft(doc.id).content)


def test_a_remark_on_a_passage_is_answered_and_settled(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    made = remarks.write(here.principal, plan.id, section="goals", body="写明次数。", quote="上一节研究课").id
    remarks.write(here.coordinator, plan.id, body="改成两节。", thread_id=made)
    (thread,) = read(here.coordinator, plan)
    assert (thread.section, thread.quote, thread.gone) == ("goals", "上一节研究课", False)
    assert [answer.body for answer in thread.answers] == ["改成两节。"]
    assert thread.may_settle
    remarks.settle(here.coordinator, plan.id, made)
    remarks.settle(here.coordinator, plan.id, made)
    (thread,) = read(here.principal, plan)
    assert thread.settled_by == "coordinator的姓名"


def test_a_passage_survives_an_edit_around_it_and_shows_when_it_is_gone(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    remarks.write(here.coordinator, plan.id, section="goals", body="待定", quote="上一节研究课")
    plan.save(here.coordinator, goals="总目标如下。\n每位教师每学期上一\n节研究课，期末交流。")
    assert not read(here.coordinator, plan)[0].gone
    plan.save(here.coordinator, goals="每位教师每学期上两节研究课。")
    (thread,) = read(here.coordinator, plan)
    assert thread.gone
    page = log_in(office, "coordinator").get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "这段文字已经改动" in page


def test_the_panel_speaks_among_itself_and_the_school_among_itself(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    remarks.write(here.coordinator, plan.id, section="goals", body="校内一", audience="school")
    plan.submitted().signed()
    remarks.write(here.lead, plan.id, section="goals", body="论证组内", audience="panel")
    remarks.write(here.reviewer, plan.id, section="goals", body="给双方", audience="all")
    said = {
        "coordinator": {"校内一", "给双方"},
        "principal": {"校内一", "给双方"},
        "lead": {"论证组内", "给双方"},
        "reviewer": {"论证组内", "给双方"},
        "auditor": {"校内一", "论证组内", "给双方"},
    }
    for who, bodies in said.items():
        assert {thread.body for thread in read(here.people[who], plan)} == bodies, who
        page = log_in(office, who).get(f"/artefacts/{plan.id}").get_data(as_text=True)
        assert set(re.findall("校内一|论证组内|给双方", page)) == bodies, who


def test_audiences_are_those_of_the_step(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    with pytest.raises(BadInput, match="不能写给"):
        remarks.write(here.principal, plan.id, section="goals", body="给县里", audience="all")
    with pytest.raises(NotAllowed):
        remarks.write(here.lead, plan.id, section="goals", body="还没轮到进修学校")
    plan.signed()
    with pytest.raises(BadInput, match="不能写给"):
        remarks.write(here.lead, plan.id, section="goals", body="x", audience="school")
    with pytest.raises(NotAllowed):
        remarks.write(here.auditor, plan.id, section="goals", body="审计员只读")


def test_teachers_of_an_approved_plan_see_no_remarks(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    made = remarks.write(here.lead, plan.id, section="goals", body="给双方的话", audience="all").id
    plan.approved()
    page = log_in(office, "teacher").get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "给双方的话" not in page
    for act in (
        lambda: remarks.write(here.teacher, plan.id, section="goals", body="x"),
        lambda: remarks.write(here.teacher, plan.id, body="x", thread_id=made),
        lambda: remarks.settle(here.teacher, plan.id, made),
        lambda: remarks.write(here.coordinator2, plan.id, section="goals", body="x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_thread_one_may_not_read_cannot_be_answered(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    made = remarks.write(here.lead, plan.id, section="goals", body="内部", audience="panel").id
    other = a_plan(here, by=here.principal3)
    with pytest.raises(NotFound):
        remarks.write(here.coordinator, plan.id, body="x", thread_id=made)
    with pytest.raises(NotFound):
        remarks.write(here.principal3, other.id, body="x", thread_id=made)
    with pytest.raises(NotFound):
        remarks.settle(here.coordinator, plan.id, made)


def test_whoever_is_named_finds_it_among_what_was_copied(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    body = "请 @principal的姓名 和 @reviewer的姓名 看。"
    written = remarks.write(here.lead, plan.id, section="goals", body=body, audience="panel")
    assert written.unreached == ("principal的姓名",)
    remarks.write(here.lead, plan.id, section="goals", body=body, audience="panel")
    assert [row.id for row in inbox.page(here.reviewer, "copied")[0]] == [plan.id]
    # The principal may not read what the panel says among itself, so is not told of it either.
    assert inbox.page(here.principal, "copied")[0] == []
    remarks.write(here.lead, plan.id, section="goals", body=body, audience="all")
    assert [row.id for row in inbox.page(here.principal, "copied")[0]] == [plan.id]


BAD = {
    "body": ["", "  ", "字" * 1001, "a\x00b", "\u202e反"],
    "section": ["", "no_such", "字" * 41],
    "quote": ["字" * 301, "\x07"],
    "audience": ["everybody"],
}


@pytest.mark.parametrize("field", BAD)
def test_bad_input_is_shown_beside_its_field_and_nothing_typed_is_lost(office: Flask, field: str) -> None:
    here = county()
    plan = a_plan(here)
    client = log_in(office, "coordinator")
    good = {"section": "goals", "body": "我写的批注", "quote": "研究课", "audience": "school"}
    for value in BAD[field]:
        answer = post(client, f"/artefacts/{plan.id}/remarks", **good | {field: value})
        assert answer.status_code == 422, value
        page = answer.get_data(as_text=True)
        assert 'class="err"' in page, value
        assert "我写的批注" in page or field == "body"
    assert Remark.query.count() == 0


def test_through_the_page(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    lead = log_in(office, "lead")
    form = {"section": "goals", "body": "<b>bold</b>", "quote": "研究课", "audience": "all"}
    answer = post(lead, f"/artefacts/{plan.id}/remarks", **form)
    assert answer.status_code == 303
    made = int(answer.headers["Location"].rpartition("-")[2])
    assert post(lead, f"/artefacts/{plan.id}/remarks/{made}", body="补一句").status_code == 303
    page = lead.get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "&lt;b&gt;bold" in page
    assert "补一句" in page
    assert post(lead, f"/artefacts/{plan.id}/remarks/{made}", settle="1").status_code == 303
    assert "已解决的 1 条" in lead.get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert lead.get(f"/artefacts/{plan.id}/remarks/new?section=goals").status_code == 200
    assert log_in(office, "auditor").get(f"/artefacts/{plan.id}/remarks/new").status_code == 404
    stranger = log_in(office, "coordinator2")
    assert post(stranger, f"/artefacts/{plan.id}/remarks", **form).status_code == 404
    assert post(stranger, f"/artefacts/{plan.id}/remarks/{made}", settle="1").status_code == 404


def test_a_remark_moves_nothing(office: Flask) -> None:
    """Remarks are no part of what is signed: the version stays, and so does the page a signer has open."""
    here = county()
    plan = a_plan(here).submitted()
    before = (plan.row.version, plan.row.head_hash)
    remarks.write(here.principal, plan.id, section="goals", body="看过。")
    assert (plan.row.version, plan.row.head_hash) == before
    plan.act(here.principal, "sign", version=before[0], key=a_key())
    assert plan.state == "training_review"
