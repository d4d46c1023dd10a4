"""Looking for words: found by everybody who may see them, and by nobody else."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.test_api import Program, is_problem
from tests.browsing import log_in
from tests.builders import Doc, a_development_plan, a_key, a_plan, county
from workflow_app.drafting import points
from workflow_app.search import finding, grams, index

TEXTS = st.text(alphabet="校本研修教师计划每周三ABc1２，。 \n", max_size=60)


@given(TEXTS, st.data())
def test_whatever_stands_in_a_text_has_its_terms(text: str, data: st.DataObject) -> None:
    """The index never hides: each part of a text asks only for terms that the text has."""
    start = data.draw(st.integers(0, len(text)))
    part = text[start : start + data.draw(st.integers(1, 8))]
    terms = grams.terms(text)
    for word in grams.words(part):
        for term, begins in grams.wanted(word):
            whole = term in terms
            # A run cut short at its beginning or end is still there, as the end or beginning of a term.
            latin = term[0] < grams.FIRST
            assert whole or (begins and any(one.startswith(term) for one in terms)) or latin


@given(st.text(max_size=80))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(grams.fold(text)) == len(text)


def ids(person: int, question: str) -> set[int]:
    index.catch_up()
    return {hit.line.id for hit in finding.find(person, question)[0]}


def test_title_content_and_opinion_are_found(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned(text="请补充外出观摩的安排。")
    for question in ("城关", "单元整体备课", "单元 提问", "观摩", "修", "2026", "读 研究课"):
        assert ids(here.coordinator, question) == {plan.id}, question
    plan.answered("观摩安排在五月。").submitted().signed()
    points.close_point(here.lead, plan.id, plan.points[0].id, key=a_key())
    assert ids(here.lead, "安排在五月") == {plan.id}
    for question in ("没有的词", "备课整体", "", "，。", "单元 没有"):
        assert ids(here.coordinator, question) == set(), question


def test_what_is_searched_is_what_the_page_would_show(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    plan.save(here.coordinator, goals="第一稿写的是晨读。")
    assert ids(here.coordinator, "晨读") == {plan.id}
    assert ids(here.lead, "晨读") == set()
    plan.submitted()
    assert ids(here.lead, "晨读") == {plan.id}
    plan.signed().returned(text="退回的理由是太少。")
    plan.save(here.coordinator, goals="第二稿写的是暮省。")
    # The author works on the new text; the department has the one that was submitted.
    assert (ids(here.coordinator, "暮省"), ids(here.lead, "暮省")) == ({plan.id}, set())
    assert (ids(here.coordinator, "晨读"), ids(here.lead, "晨读")) == (set(), {plan.id})
    plan.answered().submitted().signed().approved()
    # Teachers of the school read what is in force, not what was said on the way.
    assert ids(here.teacher, "暮省") == {plan.id}
    assert ids(here.teacher, "退回的理由") == set()
    assert ids(here.auditor, "退回的理由") == {plan.id}


def test_an_amendment_leaves_readers_the_text_in_force(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="变更以后改抓书写。")
    assert ids(here.teacher, "抓书写") == set()
    assert ids(here.teacher, "研究课") == {plan.id}
    assert ids(here.coordinator, "抓书写") == {plan.id}


WORDS = {"plan": "研究课", "development": "分层作业"}
SEES = {
    "plan": {"coordinator", "principal", "deputy", "lead", "reviewer", "inspector", "auditor"},
    "development": {"teacher", "coordinator", "principal", "deputy", "lead", "reviewer", "auditor"},
}


@pytest.mark.parametrize("what", WORDS)
def test_nobody_finds_what_they_may_not_see(office: Flask, what: str) -> None:
    here = county()
    doc: Doc = (a_plan(here) if what == "plan" else a_development_plan(here)).submitted()
    shown = {who for who in here.people if doc.id in ids(here.people[who], WORDS[what])}
    readable = {
        who for who in here.people if log_in(office, who).get(f"/artefacts/{doc.id}").status_code == 200
    }
    assert shown == readable
    assert shown == SEES[what]
    assert not shown & {"coordinator2", "principal2", "lead2", "teacher3", "admin"}


def test_hits_are_marked_and_strange_questions_answered(office: Flask) -> None:
    here = county()
    a_plan(here, content=None).save(here.coordinator, goals='<script>alert("备课")</script> ABC－备课')
    client = log_in(office, "coordinator")
    page = client.get("/search?q=备课").get_data(as_text=True)
    assert "<mark>备课</mark>" in page
    assert "<script>alert(" not in page
    assert "<mark>ABC</mark>" in client.get("/search?q=ａｂｃ").get_data(as_text=True)
    for question in ('"', "' OR 1=1", "*", "AND", "备课*", "a:b", "NEAR(备课)", "-", "(", "备" * 80, "\\"):
        assert client.get("/search", query_string={"q": question}).status_code == 200, question
    for question in ("备" * 81, "备\x00课", "\u202e备课"):
        assert client.get("/search", query_string={"q": question}).status_code == 422, question
    assert client.get("/search?q=备课&cursor=nonsense").status_code == 404


def test_pages_follow_each_other_without_doubles_or_gaps(office: Flask) -> None:
    here = county()
    made = []
    for number in range(finding.PAGE * 2 + 3):
        person = here.person(f"writer{number}", ("teacher", "school1"))
        made.append(a_development_plan(here, by=person).submitted().id)
    index.catch_up(60)
    seen: list[int] = []
    cursor = None
    while True:
        hits, cursor = finding.find(here.principal, "分层作业", cursor)
        seen += [hit.line.id for hit in hits]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_rebuilding_changes_nothing(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    assert ids(here.lead, "研究课") == {plan.id}
    assert index.rebuild() == 1
    assert ids(here.lead, "研究课") == {plan.id}


def test_searching_for_programs(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    lead = Program(office, here.lead)
    (item,) = lead.get("/search?q=研究课")["items"]
    assert item["id"] == plan.id
    assert {"hit": True, "text": "研究课"} in item["stretches"][0]
    is_problem(lead.call("GET", "/search"), 422, "bad_input")
    is_problem(lead.call("GET", "/search?q=%20"), 422, "bad_input")
    is_problem(lead.call("GET", "/search?q=a&cursor=x"), 400, "bad_cursor")
    assert Program(office, here.lead2).get("/search?q=研究课")["items"] == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    goal=st.text(alphabet="晨读暮省ab1 ，", min_size=1, max_size=12),
    question=st.text(alphabet="晨读暮省甲乙 ，", max_size=8),
)
def test_finding_agrees_with_looking(plain_app: Flask, goal: str, question: str) -> None:
    """Whatever is asked: the document is found exactly when every word stands in its text."""
    with plain_app.app_context():
        here = getattr(plain_app, "here", None)
        if here is None:
            plain_app.here = here = county()  # type: ignore[attr-defined]
            plain_app.plan = a_plan(here)  # type: ignore[attr-defined]
        plan: Doc = plain_app.plan  # type: ignore[attr-defined]
        plan.save(here.coordinator, goals=f"甲{goal}乙")
        index.catch_up()
        entry = finding.Entry.query.filter_by(artefact_id=plan.id).order_by("id").first()
        words = grams.words(question)
        folded = grams.fold(entry.text)
        expected = bool(words) and any(map(grams.wanted, words)) and all(word in folded for word in words)
        found = {hit.line.id for hit in finding.find(here.coordinator, question)[0]}
        assert found == ({plan.id} if expected else set()), (goal, question)
