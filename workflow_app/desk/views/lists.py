"""The documents one may read, with filters."""

from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select

from workflow_app import inputs
from workflow_app.artefacts import queries
from workflow_app.artefacts.lines import DocumentLine
from workflow_app.definitions import registry
from workflow_app.desk.views.blueprint import bp
from workflow_app.extensions import db
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.people.service import live_grants
from workflow_app.periods.models import Period
from workflow_app.signoff import policy
from workflow_app.web.language import lang

FILTERS = ("q", "workflow", "state", "period", "school")
Options = dict[str, list[tuple[str, str]]]


@bp.get("/artefacts")
@login_required
def index() -> str | tuple[str, int]:
    """All documents the user may read, filtered; a filter that cannot be read is said beside it, 422."""
    options, school_by_name = _options()
    chosen = {name: request.args.get(name, "").strip() for name in FILTERS}
    errors = _errors(chosen, options, school_by_name)
    rows: list[DocumentLine] = []
    following = None
    if not errors:
        try:
            cursor = unpack(request.args.get("cursor"))
        except BadCursor:
            abort(404)
        filters = queries.ListFilters.chosen(chosen, by_name=school_by_name)
        rows, following = policy.list_for(current_user.id, filters, cursor)
    page = render_template(
        "desk/index.html",
        rows=rows, next=pack(following), chosen=chosen, options=options, errors=errors,
        school_by_name=school_by_name,
    )  # fmt: skip
    return (page, 422) if errors else page


def _options() -> tuple[Options, bool]:
    """What there is to choose from, and whether there are too many schools to be listed."""
    language = lang()
    machines = registry.current()
    periods = select(Period.key, Period.name).order_by(Period.starts_on.desc(), Period.key)
    states = {
        name: getattr(state.title, language)
        for machine in machines.values()
        for name, state in machine.definition.states.items()
    }
    options: Options = {
        "workflow": [(key, getattr(machine.definition.title, language)) for key, machine in machines.items()],
        "state": list(states.items()),
        "period": [(key, name) for key, name in db.session.execute(periods)],
        "school": [],
    }
    if all(grant.unit.kind == "school" for grant in live_grants(current_user.id)):
        return options, False  # who holds roles at schools only has none to choose
    schools = queries.schools()
    options["school"] = [(str(school), name) for school, name in schools or ()]
    return options, schools is None


def _errors(chosen: dict[str, str], options: Options, school_by_name: bool) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    typed = ("q", "school") if school_by_name else ("q",)
    for name, allowed in options.items():
        if chosen[name] and name not in typed and chosen[name] not in dict(allowed):
            errors[name] = _("没有这个选项。")
    for name in typed:
        try:
            chosen[name] = inputs.clean(chosen[name], 80).strip()
        except inputs.Unclean as unclean:
            errors[name] = str(unclean)
    named = chosen["school"] if school_by_name and "school" not in errors else ""
    if named and not queries.is_school(named):
        errors["school"] = _("没有名称里有这几个字的学校。")
    return errors
