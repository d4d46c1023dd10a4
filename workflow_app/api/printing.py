"""Documents as PDF and Word."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from workflow_app.api.access import Strict, blueprint, me
from workflow_app.errors import NotFound
from workflow_app.extensions import db
from workflow_app.printing import fonts, sending, service

bp = blueprint("papers_out", "纸面文件")
_FILE = {"type": "string", "format": "binary"}


class PaperQuery(Strict):
    revision = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**31 - 1))


def _wanted(artefact_id: int, query: dict[str, Any]) -> service.Wanted:
    db.session.rollback()
    asked = service.wanted(me(), artefact_id, query["revision"])
    if asked is None:
        raise NotFound
    return asked


class CharacterOut(Schema):
    character = fields.String()
    code_point = fields.String(metadata={"example": "U+30302"})


class PaperOut(Schema):
    name = fields.String(metadata={"description": "The file's name without its ending."})
    revision = fields.Integer(allow_none=True, metadata={"description": "null for the draft."})
    unprintable = fields.List(
        fields.Nested(CharacterOut),
        metadata={"description": "Characters no font has: the PDF prints their code points instead."},
    )


@bp.get("/artefacts/<int:artefact_id>/paper")
@bp.arguments(PaperQuery, location="query")
@bp.response(200, PaperOut)
def about(query: dict[str, Any], artefact_id: int) -> dict[str, Any]:
    """What the paper will be, before it is asked for: its name, and the characters it cannot show."""
    asked = _wanted(artefact_id, query)
    return {
        "name": asked.name,
        "revision": asked.frozen.number if asked.frozen else None,
        "unprintable": [
            {"character": one, "code_point": fonts.code_point(one)} for one in service.unprintable(asked)
        ],
    }


@bp.get("/artefacts/<int:artefact_id>/paper.pdf")
@bp.arguments(PaperQuery, location="query")
@bp.response(200, _FILE, content_type=sending.TYPES["pdf"])
def pdf(query: dict[str, Any], artefact_id: int) -> Response:
    """A revision as the signed PDF that was issued of it, with approval sheet and code; a draft marked so."""
    asked = _wanted(artefact_id, query)
    return sending.download(service.pdf(asked), asked.name, asked.plain_name, "pdf")


@bp.get("/artefacts/<int:artefact_id>/paper.docx")
@bp.arguments(PaperQuery, location="query")
@bp.response(200, _FILE, content_type=sending.TYPES["docx"])
def word(query: dict[str, Any], artefact_id: int) -> Response:
    """A revision or the draft as a Word file to work with; it carries no code."""
    asked = _wanted(artefact_id, query)
    return sending.download(service.word(asked), asked.name, asked.plain_name, "docx")
