"""The administrator's pages about people: list, new, one person with roles, tokens and changes."""

from collections.abc import Callable
from functools import partial

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from workflow_app import clock, inputs, security_log
from workflow_app.authentication import one_time, sessions, tokens
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import forms, listing, service
from workflow_app.people.models import Person
from workflow_app.people.views.blueprint import Page, administrators, bp
from workflow_app.second_factor import factors
from workflows.vocabulary import ROLE_UNITS, ROLES


@bp.get("/people")
@administrators
def index() -> Page:
    wanted = forms.list_filter(request)
    rows, following = listing.people(**wanted)
    security_log.record("personal_data", what="list")
    return render_template(
        "people/index.html",
        rows=rows,
        next=following,
        wanted=wanted,
        units=forms.unit_choices(),
        roles=list(ROLES),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@administrators
def new() -> Page:
    if request.method == "GET":
        return render_template("people/new.html", errors={}, typed={})
    form = request.form
    try:
        person = service.create_person(
            current_user.id, form.get("username", ""), form.get("name", ""), phone=form.get("phone")
        )
    except BadInput as wrong:
        return render_template("people/new.html", errors=wrong.problems, typed=inputs.typed(form)), 422
    given = one_time.give(current_user.id, person.id, _kind())
    flash(_("已新建 %(name)s。", name=person.name), "success")
    return _show(person.id, given=given)


@bp.get("/people/<int:person_id>")
@administrators
def show(person_id: int) -> Page:
    return _show(person_id)


def _show(
    person_id: int,
    errors: dict[str, str] | None = None,
    given: one_time.Given | None = None,
    status: int = 200,
) -> tuple[str, int]:
    person = db.session.get(Person, person_id) if person_id < 2**63 else None
    if person is None:
        abort(404)
    security_log.record("personal_data", what="person", about=person.id)
    page = render_template(
        "people/show.html",
        person=person,
        grants=listing.roles_of(person.id),
        tokens=tokens.of_person(person.id),
        sessions=sessions.of_person(person.id),
        factor_kinds=factors.kinds(person.id),
        changes=listing.changes(person.id),
        acts=forms.ACTS,
        units=forms.unit_choices(),
        role_units=ROLE_UNITS,
        today=clock.today().isoformat(),
        errors=errors or {},
        typed=inputs.typed(request.form),
        given=given,
        public_url=current_app.config["SETTINGS"].public_url,
    )
    return page, status


def _change(person_id: int, act: Callable[[], object], done: str, field: str = "") -> Page:
    """Do it and show the person again; what is wrong is shown beside its field, or all beside ``field``."""
    try:
        act()
    except NotFound:
        abort(404)
    except BadInput as wrong:
        return _show(person_id, {field: str(wrong)} if field else wrong.problems, status=422)
    flash(done, "success")
    return redirect(url_for("people.show", person_id=person_id), 303)


@bp.post("/people/<int:person_id>")
@administrators
def change(person_id: int) -> Page:
    """Correct a name or a phone number."""
    form, me = request.form, current_user.id
    act = partial(service.change_person, me, person_id, form.get("name", ""), form.get("phone"))
    return _change(person_id, act, _("已保存。"))


@bp.post("/people/<int:person_id>/staff-number")
@administrators
def staff_number(person_id: int) -> Page:
    wanted = request.form.get("staff_number", "")
    act = partial(service.set_staff_number, current_user.id, person_id, wanted)
    return _change(person_id, act, _("工号已保存。"))


@bp.post("/people/<int:person_id>/roles")
@administrators
def give(person_id: int) -> Page:
    form, me = request.form, current_user.id
    unit_id = inputs.identifier(form.get("unit_id", "")) or 0
    role, first, last = form.get("role", ""), form.get("starts_on", ""), form.get("ends_on", "")
    return _change(
        person_id, lambda: service.give_role(me, person_id, role, unit_id, first, last), _("已给予角色。")
    )


@bp.post("/people/<int:person_id>/roles/<int:grant_id>/end")
@administrators
def end(person_id: int, grant_id: int) -> Page:
    me, last = current_user.id, request.form.get("ends_on", "")
    act = partial(service.end_role, me, grant_id, last, of=person_id)
    return _change(person_id, act, _("角色已结束，记录保留。"), f"end.{grant_id}")


@bp.post("/people/<int:person_id>/disable")
@administrators
def disable(person_id: int) -> Page:
    act = partial(service.disable, current_user.id, person_id)
    return _change(person_id, act, _("账号已停用。"), "person")


@bp.post("/people/<int:person_id>/enable")
@administrators
def enable(person_id: int) -> Page:
    act = partial(service.enable, current_user.id, person_id)
    return _change(person_id, act, _("账号已启用。"), "person")


@bp.post("/people/<int:person_id>/sessions/end")
@administrators
def end_sessions(person_id: int) -> Page:
    act = partial(sessions.end_all, current_user.id, person_id)
    return _change(person_id, act, _("全部登录已结束，本人要重新登录。"))


@bp.post("/people/<int:person_id>/tokens/<int:token_id>/revoke")
@administrators
def revoke_token(person_id: int, token_id: int) -> Page:
    act = partial(tokens.revoke, current_user.id, token_id, of=person_id)
    return _change(person_id, act, _("访问密钥已收回。"), "tokens")


@bp.post("/people/<int:person_id>/password")
@administrators
def reset_password(person_id: int) -> Page:
    """Give access that works once; the password there was is no longer one."""
    try:
        return _show(person_id, given=one_time.give(current_user.id, person_id, _kind()))
    except NotFound:
        abort(404)
    except BadInput as wrong:
        return _show(person_id, wrong.problems, status=422)


@bp.post("/people/<int:person_id>/second-factor/reset")
@administrators
def reset_factors(person_id: int) -> Page:
    act = partial(factors.reset, current_user.id, person_id)
    return _change(person_id, act, _("第二道验证已取消。"), "person")


def _kind() -> one_time.Kind:
    return "link" if request.form.get("kind") == "link" else "code"
