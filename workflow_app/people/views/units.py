"""The administrator's pages about units, and which departments argue the documents of a stage."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from workflow_app import inputs
from workflow_app.errors import BadInput, NotFound
from workflow_app.people import service
from workflow_app.people.models import STAGES, UNIT_KINDS
from workflow_app.people.views.blueprint import Page, administrators, bp


@bp.get("/people/units")
@administrators
def units() -> Page:
    return _units(inputs.identifier(request.args.get("edit", "")))


def _units(
    edit: int | None = None, form: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> tuple[str, int]:
    """``form``: which form ``errors`` and what was typed belong to: create, change or route."""
    tree = service.tree()
    page = render_template(
        "people/units.html",
        tree=tree,
        editing=next((unit for _depth, unit in tree if unit.id == edit), None),
        kinds=UNIT_KINDS,
        stages=STAGES,
        routes=service.routes(),
        departments=[unit for _depth, unit in tree if unit.kind == "department"],
        legs=range(2),
        form=form,
        errors=errors or {},
        typed=inputs.typed(request.form),
    )
    return page, status


@bp.post("/people/units")
@bp.post("/people/units/<int:unit_id>")
@administrators
def save_unit(unit_id: int | None = None) -> Page:
    """Make a unit, or change the one of that number."""
    form = request.form
    name, stage, parent = form.get("name", ""), form.get("stage") or None, form.get("parent_id") or None
    place: dict[str, Any] = {"stage": stage, "parent_id": parent}
    try:
        if unit_id is None:
            service.create_unit(current_user.id, form.get("kind", ""), name, **place)
        else:
            service.change_unit(current_user.id, unit_id, name, **place)
    except NotFound:
        abort(404)
    except BadInput as wrong:
        return _units(unit_id, "change" if unit_id else "create", wrong.problems, 422)
    flash(_("已保存。"), "success")
    return redirect(url_for("people.units"), 303)


@bp.post("/people/routes")
@administrators
def set_route() -> Page:
    wanted = [item for item in request.form.getlist("department") if item]
    try:
        service.set_route(current_user.id, request.form.get("stage", ""), wanted)
    except BadInput as wrong:
        return _units(form="route", errors=wrong.problems, status=422)
    flash(_("论证部门已设定。"), "success")
    return redirect(url_for("people.units") + "#routes", 303)
