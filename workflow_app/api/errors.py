"""RFC 9457 problem documents for what the services refuse."""

from typing import Any, NoReturn

from flask import Response, abort

from workflow_app.errors import ApplicationError, BadInput, Conflict, NotAllowed
from workflow_app.web.language import lang
from workflow_app.web.problems import problem


def refuse(status: int, code: str, detail: str, **headers: str) -> NoReturn:
    """End the request with a problem document."""
    answer = problem(status, code, detail)
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    abort(answer)


def answer(error: ApplicationError, *, status: int | None = None) -> Response:
    """The problem document of a refusal; says which field, why not, or who was faster."""
    more: dict[str, Any] = {}
    if isinstance(error, BadInput):
        more["errors"] = [{"field": path, "detail": str(why)} for path, why in error.problems.items()]
    elif isinstance(error, NotAllowed):
        more["reason_code"] = error.reason.code
    elif isinstance(error, Conflict):
        more = {
            "by": error.by,
            "action": error.action,
            "at": error.at,
            "state": error.state,
            "version": error.version,
        }
    return problem(status or error.status, error.code, error.say(lang()), **more)
