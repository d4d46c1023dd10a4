"""What the frame of every page shows of the person who looks at it."""

import time
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from workflow_app.extensions import db
from workflow_app.people import listing
from workflow_app.people.models import Grant, Unit
from workflow_app.people.roles import live_grants
from workflow_app.web.language import LANGUAGES, lang
from workflow_app.web.presentation import role

#: How long the county's name is kept before it is read again, in seconds.
COUNTY_KEPT = 300


def init_app(app: Flask) -> None:
    """Give every page what its frame shows."""
    app.context_processor(frame)


def _county() -> str:
    """The county's name, read once in a while."""
    kept: tuple[float, str] = current_app.extensions.get("county_name", (0.0, ""))
    if kept[1] and time.monotonic() - kept[0] < COUNTY_KEPT:
        return kept[1]
    name = db.session.scalar(select(Unit.name).where(Unit.kind == "county").order_by(Unit.id).limit(1)) or ""
    current_app.extensions["county_name"] = (time.monotonic(), name)
    return name


def _acting(grants: list[Grant]) -> str:
    """校长 · 青禾县城关小学; of several roles the first and how many there are."""
    if not grants:
        return ""
    first = f"{role(grants[0].role)} · {grants[0].unit.name}"
    return first if len(grants) == 1 else _("%(role)s 等 %(n)s 个角色", role=first, n=len(grants))


def frame() -> dict[str, Any]:
    """What the frame of every page shows."""
    # The person, not the proxy, which would look for them again each time the frame names them.
    me = current_user._get_current_object() if current_user and current_user.is_authenticated else None
    grants = live_grants(me.id) if me else []
    roles = {grant.role for grant in grants}
    language = lang()
    return {
        "lang": language,
        "lang_code": language,
        "languages": LANGUAGES,
        "me": me,
        "acting": _acting(grants),
        "may_administer": "administrator" in roles,
        # An administrator alone has no documents: boxes and search would always be empty.
        "has_business": bool(roles - {"administrator"}),
        "county": _county() if me else "",
        "account_news": listing.news(me.id, me.told_from) if me and me.told_from is not None else [],
    }
