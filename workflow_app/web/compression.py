"""Pages on the wire: gzip for answers of text, with a guard against reading secrets from their size.

What BREACH needs is a page with a secret in it, requests with the victim's cookie that an attacker's
page makes, and the sizes of the answers. See ``docs/decisions/0013-assets.md`` for what stands in its
way; here: no compression for a request that another site caused, and a length that varies by chance.
"""

import gzip
import io
import secrets

from flask import Flask, Response, request

KINDS = {"text/html", "application/json", "application/problem+json"}
#: Below this an answer fits in one packet anyway.
SMALLEST = 1000
LEVEL = 6
#: At most so many bytes are added, in the field of the gzip format for a file's name.
RANDOM_BYTES = 100


def init_app(app: Flask) -> None:
    """Compress answers after everything else has been done to them."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in KINDS or response.direct_passthrough or response.is_streamed:
        return response
    # An ETag names the bytes or, in the API, a version: neither is ours to change.
    if "Content-Encoding" in response.headers or "ETag" in response.headers:
        return response
    if len(response.get_data()) < SMALLEST:
        return response
    response.vary.add("Accept-Encoding")
    if not _allowed():
        return response
    response.set_data(squeezed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _allowed() -> bool:
    """Whether the browser wants it, and the request was not caused by a page of another site."""
    caused_by = request.headers.get("Sec-Fetch-Site", "none")
    return request.accept_encodings["gzip"] > 0 and caused_by in {"none", "same-origin"}


def squeezed(body: bytes) -> bytes:
    """``body`` as gzip, of a length that varies by up to ``RANDOM_BYTES``."""
    stream = io.BytesIO()
    padding = "x" * (1 + secrets.randbelow(RANDOM_BYTES))
    with gzip.GzipFile(padding, "wb", LEVEL, stream, mtime=0) as file:
        file.write(body)
    return stream.getvalue()
