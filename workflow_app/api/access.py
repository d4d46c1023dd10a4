"""Who asks: bearer tokens, idempotency keys, versions; and blueprints that ask for them."""

import re
from datetime import date
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from workflow_app import inputs, security_log
from workflow_app.api.description import describe, takes
from workflow_app.api.errors import answer, refuse
from workflow_app.authentication import attempts, tokens
from workflow_app.errors import ApplicationError, LoginRefused
from workflow_app.listing import BadCursor, unpack
from workflow_app.signoff.policy import PLAIN_TOKEN

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')


class Strict(Schema):
    """Bodies and queries name nothing we do not know."""

    class Meta:
        unknown = RAISE


class _Parser(FlaskParser):
    def __init__(self) -> None:
        super().__init__()
        # A misspelt filter would otherwise list everything.
        self.DEFAULT_UNKNOWN_BY_LOCATION = {**self.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}


class _Routes(Blueprint):
    ARGUMENTS_PARSER = _Parser()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._prepare_doc_cbks.append(describe)

    def route(self, rule: str, **more: Any) -> Any:
        """As the library's; the route's description knows whether its address names a thing."""
        register = super().route(rule, **more)
        return lambda view: register(takes("place")(view) if "<" in rule else view)


class Words(fields.String):
    """One line of text, clean, without outer blanks."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(**({} if more.get("required") else {"load_default": ""}) | more)
        self._most = most

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str:
        try:
            return inputs.clean(super()._deserialize(value, *args, **more), self._most, lines=False).strip()
        except inputs.Unclean as unclean:
            raise ValidationError(str(unclean)) from unclean


class Day(fields.Date):
    """A day as 2026-09-01 that the calendar reaches."""

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> date:
        try:
            return inputs.as_day(str(value))
        except inputs.NotADay as no:
            raise ValidationError(str(no)) from no


class PageQuery(Strict):
    cursor = fields.String(load_default="", validate=validate.Length(max=200))


def blueprint(name: str, description: str) -> Blueprint:
    """A blueprint below ``/api/v1`` whose every route asks for a token."""
    bp = _Routes(f"api_{name}", __name__, url_prefix="/api/v1", description=description)
    bp.before_request(_authenticate)
    bp.register_error_handler(ApplicationError, answer)
    return bp


def _authenticate() -> None:
    kind, _space, raw = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(raw.strip()) if kind.lower() == "bearer" else None
    if token is None:
        if raw.strip():
            _count_wrong_key()
            security_log.record("token_refused", endpoint=request.endpoint)
        refuse(401, "unauthorized", _("请在 Authorization 里带上有效的接口密钥。"), WWW_Authenticate="Bearer")
    g.api_person = token.person
    g.api_auth = "token" if token.may_sign else PLAIN_TOKEN
    if request.method in WRITES and not request.headers.get("Idempotency-Key"):
        refuse(400, "idempotency_key_required", _("每个写入请求都要带 Idempotency-Key。"))


def _count_wrong_key() -> None:
    """Whoever guesses has to wait. Right keys of the same address pass: they are not to be guessed anyway."""
    try:
        attempts.wrong_key(request.remote_addr or "")
    except LoginRefused as locked:
        sentence = _("无效的接口密钥试得太多，请 %(n)s 秒后再试。", n=locked.retry_after)
        refuse(429, "too_many_requests", sentence, Retry_After=str(locked.retry_after))


def me() -> int:
    """The person whose token it is."""
    return int(g.api_person.id)


def auth() -> str:
    """How the program has proved who it is: ``token`` for one made for signing, else ``plain_token``."""
    return str(g.api_auth)


def key() -> str:
    return request.headers["Idempotency-Key"]


def cursor(text: str) -> tuple[str, int] | None:
    """The cursor of a query; a broken one is a problem of its own."""
    try:
        return unpack(text)
    except BadCursor:
        refuse(400, "bad_cursor", _("cursor 不是本系统给出的。"))


def if_match() -> int:
    """The version named in ``If-Match``."""
    header = request.headers.get("If-Match", "")
    if not header:
        refuse(428, "precondition_required", _('请在 If-Match 里写明所依据的版本，如 "3"。'))
    found = _ETAG.fullmatch(header.strip())
    if found is None:
        refuse(400, "bad_request", _('If-Match 应是加引号的版本号，如 "3"。'))
    return int(found[1] or found[2])
