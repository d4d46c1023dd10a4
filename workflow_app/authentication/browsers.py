"""A browser from which somebody has logged in before, and what it is called in words.

A signed cookie names the browser by a number and the persons who have logged in with it (by keyed
digests: on a shared computer it tells nobody who the others are). Strangers who guess at somebody's
password have no such cookie, so their wrong ones do not stop whoever has (OWASP: device cookies). It
opens nothing: the password is asked all the same, and wrong ones are counted for it.
"""

import secrets
from typing import Any

from flask import after_this_request, current_app, has_request_context
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, URLSafeTimedSerializer

from workflow_app import inputs
from workflow_app.web import cookies
from workflow_app.web.networks import keyed

COOKIE = "browser"
SECONDS = 180 * 86400
#: Persons that one browser remembers; the computer of a staff room has many.
MOST_PERSONS = 12


def number_for(username: str) -> str:
    """The number of this browser if that person has logged in with it within half a year, else ''."""
    number, persons = _read()
    return number if _mark(username) in persons else ""


def remember(username: str) -> None:
    """That person has just logged in with this browser: the answer says so in the cookie."""
    number, persons = _read()
    mark = _mark(username)
    kept = [mark, *(one for one in persons if one != mark)][:MOST_PERSONS]
    signed = _serializer().dumps([number or secrets.token_urlsafe(12), kept])

    @after_this_request
    def put(response: Any) -> Any:
        cookies.put(response, COOKIE, str(signed), seconds=SECONDS)
        return response


def _read() -> tuple[str, list[str]]:
    if not has_request_context():
        return "", []
    try:
        number, persons = _serializer().loads(cookies.read(COOKIE), max_age=SECONDS)
    except (BadData, ValueError, TypeError):
        return "", []
    return str(number), [str(one) for one in persons]


def _mark(username: str) -> str:
    return keyed("browser-person", inputs.username(username))[:16]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="browser")  # type: ignore[arg-type]


# --- in words ------------------------------------------------------------------------------------

#: What stands in a browser's name for itself, the more special first.
_PROGRAMS = (
    ("MicroMessenger", _l("微信")),
    ("DingTalk", _l("钉钉")),
    ("Lark", _l("飞书")),
    ("QQBrowser", "QQ"),
    ("MetaSr", _l("搜狗")),
    ("360SE", "360"),
    ("QihooBrowser", "360"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chrome OS"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """``Windows · Edge`` from what a browser says of itself; whatever is not known is left out."""
    signs = (next((name for sign, name in one if sign in agent), "") for one in (_SYSTEMS, _PROGRAMS))
    return " · ".join(str(name) for name in signs if name) or _("未知设备")
