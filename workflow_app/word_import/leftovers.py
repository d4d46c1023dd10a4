"""Texts of a Word file that are in no section: placed one by one, or dropped."""

from dataclasses import replace

from workflow_app.artefacts import content as contents
from workflow_app.drafting import save
from workflow_app.errors import BadInput, NotFound
from workflow_app.word_import import composing, keeping
from workflow_app.word_import.access import editable
from workflow_app.word_import.keeping import Imported


def decide(person_id: int, artefact_id: int, number: int, to: str) -> None:
    """Put a left-over text behind what a section says (``to`` a field), drop it, or take it up again.

    Raises:
        NotFound, NotAllowed, Conflict. BadInput: the section has no room, or cannot hold text.
    """
    context, imported = editable(person_id, artefact_id)
    if not 0 <= number < len(imported.left):
        raise NotFound
    one = imported.left[number]
    if to in ("drop", "again"):
        wanted = {"drop": "dropped", "again": "open"}[to]
        if one.state != "placed":
            _mark(artefact_id, number, wanted)
        return
    field = context.machine.definition.field(to)
    if field is None or field.kind not in composing.PROSE:
        raise BadInput({"to": "请选择要放入的部分。"})
    if one.state == "placed":
        return
    content = contents.draft(artefact_id).content
    text = composing.appended(field, content[field.key], one.text)
    if text is None:
        raise BadInput({"to": f"「{field.title.zh}」最多 {field.limit} 个字，放不下了。"})
    # First into the content: if the mark fails afterwards the text stands twice, never nowhere.
    save.save_content(person_id, artefact_id, context.row.version, {**content, field.key: text})
    _mark(artefact_id, number, "placed")


def _mark(artefact_id: int, number: int, state: str) -> None:
    def marked(imported: Imported) -> Imported:
        left = list(imported.left)
        left[number] = replace(left[number], state=state)
        return replace(imported, left=left)

    keeping.change(artefact_id, marked)
