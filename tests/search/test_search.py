"""Looking for words: found by everybody who may see them, and by nobody else."""

import threading

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from tests.api.test_api import Program, is_problem
from tests.browsing import log_in
from tests.builders import Doc, a_development_plan, a_key, a_plan, county
from workflow_app.drafting import points
from workflow_app.events.models import Opinion
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.people.models import Unit
from workflow_app.search import finding, grams, index
from workflow_app.search.models import Due
from workflow_app.signoff.models import Point
from workflow_app.store import writing

#: Letters of many scripts, with what is typed for the same letters in other forms.
ALPHABET = "校本研修計划每周三ABcé1２，。 \nＴжЖүэоςΣσئۇيىㅤ가각ไทยかガｶﾞ⼯工㍿①ﬁ\u200b\u200c\ufe0f"
TEXTS = st.text(alphabet=ALPHABET, max_size=60)


@given(TEXTS, st.data())
def test_whatever_stands_in_a_text_has_its_terms(text: str, data: st.DataObject) -> None:
    """The index never hides: each beginning of a word asks only for terms that the text has."""
    folded = grams.fold(text)
    start = data.draw(st.integers(0, len(folded)))
    part = folded[start : start + data.draw(st.integers(1, 8))]
    terms = grams.terms(text)
    for word in part.split():
        for term, begins in grams.wanted(word):
            whole = term in terms
            # A run cut short at its beginning or end is still there, as the end or beginning of a term.
            within = any(term in one for one in terms)
            assert whole or (begins and within), (term, terms)


@given(st.text(max_size=80))
def test_every_place_of_a_folded_text_is_known(text: str) -> None:
    folded, places = grams.fold(text), grams.places(text)
    if places is None:
        places = list(range(len(text) + 1))
    assert len(places) == len(folded) + 1
    assert places == sorted(places)
    for at, char in enumerate(folded):
        assert char in grams.fold(text[places[at]])


def ids(person: int, question: str) -> set[int]:
    return {hit.line.id for hit in finding.find(person, question)[0]}


#: What stands in the text, and what is typed to find it.
SAME = {
    "traditional": ("我們開展主題教研，觀課議課", ["我们开展", "主题教研", "觀課", "观课议课"]),
    "simplified": ("说课与评课，课后反思", ["說課", "課後", "评课"]),
    "zero width": ("主题教研每月一次", ["主题\u200b教研", "\ufeff每月"]),
    "Kangxi radicals": ("⼯作坊与⻋间", ["工作坊", "车间", "⼯作"]),
    "compatibility ideographs": ("立項豈止", ["豈止", "立项"]),
    "signs": ("㍿與№12，第①步", ["株式会社", "No12", "1步"]),
    "width": ("ＡＩ赋能，ｶﾞｲﾄﾞ", ["AI", "ガイド", "ai赋能"]),
    "Uyghur": ("ئوقۇتقۇچىلارنىڭ كەسپىي تەرەققىياتى", ["كەسپىي", "ئوقۇتقۇچى", "كەســپىي"]),
    "Cyrillic": ("Повышение квалификации учителей", ["квалификации", "УЧИТЕЛЕЙ", "повыш"]),
    "Greek": ("Επιμόρφωση των δασκάλων ΟΔΟΣ", ["επιμόρφωση", "ΔΑΣΚΆΛΩΝ", "οδος"]),
    "Mongolian": ("ᠰᠤᠷᠭᠠᠨ ᠬᠦᠮᠦᠵᠢᠯ", ["ᠬᠦᠮᠦᠵᠢᠯ"]),
    "Tibetan": ("སློབ་གསོ་འཕེལ་རྒྱས", ["གསོ", "འཕེལ་རྒྱས"]),
    "Korean": ("교원 연수 계획", ["연수", "계획"]),
    "Hindi": ("शिक्षक प्रशिक्षण", ["प्रशिक्षण"]),
    "Thai": ("การพัฒนาครูประจำปี", ["พัฒนา", "ครู"]),
    "Japanese": ("こうないけんしゅうのまとめ", ["けんしゅう"]),
    "Yi": ("ꆈꌠꁱꂷ", ["ꌠꁱ"]),
    "Arabic forms": ("ﺳﻼﻡ", ["سلام"]),
    "new ideographs": ("教师\U00031350\U0002ebf0的课", ["\U00031350\U0002ebf0", "\U0002ebf0"]),
    "Latin with marks": ("Café, l’école et yán xiū", ["CAFÉ", "école", "yán"]),
}


