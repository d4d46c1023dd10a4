"""The desk: four boxes of documents."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user, login_required

from workflow_app.definitions import registry
from workflow_app.desk import inbox
from workflow_app.desk.views.blueprint import bp
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.periods.service import current as current_period
from workflow_app.signoff import policy


@bp.get("/", endpoint="inbox")
@login_required
def desk() -> str:
    """The desk: one box of the inbox, paged. Errors: 404 for an unknown box or a damaged cursor."""
    box = request.args.get("box", "todo")
    if box not in inbox.BOXES:
        abort(404)
    try:
        cursor = unpack(request.args.get("cursor"))
    except BadCursor:
        abort(404)
    rows, following = inbox.page(current_user.id, box, cursor)
    counts = inbox.counts(current_user.id)
    period = current_period()
    return render_template(
        "desk/inbox.html",
        box=box,
        rows=rows,
        next=pack(following),
        counts=counts,
        nav_counts=counts,
        late_count=counts["late"],
        period_name=period.name if period else "",
        creatable=_creatable(),
    )


def _creatable() -> list[tuple[str, Any, str, str]]:
    """(key, title, label, address) of what this person may begin."""
    machines = registry.current()
    kinds = dict.fromkeys(key for key, _school, _teacher in policy.creatable(current_user.id))
    return [(key, machines[key].definition.title, "", url_for("desk.new", workflow=key)) for key in kinds]
