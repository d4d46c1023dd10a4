"""The administrator's page about school years, terms and holidays."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import clock, inputs
from workflow_app.errors import BadInput
from workflow_app.periods import service

bp = Blueprint("periods", __name__, url_prefix="/people/periods")

Page = str | Response | tuple[str, int]


@bp.before_request
@login_required
def for_administrators() -> None:
    from workflow_app.signoff import policy

    if not policy.may_administer(current_user.id):
        abort(403)


@bp.get("")
def index() -> Page:
    return _page()


def _page(form: str = "", errors: dict[str, str] | None = None, status: int = 200) -> tuple[str, int]:
    """``form``: which form ``errors`` and what was typed belong to: period or holiday."""
    wanted = request.values.get("year", "")
    year = inputs.version(wanted) or 0
    if year not in inputs.YEARS:
        year = clock.today().year
    periods = service.periods()
    page = render_template(
        "periods/index.html",
        periods=[(item, service.is_open(item)) for item in periods],
        editing=next((item for item in periods if item.key == request.args.get("edit")), None),
        kinds=service.KINDS,
        gates=service.GATES,
        year=year,
        announced=service.announced(year),
        holidays=service.holiday_list(year),
        form=form,
        errors=errors or {},
        typed={name: value for name, value in request.form.items() if name != "csrf_token"},
    )
    return page, status


@bp.post("")
def save() -> Page:
    """Set one period: its name, its first and last day, and whether it takes documents (``gate``)."""
    form = request.form
    try:
        service.set_period(
            current_user.id,
            form.get("key", ""),
            form.get("kind", ""),
            form.get("name", ""),
            form.get("starts_on", ""),
            form.get("ends_on", ""),
            form.get("gate", ""),
        )
    except BadInput as wrong:
        return _page("period", wrong.problems, 422)
    flash(_("已保存。"), "success")
    return redirect(url_for("periods.index"), 303)


@bp.post("/holidays")
def save_holiday() -> Page:
    form = request.form
    try:
        service.set_holiday(
            current_user.id, form.get("day", ""), form.get("name", ""), working=bool(form.get("working"))
        )
    except BadInput as wrong:
        return _page("holiday", wrong.problems, 422)
    flash(_("已保存。"), "success")
    return _to_holidays(form.get("day", ""))


@bp.post("/holidays/<day>/remove")
def remove_holiday(day: str) -> Page:
    if not service.remove_holiday(current_user.id, day):
        abort(404)
    flash(_("已删除。"), "success")
    return _to_holidays(day)


def _to_holidays(day: str) -> Response:
    return redirect(url_for("periods.index", year=day[:4]) + "#holidays", 303)
