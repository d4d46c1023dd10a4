"""Logging in and out, one's own page, and the administrator's pages about people and units."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from workflow_app import clock
from workflow_app.extensions import db, login_manager
from workflow_app.language import lang
from workflow_app.people import carrying, fields, forms, listing, login, service, sessions, tokens
from workflow_app.people.models import STAGES, UNIT_KINDS, Person
from workflow_app.people.service import Invalid, Missing
from workflow_app.safety import problem
from workflows.vocabulary import ROLES

bp = Blueprint("people", __name__)
login_manager.user_loader(sessions.load)
login_manager.session_protection = None  # sessions.py says why

Page = str | Response | tuple[str, int]
#: Where somebody who must change the password may still go.
ALWAYS = {"people.me", "people.logout", "people.login", "static", "pages.language", "healthz", "readyz"}


# --- who is it -------------------------------------------------------------------------------


@bp.route("/login", methods=["GET", "POST"], endpoint="login")
def login_page() -> Page:
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(carrying.safe_path(request.args.get("next")) or url_for("signoff.inbox"))
        return _login_form()
    username = request.form.get("username", "")
    try:
        person = login.authenticate(username, request.form.get("password", ""))
    except login.LoginRefused as refused:
        waits = {"Retry-After": str(refused.retry_after)} if refused.code == "locked" else {}
        page, status = _login_form(refused.say(lang())), 429 if refused.code == "locked" else 401
        return current_app.make_response((page, status, waits))
    sessions.enter(person)
    if person.must_change_password:
        flash(_("您用的是初始密码，请先改成自己的密码。"), "warning")
    carried = carrying.unpack(request.form.get("carried"))
    if carried:
        return render_template("resume.html", action=carried.path, fields=carried.fields)
    if request.form.get("carried"):
        flash(_("登录前填写的内容已超过两小时，没有保留下来。"), "warning")
    return redirect(carrying.safe_path(request.form.get("next")) or url_for("signoff.inbox"), 303)


def _login_form(error: str = "", carried: str | None = None, next_path: str | None = None) -> str:
    """The login page. What was typed before stays with it until somebody is logged in."""
    demo = not current_app.config["SETTINGS"].production
    return render_template(
        "people/login.html",
        error=error,
        username=request.form.get("username", "") if request.endpoint == "people.login" else "",
        next=carrying.safe_path(next_path or request.values.get("next")) or "",
        carried=carried or request.form.get("carried", ""),
        accounts=(current_app.config.get("DEMO_ACCOUNTS") or []) if demo else [],
        demo_password=(current_app.config.get("DEMO_PASSWORD_SHOWN") or "") if demo else "",
    )


@bp.post("/logout")
def logout() -> Response:
    if current_user.is_authenticated:
        sessions.leave()
        flash(_("您已退出登录。"), "success")
    return redirect(url_for("people.login"), 303)


@login_manager.unauthorized_handler
def unauthorized() -> Page:
    """Nobody is logged in: show the login page, and lose nothing of what was sent."""
    if carrying.from_a_program():
        return problem(401, "login_required", _("登录已过期，请重新登录后再试。"))
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("people.login", next=request.full_path.rstrip("?")))
    return _ask_to_log_in()


def _ask_to_log_in() -> tuple[str, int]:
    carried = carrying.pack(request.full_path.rstrip("?"), request.form.items(multi=True))
    sentence = _("登录已过期，请重新登录。您填写的内容还在，登录后可以继续。")
    return _login_form(sentence if carried else _("登录已过期，请重新登录。"), carried), 401


@bp.app_errorhandler(CSRFError)
def stale_form(error: CSRFError) -> Page:
    """A page from before the login expired or began anew. Its form is kept, and sent again by a click.

    Not for forms that another site has sent: those are refused.
    """
    if carrying.from_a_program() or request.path.startswith("/api/"):
        code = "csrf" if current_user.is_authenticated else "login_required"
        return problem(400 if code == "csrf" else 401, code, _("页面停留太久，请刷新后再试。"))
    if carrying.from_another_site():
        return problem(400, "csrf", str(error.description))
    if request.endpoint == "people.login":
        return _login_form(_("页面停留太久，请再登录一次。")), 400
    if request.endpoint == "people.logout":
        return logout()
    if not current_user.is_authenticated:
        return _ask_to_log_in()
    carried = carrying.unpack(carrying.pack(request.full_path.rstrip("?"), request.form.items(multi=True)))
    if carried is None:
        flash(_("页面停留太久，没有保存。请再试一次。"), "warning")
        back = carrying.safe_path(urlsplit(request.referrer or "").path)
        return redirect(back or url_for("signoff.inbox"), 303)
    return render_template("resume.html", action=carried.path, fields=carried.fields), 400


@bp.before_app_request
def first_a_password() -> Response | None:
    """Who still has a password made by somebody else changes it before looking at other pages."""
    if request.method != "GET" or request.endpoint in ALWAYS or request.path.startswith("/api/"):
        return None
    if current_user.is_authenticated and current_user.must_change_password:
        return redirect(url_for("people.me") + "#password")
    return None


# --- oneself ---------------------------------------------------------------------------------


@bp.get("/me")
@login_required
def me() -> Page:
    return _me()


def _me(errors: dict[str, str] | None = None, new_token: str = "", status: int = 200) -> tuple[str, int]:
    page = render_template(
        "people/me.html",
        person=current_user,
        roles=listing.roles_of(current_user.id),
        tokens=tokens.of_person(current_user.id),
        errors=errors or {},
        typed=forms.typed(request.form),
        new_token=new_token,
    )
    return page, status


@bp.post("/me/password")
@login_required
def change_password() -> Page:
    form = request.form
    if form.get("new", "") != form.get("again", ""):
        return _me({"again": _("两次输入的新密码不一样。")}, status=422)
    try:
        person = service.change_password(current_user.id, form.get("old", ""), form.get("new", ""))
    except Invalid as wrong:
        return _me(wrong.problems, status=422)
    except login.LoginRefused as refused:
        return _me({"old": refused.say(lang())}, status=429)
    sessions.enter(person)
    flash(_("密码已修改，其他设备上的登录和访问密钥已失效。"), "success")
    return redirect(url_for("people.me"), 303)


@bp.post("/me/tokens")
@login_required
def make_token() -> Page:
    wanted, problems = forms.new_token(request.form)
    try:
        if not login.confirm_password(current_user, request.form.get("password", "")):
            problems["token_password"] = _("密码不对，请再输一次。")
        if problems:
            return _me(problems, status=422)
        raw = tokens.make(current_user.id, current_user.id, **wanted)
    except Invalid as wrong:
        return _me(wrong.problems, status=422)
    except login.LoginRefused as refused:
        return _me({"token_password": refused.say(lang())}, status=429)
    return _me(new_token=raw)


@bp.post("/me/tokens/<int:token_id>/revoke")
@login_required
def revoke_own_token(token_id: int) -> Page:
    try:
        tokens.revoke(current_user.id, token_id, of=current_user.id)
    except Missing:
        abort(404)
    flash(_("访问密钥已收回。"), "success")
    return redirect(url_for("people.me") + "#tokens", 303)


# --- the administrator's pages ---------------------------------------------------------------


def administrators(view: Callable[..., Page]) -> Callable[..., Page]:
    """For administrators only; others get the page that says so."""

    @wraps(view)
    @login_required
    def guarded(*args: Any, **kwargs: Any) -> Page:
        from workflow_app.signoff import policy

        if not policy.may_administer(current_user.id):
            abort(403)
        return view(*args, **kwargs)

    return guarded


@bp.get("/people")
@administrators
def index() -> Page:
    wanted = forms.list_filter(request)
    rows, following = listing.people(**wanted)
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
        person, password = service.create_person(
            current_user.id, form.get("username", ""), form.get("name", ""), phone=form.get("phone")
        )
    except Invalid as wrong:
        return render_template("people/new.html", errors=wrong.problems, typed=forms.typed(form)), 422
    flash(_("已新建 %(name)s。", name=person.name), "success")
    return _show(person.id, password=password)


@bp.get("/people/<int:person_id>")
@administrators
def show(person_id: int) -> Page:
    return _show(person_id)


def _show(
    person_id: int, errors: dict[str, str] | None = None, password: str = "", status: int = 200
) -> tuple[str, int]:
    person = db.session.get(Person, person_id) if person_id < 2**63 else None
    if person is None:
        abort(404)
    page = render_template(
        "people/show.html",
        person=person,
        grants=listing.roles_of(person.id),
        tokens=tokens.of_person(person.id),
        changes=listing.changes(person.id),
        acts=forms.ACTS,
        units=forms.unit_choices(),
        role_units=service.ROLE_UNITS,
        today=clock.today().isoformat(),
        errors=errors or {},
        typed=forms.typed(request.form),
        password=password,
    )
    return page, status


def _change(person_id: int, act: Callable[[], object], done: str, field: str = "") -> Page:
    """Do it and show the person again; what is wrong is shown beside its field, or all beside ``field``."""
    try:
        act()
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _show(person_id, {field: str(wrong)} if field else wrong.problems, status=422)
    flash(done, "success")
    return redirect(url_for("people.show", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/roles")
@administrators
def give(person_id: int) -> Page:
    form, me = request.form, current_user.id
    unit_id = fields.number(form.get("unit_id", "")) or 0
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


@bp.post("/people/<int:person_id>/tokens/<int:token_id>/revoke")
@administrators
def revoke_token(person_id: int, token_id: int) -> Page:
    act = partial(tokens.revoke, current_user.id, token_id, of=person_id)
    return _change(person_id, act, _("访问密钥已收回。"), "tokens")


@bp.post("/people/<int:person_id>/password")
@administrators
def reset_password(person_id: int) -> Page:
    try:
        return _show(person_id, password=service.reset_password(current_user.id, person_id))
    except Missing:
        abort(404)


# --- units and routes ------------------------------------------------------------------------


@bp.get("/people/units")
@administrators
def units() -> Page:
    return _units(fields.number(request.args.get("edit", "")))


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
        typed=forms.typed(request.form),
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
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _units(unit_id, "change" if unit_id else "create", wrong.problems, 422)
    flash(_("已保存。"), "success")
    return redirect(url_for("people.units"), 303)


@bp.post("/people/routes")
@administrators
def set_route() -> Page:
    wanted = [item for item in request.form.getlist("department") if item]
    try:
        service.set_route(current_user.id, request.form.get("stage", ""), wanted)
    except Invalid as wrong:
        return _units(form="route", errors=wrong.problems, status=422)
    flash(_("论证部门已设定。"), "success")
    return redirect(url_for("people.units") + "#routes", 303)
