"""A fourth kind of artefact is one YAML file: pages, inbox, API and trail come of themselves."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tests.api.test_api import Program
from tests.browsing import log_in, post
from tests.builders import PASSWORD, county
from workflow_app.artefacts.models import Artefact
from workflow_app.events import chain
from workflow_app.extensions import db
from workflow_app.trail import lookup

EXCHANGE = """\
key: exchange_report
title: {zh: 外出交流报告, en: Exchange report}
subject: school
period: term
drafted_by:
  - {role: coordinator, at: school}
readers:
  - {role: coordinator, at: school}
  - {role: deputy, at: school}
  - {role: inspector, at: county, once: submitted}
  - {role: auditor, at: county}
path: [writing, deputy_check, bureau_check, filed]
initial: writing
states:
  writing:
    title: {zh: 撰写, en: Writing}
    tone: draft
    waits_for: author
    editable: true
    due: {days_after_period_start: 60}
  deputy_check:
    title: {zh: 副校长核对, en: Deputy's check}
    tone: waiting
    waits_for:
      - {role: deputy, at: school}
      - {role: principal, at: school}
    due: {working_days: 2}
  bureau_check:
    title: {zh: 教育局备案, en: Bureau's check}
    tone: waiting
    waits_for:
      - {role: inspector, at: county}
  filed:
    title: {zh: 已备案, en: Filed}
    tone: approved
    in_force: true
    final: true
actions:
  hand_in:
    title: {zh: 交稿, en: Hand in}
    from: [writing]
    to: deputy_check
    by: drafter
    needs: [form_complete, unchanged]
    effects: [freeze_revision, open_round]
    style: primary
  confirm:
    title: {zh: 核对无误, en: Confirm}
    from: [deputy_check]
    to: bureau_check
    by: waited_for
    needs: [not_own, not_signed, unchanged, reauthenticated]
    signs: true
    style: primary
  file:
    title: {zh: 备案, en: File}
    from: [bureau_check]
    to: filed
    by: waited_for
    needs: [not_own, not_signed, unchanged, reauthenticated]
    effects: [put_in_force]
    signs: true
    style: primary
form:
  - {key: topic, title: {zh: 主题, en: Topic}, kind: text, required: true}
  - {key: account, title: {zh: 经过, en: Account}, kind: long_text, required: true}
  - {key: level, title: {zh: 级别, en: Level}, kind: choice, options: [县级, 市级]}
  - {key: subjects, title: {zh: 学科, en: Subjects}, kind: choices, options: [语文, 数学]}
  - {key: people, title: {zh: 人数, en: People}, kind: number, minimum: 1, maximum: 500}
  - {key: day, title: {zh: 日期, en: Day}, kind: date}
  - {key: meeting, title: {zh: 碰头时间, en: Meeting}, kind: slot}
  - key: visits
    title: {zh: 走访, en: Visits}
    kind: table
    columns:
      - {key: place, title: {zh: 学校, en: School}, required: true}
      - {key: hours, title: {zh: 学时, en: Hours}, kind: number}
"""
TYPED = {
    "f.topic": "邻县听课", "f.account": "两天听了六节课。", "f.level": "市级", "f.subjects": "数学",
    "f.people": "12",
    "f.day": "2026-10-20", "f.meeting.weekday": "2", "f.meeting.from": "08:00", "f.meeting.to": "09:00",
    "f.meeting.place": "校门口", "f.visits.0.place": "邻县一小", "f.visits.0.hours": "3",
}  # fmt: skip


def sheet(doc: Artefact) -> dict[str, object]:
    """What the page of the document sends along with an action."""
    return {
        "version": doc.version, "content_sha256": doc.content_sha256,
        "attachments_sha256": doc.attachments_sha256, "key": f"sheet-{doc.version}", "password": PASSWORD,
    }  # fmt: skip


def test_one_file_is_all_it_takes(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    (tmp_path / "exchange_report.yaml").write_text(EXCHANGE, encoding="utf-8")
    app = make_app(workflows_dir=str(tmp_path))
    with app.app_context():
        here = county()
        coordinator, deputy, inspector = (log_in(app, who) for who in ("coordinator", "deputy", "inspector"))

        # It can be begun, typed into and handed in.
        assert "外出交流报告" in coordinator.get("/artefacts/new").get_data(as_text=True)
        period = "2026-2027-1"
        begun = post(coordinator, "/artefacts/new", workflow="exchange_report", period=period, key="begin")
        assert begun.status_code == 303, begun.get_data(as_text=True)
        path = begun.headers["Location"].removesuffix("/edit")
        artefact_id = int(path.rpartition("/")[2])
        page = coordinator.get(f"{path}/edit").get_data(as_text=True)
        for name in TYPED:
            assert f'name="{name}"' in page or name.startswith("f.visits.0"), name
        saved = post(coordinator, f"{path}/edit", version="1", op="save", **TYPED)
        assert saved.status_code == 303, saved.get_data(as_text=True)

        def now() -> Artefact:
            db.session.rollback()
            return db.session.get_one(Artefact, artefact_id)

        assert post(coordinator, f"{path}/actions/hand_in", **sheet(now())).status_code == 303
        assert now().state == "deputy_check"

        # Whoever it waits for finds it on the desk, nobody else; and signs it there.
        assert f'href="{path}"' in deputy.get("/").get_data(as_text=True)
        assert log_in(app, "lead").get(path).status_code == 404
        for client, action, state in ((deputy, "confirm", "bureau_check"), (inspector, "file", "filed")):
            assert f'href="{path}"' in client.get("/").get_data(as_text=True)
            shown = client.get(path).get_data(as_text=True)
            assert "邻县听课" in shown
            assert "邻县一小" in shown
            assert post(client, f"{path}/actions/{action}", **sheet(now())).status_code == 303
            assert now().state == state
        assert now().in_force_revision == 1

        # The trail has it all and is whole; its picture and words are there; programs see the same.
        auditor = log_in(app, "auditor")
        line = auditor.get(f"/trail?document={artefact_id}").get_data(as_text=True)
        for title in ("交稿", "核对无误", "备案"):
            assert title in line
        assert chain.breaks(artefact_id, lookup.chain(artefact_id)) == []
        drawn = coordinator.get("/workflows/exchange_report").get_data(as_text=True)
        assert "<svg" in drawn
        assert "教育局备案" in drawn
        assert "外出交流报告" in coordinator.get("/workflows").get_data(as_text=True)
        found = Program(app, here.coordinator).get(f"/artefacts/{artefact_id}")
        assert found["content"]["people"] == 12
        assert found["content"]["visits"] == [{"place": "邻县一小", "hours": 3}]
        assert found["state_title"] == "已备案"


def test_a_file_with_a_mistake_is_not_served(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    import pytest

    from workflows.source import Unsound

    (tmp_path / "exchange_report.yaml").write_text(EXCHANGE.replace("role: deputy", "role: depute"))
    with pytest.raises(Unsound, match=r"exchange_report.yaml 第 9 行：.*deputy"):
        make_app(workflows_dir=str(tmp_path))
