"""The last saves of a draft: what is recorded, for how long, who reads them, and going back."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.browsing import log_in, post
from tests.builders import County, Doc, a_plan
from tests.desk.test_editing import content, page_of
from workflow_app import clock
from workflow_app.drafting import saves
from workflow_app.drafting.save import save_content
from workflow_app.errors import Conflict, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.signoff import policy

NOON = datetime(2026, 9, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> object:
    """``at(minutes)``: it is so many minutes past noon."""

    def turn(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=minutes))

    return turn


def save(doc: Doc, who: int, *, goes_back: bool = False, **changes: object) -> None:
    save_content(who, doc.id, doc.row.version, content(doc) | changes, goes_back=goes_back)


def recorded(doc: Doc, who: int) -> list[saves.Save]:
    db.session.rollback()
    return saves.saves(policy.readable(who, doc.id))


def goals(doc: Doc, who: int) -> list[str]:
    return [one.content["goals"] for one in recorded(doc, who)]


def test_one_save_for_each_person_and_few_minutes(here: County, plan: Doc, at) -> None:  # type: ignore[no-untyped-def]
    first = content(plan)["goals"]
    for minutes, who, text in (
        (0, here.coordinator, "一"), (1, here.coordinator, "二"), (2, here.principal, "校长的"),
        (3, here.coordinator, "三"), (6, here.coordinator, "四"),
    ):  # fmt: skip
        at(minutes)
        save(plan, who, goals=text)
    assert goals(plan, here.coordinator) == ["四", "三", "校长的", first]
    newest, *_rest = recorded(plan, here.coordinator)
    assert newest.saved_by == "coordinator的姓名"
    assert newest.version == plan.row.version
    assert newest.saved_at == clock.stamp(NOON + timedelta(minutes=6))


def test_only_the_last_ones_are_kept(here: County, plan: Doc, at) -> None:  # type: ignore[no-untyped-def]
    for number in range(saves.MOST + 5):
        at(number * saves.SLOT_MINUTES)
        save(plan, here.coordinator, goals=f"第 {number} 次")
    expected = [f"第 {number} 次" for number in range(saves.MOST + 4, 4, -1)]
    assert goals(plan, here.coordinator) == expected


def test_a_save_that_was_refused_is_not_recorded(here: County, plan: Doc) -> None:
    version = plan.row.version
    save(plan, here.coordinator, goals="先写的")
    with pytest.raises(Conflict):
        save_content(here.principal, plan.id, version, content(plan) | {"goals": "后写的"})
    assert "后写的" not in goals(plan, here.coordinator)
    save(plan, here.coordinator, goals="先写的")  # the same again changes nothing
    assert len(recorded(plan, here.coordinator)) == 2


def test_they_are_not_read_while_the_document_is_with_reviewers(here: County, plan: Doc) -> None:
    save(plan, here.coordinator, goals="提交前")
    plan.submitted()
    with pytest.raises(NotAllowed):
        recorded(plan, here.coordinator)
    plan.signed().returned()
    before = goals(plan, here.coordinator)
    assert before[0] == "提交前"
    save(plan, here.coordinator, goals="退回后")
    assert goals(plan, here.coordinator)[0] == "退回后"


def test_only_those_who_may_edit_read_them(office: Flask, here: County, plan: Doc) -> None:
    save(plan, here.coordinator, goals="改过")
    [newest, *_rest] = recorded(plan, here.coordinator)
    for who, status in {
        "principal": 200,
        "deputy": 403,
        "auditor": 403,
        "lead": 404,
        "coordinator2": 404,
    }.items():
        client = log_in(office, who)
        for path in (f"/artefacts/{plan.id}/saves", f"/artefacts/{plan.id}/saves/{newest.id}"):
            assert client.get(path).status_code == status, (who, path)
        if status != 200:
            answer = post(client, f"/artefacts/{plan.id}/saves/{newest.id}", version=plan.row.version)
            assert answer.status_code == status, who


def test_a_save_of_another_document_is_not_found(here: County, plan: Doc) -> None:
    other = a_plan(here, by=here.coordinator2)
    save(other, here.coordinator2, goals="别的学校")
    [newest, *_rest] = recorded(other, here.coordinator2)
    with pytest.raises(NotFound):
        saves.saved(policy.readable(here.coordinator, plan.id), newest.id)


def test_going_back_is_a_save_over_the_version_one_saw(office: Flask, here: County, plan: Doc) -> None:
    before = content(plan)
    save(plan, here.coordinator, goals="写坏了")
    seen = plan.row.version
    *_newer, oldest = recorded(plan, here.coordinator)
    client, path = log_in(office, "coordinator"), f"/artefacts/{plan.id}/saves/{oldest.id}"
    save(plan, here.principal, other="校长又改了")
    refused = post(client, path, version=seen)
    assert refused.status_code == 409
    assert content(plan)["goals"] == "写坏了"
    assert post(client, path, version="").status_code == 422
    answer = post(client, path, version=plan.row.version)
    assert answer.headers["Location"].endswith(f"/artefacts/{plan.id}/edit")
    assert content(plan) == before
    # What was given up stays among the saves.
    assert "校长又改了" in [one.content["other"] for one in recorded(plan, here.coordinator)]
    assert "写坏了" in goals(plan, here.coordinator)
    assert "和现在的草稿一样" in page_of(client.get(f"/artefacts/{plan.id}/saves"))


def test_what_is_given_up_stays_even_within_the_same_minutes(here: County, plan: Doc, at) -> None:  # type: ignore[no-untyped-def]
    first = content(plan)["goals"]
    at(1)
    save(plan, here.coordinator, goals="写了两分钟")
    at(2)
    save(plan, here.coordinator, goals=first, goes_back=True)
    at(3)
    save(plan, here.coordinator, goals="再写")
    assert goals(plan, here.coordinator) == ["再写", "写了两分钟", first]
