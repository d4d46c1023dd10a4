"""An @ in a remark means one person, by the whole name, or says why it means nobody."""

import pytest
from flask import Flask

from tests.browsing import log_in, post
from tests.builders import County, Doc, a_plan
from workflow_app.desk import inbox
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.people.models import Person
from workflow_app.review import remarks
from workflow_app.review.models import Remark


@pytest.fixture
def plan(here: County) -> Doc:
    return a_plan(here).submitted().signed()


def someone(here: County, username: str, name: str, *roles: tuple[str, str]) -> int:
    person = here.person(username, *roles)
    people.change_person(None, person, name, None)
    return person


def told(here: County, plan: Doc, body: str) -> set[str]:
    """Who finds the document among what was copied to them."""
    remarks.write(here.lead, plan.id, section="goals", body=body, audience="all")
    rows = db.session.query(Person.id, Person.name).all()
    return {
        name for person, name in rows if any(row.id == plan.id for row in inbox.page(person, "copied")[0])
    }


def refusal(here: County, plan: Doc, body: str) -> str:
    with pytest.raises(BadInput) as bad:
        remarks.write(here.lead, plan.id, section="goals", body=body, audience="all")
    assert list(bad.value.problems) == ["body"]
    assert db.session.query(Remark).count() == 0
    return bad.value.problems["body"]


def test_the_longest_name_counts_not_a_piece_of_it(here: County, plan: Doc) -> None:
    someone(here, "wang1", "王静", ("principal", "school1"))
    someone(here, "wang2", "王静", ("deputy", "school1"))
    someone(here, "wang3", "王静怡", ("deputy", "school1"))
    assert told(here, plan, "请@王静怡看第三条，再商量。") == {"王静怡"}


@pytest.mark.parametrize("body", ["@王静怡", "请 @王静怡 看", "＠王静怡，请看"])
def test_a_longer_name_nobody_has_does_not_mean_who_has_its_beginning(
    here: County, plan: Doc, body: str
) -> None:
    someone(here, "wang1", "王静", ("deputy", "school1"))
    said = refusal(here, plan, body)
    assert "没有叫「王静怡」的人" in said
    assert "「王静」" in said
    assert told(here, plan, "请 @王静 看一下") == {"王静"}


def test_of_two_with_one_name_it_is_asked_which(here: County, plan: Doc) -> None:
    someone(here, "wang1", "王静", ("principal", "school1"))
    someone(here, "wang2", "王静", ("reviewer", "primary_department"))
    said = refusal(here, plan, "请 @王静 看。")
    assert "叫「王静」的有 2 人" in said
    assert "城关小学" in said
    assert "@wang1" in said
    assert "@wang2" in said
    assert said == refusal(here, plan, "请 @王静（没有的学校） 看。")


@pytest.mark.parametrize(
    "body", ["@王静（城关小学）请看", "@王静 (城关⼩学)", "@WANG1 请看。", "＠ｗａｎｇ１", "见@wang1."]
)
def test_a_unit_or_the_login_name_says_which(here: County, plan: Doc, body: str) -> None:
    one = someone(here, "wang1", "王静", ("principal", "school1"))
    other = someone(here, "wang2", "王静", ("reviewer", "primary_department"))
    written = remarks.write(here.lead, plan.id, section="goals", body=body, audience="all")
    assert written.unreached == ()
    assert [row.id for row in inbox.page(one, "copied")[0]] == [plan.id]
    assert inbox.page(other, "copied")[0] == []


def test_of_two_with_one_name_the_one_who_may_read_is_meant(here: County, plan: Doc) -> None:
    one = someone(here, "wang1", "王静", ("principal", "school1"))
    someone(here, "wang2", "王静", ("teacher", "school2"))
    remarks.write(here.lead, plan.id, section="goals", body="请 @王静 看。", audience="all")
    assert [row.id for row in inbox.page(one, "copied")[0]] == [plan.id]


def test_who_may_not_read_is_named_and_not_told(here: County, plan: Doc) -> None:
    someone(here, "wang2", "王静", ("teacher", "school2"))
    written = remarks.write(here.lead, plan.id, section="goals", body="请 @王静 看。", audience="all")
    assert written.unreached == ("王静",)


def test_unknown_names_are_said_and_the_remark_is_kept_typed(office: Flask, here: County, plan: Doc) -> None:
    assert refusal(here, plan, "请 @赵无名 看。") == "没有叫「赵无名」的人，也没有这个用户名。"
    form = {"section": "goals", "body": "请 @赵无名 看第三条。", "audience": "all"}
    answer = post(log_in(office, "lead"), f"/artefacts/{plan.id}/remarks", **form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "请 @赵无名 看第三条。" in page
    assert "没有叫「赵无名」的人" in page


@pytest.mark.parametrize("body", ["写信到 office@school.cn 即可", "单价 5 @ 3 元", "@", "a@b"])
def test_an_at_that_names_nobody(here: County, plan: Doc, body: str) -> None:
    assert told(here, plan, body) == set()


def test_who_has_left_is_not_meant(here: County, plan: Doc) -> None:
    gone = someone(here, "wang1", "王静", ("principal", "school1"))
    people.disable(None, gone)
    assert "没有叫「王静」的人" in refusal(here, plan, "@王静 请看")
