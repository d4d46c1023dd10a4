"""Word files in."""

from typing import Any

from flask import json, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.api import artefacts
from workflow_app.api.access import blueprint, if_match, key, me
from workflow_app.api.description import takes
from workflow_app.api.errors import answer
from workflow_app.api.shapes import ImportedOut
from workflow_app.errors import BadInput, Conflict
from workflow_app.web import limits
from workflow_app.web.language import lang
from workflow_app.word_import import service, uploads
from workflow_app.word_reading.opening import NotImported

bp = blueprint("papers_in", "Word 导入")
_FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}
_FORM = {
    "type": "object",
    "required": ["workflow", "period", "file"],
    "properties": {
        "workflow": {"type": "string"},
        "period": {"type": "string"},
        "school": {"type": "integer"},
        "teacher": {"type": "integer"},
        "file": {"type": "string", "format": "binary"},
    },
}


@bp.post("/artefacts/import")
@limits.bodies(uploads.BODIES)
@bp.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": _FORM}}})
@takes("file")
@bp.response(201, ImportedOut)
def import_word() -> Response:
    """Begin a document with a Word file.

    Every paragraph and table cell of the file is in ``artefact.content`` or in ``unplaced``; headings
    that name a section are the first line of its text. ``placed`` says what went where, ``proposed``
    which fields were filled with what was read out of the text besides, ``notices`` what was left out
    (hidden text, word art, charts, comments …) or taken as agreed (tracked changes).
    """
    begun = _begun()
    shown = artefacts.shown(begun.outcome.artefact_id, 201, replayed=begun.outcome.replayed)
    return _answer(shown, begun.imported)


@bp.post("/artefacts/<int:artefact_id>/import")
@limits.bodies(uploads.BODIES)
@bp.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": _FILE}}})
@takes("file")
@takes("version", required=True)
@bp.response(200, ImportedOut)
def fill_with_word(artefact_id: int) -> Response:
    """Fill an empty draft from a Word file; ``If-Match`` names the version it is based on.

    A stale one answers 412, a draft that says something 409. The answer is that of the other route.
    """
    version = if_match()
    uploads.refuse_too_large()
    data, name = uploads.sent_file()
    try:
        imported = service.fill(me(), artefact_id, version, data, name, key=key())
    except Conflict as conflict:
        return answer(conflict, status=412)
    return _answer(artefacts.shown(artefact_id), imported)


def _answer(shown: Response, imported: service.Imported) -> Response:
    left = {one.text for one in imported.left}
    placed = [
        {"section": piece.section, "kind": piece.kind, "text": piece.words}
        for piece in imported.pieces
        if piece.section and piece.kind != "form" and piece.words not in left
    ]
    body: dict[str, Any] = {
        "artefact": json.loads(shown.get_data()),
        "placed": placed,
        "unplaced": [one.text for one in imported.left],
        "proposed": imported.also,
        "pictures": imported.pictures,
        "notices": [{**one.as_json(), "detail": one.say(lang())} for one in imported.notices],
    }
    shown.set_data(json.dumps(body))
    return shown


def _begun() -> service.Begun:
    uploads.refuse_too_large()
    try:
        sent = request.form
    except RequestEntityTooLarge as error:
        raise NotImported("file_too_large") from error
    problems: dict[str, str] = {}
    school, teacher = (_number(problems, name, sent.get(name, "")) for name in ("school", "teacher"))
    if problems:
        raise BadInput(problems)
    data, name = uploads.sent_file()
    return service.begin(
        me(), sent.get("workflow", ""), sent.get("period", ""), data, name,
        school_id=school, teacher_id=teacher, key=key(),
    )  # fmt: skip


def _number(problems: dict[str, str], name: str, typed: str) -> int | None:
    if not typed:
        return None
    number = inputs.identifier(typed)
    if number is None:
        problems[name] = _("这里应是编号。")
    return number
