"""What every answer carries and every request must keep: headers, limits, errors, health."""

import logging
import re
import secrets
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from workflow_app import schema
from workflow_app.extensions import db
from workflow_app.language import lang
from workflow_app.problems import ERRORS, problem
from workflow_app.signoff.errors import SignoffError

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: How deep arrays and objects of a request may nest; the deepest honest content has five levels.
MAX_JSON_DEPTH = 32


class Key(IntegerConverter):
    """``<int:…>`` in an address: no longer than a key can be; the database would choke on more."""

    regex = r"\d{1,18}"


def init_app(app: Flask) -> None:
    """Attach limits, headers, error pages and the two health addresses."""
    app.url_map.converters["int"] = Key
    # Before everything else: whoever looks for a form field first would read the whole body.
    app.url_value_preprocessor(_room_for_files)
    app.before_request(_refuse_floods)
    app.after_request(_add_headers)
    # By status: a handler for a status wins over one for all, which the API's library registers.
    for status in ERRORS:
        app.register_error_handler(status, _http_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SignoffError, _signoff_error)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)


# Limits


def json_depth(data: bytes) -> int:
    """How deep arrays and objects nest in JSON text, without parsing it. Malformed text: a guess."""
    brackets = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", data)
    depth = deepest = 0
    for byte in brackets:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


#: Where files are uploaded: bodies may be as long as all attachments of a document together.
UPLOADS = ("attachments.upload", "api_attachments.upload")


def _room_for_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint not in UPLOADS:
        return
    megabytes = current_app.config["SETTINGS"].attachments_mb
    request.max_content_length = (megabytes + 1) * 1024 * 1024
    if (request.content_length or 0) > request.max_content_length:
        raise RequestEntityTooLarge(_("一次最多上传 %(n)s MB，请分几次上传。", n=megabytes))


def _refuse_floods() -> None:
    """Before anything parses a body: not too many form fields, no JSON nested without end."""
    length = request.content_length
    if length == 0 or request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    kind = request.mimetype
    if kind == "application/x-www-form-urlencoded":
        most = current_app.config["MAX_FORM_PARTS"]
        # A field takes two bytes at least: short bodies need no look.
        if (length is None or length > 2 * most) and request.get_data().count(b"&") >= most:
            raise RequestEntityTooLarge
    elif kind == "application/json" or kind.endswith("+json"):
        data = request.get_data()
        if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and json_depth(data) > MAX_JSON_DEPTH:
            raise BadRequest(_("JSON 嵌套过深。"))


# Headers


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SETTINGS"].production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        # Shared school computers: nothing of a person's stays in the browser's or a proxy's store.
        response.headers["Cache-Control"] = "no-store" if wants_json() else "private, no-cache"
    return response


# Errors


def wants_json() -> bool:
    """Programs get problem documents, people get pages."""
    return request.path.startswith("/api/") or request.path in {"/healthz", "/readyz"}


def _answer(status: int, code: str, detail: str, **more: Any) -> Response:
    if wants_json():
        return problem(status, code, detail, **more)
    title = str(ERRORS.get(status, ERRORS[400])[1])
    incident = more.get("incident", "")
    try:
        page = render_template(
            "errors/error.html", status=status, code=code, title=title, detail=detail, incident=incident
        )
    except Exception:
        # The page itself may need what has just failed (the database, a trusted host name).
        log.warning("error page could not be rendered", exc_info=True)
        page = _plain_page(title, detail, incident)
    return Response(page, status, content_type="text/html; charset=utf-8")


def _plain_page(title: str, detail: str, incident: str) -> str:
    number = f"<p>{escape(_('问题编号：'))}{escape(incident)}</p>" if incident else ""
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{escape(detail)}</p>{number}"
        f'<p><a href="/">{escape(_("返回首页"))}</a></p>'
    )


def _http_error(error: HTTPException) -> Response:
    response = error.get_response()
    status = error.code or 500
    if status < 400:
        return Response(response.response, status, response.headers)
    if isinstance(error, InternalServerError):
        return _internal_error(error)
    code, _title, sentence = ERRORS.get(status, ERRORS[400])
    detail = str(sentence)
    if isinstance(error, CSRFError):
        code, detail = "csrf", _("页面停留太久，安全校验已失效。请返回上一页刷新后再提交。")
    elif error.description and error.description != type(error).description:
        detail = str(error.description)
    # webargs and flask-smorest hang what is wrong with which field on the exception.
    data = getattr(error, "data", None) or {}
    more = {"errors": found} if (found := data.get("errors") or data.get("messages")) else {}
    answer = _answer(status, code, detail, **more)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if value := response.headers.get(name):
            answer.headers[name] = value
    return answer


def _internal_error(error: InternalServerError) -> Response:
    """Log the cause under a number and show only the number."""
    incident = secrets.token_hex(4)
    log.error("incident %s: %s %s", incident, request.method, request.path, exc_info=error.original_exception)
    code, _title, sentence = ERRORS[500]
    return _answer(500, code, str(sentence), incident=incident)


def _signoff_error(error: SignoffError) -> Response:
    """The net below the views: whatever of the services they let through."""
    more = {"errors": problems} if (problems := getattr(error, "problems", None)) else {}
    return _answer(error.status, error.code, error.say(lang()), **more)


# Health


def _healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


def _readyz() -> Response:
    """The database answers, is up to date, and has its append-only triggers."""
    try:
        problems = schema.problems(db.engine)
    except SQLAlchemyError:
        log.warning("readyz: database does not answer", exc_info=True)
        problems = [_("数据库没有响应。")]
    if problems:
        return problem(503, "not_ready", " ".join(problems))
    return jsonify(status="ready")
