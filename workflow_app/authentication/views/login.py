"""Logging in and out; what was typed before the login expired is kept and sent again."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from workflow_app import security_log
from workflow_app.authentication import browsers, login, one_time, resubmission, sessions
from workflow_app.authentication.views import access
from workflow_app.authentication.views.blueprint import Page, bp
from workflow_app.errors import LoginRefused
from workflow_app.extensions import login_manager
from workflow_app.people import password_rules
from workflow_app.second_factor.entering import go_on
from workflow_app.web import kept, limits
from workflow_app.web.language import lang
from workflow_app.web.problems import problem

login_manager.user_loader(sessions.load)
login_manager.session_protection = None  # sessions.py says why

#: Where somebody who must change the password may still go.
ALWAYS = {
    "authentication.me",
    "authentication.change_password",
    "authentication.open_link",
    "authentication.set_password",
    "authentication.logout",
    "authentication.login",
    "asset",
    "pages.language",
    "healthz",
    "readyz",
}


@bp.route("/login", methods=["GET", "POST"], endpoint="login")
@limits.bodies(resubmission.BODIES)
def login_page() -> Page:
    """Log in and go on to ``next``; a form sent after the login expired is shown again as it was typed."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(resubmission.safe_path(request.args.get("next")) or url_for("desk.inbox"))
        return _login_form()
    username = request.form.get("username", "")
    try:
        person = login.authenticate(
            username,
            request.form.get("password", ""),
            address=request.remote_addr or "",
            browser=browsers.number_for(username),
        )
    except LoginRefused as refused:
        password = request.form.get("password", "")
        if refused.code == "wrong" and (opened := one_time.by_code(username, password)):
            access.open_here(opened)
            return access.form_page(opened)
        waits = {"Retry-After": str(refused.retry_after)} if refused.code == "locked" else {}
        page, status = _login_form(refused.say(lang())), 429 if refused.code == "locked" else 401
        return current_app.make_response((page, status, waits))
    return go_on(person, request.form.get("next"), request.form.get("carried"))


def _login_form(error: str = "", carried: str | None = None, next_path: str | None = None) -> str:
    """The login page. What was typed before stays with it until somebody is logged in."""
    settings = current_app.config["SETTINGS"]
    demo = not settings.production
    return render_template(
        "authentication/login.html",
        error=error,
        username=request.form.get("username", "") if request.endpoint == "authentication.login" else "",
        next=resubmission.safe_path(next_path or request.values.get("next")) or "",
        carried=carried or request.form.get("carried", ""),
        accounts=(current_app.config.get("DEMO_ACCOUNTS") or []) if demo else [],
        sso_title=settings.sso_title if settings.sso else "",
        demo_password=(current_app.config.get("DEMO_PASSWORD_SHOWN") or "") if demo else "",
    )


@bp.post("/logout")
def logout() -> Response:
    if current_user.is_authenticated:
        security_log.record("logout", person_id=current_user.id)
        sessions.leave()
        flash(_("您已退出登录。"), "success")
    return redirect(url_for("authentication.login"), 303)


def _ask_to_log_out() -> Page:
    """A page that is out of date: whoever really wants to leave presses the button of a fresh one."""
    if not current_user.is_authenticated:
        return redirect(url_for("authentication.login"), 303)
    return render_template("authentication/log_out.html"), 400


@login_manager.unauthorized_handler
def unauthorized() -> Page:
    """Nobody is logged in: show the login page, and lose nothing of what was sent."""
    if resubmission.from_a_program():
        return problem(401, "login_required", _("登录已过期，请重新登录后再试。"))
    opened = access.opened()
    if request.method in {"GET", "HEAD"}:
        page = "authentication.set_password" if opened else "authentication.login"
        return redirect(url_for(page, next=request.full_path.rstrip("?")))
    if opened:
        carried = resubmission.pack(request.full_path.rstrip("?"), request.form.items(multi=True))
        return access.form_page(opened, carried=carried), 401
    return _ask_to_log_in()


def _ask_to_log_in() -> tuple[str, int]:
    carried = resubmission.pack(request.full_path.rstrip("?"), request.form.items(multi=True))
    sentence = _("登录已过期，请重新登录。您填写的内容还在，登录后可以继续。")
    before = resubmission.page_before()
    return _login_form(sentence if carried else _("登录已过期，请重新登录。"), carried, before), 401


@bp.app_errorhandler(CSRFError)
def stale_form(error: CSRFError) -> Page:
    """A page from before the login expired or began anew. Its form is kept, and sent again by a click.

    Not for forms that another site has sent: those are refused.
    """
    foreign = resubmission.from_another_site()
    security_log.record("csrf", endpoint=request.endpoint, another_site=foreign)
    if resubmission.from_a_program() or request.path.startswith("/api/"):
        code = "csrf" if current_user.is_authenticated else "login_required"
        return problem(400 if code == "csrf" else 401, code, _("页面停留太久，请刷新后再试。"))
    if foreign:
        return problem(400, "csrf", str(error.description))
    if request.endpoint == "authentication.login":
        return _login_form(_("页面停留太久，请再登录一次。")), 400
    if request.endpoint == "authentication.set_password" and (opened := access.opened()):
        return access.form_page(opened, {"new": _("页面停留太久，请再输一次。")}), 400
    if request.endpoint == "authentication.logout":
        return _ask_to_log_out()
    if not current_user.is_authenticated:
        return _ask_to_log_in()
    carried = resubmission.unpack(
        resubmission.pack(request.full_path.rstrip("?"), request.form.items(multi=True))
    )
    if carried is None:
        flash(_("页面停留太久，没有保存。请再试一次。"), "warning")
        kept.refuse()
        return redirect(resubmission.safe_path(resubmission.page_before()) or url_for("desk.inbox"), 303)
    if not carried.belongs_to(current_user.id):
        kept.refuse()
        flash(_("这一页是另一位用户打开的，没有提交。"), "warning")
        return redirect(url_for("desk.inbox"), 303)
    return render_template("web/resume.html", action=carried.path, fields=carried.fields), 400


bp.after_app_request(sessions.seen)


@bp.before_app_request
def first_a_password() -> Response | None:
    """Who has a password made by somebody else, or too old, changes it before doing anything else."""
    if request.endpoint in ALWAYS or request.path.startswith("/api/") or not current_user.is_authenticated:
        return None
    reading = request.method == "GET"
    if current_user.must_change_password or (reading and password_rules.expired(current_user)):
        wanted = request.full_path.rstrip("?") if reading else None
        return redirect(url_for("authentication.me", next=wanted) + "#password", 303)
    return None
