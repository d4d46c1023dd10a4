"""The doctor: a county that has lived is sound; each thing broken behind its back is named by its check."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.browsing import log_in, post
from tests.builders import (
    County,
    Doc,
    a_development_plan,
    a_key,
    a_plan,
    end_role,
    full_content,
)
from tests.faults.alterations.trying import KINDS
from tests.faults.alterations.world import documents, passing
from tests.tampering import forge, tamper
from workflow_app import append_only, canonical
from workflow_app.attachments import lists
from workflow_app.clock import parse, stamp
from workflow_app.demo.loader import clock_at
from workflow_app.drafting import points
from workflow_app.extensions import db
from workflow_app.integrity import doctor as checks
from workflow_app.integrity.commands import doctor
from workflow_app.signoff.models import Point

AT = "2026-01-01T00:00:00.000000Z"


def examined() -> dict[str, list[str]]:
    """Check -> what it found, of those that found something."""
    db.session.rollback()
    return {
        one.name: [str(offender) for offender in one.offenders] for one in checks.examine() if one.offenders
    }


@pytest.fixture
def plan(here: County) -> Doc:
    """Two rounds, approved and in force."""
    return a_plan(here).submitted().signed().returned().answered().submitted().signed().approved()


@pytest.fixture
def waiting(here: County) -> Doc:
    """A teacher's plan that waits for the principal or the deputy."""
    return a_development_plan(here).submitted()


# --- sound -----------------------------------------------------------------------------------


def test_an_empty_county_is_sound(office: Flask) -> None:
    assert examined() == {}


def test_a_county_that_has_lived_is_sound(office: Flask, here: County) -> None:
    """Every kind of act, everybody who may do it."""
    half_way = passing(here)
    plan = a_plan(here).submitted(here.principal)
    plan.act(here.principal, "withdraw")
    plan.save(here.coordinator, goals="又改了一次。")
    plan.submitted().signed(here.deputy)
    plan.act(here.deputy, "take_back")
    plan.signed(here.deputy).returned()
    plan.answered().submitted()
    (point,) = db.session.query(Point).filter_by(artefact_id=plan.id).all()
    plan.signed(here.deputy)
    points.close_point(here.lead, plan.id, point.id, key=a_key())
    points.reopen_point(here.lead, plan.id, point.id, key=a_key())
    points.close_point(here.lead, plan.id, point.id, key=a_key())
    plan.approved()
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="变更的目标。")
    plan.submitted().returned(here.deputy)
    plan.act(here.coordinator, "cancel_amendment")
    plan.act(here.coordinator, "amend")
    plan.answered().submitted().signed(here.deputy).approved()
    half_way.act(here.lead2, "approve")
    a_plan(here, by=here.principal3).submitted().signed(here.principal)
    a_development_plan(here)
    with clock_at(parse("2027-10-01T00:00:00.000000Z")):
        plan.act(here.lead, "archive")
        assert plan.state == "archived"
    with clock_at(parse("2027-10-02T00:00:00.000000Z")):
        end_role(here.lead, "lead")  # what was done under a role stays good when the role has ended
    assert examined() == {}


@pytest.mark.sqlite_only
def test_the_demo_county_is_sound(office: Flask) -> None:
    from workflow_app.demo import loader

    assert loader.load(office, "demo-pass-2026")
    assert examined() == {}


def test_acts_through_the_pages_are_sound(office: Flask, here: County) -> None:
    plan = a_plan(here)
    row = plan.row
    seen = {
        "version": row.version, "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256, "key": "by-page",
    }  # fmt: skip
    post(log_in(office, "coordinator"), f"/artefacts/{plan.id}/actions/submit", **seen)
    assert plan.state == "school_review"
    assert examined() == {}


# --- each broken once ------------------------------------------------------------------------

Break = Callable[[County, dict[str, Doc]], Any]
#: name of the test -> (the check that tells, what it says, which others notice as well, how it is broken)
BREAKS: dict[str, tuple[str, str, set[str], Break]] = {}


