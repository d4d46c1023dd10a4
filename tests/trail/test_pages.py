"""The pages of the trail: each event with exactly what was signed; filters; exports."""

import csv
import html
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in
from tests.builders import County, Doc, a_development_plan, a_plan, county, end_role, full_content
from tests.tampering import tamper
from workflow_app import canonical
from workflow_app.extensions import db
from workflow_app.store import writing
from workflow_app.trail import lookup
from workflow_app.trail.views import events as views

MARK = "第三稿：每学期上一节研究课 <b>并写出改进</b>。"


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, buffered=True)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def words_of(page: str) -> str:
    """What a reader sees: no tags, no entities, white space as one blank."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def listed(page: str) -> list[int]:
    """Ids of the events in the list, in order, each once."""
    return list(dict.fromkeys(map(int, re.findall(r'href="/trail/(\d+)"', page))))


@pytest.fixture
def plan(here: County) -> Doc:
    """Two rounds with different content, approved."""
    doc = a_plan(here, content=full_content(goals="第一稿的目标。")).submitted().signed().returned()
    doc.save(here.coordinator, goals=MARK)
    return doc.answered().submitted().signed().approved()


@pytest.fixture
def auditor(office: Flask, here: County) -> FlaskClient:
    return log_in(office, "auditor")


# --- one event -------------------------------------------------------------------------------


def test_every_event_opens_the_exact_content_that_was_signed(plan: Doc, auditor: FlaskClient) -> None:
    assert [event.action for event in plan.events] == [
        "create", "submit", "sign", "return", "submit", "sign", "approve",
    ]  # fmt: skip
    for event in plan.events:
        page = words_of(text_of(auditor, f"/trail/{event.id}"))
        assert ("第一稿的目标。" in page) == (event.revision == 1), event.action
        assert (MARK in page) == (event.revision == 2), event.action
        assert ("草稿的文字不留底" in page) == (event.revision == 0), event.action
        assert ("现在重新计算的摘要与当时记下的一致" in page) == (event.revision > 0), event.action
        assert bytes(event.body).decode() in page
        assert event.hash in page
        assert canonical.loads(bytes(event.body))["content_sha256"] in page


def test_an_event_says_who_as_what_with_which_words(plan: Doc, auditor: FlaskClient) -> None:
    returned, approved = plan.events[3], plan.events[6]
    page = words_of(text_of(auditor, f"/trail/{returned.id}"))
    for shown in (
        "lead的姓名",
        "退回",
        "部主任",
        "小学部",
        "目标请写得可以检验。",
        "当场输入密码",
        "第 4 条",
    ):
        assert shown in page, shown
    page = words_of(text_of(auditor, f"/trail/{approved.id}"))
    for shown in ("同意。", "已通过", "7 / 7", "首尾相接"):
        assert shown in page, shown


def test_nothing_typed_becomes_markup(here: County, auditor: FlaskClient) -> None:
    evil = "<script>alert(1)</script>"
    plan = a_plan(here, content=full_content(goals=evil)).submitted().returned(here.principal, text=evil)
    for path in (f"/trail/{plan.events[2].id}", "/trail", f"/trail?document={evil}"):
        assert evil not in text_of(auditor, path), path


def test_a_cancelled_amendment_shows_the_content_it_went_back_to(
    here: County, plan: Doc, auditor: FlaskClient
) -> None:
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="改坏了的目标。")
    plan.submitted().returned(here.principal)
    plan.act(here.coordinator, "cancel_amendment")
    cancelled = plan.events[-1]
    assert cancelled.revision == 3
    page = words_of(text_of(auditor, f"/trail/{cancelled.id}"))
    assert MARK in page
    assert "改坏了的目标。" not in page
    assert "第 2 版" in page


def test_a_changed_content_is_told_on_the_page(plan: Doc, auditor: FlaskClient) -> None:
    signed = plan.events[5].id
    other = canonical.dumps(full_content(goals="换掉的目标。"))
    tamper(
        "UPDATE revision SET content = :body WHERE artefact_id = :id AND number = 2", body=other, id=plan.id
    )
    page = words_of(text_of(auditor, f"/trail/{signed}"))
    assert "现在重新计算的摘要与当时记下的不一致" in page
    assert "记下的一致" not in page
    tamper(
        "UPDATE revision SET content_sha256 = :digest WHERE artefact_id = :id AND number = 2",
        digest=canonical.sha256(other), id=plan.id,
    )  # fmt: skip
    assert "现在重新计算的摘要与当时记下的不一致" in words_of(text_of(auditor, f"/trail/{signed}"))
    tamper("UPDATE revision SET content = :body WHERE artefact_id = :id", body=b"\xff{", id=plan.id)
    assert "现在重新计算的摘要与当时记下的不一致" in words_of(text_of(auditor, f"/trail/{signed}"))
    tamper("DELETE FROM revision WHERE artefact_id = :id AND number = 2", id=plan.id)
    assert "已不在库里" in words_of(text_of(auditor, f"/trail/{signed}"))


def test_an_unknown_event_and_a_foreign_one_answer_alike(office: Flask, plan: Doc) -> None:
    client = log_in(office, "coordinator2")
    foreign, unknown = (text_of(client, f"/trail/{one}", 404) for one in (plan.events[0].id, 999_999))
    assert words_of(foreign) == words_of(unknown)
    text_of(client, f"/trail/{2**63}", 404)
    text_of(client, "/trail/x", 404)


def test_who_may_not_read_the_document_gets_no_link_to_it(office: Flask, here: County, plan: Doc) -> None:
    approved = plan.events[6].id
    link = f'href="/artefacts/{plan.id}"'
    assert link in text_of(log_in(office, "coordinator"), f"/trail/{approved}")
    end_role(here.lead, "lead")
    assert "同意。" in text_of(log_in(office, "lead"), f"/trail/{approved}")


# --- the list --------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_filters_narrow_it(
    here: County, plan: Doc, auditor: FlaskClient
) -> None:
    other = a_development_plan(here).submitted()
    ids = [event.id for event in plan.events]
    theirs = [event.id for event in other.events]
    assert listed(text_of(auditor, "/trail")) == [*reversed(theirs), *reversed(ids)]
    for query, expected in (
        (f"document={plan.id}", ids[::-1]),
        ("document=方案", ids[::-1]),
        ("person=lead", [ids[6], ids[3]]),
        ("person=teacher", theirs[::-1]),
        ("action=submit", [theirs[1], ids[4], ids[1]]),
        ("action=submit&document=方案&person=coordinator&unit=城关", [ids[4], ids[1]]),
        ("unit=柳河", []),
        ("since=2000-01-01&until=2000-01-02", []),
        ("since=2000-01-01", [*reversed(theirs), *reversed(ids)]),
        ("document=%25", []),
        ("document= 方案 ", ids[::-1]),
    ):
        assert listed(text_of(auditor, f"/trail?{query}")) == expected, query


def test_what_was_asked_for_stays_in_the_form(plan: Doc, auditor: FlaskClient) -> None:
    page = text_of(auditor, "/trail?document=方案&person=lead&unit=城关&action=sign&since=2026-01-02")
    for shown in ('value="方案"', 'value="lead"', 'value="城关"', 'value="2026-01-02"'):
        assert shown in page, shown
    assert re.search(r'<option[^>]*value="sign"[^>]*selected|<option[^>]*selected[^>]*value="sign"', page)
    assert "没有找到记录" in text_of(auditor, "/trail?document=没有的")


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("since=昨天", "since", "日期请写成 2026-09-01 这样。"),
        ("until=2026-02-30", "until", "日期请写成 2026-09-01 这样。"),
        ("since=2026-09-02&until=2026-09-01", "until", "截止日期早于开始日期。"),
        ("action=explode", "action", "没有这个动作。"),
        ("document=a%00b", "document", "不可见的控制字符"),
        ("person=" + "长" * 81, "person", "最多 80 个字"),
        ("unit=%E2%80%AE", "unit", "改变文字方向的不可见字符"),
    ],
)
def test_bad_input_is_told_next_to_its_field(
    plan: Doc, auditor: FlaskClient, query: str, field: str, sentence: str
) -> None:
    page = text_of(auditor, f"/trail?{query}", 422)
    told = re.search(rf'name="{field}"[^>]*aria-describedby="([^"]+)"', page)
    assert told, page
    ids = told[1].split()
    assert any(re.search(rf'id="{one}"[^>]*>(?:(?!</p>).)*{sentence}', page, re.DOTALL) for one in ids)
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', page)
    assert listed(page) == []


def test_pages_follow_one_another(
    here: County, plan: Doc, auditor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 3)
    seen: list[int] = []
    path = "/trail?document=方案"
    while path:
        page = text_of(auditor, path)
        seen += listed(page)
        following = re.search(r'href="([^"]+)" rel="next"|rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1] or following[2]) if following else ""
        assert not path or "document=" in path
    assert seen == [event.id for event in reversed(plan.events)]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "bnVsbA", "%00", "W10", "eyJhIjoxfQ"])
def test_a_made_up_cursor_is_not_found(plain_app: Flask, cursor: str) -> None:
    with plain_app.app_context():
        county()
        db.session.remove()
    text_of(log_in(plain_app, "auditor"), f"/trail?cursor={cursor}", 404)


def test_each_sees_their_own(office: Flask, here: County, plan: Doc) -> None:
    other = a_development_plan(here, by=here.colleague).submitted()
    theirs = [event.id for event in other.events]
    client = log_in(office, "colleague")
    assert listed(text_of(client, "/trail")) == theirs[::-1]
    assert listed(text_of(client, "/trail?document=方案")) == []
    rows = [json.loads(line) for line in text_of(client, "/trail/export.jsonl").splitlines()]
    assert {row["artefact"] for row in rows} == {other.id}


# --- export ----------------------------------------------------------------------------------


def table(client: FlaskClient, query: str = "") -> list[list[str]]:
    answer = client.get(f"/trail/export.csv{query}", buffered=True)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    raw = answer.get_data()
    assert raw.startswith(b"\xef\xbb\xbf")  # else Excel takes it for another encoding
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_csv_holds_what_the_list_shows(here: County, plan: Doc, auditor: FlaskClient) -> None:
    a_development_plan(here)
    head, *rows = table(auditor, "?document=方案")
    assert head[:5] == ["时间", "人员", "角色", "动作", "文件"]
    assert [row[-1] for row in rows] == [event.hash for event in reversed(plan.events)]
    assert rows[0][1:4] == ["lead的姓名", "部主任", "同意"]
    assert "同意。" in rows[0]
    assert len(table(auditor)) == 9


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "＝1"])
def test_formulas_in_cells_are_defused(plain_app: Flask, typed: str) -> None:
    with plain_app.app_context():
        here = county()
        plan = a_plan(here).submitted().signed()
        plan.act(here.lead, "approve", comment=typed)
        with writing() as session:
            from workflow_app.artefacts.models import Artefact

            session.get_one(Artefact, plan.id).title = typed
        db.session.remove()
    client = log_in(plain_app, "auditor")
    for row in table(client)[1:]:
        for cell in row:
            assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell
    assert any(typed.strip() in cell for cell in table(client)[1])


def test_jsonl_holds_the_exact_text_of_each_event(plan: Doc, auditor: FlaskClient) -> None:
    rows = [
        json.loads(line) for line in text_of(auditor, f"/trail/export.jsonl?document={plan.id}").splitlines()
    ]
    events = list(reversed(plan.events))
    assert [row["canonical"] for row in rows] == [bytes(event.body).decode() for event in events]
    assert [row["hash"] for row in rows] == [canonical.sha256(row["canonical"].encode()) for row in rows]


def test_exports_with_bad_filters_or_of_unknown_kind_are_not_found(plan: Doc, auditor: FlaskClient) -> None:
    for path in ("export.csv?since=x", "export.jsonl?action=explode", "export.pdf", "export.exe", "export."):
        text_of(auditor, f"/trail/{path}", 404)


def test_an_export_ends_at_its_limit(
    plan: Doc, auditor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST", 3)
    assert len(table(auditor)) == 4
