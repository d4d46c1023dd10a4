"""The beginning of a document: kind, school, period, and what to begin with."""

import secrets
from types import SimpleNamespace

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select
from werkzeug.wrappers import Response

from workflow_app import clock, inputs
from workflow_app.definitions import registry
from workflow_app.desk.views.blueprint import bp
from workflow_app.drafting import carry_over
from workflow_app.drafting.create import create
from workflow_app.errors import AlreadyThere, ApplicationError
from workflow_app.extensions import db
from workflow_app.people.models import Unit
from workflow_app.periods.models import Period
from workflow_app.periods.service import is_over
from workflow_app.signoff import policy
from workflow_app.web.language import lang


@bp.get("/artefacts/new")
@login_required
def new() -> str:
    return _new_page()


def _new_page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "desk/new.html", kinds=_kinds(), errors=errors or {}, key=secrets.token_urlsafe(16)
    )


def _kinds() -> list[SimpleNamespace]:
    """What this person may begin, with the schools and periods to choose from."""
    may = policy.creatable(current_user.id)
    schools = select(Unit.id, Unit.name).where(Unit.id.in_({school for _key, school, _teacher in may}))
    names = {row[0]: row[1] for row in db.session.execute(schools)}
    today = clock.today()
    periods = [
        period
        for period in db.session.scalars(select(Period).order_by(Period.starts_on.desc(), Period.key))
        if not is_over(period, today) or period.gate == "open"
    ]
    offers = carry_over.offers(current_user.id)
    kinds = []
    for key, machine in registry.current().items():
        mine = sorted({school for kind, school, _teacher in may if kind == key})
        wanted = [(period.key, period.name) for period in periods if period.kind == machine.definition.period]
        latest = max((one.starts_on for one in periods if one.kind == machine.definition.period), default="")
        if not mine:
            continue
        now = [period.key for period in periods if period.starts_on <= today.isoformat()]
        kinds.append(
            SimpleNamespace(
                key=key, title=machine.definition.title, periods=wanted,
                period=next((one for one, _name in wanted if one in now), ""),
                schools=[(school, names[school]) for school in mine],
                sources=[one for one in offers if one.workflow == key and one.starts_on < latest],
            )
        )  # fmt: skip
    chosen = request.args.get("workflow")
    return sorted(kinds, key=lambda kind: kind.key != chosen)


@bp.post("/artefacts/new")
@login_required
def begin() -> Response | tuple[str, int]:
    """Create a document from the form and open it for editing; what is refused is said beside its field."""
    sent = request.form
    workflow = sent.get("workflow", "")
    try:
        outcome = create(
            current_user.id,
            workflow,
            sent.get("period", ""),
            school_id=inputs.identifier(sent.get("school", "")),
            source_id=inputs.identifier(sent.get("source", "")),
            key=sent.get("key", ""),
        )
    except AlreadyThere as there:
        flash(_("这一期已经有一份了，已为您打开。"), "warning")
        if not policy.may_read(current_user.id, there.artefact_id):
            abort(404)
        return redirect(url_for("desk.show", artefact_id=there.artefact_id), 303)
    except ApplicationError as error:
        return _new_page({"workflow": workflow, "message": error.say(lang())}), error.status
    return redirect(url_for("desk.edit", artefact_id=outcome.artefact_id), 303)
