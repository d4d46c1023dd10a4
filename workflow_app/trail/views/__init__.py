"""Pages: the trail of the documents, and the security log."""

from workflow_app.trail.views import events, security
from workflow_app.trail.views.blueprint import bp

__all__ = ["bp", "events", "security"]
