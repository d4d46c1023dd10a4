"""Pages: setting second factors up, and showing one when logging in."""

from workflow_app.second_factor.views import login, own, passkeys
from workflow_app.second_factor.views.blueprint import bp

__all__ = ["bp", "login", "own", "passkeys"]
