"""The public page behind the code: what it says, what it keeps to itself, how it answers guessing."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in
from tests.builders import County, Doc, a_development_plan, a_plan, county, full_content
from tests.counting import counting
from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.printing import codes, service
from workflow_app.printing.models import CheckAttempt, IssuedPaper

JSON = {"Accept": "application/json"}


def issue(doc: Doc, who: int | None = None, revision: int | None = None) -> tuple[str, bytes]:
    """The code and the bytes of the document's paper as that person gets it."""
    db.session.rollback()
    asked = service.wanted(who or doc.people["author"], doc.id, revision)
    assert asked
    pdf = service.pdf(asked)
    row = db.session.query(IssuedPaper).order_by(IssuedPaper.id.desc()).first()
    assert row
    return codes.shown(row.code), pdf


def told(client: FlaskClient, code: str) -> dict[str, Any]:
    answer = client.get(f"/check/{code}", headers=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


# --- what it says ----------------------------------------------------------------------------


def test_it_says_where_a_revision_stands(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    client = office.test_client()
    first, _ = issue(plan)
    assert told(client, first)["status"] == "submitted"
    plan.signed()
    assert told(client, first)["status"] == "submitted"
    plan.returned()
    assert told(client, first)["status"] == "returned"
    plan.answered().submitted()
    assert told(client, first)["status"] == "replaced"
    plan.signed().approved()
    assert told(client, first) | {"status": "replaced", "in_force": False} == told(client, first)
    second, _ = issue(plan)
    found = told(client, second)
    assert (found["status"], found["in_force"], found["revision"]) == ("in_force", True, 2)
    assert found["approved_on"] == clock.today().isoformat()
    assert [(signer["name"], signer["role"]) for signer in found["signers"]] == [
        ("principal的姓名", "principal"),
        ("lead的姓名", "lead"),
    ]
    plan.act(here.coordinator, "amend")
    assert told(client, second)["status"] == "in_force"
    plan.save(here.coordinator, goals="新的目标。")
    plan.submitted()
    assert told(client, second)["status"] == "in_force"
    third, _ = issue(plan, revision=3)
    assert told(client, third)["status"] == "submitted"
    plan.signed().approved()
    assert told(client, second)["status"] == "superseded"
    assert told(client, second)["approved_on"]
    assert told(client, third)["status"] == "in_force"


def test_withdrawn_is_said(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    code, _ = issue(plan)
    plan.act(here.coordinator, "withdraw")
    assert told(office.test_client(), code)["status"] == "withdrawn"


def test_the_page_says_it_in_words_without_a_login(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    code, _ = issue(plan)
    answer = office.test_client().get(f"/check/{code.lower().replace('-', '')}")
    assert answer.status_code == 200
    for text in ("已通过，现在有效", plan.row.title, "principal的姓名", "校长", "城关小学", code):
        assert text in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_it_gives_nothing_else_away(office: Flask) -> None:
    here = county()
    secret = full_content(goals="只有本校知道的一句话")
    plan = a_plan(here, content=secret).submitted()
    plan.act(here.principal, "sign", comment="不外传的意见")
    code, _ = issue(plan)
    page = office.test_client().get(f"/check/{code}")
    data = office.test_client().get(f"/check/{code}", headers=JSON)
    row = plan.row
    for said in (page.text, data.text):
        hidden = [
            "只有本校知道的一句话",
            "不外传的意见",
            "coordinator",
            row.content_sha256,
            row.head_hash,
            "principal的姓名",
        ]
        for text in hidden:
            assert text not in said
        assert f"/artefacts/{plan.id}" not in said
    about = {"code", "title", "school", "workflow", "period", "revision"}
    assert set(data.get_json()) == about | {"status", "in_force", "approved_on", "signers"}
    assert data.get_json()["signers"] == []


def test_both_papers_of_a_revision_check(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    codes_ = {issue(plan)[0], issue(plan, here.teacher)[0]}
    assert len(codes_) == 2
    for code in codes_:
        assert told(office.test_client(), code)["in_force"]


def test_a_teachers_plan_checks_too(office: Flask) -> None:
    plan = a_development_plan(county()).submitted()
    code, _ = issue(plan)
    assert told(office.test_client(), code)["workflow"] == "个人专业发展计划"


# --- comparing -------------------------------------------------------------------------------


def compare(client: FlaskClient, code: str, data: bytes, address: str = "127.0.0.1", **headers: str) -> Any:
    return client.post(
        f"/check/{code}",
        data={"file": (io.BytesIO(data), "文件.pdf")},
        headers=headers or JSON,
        environ_base={"REMOTE_ADDR": address},
    )


def test_the_issued_file_compares_equal_and_a_changed_one_does_not(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    code, pdf = issue(plan)
    client = office.test_client()
    assert compare(client, code, pdf).get_json()["same"] is True
    for other in (pdf[:-1], pdf + b"\n", pdf[:500] + b"x" + pdf[501:], b"", b"%PDF-1.7"):
        assert compare(client, code, other).get_json()["same"] is False
    assert "逐字节相同" in compare(client, code, pdf, Accept="text/html").text
    assert "文件不一致" in compare(client, code, b"x", Accept="text/html").text
    plan.signed()
    assert compare(client, code, pdf).get_json()["same"] is True


def test_no_file_and_too_large_a_file(office: Flask) -> None:
    code, _ = issue(a_plan(county()).submitted())
    client = office.test_client()
    assert client.post(f"/check/{code}", headers=JSON).status_code == 422
    large = compare(client, code, b"0" * (office.config["MAX_CONTENT_LENGTH"] + 1))
    assert large.status_code == 422
    assert "MB" in large.get_json(force=True)["detail"]


# --- codes -----------------------------------------------------------------------------------


def test_codes_are_long_random_and_without_look_alikes() -> None:
    made = {codes.new() for _ in range(500)}
    assert len(made) == 500
    assert all(len(code) == 16 and set(code) <= set(codes.ALPHABET) for code in made)
    assert len(codes.ALPHABET) ** codes.LENGTH >= 2**80
    assert not set("ILOU") & set(codes.ALPHABET)
    assert {char for code in made for char in code} == set(codes.ALPHABET)


@pytest.mark.parametrize(
    "typed", ["7K3M-9QX2-VBTN-4H8D", "7k3m9qx2vbtn4h8d", " 7K3M 9QX2 VBTN 4H8D ", "7K3M－9QX2－VBTN－4H8D"]
)
def test_codes_are_read_as_people_type_them(typed: str) -> None:
    assert codes.read(typed) == "7K3M9QX2VBTN4H8D"


def test_look_alikes_are_put_right() -> None:
    assert codes.read("oOiI-lL00") == "00111100"


UNKNOWN = (
    "0000-0000-0000-0000",
    "x",
    "%00",
    "'; DROP TABLE",
    "查验码",
    "A" * 300,
    "7K3M-9QX2-VBTN-4H8D-1",
    "..",
)


@pytest.mark.sqlite_only
def test_unknown_codes_are_404_and_cost_the_same(office: Flask) -> None:
    county()
    client = office.test_client()
    cost = set()
    for code in UNKNOWN:
        db.session.rollback()
        with counting() as seen:
            answer = client.get(f"/check/{code}", headers=JSON)
        assert answer.status_code == 404, code
        assert answer.get_json(force=True)["code"] == "not_found"
        cost.add(seen.statements)
    assert len(cost) == 1
    page = client.get("/check/0000-0000-0000-0000")
    assert page.status_code == 404
    assert "没有这个查验码" in page.text


@pytest.mark.sqlite_only
def test_the_form_leads_to_the_code(office: Flask) -> None:
    client = office.test_client()
    assert client.get("/check").status_code == 200
    answer = client.get("/check?code=7k3m 9qx2 vbtn 4h8d")
    assert answer.headers["Location"].endswith("/check/7K3M-9QX2-VBTN-4H8D")
    assert client.get("/check?code=%E3%80%82").status_code == 303


# --- who tries codes out ---------------------------------------------------------------------


def ask(client: FlaskClient, code: str, address: str, **headers: str) -> int:
    at = {"REMOTE_ADDR": address}
    return client.get(f"/check/{code}", environ_base=at, headers=headers).status_code


def test_who_guesses_is_told_to_wait_and_a_right_code_always_answers(office: Flask) -> None:
    here = county()
    code, pdf = issue(a_plan(here).submitted())
    client = office.test_client()
    for number in range(codes.ALLOWED):
        assert ask(client, f"WRONG{number}", "10.0.0.1") == 404
    assert ask(client, "WRONG", "10.0.0.1") == 429
    # The school behind this address can go on checking its papers.
    assert ask(client, code, "10.0.0.1") == 200
    assert compare(client, code, pdf, "10.0.0.1").get_json()["same"] is True
    # A code that is one does not wipe the slate clean, and no other address has to wait.
    assert ask(client, "WRONG", "10.0.0.1") == 429
    assert ask(client, "WRONG", "10.0.0.1", **{"X-Forwarded-For": "10.9.9.9"}) == 429
    assert ask(client, "WRONG", "10.0.0.2") == 404


def test_being_told_to_wait_says_how_long_and_nothing_of_the_code(office: Flask) -> None:
    county()
    client = office.test_client()
    for _ in range(codes.ALLOWED):
        ask(client, "WRONG", "10.0.0.1")
    at = {"REMOTE_ADDR": "10.0.0.1"}
    answers = [client.get(f"/check/{code}", environ_base=at, headers=JSON) for code in UNKNOWN]
    assert {answer.status_code for answer in answers} == {429}
    assert len({answer.get_json(force=True)["detail"] for answer in answers}) == 1
    assert answers[0].get_json(force=True)["code"] == "too_many_requests"
    assert all(0 < int(answer.headers["Retry-After"]) <= 3600 for answer in answers)
    assert "没有这个查验码" in client.get("/check/WRONG", environ_base=at).text


def test_waiting_costs_no_writing(office: Flask) -> None:
    client = office.test_client()
    for _ in range(codes.ALLOWED + 5):
        ask(client, "WRONG", "10.0.0.1")
    db.session.rollback()
    assert [row.failures for row in db.session.query(CheckAttempt)] == [codes.ALLOWED]


def test_the_count_lasts_and_ends_with_its_window(
    office: Flask, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = office.test_client()
    for _ in range(codes.ALLOWED):
        ask(client, "WRONG", "10.0.0.1")
    restarted = make_app().test_client()
    assert ask(restarted, "WRONG", "10.0.0.1") == 429
    later = clock.now() + codes.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ask(client, "WRONG", "10.0.0.1") == 404
    db.session.rollback()
    assert [row.failures for row in db.session.query(CheckAttempt)] == [1]


def test_addresses_are_not_kept_and_an_ipv6_home_is_one(office: Flask) -> None:
    client = office.test_client()
    ask(client, "WRONG", "2001:db8:1:2::1")
    ask(client, "WRONG", "2001:db8:1:2:ffff::9")
    ask(client, "WRONG", "::ffff:10.0.0.1")
    ask(client, "WRONG", "10.0.0.1")
    rows = {row.failures: row.address for row in db.session.query(CheckAttempt)}
    assert set(rows) == {2}
    assert len(rows[2]) == 64
    assert db.session.query(CheckAttempt).count() == 2


def test_uploads_to_unknown_codes_count_as_well(office: Flask) -> None:
    client = office.test_client()
    for _ in range(codes.ALLOWED):
        assert compare(client, "WRONG", b"x").status_code == 404
    assert compare(client, "WRONG", b"x").status_code == 429


# --- pages -----------------------------------------------------------------------------------


def test_the_document_page_offers_the_paper(plain_app: Flask) -> None:
    with plain_app.app_context():
        here: County = county()
        plan = a_plan(here).submitted()
        number = plan.id
        db.session.remove()
    client = log_in(plain_app, "coordinator")
    assert f'href="/artefacts/{number}/paper.pdf"' in client.get(f"/artefacts/{number}").text
    revision = client.get(f"/artefacts/{number}/revisions/1").text
    assert f'href="/artefacts/{number}/paper.docx?revision=1"' in revision
    assert 'href="/workflows/school_plan/blank.pdf"' in client.get("/workflows/school_plan").text


def test_the_certificate_is_printed_and_exported(plain_app: Flask, tmp_path: Any) -> None:
    with plain_app.app_context():
        county()
        db.session.remove()
    from workflow_app.printing.commands import papers

    run = plain_app.test_cli_runner().invoke
    shown = run(papers, ["certificate"])
    assert "BEGIN CERTIFICATE" in shown.output
    assert "PRIVATE" not in shown.output
    target = tmp_path / "certificate.pem"
    assert "证书已写入" in run(papers, ["certificate", "--output", str(target)]).output
    assert target.read_text().startswith("-----BEGIN CERTIFICATE")
    assert set(json.loads(run(papers, ["certificate", "--json"]).output)) == {"certificate", "sha256"}
