"""Passkeys: what the script of these pages asks for, and the form it fills in with the browser's answer."""

from typing import Any

from flask import flash, jsonify, request, session
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app.errors import BadInput
from workflow_app.second_factor import passkeys
from workflow_app.second_factor.views import login, own
from workflow_app.second_factor.views.blueprint import Page, bp, confirmed, no_longer_lacking
from workflow_app.web.problems import problem


@bp.post("/me/second-factor/passkeys/challenge")
@login_required
def challenge_to_make() -> Response:
    """What the browser needs to make a passkey, for the password."""
    if wrong := confirmed(request.form.get("password", "")):
        return problem(422, "bad_input", wrong["password"])
    options, session["passkey_made"] = passkeys.begin(current_user)
    return jsonify(options)


@bp.post("/me/second-factor/passkeys")
@login_required
def make_passkey() -> Page:
    """Keep the passkey that the browser has made; recovery codes come with the first factor."""
    kept: Any = session.pop("passkey_made", None)
    form = request.form
    try:
        codes = passkeys.make(current_user.id, kept, form.get("passkey", ""), form.get("label", ""))
    except BadInput as bad:
        return own.show(bad.problems, status=422)
    no_longer_lacking()
    session["has_passkey"] = True
    flash(_("通行密钥已登记。"), "success")
    return own.show(codes=codes)


@bp.post("/me/second-factor/passkeys/<int:passkey_id>/remove")
@login_required
def remove_passkey(passkey_id: int) -> Page:
    return own.removed("passkey", passkey_id)


@bp.post("/second-factor/challenge")
def challenge_to_show() -> Response:
    """What the browser needs to show a passkey: as second step of a login, or before signing."""
    person = current_user if current_user.is_authenticated else login.half_way()
    if person is None:
        return problem(401, "login_required", _("登录超时，请重新输入用户名和密码。"))
    options, session["passkey_shown"] = passkeys.begin_proof(person.id)
    return jsonify(options)
