"""Setting one's own password with a link or a code that works once; what others did to the account.

Whoever has opened one is not logged in: there is nothing else they could do.
"""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.authentication import one_time, resubmission
from workflow_app.authentication.models import OneTimeAccess
from workflow_app.authentication.views.blueprint import Page, bp
from workflow_app.errors import BadInput, NotFound
from workflow_app.people import password_rules, persons
from workflow_app.second_factor.entering import go_on


def opened() -> OneTimeAccess | None:
    """The access this browser has opened, if it still works."""
    digest = session.get("access")
    return one_time.current(digest) if isinstance(digest, str) else None


def open_here(access: OneTimeAccess) -> None:
    session["access"] = access.digest


@bp.get("/access/<raw>")
def open_link(raw: str) -> Page:
    """Open a link. It is not used up by looking: programs that check mails for viruses look first."""
    access = one_time.by_link(raw)
    if access is None:
        return _useless()
    open_here(access)
    return redirect(url_for("authentication.set_password"), 303)


@bp.route("/set-password", methods=["GET", "POST"])
def set_password() -> Page:
    """Choose one's own password; then in, or to the second step."""
    access = opened()
    if access is None:
        return _useless()
    form = request.form
    if request.method == "GET":
        return form_page(access)
    if form.get("new", "") != form.get("again", ""):
        return form_page(access, {"again": _("两次输入的新密码不一样。")}), 422
    try:
        person = one_time.set_password(access.digest, form.get("new", ""))
    except NotFound:
        return _useless()
    except BadInput as wrong:
        return form_page(access, wrong.problems), 422
    answer = go_on(person, form.get("next"), form.get("carried"))
    flash(_("密码已设置，以后用它登录。"), "success")
    return answer


def form_page(access: OneTimeAccess, errors: dict[str, str] | None = None, carried: str | None = None) -> str:
    """The page that asks for a new password; where its person was going stays with it."""
    return render_template(
        "authentication/set_password.html",
        person=access.person,
        errors=errors or {},
        hint=password_rules.hint(),
        next=resubmission.safe_path(request.values.get("next")) or "",
        carried=carried or request.form.get("carried", ""),
    )


def _useless() -> tuple[str, int]:
    session.pop("access", None)
    return render_template("authentication/useless_access.html"), 410


@bp.post("/me/news/dismiss")
@login_required
def dismiss_news() -> Response:
    """The person has seen what others did to their account."""
    up_to = inputs.identifier(request.form.get("up_to", ""))
    if up_to is not None:
        persons.dismiss_news(current_user.id, up_to)
    return redirect(resubmission.safe_path(resubmission.page_before()) or url_for("desk.inbox"), 303)
