"""A sign-off through HTTP against an empty authenticated POST of the same application."""

import re
import time

from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_required

from bench.county import fill
from bench.databases import Stand
from bench.signing import _waiting
from tests.builders import PASSWORD, county
from workflow_app import clock

ACTIONS = 200
WARM = 20


def measure(stand: Stand) -> dict[str, float]:
    name = stand.fresh()
    with stand.app(name):
        here = county()
        fill(here, 1000)
        rows = _waiting()[:ACTIONS]
        assert here.lead
    with stand.app(name) as app:
        app.add_url_rule("/bench/nothing", "nothing", login_required(lambda: ("", 204)), methods=["POST"])
    return _measure(app, rows)


def _measure(app: Flask, rows: list[tuple[object, ...]]) -> dict[str, float]:
    client = app.test_client()
    token = _log_in(client)
    empty = _each(lambda index: client.post("/bench/nothing", data={"csrf_token": token}).status_code, 204)
    with client.session_transaction() as session:
        session["confirmed_at"] = clock.stamp(clock.now())

    def sign(index: int) -> int:
        artefact_id, version, content, attachments = rows[index]
        form = {
            "csrf_token": token, "version": version, "content_sha256": content,
            "attachments_sha256": attachments, "comment": "同意。", "key": f"http-{index}",
        }  # fmt: skip
        return client.post(f"/artefacts/{artefact_id}/actions/approve", data=form).status_code

    signing = _each(sign, 303)
    return {"empty POST ms": empty * 1e3, "sign-off ms": signing * 1e3, "ratio": empty / signing}


def _each(post, expected: int) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    for index in range(ACTIONS):
        if index == WARM:
            started = time.perf_counter()
        status = post(index)
        assert status == expected, status
    return (time.perf_counter() - started) / (ACTIONS - WARM)


def _log_in(client: FlaskClient) -> str:
    page = client.get("/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"username": "lead", "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code in (302, 303)
    page = client.get("/").get_data(as_text=True)
    found = re.search(r'(?:name="csrf_token"[^>]*value|name="csrf-token" content)="([^"]+)"', page)
    assert found
    return found[1]
