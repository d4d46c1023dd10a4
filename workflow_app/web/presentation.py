"""What every page shares: the language, filters for dates and names, icons, the frame around the content."""

import hashlib
import importlib.util
import re
import zlib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    request,
    url_for,
)
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from workflow_app import clock
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
    secure = current_app.config["SETTINGS"].production
    response.set_cookie("lang", name, max_age=365 * 86400, samesite="Lax", httponly=True, secure=secure)
    return response


def in_language(title: Any) -> str:
    """The text of a ``Title``, a ``{zh, en}`` mapping, or plain text as it is; nothing for None."""
    if title is None:
        return ""
    if isinstance(title, dict):
        return str(title.get(lang()) or title.get("zh", ""))
    return str(getattr(title, lang(), title))


# --- dates -----------------------------------------------------------------------------------


def _dated(day: date, pattern: str) -> str:
    return format_date(day, pattern, locale="zh_CN" if lang() == "zh" else "en_GB")


def when(stamp: str | None) -> str:
    """A stamp as people say it: 今天 09:12, 昨天 16:40, 11月20日, 2025年9月1日."""
    if not stamp or stamp == clock.NEVER:
        return ""
    moment = clock.local(stamp)
    today, clocked = clock.today(), f"{moment:%H:%M}"
    if moment.date() == today:
        return _("今天 %(time)s", time=clocked)
    if (today - moment.date()).days == 1:
        return _("昨天 %(time)s", time=clocked)
    return _dated(moment.date(), _("M月d日") if moment.year == today.year else _("y年M月d日"))


def moment(stamp: str | None) -> str:
    """A stamp in full: 2026年9月1日 09:12."""
    if not stamp or stamp == clock.NEVER:
        return ""
    found = clock.local(stamp)
    return f"{_dated(found.date(), _('y年M月d日'))} {found:%H:%M}"


def day(text: str | None) -> str:
    """``2026-09-01`` as 2026年9月1日; what is no day as it is."""
    try:
        return _dated(date.fromisoformat(text or ""), _("y年M月d日"))
    except ValueError:
        return text or ""


def left(due_at: str | None) -> str:
    """How long until the deadline, or by how much it has passed; nothing without one."""
    if not due_at or due_at == clock.NEVER:
        return ""
    days = (clock.local(due_at).date() - clock.today()).days
    if late(due_at):
        return _("已逾期 %(n)s 天", n=max(-days, 1))
    return _("剩 %(n)s 天", n=days) if days else _("今天到期")


def late(due_at: str | None) -> bool:
    """Whether the deadline has passed."""
    return bool(due_at) and str(due_at) < clock.stamp(clock.now())


def weekday(number: Any) -> str:
    """``1``…``7`` as 每周一…每周日."""
    names = (_("每周一"), _("每周二"), _("每周三"), _("每周四"), _("每周五"), _("每周六"), _("每周日"))
    text = str(number or "")
    return names[int(text) - 1] if text in set("1234567") else ""


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
    """A counter that stops at 99+."""
    return "99+" if (number or 0) >= 100 else str(number or 0)


def tint(name: str | None) -> int:
    """The tint of a name's avatar: the same name, the same tint."""
    return zlib.crc32((name or "").encode()) % HUES


def paragraphs(text: Any) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]


# --- icons and files -------------------------------------------------------------------------


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


def icon(name: str, label: str = "") -> Markup:
    """An icon of Bootstrap's set as inline SVG; decoration unless it has a label."""
    box, paths = _drawing(name)
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true" focusable="false"'
    # Box and paths come from the installed package, the label is escaped.
    return Markup(  # noqa: S704
        f'<svg class="icon" width="16" height="16" fill="currentColor" viewBox="{box}" {spoken}>{paths}</svg>'
    )


@lru_cache(maxsize=50)
def _fingerprint(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file with its fingerprint, so that browsers may keep it for good."""
    path = Path(current_app.static_folder or "") / name
    return url_for("static", filename=name, v=_fingerprint(path, path.stat().st_mtime_ns))


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


# --- the frame -------------------------------------------------------------------------------


def link(endpoint: str, **values: Any) -> str:
    """The address of a page, or nothing when this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


FILTERS = {
    "lang": in_language,
    "when": when,
    "moment": moment,
    "day": day,
    "left": left,
    "late": late,
    "weekday": weekday,
    "role": role,
    "mask": mask,
    "capped": count,
    "tint": tint,
    "paragraphs": paragraphs,
}


def init_app(app: Flask) -> None:
    """Tie filters, globals and the frame to the application."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(icon=icon, asset=asset, link=link)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.after_request(_keep_assets)
