"""Pages: lists, the beginning of a document, the edit page and old revisions."""

from workflow_app.artefacts.views import beginning, editing, lists, revisions
from workflow_app.artefacts.views.blueprint import bp

__all__ = ["beginning", "bp", "editing", "lists", "revisions"]
