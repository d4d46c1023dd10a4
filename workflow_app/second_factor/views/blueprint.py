"""What the pages of this package share."""

from flask import Blueprint, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from workflow_app.authentication import login
from workflow_app.errors import LoginRefused
from workflow_app.web.language import lang

bp = Blueprint("second_factor", __name__)

Page = str | Response | tuple[str, int]


def confirmed(password: str) -> dict[str, str]:
    """What is wrong with the password asked for before factors change; {} when it is right.

    Who has none has just come from single sign-on, which is asked for it instead.
    """
    if not current_user.password_hash:
        return {}
    try:
        if login.confirm_password(current_user, password):
            return {}
    except LoginRefused as refused:
        return {"password": refused.say(lang())}
    return {"password": _("密码不对，请再输一次。")}


def no_longer_lacking() -> None:
    session.pop("factor_lacking", None)
