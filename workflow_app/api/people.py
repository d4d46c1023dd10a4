"""Who I am, and my desk."""

from typing import Any

from flask import g
from marshmallow import fields, validate

from workflow_app.api.access import PageQuery, blueprint, cursor, me
from workflow_app.api.shapes import InboxLine, MeOut, page_of
from workflow_app.artefacts.lines import DocumentLine
from workflow_app.desk import inbox
from workflow_app.listing import pack
from workflow_app.people.service import live_grants
from workflow_app.web.language import lang

bp = blueprint("people", "本人与工作台")


class InboxQuery(PageQuery):
    box = fields.String(load_default="todo", validate=validate.OneOf(inbox.BOXES))


@bp.get("/me")
@bp.response(200, MeOut)
def who_am_i() -> dict[str, Any]:
    """The person of the token, with the roles held today."""
    grants = [
        {
            "id": grant.id,
            "role": grant.role,
            "unit": {"id": grant.unit.id, "name": grant.unit.name, "kind": grant.unit.kind},
            "starts_on": grant.starts_on,
            "ends_on": grant.ends_on,
        }
        for grant in live_grants(me())
    ]
    person = g.api_person
    return {"id": person.id, "username": person.username, "name": person.name, "grants": grants}


@bp.get("/inbox")
@bp.arguments(InboxQuery, location="query")
@bp.response(200, page_of(InboxLine))
def boxes(query: dict[str, Any]) -> dict[str, Any]:
    """One page of a box: todo (late first), mine, done or copied (newest first)."""
    rows, following = inbox.page(me(), query["box"], cursor(query["cursor"]))
    return {"items": [_row(row) for row in rows], "next": pack(following)}


def _row(row: DocumentLine) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "workflow": row.workflow,
        "state": row.state,
        "state_title": getattr(row.state_title, lang()),
        "school": row.school,
        "author": row.who,
        "at": row.when,
        "due_at": row.due_at,
    }
