"""The JSON API: the main job, what is refused and how, and who sees what."""

import hashlib
import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import a_development_plan, a_key, a_plan, county, full_content
from workflow_app.authentication import tokens


class Program:
    """A program with somebody's token."""

    def __init__(self, app: Flask, person_id: int, *, may_sign: bool = True) -> None:
        self.client: FlaskClient = app.test_client()
        self.raw = tokens.make(None, person_id, may_sign=may_sign)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.raw}"}
        if method != "GET":
            sent["Idempotency-Key"] = a_key()
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def act(self, artefact_id: int, action: str, **more: Any) -> TestResponse:
        headers = more.pop("headers", {})
        shown = self.get(f"/artefacts/{artefact_id}")
        body = {name: shown[name] for name in ("version", "content_sha256", "attachments_sha256")}
        return self.call("POST", f"/artefacts/{artefact_id}/actions/{action}", body | more, **headers)


def is_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    return body


def test_the_main_job(office: Flask) -> None:
    here = county()
    coordinator, principal, lead = (
        Program(office, who) for who in (here.coordinator, here.principal, here.lead)
    )
    made = coordinator.call(
        "POST", "/artefacts", {"workflow": "school_plan", "period": "2026-2027", "content": {}}
    )
    assert made.status_code == 201
    assert made.get_json()["state"] == "draft"
    plan = made.get_json()["id"]
    put = coordinator.call(
        "PUT", f"/artefacts/{plan}/content", {"content": full_content()}, If_Match=made.headers["ETag"]
    )
    assert put.status_code == 200
    assert put.get_json()["problems"] == []
    assert coordinator.act(plan, "submit").get_json()["state"] == "school_review"
    assert [row["id"] for row in principal.get("/inbox")["items"]] == [plan]
    assert principal.act(plan, "sign").get_json()["state"] == "training_review"
    points = [{"section": "goals", "text": "请写得可以检验。"}]
    assert lead.act(plan, "return", points=points).get_json()["state"] == "returned"
    point = coordinator.get(f"/artefacts/{plan}/points")["items"][0]
    assert (point["section"], point["state"]) == ("goals", "open")
    answered = coordinator.call("PUT", f"/artefacts/{plan}/points/{point['id']}", {"answer": "已改。"})
    assert answered.get_json()["state"] == "answered"
    assert coordinator.act(plan, "submit").status_code == 200
    assert principal.act(plan, "sign").status_code == 200
    closed = lead.call("PUT", f"/artefacts/{plan}/points/{point['id']}", {"closed": True})
    assert closed.get_json()["state"] == "closed"
    approved = lead.act(plan, "approve", comment="同意。").get_json()
    assert (approved["state"], approved["in_force_revision"]) == ("approved", 2)
    _chain_is_whole(coordinator.get(f"/artefacts/{plan}/events")["items"])


def _chain_is_whole(events: list[dict[str, Any]]) -> None:
    """As an outsider would check it: from the canonical text alone."""
    prev = "0" * 64
    for number, event in enumerate(events, 1):
        facts = json.loads(event["canonical"])
        assert hashlib.sha256(event["canonical"].encode()).hexdigest() == event["hash"]
        assert (facts["prev"], facts["seq"], event["prev"]) == (prev, number, prev)
        prev = event["hash"]
    assert len(events) >= 8


