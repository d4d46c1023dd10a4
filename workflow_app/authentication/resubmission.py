"""What somebody had typed when the login had expired: carried through the login page, sent again.

It travels as a signed hidden field of that page, so nothing of it is stored on the server, and only
what this server has seen comes back. It comes back to whoever typed it: the CSRF token of a form names
the person whose page it was, and outlives the session.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from workflow_app import inputs
from workflow_app.web.limits import SMALL, Longest

MOST_CHARACTERS = 1_000_000
#: As it travels: longer it is not carried, for the login page is anybody's and takes no more.
MOST_PACKED = 1_000_000
BODIES = Longest(lambda _settings: MOST_PACKED + SMALL)
KEPT_SECONDS = 2 * 3600
_SALT = "typed-before-login"
#: By which Flask-WTF signs its tokens.
_CSRF_SALT = "wtf-csrf-token"
#: Never carried: the token of the old session, and anything like a password.
_NEVER = ("csrf_token", "carried")


@dataclass(frozen=True, slots=True)
class Resubmission:
    """A form on its way: where it goes, its fields in order, and who filled it in (None: nobody knows)."""

    path: str
    fields: tuple[tuple[str, str], ...]
    person_id: int | None = None

    def belongs_to(self, person_id: int) -> bool:
        return self.person_id in (None, person_id)


def safe_path(text: str | None) -> str | None:
    """``text`` if it is an address on this site to go to, else None.

    One leading slash, no second slash or backslash after it, no control characters or blanks:
    browsers read ``//x``, ``/\\x`` and ``/<tab>/x`` as another site.
    """
    if not text or len(text) > 2000 or not text.startswith("/") or text[1:2] in ("/", "\\"):
        return None
    if "\\" in text or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text


def _secret(name: str) -> bool:
    return name in _NEVER or "password" in name.lower() or name in {"old", "new", "again"}


def pack(path: str, fields: Iterable[tuple[str, str]]) -> str | None:
    """The form as a signed text; None when there is nothing to carry or too much of it."""
    fields = list(fields)
    person_id = next((_person_of(value) for name, value in fields if name == "csrf_token"), None)
    kept = [(name, value) for name, value in fields if not _secret(name)]
    if not kept or safe_path(path) is None:
        return None
    if sum(len(name) + len(value) for name, value in kept) > MOST_CHARACTERS:
        return None
    packed = _serializer().dumps([path, kept, person_id])
    text = packed if isinstance(packed, str) else packed.decode()
    return text if len(text) <= MOST_PACKED else None


def unpack(packed: str | None) -> Resubmission | None:
    """The form in a text made by ``pack`` within the last two hours; None for anything else."""
    if not packed:
        return None
    try:
        path, fields, person_id = _serializer().loads(packed, max_age=KEPT_SECONDS)
    except (BadData, ValueError):
        return None
    return Resubmission(path, tuple((str(name), str(value)) for name, value in fields), person_id)


def token_for(person_id: int) -> str:
    """A new secret for the CSRF tokens of a session; it names the person of the session."""
    return f"{person_id}.{secrets.token_hex(20)}"


def _person_of(signed_token: str) -> int | None:
    """Whose page a form with this CSRF token stood on, however old; None when it does not say."""
    signer = URLSafeTimedSerializer(current_app.secret_key, salt=_CSRF_SALT)  # type: ignore[arg-type]
    try:
        token = signer.loads(signed_token)
    except BadData:
        return None
    return inputs.identifier(str(token).partition(".")[0]) if "." in str(token) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt=_SALT)  # type: ignore[arg-type]


# --- what the present request is -------------------------------------------------------------


def from_a_program() -> bool:
    """Whether JSON is sent or wanted: a script's request, not a form's."""
    return request.accept_mimetypes.best == "application/json" or request.is_json


def page_before() -> str | None:
    """The page that this form was sent from: where to go on when the form itself cannot be carried."""
    parts = urlsplit(request.referrer or "")
    here = parts.netloc == request.host and parts.path != url_for("authentication.login")
    return f"{parts.path}?{parts.query}".rstrip("?") if here else None


def from_another_site() -> bool:
    """Whether the browser says that another site's page sent this."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    if origin == "null" or request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
        return True
    return bool(origin) and urlsplit(origin).netloc != request.host
