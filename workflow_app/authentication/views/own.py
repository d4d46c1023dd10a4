"""One's own page: roles, sessions, password, tokens."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.datastructures import MultiDict

from workflow_app import inputs
from workflow_app.authentication import credentials, login, resubmission, sessions, tokens
from workflow_app.authentication.views.blueprint import Page, bp
from workflow_app.errors import BadInput, LoginRefused, NotFound
from workflow_app.people import listing, password_rules
from workflow_app.second_factor import factors
from workflow_app.web.language import lang


@bp.get("/me")
@login_required
def me() -> Page:
    return _me()


def _me(errors: dict[str, str] | None = None, new_token: str = "", status: int = 200) -> tuple[str, int]:
    page = render_template(
        "authentication/me.html",
        person=current_user,
        roles=listing.roles_of(current_user.id),
        tokens=tokens.of_person(current_user.id),
        sessions=sessions.of_person(current_user.id),
        password_hint=password_rules.hint(),
        errors=errors or {},
        typed=inputs.typed(request.form),
        new_token=new_token,
        next=resubmission.safe_path(request.values.get("next")) or "",
    )
    return page, status


@bp.post("/me/sessions/<int:session_id>/end")
@login_required
def end_session(session_id: int) -> Page:
    try:
        sessions.end(current_user.id, session_id)
    except NotFound:
        flash(_("这个登录已经结束了。"), "success")
    else:
        flash(_("已结束这个登录。"), "success")
    return redirect(url_for("authentication.me") + "#sessions", 303)


@bp.post("/me/sessions/end-others")
@login_required
def end_other_sessions() -> Page:
    sessions.end_others(current_user.id)
    flash(_("其他设备上的登录都已结束。"), "success")
    return redirect(url_for("authentication.me") + "#sessions", 303)


@bp.post("/me/password")
@login_required
def change_password() -> Page:
    form = request.form
    if form.get("new", "") != form.get("again", ""):
        return _me({"again": _("两次输入的新密码不一样。")}, status=422)
    try:
        person = credentials.change_password(current_user.id, form.get("old", ""), form.get("new", ""))
    except BadInput as wrong:
        return _me(wrong.problems, status=422)
    except LoginRefused as refused:
        return _me({"old": refused.say(lang())}, status=429)
    sessions.enter(person)
    flash(_("密码已修改，其他设备上的登录和访问密钥已失效。"), "success")
    return redirect(resubmission.safe_path(form.get("next")) or url_for("authentication.me"), 303)


@bp.post("/me/tokens")
@login_required
def make_token() -> Page:
    wanted, problems = _new_token(request.form)
    try:
        if not login.confirm_password(current_user, request.form.get("password", "")):
            problems["token_password"] = _("密码不对，请再输一次。")
        if wanted["may_sign"] and factors.lacking(current_user.id):
            problems["may_sign"] = _("您的角色须有第二道验证，设置之后才能做可签批的密钥。")
        if problems:
            return _me(problems, status=422)
        raw = tokens.make(current_user.id, current_user.id, **wanted)
    except BadInput as wrong:
        return _me(wrong.problems, status=422)
    except LoginRefused as refused:
        return _me({"token_password": refused.say(lang())}, status=429)
    return _me(new_token=raw)


@bp.post("/me/tokens/<int:token_id>/revoke")
@login_required
def revoke_own_token(token_id: int) -> Page:
    try:
        tokens.revoke(current_user.id, token_id, of=current_user.id)
    except NotFound:
        abort(404)
    flash(_("访问密钥已收回。"), "success")
    return redirect(url_for("authentication.me") + "#tokens", 303)


def _new_token(form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of ``tokens.make`` and what is wrong with them."""
    problems: dict[str, str] = {}
    days = inputs.identifier(form.get("days", "180"))
    if days is None or days > tokens.MOST_DAYS:
        problems["days"] = _("有效天数在 1 到 %(most)s 之间。", most=tokens.MOST_DAYS)
    wanted = {"label": form.get("label", ""), "may_sign": bool(form.get("may_sign")), "days": days or 1}
    return wanted, problems
