"""Word files into drafts: through the service, the API and the pages, on both databases."""

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browsing import log_in, post, token
from tests.builders import YEAR, County, a_key, a_plan
from tests.word_import.word_files import DOCX, SAMPLES, made, ole, p, r, with_body
from workflow_app.artefacts import content as contents
from workflow_app.artefacts.models import Artefact
from workflow_app.authentication import tokens
from workflow_app.drafting import save
from workflow_app.errors import AlreadyThere, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.word_import import service
from workflow_app.word_reading.opening import MB, NotImported

TABLE = [["时间", "内容", "课时"], ["9月", "学课标", "2"]]
PLAN = made(
    "城关小学校本研修方案", "一、指导思想", "以人为本。", "二、安全工作", "防火防盗。",
    "三、工作目标：人人上课。", "四、活动安排", TABLE, "每周三下午3:00-5:00在会议室集中研修。",
)  # fmt: skip
LEFT = ["城关小学校本研修方案", "二、安全工作", "防火防盗。", "四、活动安排", "时间 | 内容 | 课时"]


def begun(here: County, data: bytes = PLAN, **more: Any) -> service.Begun:
    given = {"key": a_key()} | more
    return service.begin(here.coordinator, "school_plan", YEAR, data, "方案.docx", **given)


def content(artefact_id: int) -> dict[str, Any]:
    db.session.rollback()
    return contents.draft(artefact_id).content


# --- the service -----------------------------------------------------------------------------


def test_a_file_fills_a_draft_and_what_has_no_place_is_kept_beside_it(here: County) -> None:
    made_ = begun(here)
    artefact_id = made_.outcome.artefact_id
    filled = content(artefact_id)
    assert filled["guiding_idea"] == "一、指导思想\n以人为本。"
    assert filled["goals"] == "三、工作目标：人人上课。"
    assert filled["activities"][0]["theme"] == "学课标"
    assert filled["weekly_slot"] == {"weekday": "3", "from": "15:00", "to": "17:00", "place": "会议室"}
    found = service.found(artefact_id)
    assert found is not None
    assert [one.text for one in found.left] == LEFT
    assert "防火防盗" not in str(filled)


def test_the_same_request_twice_makes_one_document(here: County) -> None:
    first = begun(here, key="the-same")
    again = begun(here, key="the-same")
    assert again.outcome.replayed
    assert again.outcome.artefact_id == first.outcome.artefact_id
    assert [one.text for one in again.imported.left] == LEFT
    with pytest.raises(AlreadyThere):
        begun(here)


def test_who_may_not_begin_may_not_import(here: County) -> None:
    with pytest.raises(NotAllowed):
        service.begin(here.lead, "school_plan", YEAR, PLAN, "方案.docx", key=a_key())


def test_looking_through_moves_pieces_and_drops_headings(here: County) -> None:
    artefact_id = begun(here).outcome.artefact_id
    found = service.found(artefact_id)
    assert found is not None
    number = {piece.words: index for index, piece in enumerate(found.pieces)}
    moves = {number["防火防盗。"]: "other", number["以人为本。"]: service.UNPLACED, 999: "goals"}
    left = service.confirm(here.coordinator, artefact_id, moves, [], headings=False)
    assert left == 2
    filled = content(artefact_id)
    assert (filled["other"], filled["guiding_idea"], filled["goals"]) == ("防火防盗。", "", "人人上课。")
    assert filled["weekly_slot"] == {}  # not wanted
    again = service.found(artefact_id)
    assert again is not None
    assert [one.text for one in again.left] == ["以人为本。", "二、安全工作"]
    with pytest.raises(NotFound):
        service.confirm(here.coordinator, artefact_id, {}, [], headings=False)


def test_a_heading_moved_elsewhere_becomes_text(here: County) -> None:
    artefact_id = begun(here).outcome.artefact_id
    found = service.found(artefact_id)
    assert found is not None
    number = {piece.words: index for index, piece in enumerate(found.pieces)}
    moves = {number["三、工作目标：人人上课。"]: "other", number["一、指导思想"]: "basis"}
    service.confirm(here.coordinator, artefact_id, moves, ["weekly_slot"], headings=False)
    filled = content(artefact_id)
    assert (filled["other"], filled["basis"]) == ("三、工作目标：人人上课。", "一、指导思想")
    assert filled["weekly_slot"]["place"] == "会议室"


