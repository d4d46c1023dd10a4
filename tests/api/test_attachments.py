"""Attachments for programs: the shape of the answers, keys and versions, codes of refusals."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.test_api import Program, is_problem
from tests.builders import Doc, a_key, a_plan, county
from tests.files.examples import office as office_file
from tests.files.examples import pdf, png
from tests.files.hostile import CORPUS
from workflow_app import canonical


def bearer(program: Program) -> dict[str, str]:
    return {"Authorization": f"Bearer {program.raw}"}


def upload(program: Program, plan: Doc, name: str, data: bytes, **headers: str) -> TestResponse:
    sent = {"Idempotency-Key": a_key()} | {key.replace("_", "-"): value for key, value in headers.items()}
    return program.client.post(
        f"/api/v1/artefacts/{plan.id}/attachments",
        data={"file": (BytesIO(data), name)},
        headers=bearer(program) | sent,
        content_type="multipart/form-data",
    )


def listed(program: Program, plan: Doc, query: str = "") -> list[str]:
    return [one["name"] for one in program.get(f"/artefacts/{plan.id}/attachments{query}")["items"]]


def test_a_file_goes_up_is_listed_read_and_taken_off(office: Flask) -> None:
    here = county()
    plan, author = a_plan(here), Program(office, here.coordinator)
    answer = upload(author, plan, "证明材料.pdf", pdf())
    made: dict[str, Any] = answer.get_json()
    assert answer.status_code == 201
    assert {name: made[name] for name in ("name", "sha256", "size", "kind")} == {
        "name": "证明材料.pdf", "sha256": canonical.sha256(pdf()), "size": len(pdf()), "kind": "pdf",
    }  # fmt: skip
    assert answer.headers["ETag"] == f'"{plan.row.version}"'
    shown = author.get(f"/artefacts/{plan.id}")
    assert shown["attachments_sha256"] == made["attachments_sha256"] != canonical.EMPTY_LIST_SHA256
    found = author.get(f"/artefacts/{plan.id}/attachments")
    assert found["attachments_sha256"] == shown["attachments_sha256"]
    assert [one["id"] for one in found["items"]] == [made["id"]]
    lines = [{name: one[name] for name in ("kind", "name", "sha256", "size")} for one in found["items"]]
    assert canonical.sha256(canonical.dumps(lines)) == found["attachments_sha256"]

    path = f"/artefacts/{plan.id}/attachments/{made['id']}"
    read = author.call("GET", path)
    assert (read.status_code, read.get_data()) == (200, pdf())
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert read.headers["Content-Disposition"].startswith("attachment;")
    about = author.client.get(f"/api/v1{path}", headers=bearer(author) | {"Accept": "application/json"})
    assert about.get_json()["name"] == "证明材料.pdf"

    assert author.call("DELETE", path).status_code == 200
    assert listed(author, plan) == []
    is_problem(author.call("GET", path), 404, "not_found")
    is_problem(author.call("DELETE", path), 404, "not_found")


def test_keys_and_versions(office: Flask) -> None:
    here = county()
    plan, author = a_plan(here), Program(office, here.coordinator)
    old, key = plan.row.version, a_key()
    first = upload(author, plan, "一.png", png(), Idempotency_Key=key)
    again = upload(author, plan, "一.png", png(), Idempotency_Key=key)
    assert (first.get_json(), again.headers["Idempotent-Replayed"]) == (again.get_json(), "true")
    is_problem(upload(author, plan, "二.pdf", pdf(), Idempotency_Key=key), 422, "idempotency_key_reused")
    is_problem(upload(author, plan, "二.pdf", pdf(), If_Match=f'"{old}"'), 409, "conflict")
    assert upload(author, plan, "二.pdf", pdf(), If_Match=f'"{old + 1}"').status_code == 201
    without = author.client.post(
        f"/api/v1/artefacts/{plan.id}/attachments",
        data={"file": (BytesIO(pdf()), "x.pdf")},
        headers=bearer(author),
    )
    is_problem(without, 400, "idempotency_key_required")


@pytest.mark.sqlite_only
def test_refused_files_answer_422_with_a_code(office: Flask) -> None:
    here = county()
    plan, author = a_plan(here), Program(office, here.coordinator)
    by_code = {code: given for given in CORPUS.values() if (code := given[2]) not in ("harmless", "refused")}
    assert len(by_code) >= 8
    for code, (name, data, _code) in by_code.items():
        found = is_problem(upload(author, plan, name, data), 422, code)
        assert found["detail"].endswith("。")
    empty = author.client.post(
        f"/api/v1/artefacts/{plan.id}/attachments",
        data={},
        headers=bearer(author) | {"Idempotency-Key": a_key()},
    )
    assert empty.status_code == 422
    assert listed(author, plan) == []


def test_who_may(office: Flask) -> None:
    here = county()
    plan, author = a_plan(here), Program(office, here.coordinator)
    stranger, auditor, lead = (Program(office, who) for who in (here.coordinator2, here.auditor, here.lead))
    is_problem(upload(stranger, plan, "一.png", png()), 404, "not_found")
    is_problem(upload(auditor, plan, "一.png", png()), 403, "not_allowed")
    made = upload(author, plan, "一.docx", office_file("docx")).get_json()
    path = f"/artefacts/{plan.id}/attachments"
    is_problem(lead.call("GET", path), 404, "not_found")
    plan.submitted().signed()
    is_problem(upload(author, plan, "二.png", png()), 409, "conflict")
    assert listed(lead, plan) == ["一.docx"]
    assert lead.call("GET", f"{path}/{made['id']}").status_code == 200
    is_problem(stranger.call("GET", f"{path}/{made['id']}"), 404, "not_found")
    plan.returned()
    upload(author, plan, "二.png", png())
    assert listed(author, plan) == ["一.docx", "二.png"]
    # Whoever reads what was submitted sees that list until the next submission.
    assert listed(lead, plan) == ["一.docx"]
    assert listed(author, plan, "?revision=1") == ["一.docx"]
    is_problem(author.call("GET", f"{path}?revision=7"), 404, "not_found")


def test_the_signature_names_the_list(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    author, principal = Program(office, here.coordinator), Program(office, here.principal)
    upload(author, plan, "一.png", png())
    assert author.act(plan.id, "submit").status_code == 200
    assert principal.act(plan.id, "sign").status_code == 200
    events = principal.get(f"/artefacts/{plan.id}/events")["items"]
    assert '"attachments_sha256":"' + plan.row.attachments_sha256 in events[-1]["canonical"]
