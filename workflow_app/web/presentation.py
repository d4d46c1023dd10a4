"""What every page shares: choosing the language, filters for names and numbers, icons, addresses."""

import importlib.util
import re
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
from flask import Blueprint, Flask, abort, current_app, redirect, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from workflow_app.web import cookies, dates
from workflow_app.web.language import LANGUAGES, lang
from workflows.vocabulary import ROLES

bp = Blueprint("pages", __name__)

#: Tints of avatars; app.css has a class for each.
HUES = 6


# --- the language ----------------------------------------------------------------------------


@bp.get("/language/<name>")
def language(name: str) -> AnyResponse:
    """Keep the choice for a year and go back to the page it was made on."""
    if name not in LANGUAGES:
        abort(404)
    came_from = urlsplit(request.referrer or "")
    back = came_from.path if came_from.netloc == request.host else ""
    if back.startswith("/") and not back.startswith("//"):
        target = f"{back}?{came_from.query}" if came_from.query else back
    else:
        target = "/"
    response = redirect(target)
    cookies.put(response, "lang", name, seconds=365 * 86400)
    return response


def in_language(title: Any) -> str:
    """The text of a ``Title``, a ``{zh, en}`` mapping, or plain text as it is; nothing for None."""
    if title is None:
        return ""
    if isinstance(title, str):
        return title
    if isinstance(title, dict):
        return str(title.get(lang()) or title.get("zh", ""))
    return str(getattr(title, lang(), title))


# --- names and numbers -----------------------------------------------------------------------


def role(code: str | None) -> str:
    """A role's name."""
    return ROLES[code][lang()] if code in ROLES else code or ""


def mask(text: str | None) -> str:
    """A phone or identity number with its middle hidden: 138****6021."""
    if not text:
        return ""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 9 else f"{text[:1]}****"


def count(number: int | None) -> str:
    """A counter that stops at 999+."""
    return "999+" if (number or 0) >= 1000 else str(number or 0)


def tint(name: str | None) -> int:
    """The tint of a name's avatar: the same name, the same tint."""
    return zlib.crc32((name or "").encode()) % HUES


def paragraphs(text: Any) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]


def columns(of_table: Iterable[Any]) -> list[tuple[str, str, str]]:
    """(key, kind, title) of a table's columns: asked once a table, not once a cell."""
    return [(column.key, column.kind, in_language(column.title)) for column in of_table]


# --- icons -------------------------------------------------------------------------


def _sprite() -> Path:
    spec = importlib.util.find_spec("flask_bootstrap")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"


@lru_cache(maxsize=200)
def _drawing(name: str) -> tuple[str, str]:
    """The view box and the paths of an icon. Raises LookupError for a name that is not there."""
    found = re.search(
        rf'<symbol[^>]*viewBox="([^"]+)"[^>]*\sid="{re.escape(name)}"[^>]*>(.*?)</symbol>',
        _sprite().read_text(encoding="utf-8"),
        re.DOTALL,
    )
    if found is None:
        raise LookupError(f"no icon {name!r}")
    return found[1], found[2]


@lru_cache(maxsize=500)
def icon(name: str, label: str = "") -> Markup:
    """An icon of Bootstrap's set as inline SVG; decoration unless it has a label."""
    box, paths = _drawing(name)
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true" focusable="false"'
    # Box and paths come from the installed package, the label is escaped.
    return Markup(  # noqa: S704
        f'<svg class="icon" width="16" height="16" fill="currentColor" viewBox="{box}" {spoken}>{paths}</svg>'
    )


# --- addresses -------------------------------------------------------------------------------

#: Stands for the number in an address that is built once for many rows.
_NUMBER = 10**17


@lru_cache(maxsize=2000)
def _built(_mounted_at: str, endpoint: str, **values: Any) -> str:
    """Werkzeug builds an address out of its rules each time; a page has fifty of the same few."""
    return flask.url_for(endpoint, **values)


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's, within a request. An address depends on nothing of it but where we are mounted."""
    return _built(request.script_root, endpoint, **values)


def numbered(endpoint: str, name: str) -> Callable[[int], str]:
    """The addresses of the rows of a list, which differ only in the number ``name``."""
    before, after = url_for(endpoint, **{name: _NUMBER}).split(str(_NUMBER))
    return lambda number: f"{before}{number}{after}"


def link(endpoint: str, **values: Any) -> str:
    """The address of a page, or nothing when this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


FILTERS = {
    "lang": in_language,
    "when": dates.when,
    "moment": dates.moment,
    "day": dates.day,
    "left": dates.left,
    "late": dates.late,
    "weekday": dates.weekday,
    "role": role,
    "mask": mask,
    "capped": count,
    "tint": tint,
    "paragraphs": paragraphs,
    "columns": columns,
}


def init_app(app: Flask) -> None:
    """Tie filters and globals to the application's templates."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(icon=icon, link=link, url_for=url_for, numbered=numbered)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