def test_left_over_texts_are_placed_dropped_and_taken_up_again(here: County) -> None:
    artefact_id = begun(here).outcome.artefact_id
    service.confirm(here.coordinator, artefact_id, {}, [], headings=False)
    me = here.coordinator
    service.decide(me, artefact_id, 1, "goals")
    assert content(artefact_id)["goals"] == "人人上课。\n防火防盗。"
    service.decide(me, artefact_id, 1, "goals")  # a second click
    assert content(artefact_id)["goals"] == "人人上课。\n防火防盗。"
    service.decide(me, artefact_id, 0, "drop")
    found = service.found(artefact_id)
    assert found is not None
    assert (found.open, [one.text for _n, one in found.dropped]) == ([], ["二、安全工作"])
    service.decide(me, artefact_id, 0, "again")
    found = service.found(artefact_id)
    assert found is not None
    assert [one.text for _n, one in found.open] == ["二、安全工作"]
    with pytest.raises(NotFound):
        service.decide(me, artefact_id, 7, "goals")
    with pytest.raises(NotFound):
        service.decide(here.coordinator2, artefact_id, 0, "goals")


def test_what_is_left_over_is_not_signed(here: County) -> None:
    made_ = begun(here)
    row = db.session.get_one(Artefact, made_.outcome.artefact_id)
    before = row.content_sha256
    service.decide(here.coordinator, row.id, 0, "drop")
    db.session.rollback()
    assert db.session.get_one(Artefact, row.id).content_sha256 == before


# --- the API ---------------------------------------------------------------------------------


def sent(
    office: Flask, who: int, data: bytes | None = PLAN, name: str = "方案.docx", key: str = "", **form: str
) -> TestResponse:
    headers = {"Authorization": f"Bearer {tokens.make(None, who, may_sign=False)}"}
    if key != "none":
        headers["Idempotency-Key"] = key or a_key()
    fields: dict[str, Any] = {"workflow": "school_plan", "period": YEAR} | form
    if data is not None:
        fields["file"] = (io.BytesIO(data), name, DOCX)
    return office.test_client().post(
        "/api/v1/artefacts/import", data=fields, headers=headers, content_type="multipart/form-data"
    )


def test_a_program_imports_a_file(office: Flask, here: County) -> None:
    answer = sent(office, here.coordinator)
    assert answer.status_code == 201
    body = answer.get_json()
    assert body["unplaced"] == LEFT
    assert body["artefact"]["state"] == "draft"
    assert body["artefact"]["content"] == content(body["artefact"]["id"])
    assert {"section": "guiding_idea", "kind": "text", "text": "以人为本。"} in body["placed"]
    assert body["proposed"]["weekly_slot"]["weekday"] == "3"
    everything = str(body["artefact"]["content"]) + str(body["unplaced"])
    for text in ("一、指导思想", "以人为本。", "防火防盗。", "学课标", "9月", "三、工作目标：人人上课。"):
        assert text in everything


