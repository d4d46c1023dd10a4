"""What people and programs are told when something fails: pages, or RFC 9457 problem documents."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from flask import Flask, Response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from workflow_app import outages, request_id
from workflow_app.errors import ApplicationError, BadInput, Unavailable
from workflow_app.web.language import lang
from workflow_app.web.problems import ERRORS, problem

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Attach the answers to errors."""
    # By status: a handler for a status wins over one for all, which the API's library registers.
    for status in ERRORS:
        app.register_error_handler(status, _http_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ApplicationError, _signoff_error)
    for kind in (SQLAlchemyError, sqlite3.Error, psycopg.Error, OSError):
        app.register_error_handler(kind, _outage)


def wants_json() -> bool:
    """Programs get problem documents, people get pages."""
    if request.path.startswith("/api/") or request.path in {"/healthz", "/readyz"}:
        return True
    return request.accept_mimetypes.best == "application/json"  # a script of ours


def _answer(status: int, code: str, detail: str, **more: Any) -> Response:
    if wants_json():
        return problem(status, code, detail, **more)
    title = str(ERRORS.get(status, ERRORS[400])[1])
    incident = more.get("incident", "")
    try:
        page = render_template(
            "web/error.html", status=status, code=code, title=title, detail=detail, incident=incident
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
    found = data.get("errors") or data.get("messages") or {}
    more = {"errors": list(_problems(found))} if found else {}
    answer = _answer(status, code, detail, **more)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if value := response.headers.get(name):
            answer.headers[name] = value
    return answer


def _problems(found: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """``{place: {field: [sentence, …]}}`` as ``{field, detail}``; the place it was sent in is left out."""
    if isinstance(found, Mapping):
        for name, inner in found.items():
            yield from _problems(inner, (*path, str(name)))
    else:
        sentences = found if isinstance(found, list) else [found]
        yield {"field": ".".join(path[1:]), "detail": "；".join(map(str, sentences))}


def _internal_error(error: InternalServerError) -> Response:
    """Log the cause under the request's number and show only the number."""
    incident = request_id.current()
    log.error("incident %s: %s %s", incident, request.method, request.path, exc_info=error.original_exception)
    code, _title, sentence = ERRORS[500]
    return _answer(500, code, str(sentence), incident=incident)


def _outage(error: Exception) -> Response:
    """Something that passes is told as such, anything else goes on as a fault of ours."""
    outage = outages.of(error)
    if outage is None:
        raise error
    log.error("%s: %s %s", outage.code, request.method, request.path, exc_info=error)
    return _signoff_error(outage)


def _signoff_error(error: ApplicationError) -> Response:
    """The net below the views: whatever of the services they let through."""
    problems = error.problems if isinstance(error, BadInput) else {}
    listed = [{"field": path, "detail": str(why)} for path, why in problems.items()]
    more: dict[str, Any] = {"errors": listed} if listed else {}
    answer = _answer(error.status, error.code, error.say(lang()), **more)
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
