"""The points of returns: read, answered by the author, closed by the reviewer."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from marshmallow import fields

from workflow_app.api.access import Strict, auth, blueprint, if_match, key, me
from workflow_app.api.artefacts import readable
from workflow_app.api.description import takes
from workflow_app.api.shapes import PointOut, page_of
from workflow_app.drafting import points
from workflow_app.errors import BadInput, NotFound

bp = blueprint("points", "退回意见")


class AnswerBody(Strict):
    answer = fields.String()
    before = fields.String()
    closed = fields.Boolean()


def _points(artefact_id: int) -> list[dict[str, Any]]:
    context = readable(artefact_id)
    if context.level == "approved":
        raise NotFound
    return [
        {
            "id": point.id,
            "round": point.round,
            "section": point.section,
            "text": point.text,
            "raised_by": point.raised_by,
            "answer": point.answer,
            "answered_by": point.answered_by,
            "closed_by": point.closed_by,
            "state": point.state,
        }
        for point in points.points(context)
    ]


@bp.get("/artefacts/<int:artefact_id>/points")
@bp.response(200, page_of(PointOut))
def index(artefact_id: int) -> dict[str, Any]:
    """Every point ever raised on the document, oldest first."""
    return {"items": _points(artefact_id), "next": None}


@bp.put("/artefacts/<int:artefact_id>/points/<int:point_id>")
@bp.arguments(AnswerBody)
@takes("version")
@bp.response(200, PointOut)
def put(body: dict[str, Any], artefact_id: int, point_id: int) -> dict[str, Any]:
    """``{"answer": …}`` by the author; ``{"closed": true}`` or ``{"closed": false}`` by the reviewer.

    ``before``, beside ``answer``, is the answer that was shown: another one that somebody has given
    meanwhile is then not overwritten. ``If-Match``, where it is sent, is the version that was shown.
    """
    readable(artefact_id)
    if set(body) in ({"answer"}, {"answer", "before"}):
        points.answer_point(me(), artefact_id, point_id, body["answer"], before=body.get("before"))
    elif set(body) == {"closed"}:
        settle = points.close_point if body["closed"] else points.reopen_point
        version = if_match() if request.headers.get("If-Match") else None
        settle(me(), artefact_id, point_id, key=key(), version=version, auth=auth())
    else:
        raise BadInput({"answer": _('请只写 {"answer": "…"} 或 {"closed": true}、{"closed": false}。')})
    return next(point for point in _points(artefact_id) if point["id"] == point_id)
