"""What a request may hold: how many form fields, how deep its JSON, how long its body."""

import re
from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

#: How deep arrays and objects of a request may nest; the deepest honest content has five levels.
MAX_JSON_DEPTH = 32


class Key(IntegerConverter):
    """``<int:…>`` in an address: no longer than a key can be; the database would choke on more."""

    regex = r"\d{1,18}"


def init_app(app: Flask) -> None:
    """Attach the limits."""
    app.url_map.converters["int"] = Key
    # Before everything else: whoever looks for a form field first would read the whole body.
    app.url_value_preprocessor(_allow_uploads)
    app.before_request(_refuse_floods)


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


def _allow_uploads(endpoint: str | None, _values: dict[str, Any] | None) -> None:
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