def broken(check: str, says: str, *also: str) -> Callable[[Break], Break]:
    def keep(how: Break) -> Break:
        BREAKS[how.__name__] = (check, says, set(also), how)
        return how

    return keep


def _body(doc: Doc, seq: int, **changes: Any) -> bytes:
    facts = canonical.loads(bytes(doc.events[seq - 1].body))
    return canonical.dumps(facts | changes)


def asks_nobody(doc: Doc) -> None:
    tamper("UPDATE task SET closed_at = :at WHERE artefact_id = :id", at=AT, id=doc.id)


@broken("once", "同一人在同一轮签了两次", "answers", "outbox", "tasks")
def signed_twice_in_a_round(here: County, docs: dict[str, Doc]) -> None:
    tamper("DROP INDEX uq_event_signature")
    doc = docs["passing"]
    tamper(
        "UPDATE artefact SET leg = leg + 1 WHERE id = :id",
        "INSERT INTO notice (artefact_id, seq, purpose, person_id, at) VALUES (:id, :seq, 'told', :who, :at)",
        id=doc.id, seq=forge(doc), who=here.coordinator4, at=AT,
    )  # fmt: skip


@broken("state", "与事件推出的不一致（state）")
def state_without_event(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE artefact SET state = 'archived' WHERE id = :id", id=docs["plan"].id)


@broken("state", "没有任何事件", "answers")
def document_without_events(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM event WHERE artefact_id = :id", id=docs["draft"].id)


@broken("state", "（in_force_revision）")
def another_revision_in_force(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE artefact SET in_force_revision = 1 WHERE id = :id", id=docs["plan"].id)


@broken("state", "（round、submitter_id）")
def another_submitter(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE artefact SET submitter_id = :who, round = 7 WHERE id = :id",
        who=here.colleague, id=docs["waiting"].id,
    )  # fmt: skip


@broken("state", "（head_seq、head_hash）")
def head_that_points_nowhere(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE artefact SET head_seq = 9, head_hash = :zeros WHERE id = :id",
        zeros=canonical.ZEROS, id=docs["waiting"].id,
    )  # fmt: skip


@broken("chain", "内容与摘要不符")
def event_rewritten(here: County, docs: dict[str, Doc]) -> None:
    doc = docs["plan"]
    tamper(
        "UPDATE event SET body = :body WHERE artefact_id = :id AND seq = 3",
        body=_body(doc, 3, auth="token"), id=doc.id,
    )  # fmt: skip


@broken("chain", "与前一条接不上")
def event_rewritten_with_its_hash(here: County, docs: dict[str, Doc]) -> None:
    doc = docs["plan"]
    body = _body(doc, 3, auth="token")
    tamper(
        "UPDATE event SET body = :body, hash = :hash WHERE artefact_id = :id AND seq = 3",
        body=body, hash=canonical.sha256(body), id=doc.id,
    )  # fmt: skip


@broken("chain", "缺第 3 条", "answers", "tasks")
def event_removed(here: County, docs: dict[str, Doc]) -> None:
    """A withdrawal: it has no notice, so none shows that it is missing."""
    doc = docs["resubmitted"]
    tamper("DELETE FROM event WHERE artefact_id = :id AND seq = 3", id=doc.id)


@broken("chain", "流程里没有这一步", "answers", "tasks")
def step_the_law_does_not_know(here: County, docs: dict[str, Doc]) -> None:
    forge(docs["draft"], action="archive", to="archived")
    asks_nobody(docs["draft"])


@broken("chain", "时间早于前一条", "answers", "tasks", "state")
def time_that_goes_back(here: County, docs: dict[str, Doc]) -> None:
    doc = docs["draft"]
    before = stamp(parse(doc.events[-1].at) - timedelta(microseconds=1))
    forge(doc, action="cancel_amendment", to="approved", at=before)
    asks_nobody(doc)


@broken("columns", "查询用的列与事件原文不符（at、actor）", "points", "answers", "outbox", "tasks")
def columns_that_say_otherwise(here: County, docs: dict[str, Doc]) -> None:
    doc = docs["plan"]
    tamper(
        "UPDATE event SET actor_id = :who, at = :at WHERE artefact_id = :id AND seq = 4",
        who=here.reviewer, at=doc.events[2].at, id=doc.id,
    )  # fmt: skip


@broken("columns", "（handled）")
def column_that_hides_an_act(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE event SET handled = false WHERE artefact_id = :id AND seq = 4", id=docs["plan"].id)


@broken("own", "签了自己起草、修改或提交的文件", "authors")
def signed_by_an_author(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "INSERT INTO artefact_author (artefact_id, person_id, since) VALUES (:id, :who, :at)",
        id=docs["plan"].id, who=here.principal, at=AT,
    )  # fmt: skip


@broken("content", "第 2 版的内容与它的摘要不符")
def stored_content_changed(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE revision SET content = :body WHERE artefact_id = :id AND number = 2",
        body=canonical.dumps(full_content(goals="换掉的目标。")), id=docs["plan"].id,
    )  # fmt: skip


@broken("content", "第 2 版不是提交时的那一版")
def stored_content_changed_with_its_digest(here: County, docs: dict[str, Doc]) -> None:
    body = canonical.dumps(full_content(goals="换掉的目标。"))
    tamper(
        "UPDATE revision SET content = :body, content_sha256 = :digest"
        " WHERE artefact_id = :id AND number = 2",
        body=body, digest=canonical.sha256(body), id=docs["plan"].id,
    )  # fmt: skip


@broken("content", "所指的那一版不在库里")
def revision_removed(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM revision WHERE artefact_id = :id AND number = 1", id=docs["plan"].id)


@broken("content", "现在的内容不是最后一条事件所指的内容")
def content_changed_while_it_waits(here: County, docs: dict[str, Doc]) -> None:
    body = canonical.dumps({"goals": "趁等待时换掉。"})
    tamper(
        "UPDATE draft SET content = :body WHERE artefact_id = :id",
        "UPDATE artefact SET content_sha256 = :digest WHERE id = :id",
        body=body, digest=canonical.sha256(body), id=docs["waiting"].id,
    )  # fmt: skip


@broken("content", "正在填写的内容与文件记下的摘要不符")
def draft_changed(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE draft SET content = :body WHERE artefact_id = :id", body=b"{}", id=docs["draft"].id)


@broken("content", "签的内容不是提交的第 1 版")
def signed_something_else(here: County, docs: dict[str, Doc]) -> None:
    doc = docs["signed"]
    body = _body(doc, 3, content_sha256=canonical.ZEROS)
    digest = canonical.sha256(body)
    tamper(
        "UPDATE event SET body = :body, hash = :hash WHERE artefact_id = :id AND seq = 3",
        "UPDATE artefact SET head_hash = :hash WHERE id = :id",
        body=body, hash=digest, id=doc.id,
    )  # fmt: skip


@broken("grants", "事件里的角色当时不在有效期内", "register")
def role_that_had_ended(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE grant_ SET ended_at = :at WHERE person_id = :who",
        at=AT, who=here.lead4,
    )  # fmt: skip


@broken("grants", "事件里的角色当时不在有效期内", "register")
def role_that_had_not_begun(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE grant_ SET starts_on = '2099-01-01' WHERE person_id = :who", who=here.lead4)


@broken("grants", "事件里的角色不是此人的，或单位不符", "register")
def role_of_somebody_else(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE grant_ SET person_id = :who WHERE person_id = :lead", who=here.admin, lead=here.lead4)


@broken("outbox", "没有通知下一步该处理的人")
def notice_of_the_turn_missing(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM notice WHERE artefact_id = :id AND purpose = 'todo'", id=docs["waiting"].id)


@broken("outbox", "没有通知起草人")
def notice_to_the_author_missing(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM notice WHERE artefact_id = :id AND purpose = 'told' AND seq = 7", id=docs["plan"].id)


@broken("outbox", "同一条通知有两份")
def notice_twice(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "INSERT INTO notice (artefact_id, seq, purpose, role, unit_id, person_id, at)"
        " SELECT artefact_id, seq, purpose, role, unit_id, person_id, at FROM notice"
        " WHERE artefact_id = :id AND seq = 2",
        id=docs["waiting"].id,
    )


@broken("outbox", "通知所说的事件不存在")
def notice_of_nothing(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "INSERT INTO notice (artefact_id, seq, purpose, person_id, at) VALUES (:id, 99, 'told', :who, :at)",
        id=docs["plan"].id, who=here.deputy, at=AT,
    )  # fmt: skip


@broken("tasks", "还有待办，文件却已不在那一步")
def task_left_open(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE task SET closed_at = NULL WHERE artefact_id = :id AND role = 'lead'", id=docs["plan"].id)


@broken("tasks", "文件在等人处理，却没有待办")
def task_lost(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE task SET closed_at = :at WHERE artefact_id = :id", at=AT, id=docs["waiting"].id)


@broken("seats", "待办没有落到现在该处理的人", "register")
def asked_of_those_who_have_left(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE person SET disabled_at = :at WHERE id = :one OR id = :two",
        at=AT, one=here.principal, two=here.deputy,
    )  # fmt: skip


@broken("seats", "等待处理的角色现在没有人可以担当", "register")
def nobody_left_to_sign(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE person SET disabled_at = :at WHERE id IN"
        " (SELECT person_id FROM grant_ WHERE role IN ('lead', 'principal', 'deputy'))",
        at=AT,
    )


@broken("register", "第 2 条：与前一条接不上")
def change_of_people_rewritten(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE registry_event SET body = :body, hash = :hash WHERE seq = 1",
        body=b'{"seq":1,"prev":"' + canonical.ZEROS.encode() + b'"}',
        hash=canonical.sha256(b'{"seq":1,"prev":"' + canonical.ZEROS.encode() + b'"}'),
    )


@broken("said", "意见与事件里的摘要不符")
def opinion_rewritten(here: County, docs: dict[str, Doc]) -> None:
    tamper(
        "UPDATE event_statement SET body = :body WHERE artefact_id = :id AND seq = 7",
        body='{"answers":[],"comment":"不同意。","points":[]}'.encode(), id=docs["plan"].id,
    )  # fmt: skip


@broken("said", "事件带有意见，库里却没有")
def opinion_removed(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM event_statement WHERE artefact_id = :id AND seq = 7", id=docs["plan"].id)


@broken("definitions", "的内容与它的版本摘要不符")
def law_rewritten(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE definition SET body = replace(body, '校本研修', '校外研修')")


@broken("attachments", "附件清单与它的摘要不符")
def list_rewritten(here: County, docs: dict[str, Doc]) -> None:
    tamper("UPDATE attachment_list SET body = :body", body=b"[]")


@broken("attachments", "附件清单不在库里")
def list_removed(here: County, docs: dict[str, Doc]) -> None:
    tamper("DELETE FROM attachment_list WHERE artefact_id = :id", id=docs["plan"].id)


@broken("files", "附件的文件缺失：")
def file_removed(here: County, docs: dict[str, Doc]) -> None:
    store = lists.store()
    for digest in list(store.digests()):
        store.path(digest).unlink()


@broken("files", "附件的文件大小不对：")
def file_shortened(here: County, docs: dict[str, Doc]) -> None:
    for digest in lists.store().digests():
        lists.store().path(digest).write_bytes(b"x")


@broken("files", "附件的文件被改动过，与摘要不符：")
def file_altered(here: County, docs: dict[str, Doc]) -> None:
    """To another of the same length, and the time of the last change set back."""
    for digest in lists.store().digests():
        path = lists.store().path(digest)
        before = path.stat()
        path.write_bytes(b"x" * before.st_size)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_named_by_its_check_and_no_other(here: County, name: str) -> None:
    check, says, also, how = BREAKS[name]
    docs = documents(here)
    assert examined() == {}
    how(here, docs)
    found = examined()
    assert {*found} == {check, *also}, found
    assert any(says in sentence for sentence in found[check]), found[check]


def test_every_check_is_broken_by_some_test() -> None:
    told = {check for check, *_rest in BREAKS.values()} | {kind.found_by for kind in KINDS}
    in_tests_of_the_seal = {"seal", "sealed", "outside"}
    assert told | in_tests_of_the_seal >= {*checks.CHECKS, checks.FILES}


def test_an_erased_opinion_is_sound(here: County, plan: Doc) -> None:
    tamper("UPDATE event_statement SET body = NULL WHERE artefact_id = :id", id=plan.id)
    assert examined() == {}


def test_two_events_of_one_number_are_told(here: County, waiting: Doc) -> None:
    """SQLite will not let go of the rule; on PostgreSQL it can be dropped."""
    if db.engine.dialect.name == "sqlite":
        return
    tamper('ALTER TABLE event DROP CONSTRAINT "uq_event_artefact_id_seq"')
    forge(waiting, seq=2)
    assert "同一序号有两条事件" in str(examined()["once"])


def test_a_definition_nobody_can_read_is_told_and_does_not_hide_the_rest(here: County, plan: Doc) -> None:
    other = a_development_plan(here).submitted()
    tamper(
        "UPDATE definition SET body = '?' WHERE key = 'development_plan'",
        "UPDATE artefact SET state = 'archived' WHERE id = :id",
        id=plan.id,
    )
    assert other.id
    assert {*examined()} == {"definitions", "state"}


# --- the command -----------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(doctor, words)


def test_the_command_says_that_all_is_well(office: Flask, waiting: Doc) -> None:
    result = run(office)
    assert result.exit_code == 0, result.output
    assert f"全部 {len(checks.CHECKS) + 2} 项相符。" in result.stdout
    told = json.loads(run(office, "--json").stdout)
    assert told["sound"]
    assert [one["name"] for one in told["checks"]] == ["structure", *checks.CHECKS, checks.FILES]


def test_the_command_can_be_quick_about_files_and_says_so(here: County, office: Flask) -> None:
    file_altered(here, documents(here))
    assert "附件的文件被改动过" in run(office).stdout
    quick = run(office, "--quick")
    assert quick.exit_code == 0, quick.output
    assert "没有核对内容" in quick.stdout


def test_the_command_names_what_is_wrong(office: Flask, waiting: Doc) -> None:
    tamper("UPDATE artefact SET state = 'archived' WHERE id = :id", id=waiting.id)
    result = run(office)
    assert result.exit_code == 1
    assert f"    文件 {waiting.id}：与事件推出的不一致（state）" in result.stdout
    result = run(office, "--json")
    assert result.exit_code == 1
    wrong = {one["name"]: one for one in json.loads(result.stdout)["checks"] if not one["sound"]}
    assert wrong["state"]["offenders"] == [
        {"artefact": waiting.id, "seq": None, "why": "与事件推出的不一致（state）"}
    ]


def test_missing_triggers_are_told_and_the_rest_is_still_looked_at(office: Flask, waiting: Doc) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        append_only.drop(connection)
    result = run(office)
    assert result.exit_code == 1
    assert "event_append_only_update" in result.stdout
    assert "有 1 项不符" in result.stdout


def test_an_old_database_is_told_and_no_more(office: Flask) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    result = run(office)
    assert result.exit_code == 1
    assert "workflow-app db upgrade" in result.stdout
    assert len(json.loads(run(office, "--json").stdout)["checks"]) == 1
