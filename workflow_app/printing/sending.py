"""A paper as an answer: its type, and its name as RFC 6266 wants it."""

from io import BytesIO

from flask import Response, send_file

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def download(data: bytes, name: str, ending: str) -> Response:
    """The file to keep, under its Chinese name (and a plain one for old programs)."""
    response = send_file(
        BytesIO(data),
        mimetype=TYPES[ending],
        as_attachment=True,
        download_name=f"{name}.{ending}",
        etag=False,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
