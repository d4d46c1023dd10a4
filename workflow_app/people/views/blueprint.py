"""What the pages of this package share: the blueprint, and who may open the administrator's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app.signoff import policy

bp = Blueprint("people", __name__)

Page = str | Response | tuple[str, int]


def administrators(view: Callable[..., Page]) -> Callable[..., Page]:
    """For administrators only; others get the page that says so."""

    @wraps(view)
    @login_required
    def guarded(*args: Any, **kwargs: Any) -> Page:
        if not policy.may_administer(current_user.id):
            abort(403)
        return view(*args, **kwargs)

    return guarded
