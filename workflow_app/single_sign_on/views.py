"""To the provider and back: for logging in, and before signing for those who have no password here."""

import dataclasses
import logging
import secrets
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import clock, inputs, security_log
from workflow_app.authentication import resubmission
from workflow_app.second_factor import proofs
from workflow_app.second_factor.entering import go_on
from workflow_app.single_sign_on import service
from workflow_app.single_sign_on.providers import Attempt, Provider, ProviderFailed

bp = Blueprint("single_sign_on", __name__)
log = logging.getLogger(__name__)

Page = str | Response | tuple[str, int]
#: How long the way to the provider and back may take, in seconds.
OPEN_FOR = 600


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions["sso"]
    if provider is None:
        abort(404)
    return provider


@bp.app_context_processor
def _frame() -> dict[str, Any]:
    settings = current_app.config["SETTINGS"]
    return {"sso_confirms": settings.sso_title if settings.sso == "oidc" else ""}


@bp.get("/sso")
def begin() -> Page:
    """Send the browser to the provider, to log in."""
    return _leave(again=False)


@bp.get("/sso/confirm")
@login_required
def confirm() -> Page:
    """Send the browser to the provider, to prove before signing that it is still the same person."""
    if current_app.config["SETTINGS"].sso != "oidc":
        abort(404)  # the others cannot be told to ask for the password again
    return _leave(again=True)


def _leave(*, again: bool) -> Page:
    attempt = Attempt(
        state=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        nonce=secrets.token_urlsafe(24),
        back=current_app.config["SETTINGS"].base_url.rstrip("/") + url_for("single_sign_on.callback")
        if current_app.config["SETTINGS"].base_url
        else url_for("single_sign_on.callback", _external=True),
        began=int(clock.now().timestamp()),
        again=again,
    )
    try:
        address = _provider().address(attempt)
    except ProviderFailed as failed:
        return _failed(failed)
    going = resubmission.safe_path(request.args.get("next")) or ""
    session["sso"] = {**dataclasses.asdict(attempt), "next": going}
    return redirect(address, 303)


@bp.get("/sso/callback")
def callback() -> Page:
    """Back from the provider, with the state this browser was sent away with, once."""
    provider, kept = _provider(), session.pop("sso", None)
    attempt, going = _attempt(kept)
    if attempt is None or not secrets.compare_digest(attempt.state, request.args.get("state", "")):
        return _refused("state", _("这次登录不是从本页开始的，或者已经超时，请重新登录。"))
    if attempt.again and not current_user.is_authenticated:
        return _refused("state", _("登录已过期，请重新登录。"))
    try:
        number = provider.staff_number(attempt, request.args.to_dict())
    except ProviderFailed as failed:
        return _failed(failed)
    person = service.person_of(number)
    if attempt.again:
        return _confirmed(person is not None and person.id == current_user.id, going)
    if person is None:
        shown = inputs.shown(number, 40)
        sentence = _("单位账号没有问题，但本系统里没有工号「%(number)s」，请联系系统管理员。", number=shown)
        return _refused("unknown", sentence)
    if person.disabled_at:
        return _refused("disabled", _("这个账号已停用，请联系系统管理员。"))
    security_log.record("sso_login", person_id=person.id, provider=current_app.config["SETTINGS"].sso)
    return go_on(service.needs_no_password(person.id), going, None)


def _attempt(kept: Any) -> tuple[Attempt | None, str]:
    """What this browser was sent away with, if that is not too long ago; and where it was going."""
    if not isinstance(kept, dict):
        return None, ""
    attempt = Attempt(**{name.name: kept[name.name] for name in dataclasses.fields(Attempt)})
    if attempt.began + OPEN_FOR < clock.now().timestamp():
        return None, ""
    return attempt, str(kept["next"])


def _confirmed(same: bool, going: str) -> Page:
    if not same:
        security_log.record("sso_refused", reason="another")
        flash(_("单位账号登录的不是您本人，没有确认。"), "error")
    else:
        proofs.keep("sign_in")
        flash(_("已用单位账号确认是您本人，现在可以签批。"), "success")
    return redirect(resubmission.safe_path(going) or url_for("desk.inbox"), 303)


def _failed(failed: ProviderFailed) -> Page:
    log.warning("single sign-on failed: %s", failed)
    return _refused("failed", _("单位账号登录没有成功，请稍后再试，或用密码登录。"), 502)


def _refused(reason: str, sentence: str, status: int = 403) -> Page:
    security_log.record("sso_refused", reason=reason, provider=current_app.config["SETTINGS"].sso)
    return render_template("single_sign_on/refused.html", sentence=sentence), status