@pytest.mark.sqlite_only
def test_what_a_program_is_told_when_a_file_is_refused(office: Flask, here: County) -> None:
    me = here.coordinator
    cases = [
        (sent(office, me, ole("WordDocument"), "计划.doc"), 422, "old_word"),
        (sent(office, me, b"PK" + b"\0" * (50 * MB)), 422, "file_too_large"),
        (sent(office, me, b"PK" + b"\0" * (21 * MB)), 422, "file_too_large"),
        (sent(office, me, None), 422, "no_file"),
        (sent(office, me, "一".encode(), "计划.txt"), 422, "not_word"),
        (sent(office, me, workflow="none"), 422, "bad_input"),
        (sent(office, me, period="1999"), 422, "bad_input"),
        (sent(office, me, school="x"), 422, "bad_input"),
        (sent(office, me, key="none"), 400, "idempotency_key_required"),
        (sent(office, here.lead), 403, "not_allowed"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert answer.content_type == "application/problem+json"
    assert db.session.query(Artefact).count() == 0
    assert sent(office, me).status_code == 201
    assert sent(office, me).get_json()["code"] == "already_exists"


@pytest.mark.sqlite_only
def test_every_sample_through_the_api(office: Flask, here: County) -> None:
    names = sorted(SAMPLES.glob("*.docx")) if SAMPLES.is_dir() else []
    if not names:
        pytest.skip("no samples beside this checkout")
    people = [(here.coordinator, YEAR), (here.coordinator2, YEAR), (here.coordinator4, YEAR)]
    for path, (who, year) in zip(names, people, strict=False):
        answer = sent(office, who, path.read_bytes(), path.name, period=year)
        assert answer.status_code == 201
        assert len(answer.get_json()["unplaced"]) <= 2


def test_the_route_is_in_the_openapi_document(plain_app: Flask) -> None:
    document = plain_app.test_client().get("/api/v1/openapi.json").get_json()
    body = document["paths"]["/api/v1/artefacts/import"]["post"]["requestBody"]["content"]
    assert "file" in body["multipart/form-data"]["schema"]["properties"]


# --- the pages -------------------------------------------------------------------------------


@pytest.fixture
def author(office: Flask, here: County) -> FlaskClient:
    return log_in(office, "coordinator")


def upload(client: FlaskClient, data: bytes = PLAN, name: str = "方案.docx", **form: Any) -> TestResponse:
    fields = {"workflow": "school_plan", "period": YEAR, "key": a_key()}
    file = (io.BytesIO(data), name, DOCX)
    return client.post(
        "/artefacts/import",
        data={"csrf_token": token(client, "/me"), **fields, "file": file, **form},
        content_type="multipart/form-data",
    )


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def test_upload_look_through_confirm_and_place_what_is_left(author: FlaskClient) -> None:
    assert 'formenctype="multipart/form-data"' in page(author, "/artefacts/new")
    answer = upload(author)
    assert answer.status_code == 303
    preview = answer.location
    shown = page(author, preview)
    for text in ("以人为本。", "防火防盗。", "学课标", "未归类", "从文字里读出来的"):
        assert text in shown
    fields = dict.fromkeys(re.findall(r'name="(to\.\d+)"', shown), "")
    for name in fields:
        select = shown[shown.index(f'name="{name}"') :]
        fields[name] = re.findall(r'value="([^"]*)" selected', select.partition("</select>")[0])[0]
    answer = post(author, preview, **fields, also="weekly_slot")
    assert answer.status_code == 303
    edit = page(author, answer.location)
    assert "还有 2 段没有归类" in edit
    assert ">以人为本。</textarea>" in re.sub(r"\n(?=以人)", "", edit)
    artefact = int(re.findall(r"/artefacts/(\d+)/edit", answer.location)[0])
    assert content(artefact)["goals"] == "人人上课。"
    answer = post(author, f"/artefacts/{artefact}/leftovers/1", to="goals")
    assert answer.location.endswith("#s-goals")
    assert content(artefact)["goals"] == "人人上课。\n防火防盗。"
    post(author, f"/artefacts/{artefact}/leftovers/0", op="drop")
    assert "拿回来" in page(author, f"/artefacts/{artefact}/edit")
    assert author.get(preview).status_code == 303  # once is enough


@pytest.mark.sqlite_only
def test_a_draft_typed_into_meanwhile_is_not_overwritten(author: FlaskClient, here: County) -> None:
    preview = upload(author).location
    artefact = int(re.findall(r"/artefacts/(\d+)/import", preview)[0])
    save.save_content(here.coordinator, artefact, 1, {"goals": "我自己写的"})
    assert author.get(preview).status_code == 303
    assert post(author, preview).status_code == 303
    assert content(artefact)["goals"] == "我自己写的"
    assert "防火防盗。" in page(author, f"/artefacts/{artefact}/edit")


@pytest.mark.sqlite_only
def test_refusals_are_said_on_the_page_where_one_chose(author: FlaskClient, here: County) -> None:
    for data, name, words in (
        (ole("WordDocument"), "计划.doc", "另存为"),
        (b"PK" + b"\0" * (50 * MB), "大.docx", "超过 20 MB"),
        (b"PK" + b"\0" * (20 * MB + 5), "大.docx", "超过 20 MB"),
        (b"", "空.docx", "请选择一个 Word 文件"),
    ):
        answer = upload(author, data, name)
        assert answer.status_code == 303
        assert words in page(author, answer.location)
    assert upload(author, csrf_token="wrong").status_code == 400
    a_plan(here)
    there = upload(author)
    assert "没有导入" in page(author, there.location)


@pytest.mark.sqlite_only
def test_nobody_else_sees_what_was_imported(office: Flask, author: FlaskClient, here: County) -> None:
    preview = upload(author).location
    for who in ("coordinator2", "lead", "teacher", "admin", "auditor"):
        other = log_in(office, who)
        answer = other.get(preview)
        assert answer.status_code in (303, 404)
        assert "防火防盗" not in answer.get_data(as_text=True)
        assert post(other, preview).status_code in (403, 404)
        assert post(other, preview.replace("import", "leftovers/0"), op="drop").status_code in (303, 404)
    artefact = int(re.findall(r"/artefacts/(\d+)/import", preview)[0])
    found = service.found(artefact)
    assert found is not None
    assert {one.state for one in found.left} == {"open"}


def test_refusals_are_errors_of_the_house() -> None:
    assert NotImported("broken").say("zh") == "文件已损坏，打不开。请在 Word 里打开确认，另存一份再导入。"


# --- a draft that is there already -----------------------------------------------------------


def empty_draft(here: County) -> int:
    from workflow_app.drafting.create import create

    return create(here.coordinator, "school_plan", YEAR, key=a_key()).artefact_id


def test_an_empty_draft_is_offered_the_file_and_filled_when_its_author_agrees(
    author: FlaskClient, here: County
) -> None:
    artefact = empty_draft(here)
    answer = upload(author)
    assert answer.location.endswith(f"/artefacts/{artefact}/import")
    shown = page(author, answer.location)
    assert "已经有一份空白草稿" in shown
    assert not any(content(artefact).values())  # nothing before its author agrees
    assert "等着放进这份空白草稿" in page(author, f"/artefacts/{artefact}/edit")
    assert post(author, answer.location, also="weekly_slot", op="confirm").status_code == 303
    filled = content(artefact)
    assert (filled["guiding_idea"], filled["goals"]) == ("以人为本。", "人人上课。")
    assert filled["weekly_slot"]["weekday"] == "3"


@pytest.mark.sqlite_only
def test_an_offered_file_is_refused_or_overtaken_and_nothing_of_it_is_lost(
    author: FlaskClient, here: County
) -> None:
    artefact = empty_draft(here)
    preview = upload(author).location
    save.save_content(here.coordinator, artefact, 1, {"goals": "我自己写的"})
    assert post(author, preview, op="confirm").status_code == 303
    assert content(artefact)["goals"] == "我自己写的"
    found = service.found(artefact)
    assert found is not None
    assert {"以人为本。", "防火防盗。"} <= {one.text for _n, one in found.open}
    save.save_content(here.coordinator, artefact, 2, {})
    preview = upload(author).location
    assert post(author, preview, op="refuse").status_code == 303
    assert not any(content(artefact).values())
    found = service.found(artefact)
    assert found is not None
    assert {"以人为本。", "防火防盗。"} <= {one.text for _n, one in found.dropped}


@pytest.mark.sqlite_only
def test_a_draft_that_says_something_is_not_filled(author: FlaskClient, here: County) -> None:
    artefact = empty_draft(here)
    save.save_content(here.coordinator, artefact, 1, {"goals": "我自己写的"})
    assert "没有导入" in page(author, upload(author).location)
    with pytest.raises(AlreadyThere):
        service.fill(here.coordinator, artefact, 2, PLAN, "方案.docx", key=a_key())
    with pytest.raises(NotFound):
        service.offer(here.coordinator2, artefact, PLAN, "方案.docx")


def test_a_program_fills_an_empty_draft(office: Flask, here: County) -> None:
    artefact = empty_draft(here)

    def sent_to(version: str, key: str) -> TestResponse:
        headers = {
            "Authorization": f"Bearer {tokens.make(None, here.coordinator, may_sign=False)}",
            "Idempotency-Key": key, "If-Match": f'"{version}"',
        }  # fmt: skip
        return office.test_client().post(
            f"/api/v1/artefacts/{artefact}/import",
            data={"file": (io.BytesIO(PLAN), "方案.docx", DOCX)},
            headers=headers,
            content_type="multipart/form-data",
        )

    key = a_key()
    assert sent_to("7", a_key()).status_code == 412
    answer = sent_to("1", key)
    assert answer.status_code == 200
    assert answer.get_json()["artefact"]["content"]["goals"] == "三、工作目标：人人上课。"
    assert answer.get_json()["unplaced"] == LEFT
    assert sent_to("1", key).get_json()["artefact"]["version"] == 2
    assert sent_to("2", a_key()).status_code == 409
    assert sent_to("1", a_key()).status_code == 412


# --- what is named, and page by page ---------------------------------------------------------

TRACKED = with_body(
    p(r("一、研修目标")),
    p(
        r("人人")
        + f"<w:ins>{r('都')}</w:ins>"
        + "<w:del><w:r><w:delText>不</w:delText></w:r></w:del>"
        + r("上课。")
    ),
)


@pytest.mark.sqlite_only
def test_what_was_taken_as_agreed_is_named_on_the_page_and_in_the_api(
    office: Flask, author: FlaskClient, here: County
) -> None:
    shown = page(author, upload(author, TRACKED).location)
    assert "按同意删去处理，没有导入：「不」" in shown
    assert "按同意加入处理，已导入：「都」" in shown
    answer = sent(office, here.coordinator2, TRACKED).get_json()
    assert [(one["kind"], one["texts"]) for one in answer["notices"]] == [
        ("inserted", ["都"]),
        ("deleted", ["不"]),
    ]


@pytest.mark.sqlite_only
def test_a_title_is_not_said_to_be_in_no_section(author: FlaskClient) -> None:
    shown = page(author, upload(author, made("校本研修方案", "一、研修目标", "人人上课。")).location)
    assert "文件标题" in shown
    assert '<h2 id="left-h">' not in shown


@pytest.mark.sqlite_only
def test_a_long_file_is_looked_through_page_by_page(author: FlaskClient) -> None:
    lines = [f"第{number}句。" for number in range(450)]
    preview = upload(author, made("方案", "一、研修目标", *lines)).location
    first, last = page(author, preview), page(author, f"{preview}?page=3")
    assert "第 1 页，共 3 页" in first
    assert len(re.findall(r'name="to\.\d+"', first)) == 200
    number = int(re.findall(r'name="to\.(\d+)"', last)[-1])
    # Chosen on one page, kept while another one is looked at, and taken with all the rest.
    answer = post(author, preview, op="page:1", paged="1", **{f"to.{number}": "other"})
    assert answer.location.endswith("page=1")
    assert 'value="other" selected' in page(author, f"{preview}?page=3")
    assert post(author, preview, op="confirm", paged="1", **{"to.2": "basis"}).status_code == 303
    artefact = int(re.findall(r"/artefacts/(\d+)/import", preview)[0])
    filled = content(artefact)
    assert filled["other"] == "第449句。"
    assert filled["basis"] == "第0句。"
    assert filled["goals"].splitlines() == lines[1:449]


@pytest.mark.sqlite_only
def test_many_texts_left_over_are_listed_page_by_page(author: FlaskClient) -> None:
    lines = [f"第{number}件。" for number in range(120)]
    preview = upload(author, made("方案", "一、安全工作", *lines)).location
    edit = post(author, preview, op="confirm").location
    assert page(author, edit).count('name="op" value="drop"') == 50
    third = page(author, f"{edit}?left=3")
    assert "第119件。" in third
    assert "第0件。" not in third
