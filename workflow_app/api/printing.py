"""Documents as PDF and Word."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from workflow_app.api.access import Strict, me, room
from workflow_app.errors import NotFound
from workflow_app.extensions import db
from workflow_app.printing import sending, service

bp = room("papers_out", "纸面文件")
_FILE = {"type": "string", "format": "binary"}


class PaperQuery(Strict):
    revision = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**31 - 1))


def _wanted(artefact_id: int, query: dict[str, Any]) -> service.Wanted:
    db.session.rollback()
    asked = service.wanted(me(), artefact_id, query["revision"])
    if asked is None:
        raise NotFound
    return asked


@bp.get("/artefacts/<int:artefact_id>/paper.pdf")
@bp.arguments(PaperQuery, location="query")
@bp.response(200, _FILE, content_type=sending.TYPES["pdf"])
def pdf(query: dict[str, Any], artefact_id: int) -> Response:
    """A revision as the signed PDF that was issued of it, with approval sheet and code; a draft marked so."""
    asked = _wanted(artefact_id, query)
    return sending.download(service.pdf(asked), asked.name, "pdf")


@bp.get("/artefacts/<int:artefact_id>/paper.docx")
@bp.arguments(PaperQuery, location="query")
@bp.response(200, _FILE, content_type=sending.TYPES["docx"])
def word(query: dict[str, Any], artefact_id: int) -> Response:
    """A revision or the draft as a Word file to work with; it carries no code."""
    asked = _wanted(artefact_id, query)
    return sending.download(service.word(asked), asked.name, "docx")