def test_what_reads_alike_is_found_in_every_script(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    for text, questions in SAME.values():
        plan.save(here.coordinator, goals=f"目标：{text}。")
        for question in questions:
            assert ids(here.coordinator, question) == {plan.id}, question
            (hit,) = finding.find(here.coordinator, question)[0]
            assert any(is_hit for run in (hit.title, *hit.stretches) for is_hit, _text in run), question
    for question in ("不存在", "ничего", "τίποτα", "ھېچنېمە", "ไม่มี"):
        assert ids(here.coordinator, question) == set(), question


def test_hits_of_another_form_are_marked_as_they_stand() -> None:
    assert finding.marked("一、主題\u200b教研㍿", ["主题教研"]) == [
        [(False, "一、"), (True, "主題\u200b教研"), (False, "㍿")]
    ]
    assert finding.marked("见㍿。", ["式会"]) == [[(False, "见"), (True, "㍿"), (False, "。")]]


def test_what_was_saved_is_found_at_once(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    for number in range(3):
        plan.save(here.coordinator, goals=f"第{number}稿写晨诵。")
        assert ids(here.coordinator, f"第{number}稿") == {plan.id}
    assert ids(here.coordinator, "第0稿") == set()
    others = [
        a_development_plan(here, by=here.person(f"writer{n}", ("teacher", "school1"))) for n in range(45)
    ]
    for other in others:
        other.submitted()
    assert len(finding.find(here.principal, "分层作业")[0]) == finding.PAGE
    assert db.session.query(Due).count() == 0
    assert "编入索引" not in log_in(office, "principal").get("/search?q=分层作业").get_data(as_text=True)


def test_who_is_renamed_is_found_under_the_new_name_alone(office: Flask) -> None:
    here = county()
    plan = a_development_plan(here).submitted()
    assert ids(here.principal, "teacher的姓名") == {plan.id}
    people.change_person(None, here.teacher, "古丽努尔", None)
    assert ids(here.principal, "古丽努尔") == {plan.id}
    unit = db.session.query(Unit).filter_by(name="城关小学").one()
    people.change_unit(None, unit.id, "实验小学", stage=unit.stage, parent_id=unit.parent_id)
    assert ids(here.principal, "实验小学") == {plan.id}


def test_an_opinion_that_was_emptied_is_found_no_more(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned(text="请补充外出观摩的安排。")
    assert ids(here.coordinator, "观摩") == {plan.id}
    with writing() as session:
        session.execute(update(Opinion).where(Opinion.artefact_id == plan.id).values(body=None))
        session.query(Point).filter_by(artefact_id=plan.id).delete()
    assert ids(here.coordinator, "观摩") == set()


def test_searches_at_the_same_moment_all_see_everything(office: Flask) -> None:
    here = county()
    for number in range(30):
        a_development_plan(here, by=here.person(f"writer{number}", ("teacher", "school1"))).submitted()
    found: list[int] = []

    def search() -> None:
        with office.app_context():
            hits, cursor = finding.find(here.principal, "分层作业")
            found.append(len(hits) + len(finding.find(here.principal, "分层作业", cursor)[0]))
            db.session.remove()

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == [30] * 4


def test_a_note_made_while_the_index_is_written_stays(office: Flask) -> None:
    """What is saved between the reading of a document and the end of that transaction is not forgotten."""
    here = county()
    plan = a_plan(here)
    index.catch_up()
    plan.save(here.coordinator, goals="早")
    with writing() as session:
        index._take_in_some(session)
        session.execute(insert(Due).values(artefact_id=plan.id))  # as another transaction would
    assert db.session.query(Due).count() == 1


def test_more_terms_than_an_index_holds_hide_nothing(office: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    here = county()
    monkeypatch.setattr(grams, "MOST_TERMS", 50)
    plan = a_plan(here)
    assert ids(here.coordinator, "研究课") == {plan.id}
    assert ids(here.coordinator, "没有的词") == set()


def test_a_word_longer_than_any_term(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    word = "abcdefghij" * 1900
    plan.save(here.coordinator, goals=word)
    assert ids(here.coordinator, word[:70]) == {plan.id}
    assert ids(here.coordinator, word[:69] + "x") == set()


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
