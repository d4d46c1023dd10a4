"""The second step of logging in. Until it is done nobody is logged in."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from workflow_app import clock
from workflow_app.authentication import resubmission
from workflow_app.errors import LoginRefused
from workflow_app.people.models import Person
from workflow_app.second_factor import factors, passkeys, recovery
from workflow_app.second_factor.entering import let_in, person_of
from workflow_app.second_factor.secrets_at_rest import Unreadable
from workflow_app.second_factor.views.blueprint import Page, bp
from workflow_app.web.language import lang

#: How long after the password the second step may come.
OPEN_FOR = timedelta(minutes=10)


def half_way() -> Person | None:
    """The person who has shown the first factor in this browser, a short while ago."""
    kept = session.get("half_way")
    if not isinstance(kept, list) or len(kept) != 2:
        return None
    user_id, at = kept
    if clock.parse(at) + OPEN_FOR <= clock.now():
        return None
    return person_of(str(user_id))


@bp.route("/login/second", methods=["GET", "POST"])
def second_step() -> Page:
    """A code of the app or a recovery code; then where one was going."""
    person = half_way()
    if person is None:
        flash(_("登录超时，请重新输入用户名和密码。"), "warning")
        return redirect(url_for("authentication.login", next=_next()), 303)
    if request.method == "GET":
        return form_page(person)
    person_id = person.id
    shown = request.form.get("passkey", "")
    try:
        if shown:
            kept = session.pop("passkey_shown", None)
            how = "passkey" if passkeys.prove(person_id, kept, shown) else ""
        else:
            how = factors.prove(person_id, request.form.get("code", "")[:40])
    except LoginRefused as refused:
        return form_page(person, refused.say(lang())), 429
    except Unreadable:
        return form_page(person, _("验证器的密钥读不出来，请用恢复码，或联系系统管理员。")), 422
    if not how and shown:
        return form_page(person, _("通行密钥没有通过，请再试一次，或换用别的方式。")), 422
    if not how:
        return form_page(person, _("不对。请输验证器上现在的 6 位数，或一个没有用过的恢复码。")), 422
    answer = let_in(person_id, request.form.get("next"), request.form.get("carried"))
    if how == "recovery":  # only now: nothing of the session before is kept
        left = recovery.left(person_id)
        flash(_("恢复码用掉了一个，还剩 %(n)s 个。换了手机请重新设置验证器。", n=left), "warning")
    return answer


def form_page(person: Person, error: str = "") -> str:
    return render_template(
        "second_factor/login.html",
        person=person,
        kinds=factors.kinds(person.id),
        error=error,
        next=_next() or "",
        carried=request.form.get("carried", ""),
    )


def _next() -> str | None:
    return resubmission.safe_path(request.values.get("next"))
