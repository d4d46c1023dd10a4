"""The security log as a page and as a file. Whoever may read none of it is told that there is none."""

import json
from collections.abc import Iterator

from flask import Response, abort, render_template, request, stream_with_context
from flask_babel import gettext as _
from flask_login import current_user, login_required

from workflow_app import clock, inputs, security_log
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.signoff import policy
from workflow_app.trail import lookup, security
from workflow_app.trail.views.blueprint import bp

FIELDS = ("kind", "person", "since", "until")
MOST = 50_000


def _filters() -> tuple[security.SecurityFilters, dict[str, str], dict[str, str]]:
    """The filters asked for, as they were typed, and what is wrong with them."""
    kinds = policy.security_kinds(current_user.id)
    if not kinds:
        abort(403)
    typed = {name: request.args.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    people = None
    try:
        typed["person"] = inputs.clean(typed["person"], 80).strip()
        people = lookup.people(typed["person"]) if typed["person"] else None
    except inputs.Unclean as unclean:
        errors["person"] = str(unclean)
    if typed["kind"] and typed["kind"] not in kinds:
        errors["kind"] = _("没有这类记录。")
    days = inputs.since_until(errors, typed)
    return security.SecurityFilters(kinds, typed["kind"], people, **days), typed, errors


@bp.get("/security")
@login_required
def security_records() -> str | tuple[str, int]:
    """Records the user may read, filtered, newest first; a bad filter is said beside it, 422."""
    filters, typed, errors = _filters()
    rows: list[security.Shown] = []
    following = None
    if not errors:
        try:
            rows, following = security.page(filters, unpack(request.args.get("cursor")))
        except BadCursor:
            abort(404)
    security_log.record("log_read", person_id=current_user.id)
    kinds = [(kind, title) for kind, title in security_log.KINDS.items() if kind in filters.kinds]
    page = render_template(
        "trail/security.html",
        rows=rows,
        next=pack(following),
        typed=typed,
        errors=errors,
        kinds=kinds,
        whole=len(kinds) == len(security_log.KINDS),
        kept=security_log.KEPT_DAYS,
    )
    return (page, 422) if errors else page


@bp.get("/security.jsonl")
@login_required
def security_export() -> Response:
    """What the look-up found, as JSON Lines, with the names of today."""
    filters, _typed, errors = _filters()
    if errors:
        abort(404)
    security_log.record("exported", person_id=current_user.id, what="security", format="jsonl")
    lines = _lines(security.everything(filters, MOST))
    headers = {"Content-Disposition": f'attachment; filename="security-{clock.today().isoformat()}.jsonl"'}
    kind = "application/jsonl; charset=utf-8"
    return Response(stream_with_context(lines), mimetype=kind, headers=headers)


def _lines(rows: Iterator[security.Shown]) -> Iterator[str]:
    for record, person, about in rows:
        line = {
            "at": record.at, "kind": record.kind, "person": record.person_id, "name": person or None,
            "about": about or None, "request": record.request, "address": record.address,
            "facts": record.facts,
        }  # fmt: skip
        yield json.dumps(line, ensure_ascii=False) + "\n"
