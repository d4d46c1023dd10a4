"""Pages: logging in and out, and one's own page."""

from workflow_app.authentication.views import login, own
from workflow_app.authentication.views.blueprint import bp

__all__ = ["bp", "login", "own"]
