"""Pages: logging in and out, and one's own page."""

from workflow_app.authentication.views import access, login, own
from workflow_app.authentication.views.blueprint import bp

__all__ = ["access", "bp", "login", "own"]
