"""A sign-off through HTTP against an empty authenticated POST of the same application.

A real server (waitress, eight threads) in a process of its own, eight clients with kept-alive
connections in another: what is compared is how many requests a second go through.
"""

import http.client
import logging
import multiprocessing
import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

import waitress
from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_required

from bench.county import fill
from bench.databases import Stand
from bench.signing import waiting
from tests.builders import PASSWORD, county
from workflow_app import clock, create_app

CLIENTS = 8
REQUESTS = 1600
WARM = 160
Ask = Callable[[int], tuple[str, dict[str, object]]]


def measure(stand: Stand) -> dict[str, float]:
    name = stand.fresh()
    with stand.app(name) as app:
        here = county()
        fill(here, REQUESTS)
        rows = waiting(REQUESTS)
        assert here.lead
    token, cookie = log_in(app)
    address = multiprocessing.get_context("spawn").Queue()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(stand.settings(name), address), daemon=True
    )
    server.start()
    try:
        port = address.get(timeout=60)
        empty = _rate(port, cookie, lambda index: ("/bench/nothing", {"csrf_token": token}), 204)

        def sign(index: int) -> tuple[str, dict[str, object]]:
            artefact_id, version, content, attachments = rows[index]
            return f"/artefacts/{artefact_id}/actions/approve", {
                "csrf_token": token, "version": version, "content_sha256": content,
                "attachments_sha256": attachments, "comment": "同意。", "key": f"http-{index}",
            }  # fmt: skip

        signing = _rate(port, cookie, sign, 303)
    finally:
        server.terminate()
        server.join()
    return {"empty POST /s": empty, "sign-off /s": signing, "ratio": signing / empty}


def _serve(settings, address) -> None:  # type: ignore[no-untyped-def]
    app = create_app(settings)
    app.add_url_rule("/bench/nothing", "nothing", login_required(lambda: ("", 204)), methods=["POST"])
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue is wanted here
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=CLIENTS)
    address.put(server.effective_port)
    server.run()


def _rate(port: int, cookie: str, ask: Ask, expected: int) -> float:
    """Requests a second, the first ones left out. The cookie stays the same, as on a fresh page."""
    numbers = iter(range(REQUESTS))
    started: list[float] = []
    wrong: list[object] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        for index in numbers:
            if index == WARM:
                started.append(time.perf_counter())
            path, form = ask(index)
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != expected:
                wrong.append((path, answer.status, answer.getheader("Location")))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    return (REQUESTS - WARM) / (time.perf_counter() - started[0])


def log_in(app: Flask) -> tuple[str, str]:
    """(CSRF token, cookie) of the lead, who has just entered the password."""
    client = app.test_client()
    form = {"username": "lead", "password": PASSWORD, "csrf_token": _token(client, "/login")}
    assert client.post("/login", data=form).status_code in (302, 303)
    token = _token(client, "/")
    with client.session_transaction() as session:
        session["confirmed_at"] = clock.stamp(clock.now())
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    return token, f"{cookie.key}={cookie.value}"


def _token(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'(?:name="csrf_token"[^>]*value|name="csrf-token" content)="([^"]+)"', page)
    assert found
    return found[1]
