"""Headers, limits, error answers and health, on an application with nothing else in it."""

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from flask_babel import Babel

from tests.configuring import configure
from workflow_app import schema, web
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.settings import Settings
from workflow_app.web import limits
from workflow_app.web.problems import ERRORS


@pytest.fixture
def bare(database: Settings) -> Iterator[Flask]:
    app = schema.bare_app(database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    Babel(app)
    web.init_app(app)

    @app.get("/page")
    @app.get("/api/v1/page")
    def page() -> str:
        return "ok"

    @app.post("/form")
    def form() -> dict[str, int]:
        return {"fields": len(request.form)}

    @app.post("/api/v1/json")
    def body() -> dict[str, str]:
        return {"type": type(request.get_json()).__name__}

    @app.get("/fail/<int:status>")
    @app.get("/api/v1/fail/<int:status>")
    def fail(status: int) -> str:
        abort(status)

    @app.get("/crash")
    @app.get("/api/v1/crash")
    def crash() -> str:
        raise ValueError("the secret inner cause")

    @app.get("/api/v1/bad")
    def bad() -> str:
        raise BadInput({"goals": "研修目标太长。"})

    @app.get("/api/v1/none")
    def none() -> str:
        raise NotFound

    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def browser(bare: Flask) -> FlaskClient:
    return bare.test_client()


@pytest.mark.sqlite_only
class TestAnswers:
    @pytest.mark.parametrize("path", ["/page", "/fail/404", "/crash", "/api/v1/page", "/healthz"])
    def test_every_answer_carries_the_headers(self, browser: FlaskClient, path: str) -> None:
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        for part in (
            "default-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers

    def test_production_insists_on_https(self, bare: Flask, browser: FlaskClient) -> None:
        configure(bare, app_env="production")
        assert "max-age" in browser.get("/page").headers["Strict-Transport-Security"]

    @pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500])
    def test_error_pages_speak_chinese(self, browser: FlaskClient, status: int) -> None:
        answer = browser.get(f"/fail/{status}")
        assert answer.status_code == status
        assert answer.mimetype == "text/html"
        assert str(ERRORS[status][1]) in answer.text

    @pytest.mark.parametrize("status", sorted(ERRORS))
    def test_programs_get_problem_documents(self, browser: FlaskClient, status: int) -> None:
        answer = browser.get(f"/api/v1/fail/{status}")
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"
        body = answer.get_json(force=True)
        assert body["status"] == status
        assert body["code"] == ERRORS[status][0]
        assert body["title"]
        assert body["detail"]

    def test_a_wrong_method_says_which_are_right(self, browser: FlaskClient) -> None:
        answer = browser.delete("/form")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]

    @pytest.mark.parametrize("path", ["/crash", "/api/v1/crash"])
    def test_a_crash_shows_a_number_and_no_cause(
        self, browser: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
    ) -> None:
        with caplog.at_level(logging.ERROR, "workflow_app.web.failures"):
            answer = browser.get(path)
        assert answer.status_code == 500
        assert "secret inner cause" not in answer.text
        assert "Traceback" not in answer.text
        number = caplog.records[-1].getMessage().split()[1].rstrip(":")
        assert number in answer.text
        assert "secret inner cause" in caplog.text

    def test_errors_of_the_services_become_problems(self, browser: FlaskClient) -> None:
        assert browser.get("/api/v1/none").get_json(force=True)["code"] == "not_found"
        bad = browser.get("/api/v1/bad")
        assert bad.status_code == 422
        assert bad.get_json(force=True)["errors"] == [{"field": "goals", "detail": "研修目标太长。"}]

    def test_a_foreign_host_name_is_refused(self, bare: Flask, browser: FlaskClient) -> None:
        bare.config["TRUSTED_HOSTS"] = ["signoff.example"]
        assert browser.get("/page", headers={"Host": "signoff.example"}).status_code == 200
        assert browser.get("/page", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.sqlite_only
class TestLimits:
    def test_an_honest_form_passes(self, browser: FlaskClient) -> None:
        many = {f"f{number}": "x" for number in range(5000)}
        assert browser.post("/form", data=many).get_json() == {"fields": 5000}

    def test_too_many_fields_are_refused(self, browser: FlaskClient) -> None:
        answer = browser.post("/form", data="a=1&" * 60_000, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 413
        assert "内容过大" in answer.text

    def test_too_long_a_body_is_refused(self, bare: Flask, browser: FlaskClient) -> None:
        bare.config["MAX_CONTENT_LENGTH"] = 1000
        answer = browser.post("/api/v1/json", data="[" + "1," * 1000 + "1]", content_type="application/json")
        assert answer.status_code == 413

    @pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 50_000])
    def test_json_without_end_is_refused(self, browser: FlaskClient, text: str) -> None:
        answer = browser.post("/api/v1/json", data=text, content_type="application/json")
        assert answer.status_code == 400
        assert answer.get_json(force=True)["code"] == "bad_request"

    def test_brackets_in_texts_do_not_count(self, browser: FlaskClient) -> None:
        text = json.dumps({"goals": '[{"\\' * 1000, "rows": [{"a": []} for _ in range(100)]})
        assert browser.post("/api/v1/json", data=text, content_type="application/json").status_code == 200

    @pytest.mark.parametrize("text", ["", "{", "\x00", "nul", '{"a": 1e}', "[1" + "0" * 5000 + "]"])
    def test_broken_json_is_a_bad_request(self, browser: FlaskClient, text: str) -> None:
        answer = browser.post("/api/v1/json", data=text, content_type="application/json")
        assert answer.status_code == 400


def test_depth() -> None:
    assert limits.json_depth(b"1") == 0
    assert limits.json_depth(b'{"a": [1, [2], "[[["]}') == 3


class TestHealth:
    def test_ready(self, browser: FlaskClient) -> None:
        assert browser.get("/healthz").get_json() == {"status": "ok"}
        assert browser.get("/readyz").get_json() == {"status": "ready"}

    def test_not_ready_without_a_trigger(self, bare: Flask, browser: FlaskClient) -> None:
        with bare.app_context(), db.engine.begin() as connection:
            on = " ON event" if db.engine.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER event_append_only_update{on}")
        answer = browser.get("/readyz")
        assert answer.status_code == 503
        assert "event_append_only_update" in answer.get_json(force=True)["detail"]

    def test_not_ready_without_tables(self, bare: Flask, browser: FlaskClient) -> None:
        with bare.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
        assert browser.get("/readyz").get_json(force=True)["code"] == "not_ready"
