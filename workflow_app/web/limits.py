"""What a request may hold: how many form fields, how deep its JSON, how long its body."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from workflow_app.settings import USUAL_BODY, Settings

#: How deep arrays and objects of a request may nest; the deepest honest content has five levels.
MAX_JSON_DEPTH = 32


class Key(IntegerConverter):
    """``<int:…>`` in an address: no longer than a key can be; the database would choke on more."""

    regex = r"\d{1,18}"


def init_app(app: Flask) -> None:
    """Attach the limits."""
    app.url_map.converters["int"] = Key
    # Before everything else: whoever looks for a form field first would read the whole body.
    app.url_value_preprocessor(_hold_to_length)
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


View = TypeVar("View", bound=Callable[..., Any])
#: For addresses that take a few short fields, or nothing.
SMALL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Longest:
    """How long the bodies of a view may be.

    ``most``: bytes, given the settings; ``say``: the sentence when there are more, None for the usual one;
    ``by_view``: the view refuses longer ones itself, in words of its own.
    """

    most: Callable[[Settings], int]
    say: Callable[[Settings], str] | None = None
    by_view: bool = False


def bodies(longest: Longest) -> Callable[[View], View]:
    """Say how long the bodies of a view may be; without it ``usual``.

    Below the route: ``@bp.post(…)``, then ``@limits.bodies(…)``.
    """

    def mark(view: View) -> View:
        vars(view)["longest_body"] = longest
        return view

    return mark


def usual(_settings: Settings) -> int:
    """As long as the bodies of a view that says nothing."""
    return USUAL_BODY


def most(app: Flask, method: str, path: str) -> int:
    """How long the body of a request may be; asked by the server before it reads any of it."""
    try:
        endpoint, _values = app.url_map.bind("").match(path, method)
    except HTTPException:
        return SMALL
    return _longest(app, endpoint).most(app.config["SETTINGS"])


def _longest(app: Flask, endpoint: str | None) -> Longest:
    unsaid = Longest(lambda _settings: int(app.config["MAX_CONTENT_LENGTH"]))
    return getattr(app.view_functions.get(endpoint or ""), "longest_body", unsaid)


def _hold_to_length(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """The same limits again: behind another server, and to say what is wrong."""
    longest, settings = _longest(current_app, endpoint), current_app.config["SETTINGS"]
    request.max_content_length = longest.most(settings)
    if longest.by_view or (request.content_length or 0) <= request.max_content_length:
        return
    raise RequestEntityTooLarge(longest.say(settings) if longest.say else None)


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
