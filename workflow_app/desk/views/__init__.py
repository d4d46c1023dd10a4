"""Pages: the desk, a document and its acts, the beginning, editing, lists, old revisions."""

from workflow_app.desk.views import beginning, document, editing, inbox, lists, revisions, saves
from workflow_app.desk.views.blueprint import bp

__all__ = ["beginning", "bp", "document", "editing", "inbox", "lists", "revisions", "saves"]