def test_the_same_key_twice_is_one_event_and_one_answer(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    principal = Program(office, here.principal)
    shown = principal.get(f"/artefacts/{plan.id}")
    body = {name: shown[name] for name in ("version", "content_sha256", "attachments_sha256")}
    path = f"/artefacts/{plan.id}/actions/sign"
    first = principal.call("POST", path, body, Idempotency_Key="one")
    again = principal.call("POST", path, body, Idempotency_Key="one")
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(plan.events) == 3
    other = principal.call("POST", path, body | {"comment": "别的"}, Idempotency_Key="one")
    is_problem(other, 422, "idempotency_key_reused")


def test_two_programs_at_once_one_wins(office: Flask) -> None:
    here = county()
    plan = a_development_plan(here).submitted()
    programs = [Program(office, who) for who in (here.principal, here.deputy)]
    shown = programs[0].get(f"/artefacts/{plan.id}")
    body = {name: shown[name] for name in ("version", "content_sha256", "attachments_sha256")}
    ready, answers = threading.Barrier(2), []

    def sign(program: Program) -> None:
        ready.wait()
        answers.append(program.call("POST", f"/artefacts/{plan.id}/actions/sign", body))

    threads = [threading.Thread(target=sign, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = is_problem(next(answer for answer in answers if answer.status_code == 409), 409, "conflict")
    assert lost["action"] == "sign"
    assert lost["by"].endswith("的姓名")


def test_signing_needs_a_token_made_for_signing(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    refused = Program(office, here.principal, may_sign=False).act(plan.id, "sign")
    assert is_problem(refused, 403, "not_allowed")["reason_code"] == "reauthentication_required"


def test_a_token_that_may_not_sign_decides_nothing(office: Flask) -> None:
    """What the reviewer, the last signer or the lead decides; and what ends a document."""
    here = county()
    plain = {who: Program(office, here.people[who], may_sign=False) for who in ("principal", "lead")}
    signing = Program(office, here.lead)
    plan = a_plan(here).submitted()
    points = [{"section": "goals", "text": "请写得可以检验。"}]

    def refused(answer: TestResponse) -> None:
        assert is_problem(answer, 403, "not_allowed")["reason_code"] == "token_may_not_decide"

    refused(plain["principal"].act(plan.id, "return", points=points))
    plan.signed()
    refused(plain["principal"].act(plan.id, "take_back"))
    refused(plain["lead"].act(plan.id, "return", points=points))
    shown = {one["name"]: one["reason_code"] for one in plain["lead"].get(f"/artefacts/{plan.id}")["actions"]}
    assert (shown["return"], shown["approve"]) == ("token_may_not_decide", "reauthentication_required")
    assert plan.state == "training_review"
    assert signing.act(plan.id, "return", points=points).status_code == 200
    plan.answered()
    (point,) = plan.points
    path = f"/artefacts/{plan.id}/points/{point.id}"
    refused(plain["lead"].call("PUT", path, {"closed": True}))
    assert signing.call("PUT", path, {"closed": True}).status_code == 200
    refused(plain["lead"].call("PUT", path, {"closed": False}))
    events = signing.get(f"/artefacts/{plan.id}/events")["items"]
    assert [one["auth"] for one in events if one["action"] in ("return", "close_point")] == ["token"] * 2


def test_a_token_that_may_not_sign_drafts(office: Flask) -> None:
    here = county()
    program = Program(office, here.coordinator, may_sign=False)
    plan = a_plan(here)
    body = {"content": full_content(goals="改过的目标。")}
    put = program.call("PUT", f"/artefacts/{plan.id}/content", body, If_Match=f'"{plan.row.version}"')
    assert put.status_code == 200
    assert program.act(plan.id, "submit").get_json()["state"] == "school_review"
    assert program.act(plan.id, "withdraw").get_json()["state"] == "draft"
    assert plan.events[-1].body.decode().find('"auth":"plain_token"') > 0


def test_a_token_that_may_not_sign_ends_no_document(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    answer = Program(office, here.coordinator, may_sign=False).act(plan.id, "discard")
    assert is_problem(answer, 403, "not_allowed")["reason_code"] == "token_may_not_decide"
    assert plan.state == "draft"
    assert Program(office, here.coordinator).act(plan.id, "discard").status_code == 200


def test_refusals_say_why(office: Flask) -> None:
    here = county()
    plan = a_plan(here, by=here.principal).submitted()
    principal = Program(office, here.principal)
    refused = is_problem(principal.act(plan.id, "sign"), 403, "not_allowed")
    assert refused["reason_code"] == "own_document"
    actions = {one["name"]: one for one in principal.get(f"/artefacts/{plan.id}")["actions"]}
    assert (actions["sign"]["allowed"], actions["sign"]["reason_code"]) == (False, "own_document")
    is_problem(principal.act(plan.id, "explode"), 404, "unknown_action")


def test_an_old_version_is_refused(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    coordinator = Program(office, here.coordinator)
    path = f"/artefacts/{plan.id}/content"
    body = {"content": full_content(goals="新")}
    is_problem(coordinator.call("PUT", path, body), 428, "precondition_required")
    is_problem(coordinator.call("PUT", path, body, If_Match='"0"'), 412, "conflict")
    is_problem(coordinator.call("PUT", path, body, If_Match="abc"), 400, "bad_request")


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"no_such": 1},
        {"goals": 5},
        {"goals": "a\x00b"},
        {"goals": "\u202e倒写"},
        {"goals": "长" * 20_001},
        {"activities": [{"date": "x"}] * 10_000},
        {"activities": {"a": 1}},
        {"weekly_slot": {"weekday": 3}},
        {"methods": ["没有的方式"]},
    ],
)
def test_content_that_cannot_be_kept(office: Flask, content: Any) -> None:
    here = county()
    plan = a_plan(here)
    before = plan.row.content_sha256
    coordinator = Program(office, here.coordinator)
    answer = coordinator.call("PUT", f"/artefacts/{plan.id}/content", {"content": content}, If_Match='"1"')
    body = is_problem(answer, 422, "bad_input")
    assert body["errors"][0]["field"].startswith("content")
    assert plan.row.content_sha256 == before


def test_emoji_are_kept(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    coordinator = Program(office, here.coordinator)
    content = {"content": full_content(goals="目标 🎯 明确")}
    assert (
        coordinator.call("PUT", f"/artefacts/{plan.id}/content", content, If_Match='"1"').status_code == 200
    )
    assert coordinator.get(f"/artefacts/{plan.id}")["content"]["goals"] == "目标 🎯 明确"


def test_malformed_requests_are_problems_and_change_nothing(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    program = Program(office, here.coordinator)
    auth = {"Authorization": f"Bearer {program.raw}", "Idempotency-Key": "k"}
    client, path = program.client, f"/api/v1/artefacts/{plan.id}"
    deep = "[" * 100_000 + "]" * 100_000
    for data in ("{", deep, "[1, 2]", '"text"', "null", ""):
        for url in ("/api/v1/artefacts", f"{path}/actions/submit"):
            answer = client.post(url, data=data, headers=auth, content_type="application/json")
            assert 400 <= answer.status_code < 500, (url, data[:20])
            assert answer.content_type == "application/problem+json"
    no_key = client.post("/api/v1/artefacts", json={}, headers={"Authorization": auth["Authorization"]})
    is_problem(no_key, 400, "idempotency_key_required")
    is_problem(client.get(path), 401, "unauthorized")
    is_problem(client.get(path, headers={"Authorization": "Bearer yx_wrong"}), 401, "unauthorized")
    for query in ("cursor=xyz", "school=abc", "nothing=1", "q=%00"):
        answer = client.get(f"/api/v1/artefacts?{query}", headers=auth)
        assert 400 <= answer.status_code < 500, query
        assert answer.content_type == "application/problem+json"
    assert len(plan.events) == 1


def test_a_forged_school_or_period(office: Flask) -> None:
    here = county()
    coordinator = Program(office, here.coordinator)
    body = {"workflow": "school_plan", "period": "2026-2027", "content": {}}
    foreign = coordinator.call("POST", "/artefacts", body | {"school": here.school2})
    assert is_problem(foreign, 403, "not_allowed")["reason_code"] == "no_right"
    closed = coordinator.call("POST", "/artefacts", body | {"period": "2025-2026"})
    assert is_problem(closed, 403, "not_allowed")["reason_code"] == "period_closed"
    is_problem(coordinator.call("POST", "/artefacts", body | {"period": "1999"}), 422, "bad_input")
    is_problem(coordinator.call("POST", "/artefacts", body | {"workflow": "no"}), 422, "bad_input")
    assert coordinator.call("POST", "/artefacts", body).status_code == 201
    is_problem(coordinator.call("POST", "/artefacts", body), 409, "already_exists")


#: Who may know of a draft of school 1, and of a submitted plan of school 3 (parent: school 1).
DRAFT = {"coordinator", "principal", "deputy", "auditor"}
SUBMITTED = {"principal3", "principal", "lead", "reviewer", "inspector", "auditor"}
EVERYBODY = (
    "teacher", "coordinator", "principal", "deputy", "coordinator2", "principal2", "principal3",
    "teacher3", "lead", "lead2", "reviewer", "reviewer2", "inspector", "auditor", "admin",
)  # fmt: skip


def test_every_route_for_every_role(office: Flask) -> None:
    here = county()
    draft, submitted = a_plan(here), a_plan(here, by=here.principal3).submitted()
    for who in EVERYBODY:
        program = Program(office, here.people[who])
        assert program.get("/me")["username"] == who
        for doc, readers in ((draft, DRAFT), (submitted, SUBMITTED)):
            expected = 200 if who in readers else 404
            for path in ("", "/points", "/events"):
                answer = program.call("GET", f"/artefacts/{doc.id}{path}")
                assert answer.status_code == expected, (who, path)
            listed = {row["id"] for row in program.get("/artefacts")["items"]}
            assert (doc.id in listed) == (who in readers), (who, doc.id)
            seen = {event["artefact"] for event in program.get("/trail")["items"]}
            assert doc.id not in seen or who in readers, (who, doc.id)
        for box in ("todo", "mine", "done", "copied"):
            for row in program.get(f"/inbox?box={box}")["items"]:
                assert who in (DRAFT if row["id"] == draft.id else SUBMITTED), (who, box)
        if who not in SUBMITTED:
            body = {"version": 1, "content_sha256": "", "attachments_sha256": ""}
            for action in ("submit", "sign", "approve", "return", "withdraw"):
                answer = program.call("POST", f"/artefacts/{submitted.id}/actions/{action}", body)
                is_problem(answer, 404, "not_found")
    assert submitted.state == "school_review"


def test_definitions_and_documentation(office: Flask) -> None:
    here = county()
    program = Program(office, here.teacher)
    keys = [one["key"] for one in program.get("/workflows")["items"]]
    assert {"school_plan", "development_plan", "annual_summary"} <= set(keys)
    plan = program.get("/workflows/school_plan")
    assert plan["form"][0]["key"] == "basis"
    assert plan["actions"]["submit"]["from"] == ["draft", "returned"]
    is_problem(program.call("GET", "/workflows/no_such"), 404, "not_found")
    client = office.test_client()
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    assert "/api/v1/artefacts/{artefact_id}/actions/{action}" in paths
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "https://" not in page.get_data(as_text=True).replace("https://www.w3.org", "")
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
