"""One's own second factors: an authenticator app, recovery codes."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from markupsafe import Markup
from werkzeug.wrappers import Response

from workflow_app.authentication import resubmission
from workflow_app.errors import BadInput
from workflow_app.people.roles import live_grants
from workflow_app.second_factor import factors, passkeys, recovery, totp
from workflow_app.second_factor.views.blueprint import Page, bp, confirmed, no_longer_lacking

#: Where somebody who must set up a second factor first may still go.
ALWAYS = {
    "authentication.me",
    "authentication.change_password",
    "authentication.logout",
    "authentication.login",
    "authentication.dismiss_news",
    "asset",
    "pages.language",
    "healthz",
    "readyz",
}


@bp.before_app_request
def first_a_factor() -> Response | None:
    """Whose role asks for a second factor sets one up before doing anything else."""
    if not session.get("factor_lacking") or request.endpoint in ALWAYS or request.blueprint == bp.name:
        return None
    if request.path.startswith("/api/") or not current_user.is_authenticated:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("second_factor.own", next=wanted), 303)


@bp.get("/me/second-factor")
@login_required
def own() -> Page:
    return show()


def show(
    errors: dict[str, str] | None = None,
    *,
    codes: list[str] | None = None,
    setting_up: totp.Begun | None = None,
    status: int = 200,
) -> tuple[str, int]:
    """The page. ``codes``: recovery codes, shown once. ``setting_up``: a new app."""
    me = current_user
    kinds = factors.kinds(me.id)
    page = render_template(
        "second_factor/own.html",
        person=me,
        kinds=kinds,
        left=recovery.left(me.id),
        passkeys=passkeys.of_person(me.id),
        must=factors.required_of({grant.role for grant in live_grants(me.id)}),
        codes=codes or [],
        secret=_in_groups(setting_up.secret) if setting_up else "",
        picture=_qr(setting_up.address) if setting_up else "",
        errors=errors or {},
        next=resubmission.safe_path(request.values.get("next")) or "",
    )
    return page, status


def _qr(address: str) -> Markup:
    import segno  # only here: starting up loads nothing that few pages need

    # segno writes the picture; the address is in it as black squares only.
    return Markup(segno.make(address, error="m", micro=False).svg_inline(scale=5, border=2))  # noqa: S704


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


@bp.post("/me/second-factor/app")
@login_required
def begin_app() -> Page:
    """Show the secret of a new app, for the password."""
    if wrong := confirmed(request.form.get("password", "")):
        return show(wrong, status=422)
    made = totp.begin(current_user)
    session["app_begun"] = made.sealed
    return show(setting_up=made)


@bp.post("/me/second-factor/app/confirm")
@login_required
def confirm_app() -> Page:
    """Put the app in force with its first code."""
    sealed = session.get("app_begun")
    codes = totp.confirm(current_user.id, sealed, request.form.get("code", ""))
    if codes is None:
        wrong = {"code": _("这不是现在的 6 位数，请看验证器，再输一次。")}
        return show(wrong, setting_up=totp.begun(current_user, sealed), status=422)
    session.pop("app_begun", None)
    no_longer_lacking()
    flash(_("验证器已启用，以后登录时除密码外还要输它显示的 6 位数。"), "success")
    return show(codes=codes)


@bp.post("/me/second-factor/app/remove")
@login_required
def remove_app() -> Page:
    return removed("totp")


def removed(kind: str, passkey_id: int | None = None) -> Page:
    """Take a factor away, for the password."""
    if wrong := confirmed(request.form.get("password", "")):
        return show({"remove": wrong["password"]}, status=422)
    try:
        factors.remove(current_user.id, kind, passkey_id)
    except BadInput as bad:
        return show({"remove": str(bad)}, status=422)
    flash(_("已取消。"), "success")
    return redirect(url_for("second_factor.own"), 303)


@bp.post("/me/second-factor/codes")
@login_required
def new_codes() -> Page:
    """New recovery codes, for the password; the old ones end."""
    if not factors.kinds(current_user.id):
        return redirect(url_for("second_factor.own"), 303)
    if wrong := confirmed(request.form.get("password", "")):
        return show({"codes": wrong["password"]}, status=422)
    return show(codes=recovery.made_anew(current_user.id))
