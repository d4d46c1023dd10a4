"""An attachment as an answer: never anything that could run in the name of this site."""

from pathlib import Path

from flask import Response, send_file

from workflow_app.attachments.lists import Item
from workflow_app.web.downloads import named

#: No script, no form, no frame, no other address, and an origin of its own for whatever is shown.
POLICY = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'"


def file(item: Item, path: Path, *, download: bool) -> Response:
    """Pictures and PDF to look at, everything else (or on ``download``) to keep, under its own name."""
    response = send_file(
        path,
        mimetype=item.kind.mime,
        etag=item.sha256,
        conditional=True,
        max_age=0,
    )
    plain = f"attachment-{item.sha256[:12]}{item.kind.extensions[0]}"
    named(response, item.name, plain, keep=download or not item.kind.inline)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Download-Options"] = "noopen"
    return response
