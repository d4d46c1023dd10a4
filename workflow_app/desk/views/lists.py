"""The documents one may read, with filters."""

from types import SimpleNamespace
from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select

from workflow_app import clock, inputs
from workflow_app.artefacts import queries
from workflow_app.definitions import registry
from workflow_app.desk.views.blueprint import bp
from workflow_app.extensions import db
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.people.service import live_grants
from workflow_app.periods.models import Period
from workflow_app.signoff import policy
from workflow_app.web.language import lang


@bp.get("/artefacts")
@login_required
def index() -> str | tuple[str, int]:
    machines = registry.current()
    periods = db.session.scalars(select(Period).order_by(Period.starts_on.desc(), Period.key)).all()
    states = {
        name: state.title
        for machine in machines.values()
        for name, state in machine.definition.states.items()
    }
    options = {
        "workflow": [(key, getattr(machine.definition.title, lang())) for key, machine in machines.items()],
        "state": [(name, getattr(title, lang())) for name, title in states.items()],
        "period": [(period.key, period.name) for period in periods],
        "school": _schools(),
    }
    chosen = {name: request.args.get(name, "") for name in ("q", "workflow", "state", "period", "school")}
    errors = {
        name: _("没有这个选项。")
        for name, allowed in options.items()
        if chosen[name] and chosen[name] not in dict(allowed)
    }
    try:
        inputs.clean(chosen["q"], 80)
    except inputs.Unclean as unclean:
        errors["q"] = str(unclean)
    rows: list[Any] = []
    following = None
    if not errors:
        try:
            cursor = unpack(request.args.get("cursor"))
        except BadCursor:
            abort(404)
        found, following = queries.page(
            policy.visible_to(current_user.id), queries.ListFilters.chosen(chosen), cursor
        )
        rows = [_row(row) for row in found]
    page = render_template(
        "desk/index.html",
        rows=rows, next=pack(following), chosen=chosen, options=options, errors=errors,
    )  # fmt: skip
    return (page, 422) if errors else page


def _schools() -> list[tuple[str, str]]:
    """Schools to choose from, for those whose office reaches beyond one school."""
    if all(grant.unit.kind == "school" for grant in live_grants(current_user.id)):
        return []
    return [(str(school), name) for school, name in queries.schools()]


def _row(row: queries.ListRow) -> SimpleNamespace:
    definition = registry.machine(row.definition_id).definition
    state = definition.states[row.state]
    amending = row.in_force_revision is not None and not (state.in_force or state.final)
    due = row.due_at if row.due_at != clock.NEVER and state.tone in ("draft", "waiting", "returned") else None
    return SimpleNamespace(
        id=row.id, title=row.title, workflow=definition.title, school=row.school, who=row.who,
        state=row.state, state_title=state.title, tone=state.tone, when=row.when, due_at=due,
        note=_("第 %(n)s 版有效，正在变更", n=row.in_force_revision) if amending else "",
    )  # fmt: skip
