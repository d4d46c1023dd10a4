"""The pages people open all day, against an empty page of the same application.

Processor time of this process around one WSGI call (``time.process_time``): no server, no network, no
waiting. A database in a process of its own (PostgreSQL) is therefore not counted.
"""

import io
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, render_template
from flask_login import login_required

from bench.county import fill
from bench.databases import Stand
from bench.http import log_in
from bench.signing import waiting
from tests.builders import a_plan, county, full_content

DOCUMENTS = 1000
#: Of the document whose page is measured.
TABLE_ROWS = 50
ROUNDS = 100
WARM = 10
Call = Callable[[int], dict[str, Any]]
EMPTY = '{% extends "web/base.html" %}{% block content %}{% endblock %}'


def measure(stand: Stand) -> dict[str, float]:
    """Milliseconds a page, and how many empty pages that is."""
    with stand.app(stand.fresh()) as app:
        here = county()
        fill(here, DOCUMENTS)
        rows = waiting(2 * ROUNDS)
        activities = full_content()["activities"]
        long = a_plan(here, content=full_content(activities=(activities * TABLE_ROWS)[:TABLE_ROWS]))
        long.submitted().signed()
    empty = app.jinja_env.from_string(EMPTY)
    app.add_url_rule("/bench/empty", "empty", login_required(lambda: render_template(empty)))
    app.add_url_rule("/bench/nothing", "nothing", login_required(lambda: ("", 204)), methods=["POST"])
    token, cookie = log_in(app)

    def page(path: str) -> Call:
        return lambda _index: _environ(cookie, path)

    def sign(index: int) -> dict[str, Any]:
        artefact_id, version, content, attachments = rows[index]
        return _environ(cookie, f"/artefacts/{artefact_id}/actions/approve", {
            "csrf_token": token, "version": version, "content_sha256": content,
            "attachments_sha256": attachments, "comment": "同意。", "key": f"page-{index}",
        })  # fmt: skip

    pages: dict[str, tuple[Call, int]] = {
        "空页": (page("/bench/empty"), 200),
        "工作台": (page("/"), 200),
        "文件": (page("/artefacts"), 200),
        "轨迹": (page("/trail"), 200),
        "一份文件": (page(f"/artefacts/{long.id}"), 200),
        "空 POST": (lambda _index: _environ(cookie, "/bench/nothing", {"csrf_token": token}), 204),
        "签批": (sign, 303),
    }
    spent = {title: _median(app, call, status) for title, (call, status) in pages.items()}
    found: dict[str, float] = {}
    for title, milliseconds in spent.items():
        found[f"{title} ms"] = milliseconds
    for title in ("工作台", "文件", "轨迹", "一份文件"):
        found[f"{title} / 空页"] = spent[title] / spent["空页"]
    found["签批 / 空 POST"] = spent["签批"] / spent["空 POST"]
    return found


def _environ(cookie: str, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a server hands over for one request."""
    body = urlencode(form).encode() if form else b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if form else "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "HTTP_COOKIE": cookie,
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }  # fmt: skip
    if form:
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _median(app: Flask, call: Call, status: int) -> float:
    """Milliseconds of processor time of one answer, the first ones left out."""
    times = []
    for index in range(WARM + ROUNDS):
        environ = call(index)
        statuses: list[str] = []
        started = time.process_time()
        answer = app(environ, lambda line, *_: statuses.append(line))  # noqa: B023 -- called at once
        b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        times.append(time.process_time() - started)
        assert statuses[0].startswith(str(status)), statuses
    return statistics.median(times[WARM:]) * 1e3
