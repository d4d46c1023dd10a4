"""Who may look through what a Word file brought: whoever may type into the draft now."""

from workflow_app.errors import NotAllowed, NotFound
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.word_import.keeping import Imported, found


def typing(person_id: int, artefact_id: int) -> DocumentContext:
    """The context of somebody who may type into the document now. Raises NotFound, NotAllowed."""
    context = policy.readable(person_id, artefact_id)
    if context.level != "draft":
        raise NotFound
    if refusal := policy.edit_refusal(context):
        raise NotAllowed(refusal)
    return context


def editable(person_id: int, artefact_id: int) -> tuple[DocumentContext, Imported]:
    """The context of somebody who may type into the document now, and what was imported.

    Raises:
        NotFound, NotAllowed.
    """
    imported = found(artefact_id)
    if imported is None:
        raise NotFound
    return typing(person_id, artefact_id), imported
