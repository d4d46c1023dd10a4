"""Every answer that refuses stands in the security log: no right (403), hidden documents (404)."""

from typing import Any

from flask import Flask, Response, g, request

from workflow_app import security_log


def init_app(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    if response.status_code == 403:
        security_log.record("refused", **_what())
    elif response.status_code == 404 and "hidden_document" in g:
        # ``policy.admitted`` knows that there is one; the asker is not told.
        security_log.record("hidden", **{**_what(), "artefact": g.hidden_document})
    return response


def _what() -> dict[str, Any]:
    """Which route was asked for, and of what; never the address as it was sent."""
    named = request.view_args or {}
    action = named.get("action", "")
    return {
        "method": request.method,
        "endpoint": request.endpoint,
        "artefact": named.get("artefact_id"),
        "action": action if action.isascii() and action.isidentifier() and len(action) <= 40 else None,
    }
