"""A paper as an answer: its type and its name."""

from io import BytesIO

from flask import Response, send_file

from workflow_app.web.downloads import named

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def download(data: bytes, name: str, plain: str, ending: str) -> Response:
    """The file to keep; ``name`` and ``plain`` (in ASCII) without their ending."""
    response = send_file(BytesIO(data), mimetype=TYPES[ending], etag=False)
    named(response, f"{name}.{ending}", f"{plain}.{ending}")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
