"""Papers of documents on their way: who may have which, what they say, that they stay the same."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.browsing import log_in
from tests.builders import County, Doc, a_development_plan, a_plan, county, full_content
from tests.configuring import configure
from tests.printing import pdfa, reading
from workflow_app import canonical
from workflow_app.attachments.models import AttachmentList
from workflow_app.authentication import tokens
from workflow_app.extensions import db
from workflow_app.printing import service, signing
from workflow_app.printing.models import IssuedPaper
from workflow_app.settings import ROOT, Settings
from workflow_app.store import writing

EVERYBODY = (
    "teacher", "colleague", "coordinator", "principal", "deputy", "coordinator2", "principal2",
    "principal3", "teacher3", "lead", "lead2", "reviewer", "reviewer2", "inspector", "auditor", "admin",
)  # fmt: skip
SCHOOL1 = {"coordinator", "principal", "deputy"}
LATER = {"lead", "reviewer", "inspector", "auditor"}


def issued(doc: Doc) -> list[IssuedPaper]:
    db.session.rollback()
    query = select(IssuedPaper).filter_by(artefact_id=doc.id).order_by(IssuedPaper.id)
    return list(db.session.scalars(query))


def paper(client: FlaskClient, doc: Doc, ending: str = "pdf", query: str = "") -> bytes:
    answer = client.get(f"/artefacts/{doc.id}/paper.{ending}{query}")
    assert answer.status_code == 200, answer.text
    return answer.data


# --- what it says ----------------------------------------------------------------------------


def test_the_sheet_names_every_signer_with_role_time_and_opinion(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    plan.act(here.principal, "sign", comment="校内研究过，同意上报。")
    plan.returned(text="目标请写得可以检验。")
    plan.answered().submitted().signed().approved()
    client = log_in(office, "coordinator")
    first, second = (reading.said(paper(client, plan, query=f"?revision={n}")) for n in (1, 2))
    for text in ("校内研究过，同意上报。", "研修目标：目标请写得可以检验。", "已退回修改，未通过", "第1版"):
        assert reading.bare(text) in first
    assert "城关小学校长" in first
    assert "小学部部主任" in first
    assert "同意。" in second
    assert "通过" in second
    assert "目标请写得可以检验" not in second
    row = plan.row
    assert row.content_sha256 in second
    for text in (first, second):
        assert "不是《电子签名法》所称的可靠电子签名" in text
        assert "本系统签章，可查验是否被改动" in text
    docx = paper(client, plan, "docx")
    word = reading.word_text(docx)
    for text in ("审批单", "小学部部主任", "同意。", row.content_sha256):
        assert text in word
    assert "不作凭证" in reading.part(docx, "word/header1.xml")
    assert "查验码" not in word


def test_every_page_carries_the_code_and_the_configured_address(office: Flask) -> None:
    configure(office, base_url="https://yanxiu.example.cn/")
    here = county()
    plan = a_plan(here, content=full_content(goals="研究课。" * 900)).submitted()
    client = log_in(office, "coordinator")
    cookie = client.get_cookie("yanxiu")
    assert cookie
    client.set_cookie("yanxiu", cookie.value, domain="evil.example")
    answer = client.get(f"/artefacts/{plan.id}/paper.pdf", base_url="http://evil.example")
    found = reading.pages(answer.data)
    (row,) = issued(plan)
    code = "-".join(row.code[at : at + 4] for at in range(0, 16, 4))
    assert len(found) > 3
    for text in found:
        assert code in reading.bare(text)
        assert f"https://yanxiu.example.cn/check/{code}" in reading.bare(text)
        assert "evil" not in text


def test_a_draft_is_marked_and_not_issued(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    client = log_in(office, "coordinator")
    for text in reading.pages(paper(client, plan)):
        assert "草稿，不用于签批" in reading.bare(text)
        assert "查验码" not in reading.bare(text)
    assert b"/ByteRange" not in paper(client, plan)
    assert "审批单" not in reading.word_text(paper(client, plan, "docx"))
    assert issued(plan) == []


def test_the_paper_of_a_teacher_names_the_teacher(office: Flask) -> None:
    here = county()
    plan = a_development_plan(here).submitted()
    text = reading.said(paper(log_in(office, "teacher"), plan))
    assert "teacher的姓名" in text
    assert "研修任务与措施" in text


def test_the_attachment_list_is_printed_with_its_digest(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    digest = "a" * 64
    lines = [
        {"kind": "pdf", "name": "经费预算.pdf", "sha256": "b" * 64, "size": 20480},
        {"kind": "docx", "name": "#panic() 名单.docx", "sha256": "c" * 64, "size": 3 << 20},
    ]
    with writing() as session:
        session.add(AttachmentList(artefact_id=plan.id, sha256=digest, body=canonical.dumps_plain(lines)))
    asked = service.wanted(here.coordinator, plan.id, 1)
    assert asked
    assert asked.frozen
    asked = replace(asked, frozen=replace(asked.frozen, attachments_sha256=digest))
    for text in (reading.said(service.pdf(asked)), reading.word_text(service.word(asked))):
        for part in ("附件：1.经费预算.pdf", "2.#panic()名单.docx", "2件，名称见正文之后", digest):
            assert part in text
    assert "（20KB，摘要bbbbbbbbbbbb）" in reading.said(service.pdf(asked))


# --- the same paper stays the same -----------------------------------------------------------


def test_the_same_state_gives_the_same_paper_and_a_new_act_a_new_one(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    coordinator, lead = log_in(office, "coordinator"), log_in(office, "lead")
    first = paper(coordinator, plan)
    assert paper(coordinator, plan) == first
    assert paper(lead, plan, query="?revision=1") == first
    assert len(issued(plan)) == 1
    plan.signed()
    second = paper(coordinator, plan)
    assert second != first
    codes = [row.code for row in issued(plan)]
    assert len(set(codes)) == 2
    assert all(len(code) == 16 for code in codes)


def test_whoever_comes_second_gets_the_first_ones_paper(
    office: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = county()
    plan = a_plan(here).submitted()
    made, inner = [], service._made

    def slowly(*given: object) -> bytes:
        if not made:
            made.append(b"")
            made.append(service.issue(given[0], given[1], full=True))  # type: ignore[arg-type]
        return inner(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "_made", slowly)
    asked = service.wanted(here.coordinator, plan.id, None)
    assert asked
    assert service.pdf(asked) == made[1]
    assert len(issued(plan)) == 1


# --- who may have it -------------------------------------------------------------------------


def test_papers_open_to_those_who_may_read_the_document(office: Flask) -> None:
    here = county()
    readers = {
        a_plan(here): SCHOOL1 | {"auditor"},
        a_plan(here, by=here.principal3).submitted(): {"principal3", "principal"} | LATER,
        a_development_plan(here): {"teacher", "auditor"},
    }
    for who in EVERYBODY:
        client = log_in(office, who)
        for doc, may in readers.items():
            for ending in ("pdf", "docx"):
                status = client.get(f"/artefacts/{doc.id}/paper.{ending}").status_code
                assert status == (200 if who in may else 404), (who, doc.row.title, ending)
    stranger = office.test_client()
    for doc in readers:
        assert stranger.get(f"/artefacts/{doc.id}/paper.pdf").headers["Location"].startswith("/login")
    assert stranger.get("/workflows/school_plan/blank.pdf").status_code == 302


def test_who_reads_only_what_is_approved_sees_no_opinion_and_no_other_revision(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned(text="这条意见不外传。").answered().submitted()
    plan.act(here.principal, "sign", comment="内部意见。")
    teacher = log_in(office, "teacher")
    assert teacher.get(f"/artefacts/{plan.id}/paper.pdf").status_code == 404
    plan.approved()
    text = reading.said(paper(teacher, plan))
    assert "城关小学校长" in text
    assert "小学部部主任" in text
    for said in ("内部意见", "不外传", "同意。"):
        assert said not in text
        assert said not in reading.word_text(paper(teacher, plan, "docx"))
    assert "内部意见" in reading.said(paper(log_in(office, "coordinator"), plan))
    assert teacher.get(f"/artefacts/{plan.id}/paper.pdf?revision=1").status_code == 404
    assert teacher.get(f"/artefacts/{plan.id}/paper.docx?revision=1").status_code == 404
    assert len({row.code for row in issued(plan)}) == 2


@pytest.mark.parametrize("revision", ["0", "2", "99", "x", "-1", "1.0", "", "1" * 30])
def test_revisions_that_are_none(plain_app: Flask, revision: str) -> None:
    with plain_app.app_context():
        plan = a_plan(county()).submitted()
        number = plan.id
        db.session.remove()
    client = log_in(plain_app, "coordinator")
    assert (
        client.get(f"/artefacts/{number}/paper.pdf", query_string={"revision": revision}).status_code == 404
    )


# --- blank forms, names, API -----------------------------------------------------------------


def test_blank_forms_for_whoever_has_a_login(plain_app: Flask) -> None:
    with plain_app.app_context():
        county()
        db.session.remove()
    client = log_in(plain_app, "teacher3")
    for key in ("school_plan", "development_plan", "annual_summary"):
        assert client.get(f"/workflows/{key}/blank.pdf").data.startswith(b"%PDF")
        assert client.get(f"/workflows/{key}/blank.docx").data.startswith(b"PK")
    assert client.get("/workflows/no_such/blank.pdf").status_code == 404
    assert client.get("/workflows/school_plan/blank.exe").status_code == 404


def test_the_file_has_its_chinese_name(plain_app: Flask) -> None:
    with plain_app.app_context():
        plan = a_plan(county()).submitted()
        number, title = plan.id, plan.row.title
        db.session.remove()
    answer = log_in(plain_app, "coordinator").get(f"/artefacts/{number}/paper.docx")
    name = answer.headers["Content-Disposition"]
    assert name.startswith(f"attachment; filename=document-{number}-v1.docx; filename*=UTF-8''")
    assert unquote(name.split("filename*=UTF-8''")[1]) == f"{title} 第1版.docx"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "plain"), [("workflows/school_plan/blank.pdf", "blank-school_plan.pdf")])
def test_blank_forms_have_a_plain_name_too(plain_app: Flask, path: str, plain: str) -> None:
    with plain_app.app_context():
        county()
        db.session.remove()
    answer = log_in(plain_app, "coordinator").get(f"/{path}")
    assert f"filename={plain};" in answer.headers["Content-Disposition"]


def test_a_draft_has_a_plain_name_too(plain_app: Flask) -> None:
    with plain_app.app_context():
        number = a_plan(county()).id
        db.session.remove()
    answer = log_in(plain_app, "coordinator").get(f"/artefacts/{number}/paper.pdf")
    assert f"filename=document-{number}-draft.pdf;" in answer.headers["Content-Disposition"]


# --- what no font has ------------------------------------------------------------------------

RARE = "刘\U0002bc21与\U00030302"


def test_the_page_says_beforehand_which_characters_cannot_be_printed(plain_app: Flask) -> None:
    with plain_app.app_context():
        here = county()
        plain = a_development_plan(here).submitted().id
        rare = a_plan(here, content=full_content(goals=RARE)).submitted().id
        db.session.remove()
    client = log_in(plain_app, "principal")
    assert "没有字体可印" not in client.get(f"/artefacts/{plain}").text
    for path in (f"/artefacts/{rare}", f"/artefacts/{rare}/revisions/1"):
        page = client.get(path).text
        assert "PDF 里有 2 个字没有字体可印" in page
        assert "（U+2BC21）" in page
        assert "（U+30302）" in page
    pdf = client.get(f"/artefacts/{rare}/paper.pdf").data
    assert "刘〔U+2BC21〕与〔U+30302〕" in reading.said(pdf)
    assert pdfa.faults(pdf) == []


def test_the_api_says_it_too(office: Flask) -> None:
    here = county()
    plan = a_plan(here, content=full_content(goals=RARE)).submitted()
    mine = api(office, here, "coordinator")
    answer = office.test_client().get(f"/api/v1/artefacts/{plan.id}/paper", headers=mine)
    assert answer.get_json() == {
        "name": f"{plan.row.title} 第1版",
        "revision": 1,
        "unprintable": [
            {"character": "\U0002bc21", "code_point": "U+2BC21"},
            {"character": "\U00030302", "code_point": "U+30302"},
        ],
    }
    other = api(office, here, "coordinator2")
    assert office.test_client().get(f"/api/v1/artefacts/{plan.id}/paper", headers=other).status_code == 404


def test_a_title_makes_no_path(plain_app: Flask) -> None:
    with plain_app.app_context():
        here = county()
        plan = a_plan(here)
        db.session.rollback()
        asked = service.wanted(here.coordinator, plan.id, None)
        assert asked
        bad = replace(asked, facts=replace(asked.facts, title='../../etc/pass"wd\r\nX: y' + "长" * 200))
        assert "/" not in bad.name
        assert '"' not in bad.name
        assert "\n" not in bad.name
        assert len(f"{bad.name}.docx".encode()) <= 255
        db.session.remove()


def api(app: Flask, here: County, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.make(None, here.people[who])}"}


def test_the_api_gives_the_same_paper(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    client = office.test_client()
    mine = api(office, here, "coordinator")
    answer = client.get(f"/api/v1/artefacts/{plan.id}/paper.pdf", headers=mine)
    assert answer.mimetype == "application/pdf"
    assert answer.data == paper(log_in(office, "coordinator"), plan)
    word = client.get(f"/api/v1/artefacts/{plan.id}/paper.docx?revision=1", headers=mine)
    assert word.data.startswith(b"PK")
    for path in (f"{plan.id}/paper.pdf?revision=7", "999/paper.pdf"):
        refused = client.get(f"/api/v1/artefacts/{path}", headers=mine)
        assert refused.status_code == 404
        assert refused.get_json(force=True)["code"] == "not_found"
    assert client.get(f"/api/v1/artefacts/{plan.id}/paper.pdf?revision=x", headers=mine).status_code == 422
    other = api(office, here, "coordinator2")
    assert client.get(f"/api/v1/artefacts/{plan.id}/paper.pdf", headers=other).status_code == 404
    assert client.get(f"/api/v1/artefacts/{plan.id}/paper.pdf").status_code == 401


# --- the signature ---------------------------------------------------------------------------


def test_the_signature_holds_and_a_changed_byte_is_noticed(office: Flask, certificate: str) -> None:
    here = county()
    plan = a_plan(here).submitted()
    pdf = paper(log_in(office, "coordinator"), plan)
    found = reading.signature(pdf, certificate)
    assert found.bottom_line
    assert found.coverage.name == "ENTIRE_FILE"
    assert found.signing_cert.subject.native["common_name"] == "研修签批 青禾县"
    at = pdf.index(b"stream") + 40
    changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
    assert not reading.signature(changed, certificate).intact


def test_something_appended_is_noticed(office: Flask, certificate: str) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    here = county()
    plan = a_plan(here).submitted()
    writer = IncrementalPdfFileWriter(io.BytesIO(paper(log_in(office, "coordinator"), plan)))
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert not reading.signature(out.getvalue(), certificate).bottom_line


@pytest.mark.sqlite_only
def test_the_key_is_made_once_and_kept_for_the_installation_alone(app: Flask) -> None:
    with app.app_context():
        county()
        db.session.remove()
    folder = app.config["SETTINGS"].data_dir
    first = signing.certificate(folder, "青禾县")
    assert signing.certificate(folder, "另一个县") == first
    assert (folder / signing.FILE).stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in first[0]
    assert sorted(path.name for path in folder.glob(".signing-*")) == []


@pytest.mark.sqlite_only
def test_starting_up_loads_none_of_the_heavy_libraries(settings: Settings) -> None:
    heavy = "{'typst', 'pyhanko', 'docx', 'segno', 'pylopdf_fonts_zh_cn', 'dynamic_font'}"
    code = f"import sys, workflow_app; workflow_app.create_app(); print(*({heavy} & set(sys.modules)))"
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""
