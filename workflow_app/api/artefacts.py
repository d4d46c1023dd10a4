"""Documents: lists, beginning, content, actions, revisions."""

from typing import Any

from flask import json, make_response
from marshmallow import fields, validate
from sqlalchemy import select
from werkzeug.wrappers import Response

from workflow_app import clock
from workflow_app.api.access import (
    Day,
    PageQuery,
    Strict,
    Words,
    auth,
    blueprint,
    cursor,
    if_match,
    key,
    me,
)
from workflow_app.api.description import takes
from workflow_app.api.errors import answer
from workflow_app.api.shapes import ArtefactLine, ArtefactOut, InForceOut, RevisionOut, SavedOut, page_of
from workflow_app.artefacts import content as contents
from workflow_app.artefacts import queries
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting import precheck
from workflow_app.drafting.create import create as create_document
from workflow_app.drafting.save import save_content
from workflow_app.errors import Conflict, NotFound
from workflow_app.events import in_force
from workflow_app.extensions import db
from workflow_app.listing import pack
from workflow_app.signoff import policy, transition
from workflow_app.signoff.context import DocumentContext
from workflow_app.web.language import lang
from workflows.machine import Answer

bp = blueprint("artefacts", "文件")
_ID = validate.Range(min=1, max=2**62)


class ListQuery(PageQuery):
    workflow = Words(40)
    state = Words(40)
    period = Words(20)
    school = fields.Integer(load_default=None, validate=_ID)
    q = Words(80)


class NewBody(Strict):
    workflow = fields.String(required=True)
    period = fields.String(required=True)
    school = fields.Integer(load_default=None, allow_none=True, strict=True, validate=_ID)
    teacher = fields.Integer(load_default=None, allow_none=True, strict=True, validate=_ID)
    title = fields.String(load_default="")
    content = fields.Raw(load_default=None, allow_none=True)
    source = fields.Integer(load_default=None, allow_none=True, strict=True, validate=_ID)


class ContentBody(Strict):
    content = fields.Raw(required=True)


class DayQuery(Strict):
    on = Day(load_default=None)


class PointBody(Strict):
    section = fields.String(required=True)
    text = fields.String(required=True)


class ActionBody(Strict):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=2**31 - 1))
    content_sha256 = fields.String(required=True, validate=validate.Length(max=64))
    attachments_sha256 = fields.String(required=True, validate=validate.Length(max=64))
    document_sha256 = fields.String(load_default="", validate=validate.Length(max=64))
    comment = fields.String(load_default="")
    points = fields.List(fields.Nested(PointBody), load_default=list)


# --- lists -----------------------------------------------------------------------------------


@bp.get("/artefacts")
@bp.arguments(ListQuery, location="query")
@bp.response(200, page_of(ArtefactLine))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """The documents one may see, last changed first."""
    filters = queries.ListFilters(
        query["workflow"], query["state"], query["period"], query["school"], query["q"]
    )
    rows, following = policy.list_for(me(), filters, cursor(query["cursor"]))
    items = [
        {
            "id": row.id,
            "title": row.title,
            "workflow": row.workflow,
            "state": row.state,
            "school": {"id": row.school_id, "name": row.school},
            "author": row.who,
            "period": row.period,
            "revision": row.revision,
            "version": row.version or None,
            "updated_at": row.when,
            "due_at": None if row.due_at == clock.NEVER else row.due_at,
        }
        for row in rows
    ]
    return {"items": items, "next": pack(following)}


@bp.post("/artefacts")
@bp.arguments(NewBody)
@takes("tag")
@bp.response(201, ArtefactOut)
def create(body: dict[str, Any]) -> Response:
    """Begin a document in its initial state; ``source`` names an older one to begin with."""
    outcome = create_document(
        me(),
        body["workflow"],
        body["period"],
        school_id=body["school"],
        teacher_id=body["teacher"],
        title=body["title"],
        content={} if body["content"] is None else body["content"],
        source_id=body["source"],
        key=key(),
    )
    return shown(outcome.artefact_id, 201, replayed=outcome.replayed)


# --- one document ----------------------------------------------------------------------------


def readable(artefact_id: int) -> DocumentContext:
    """The asker before the document. Raises NotFound."""
    db.session.rollback()
    return policy.readable(me(), artefact_id)


def shown(artefact_id: int, status: int = 200, *, replayed: bool = False) -> Response:
    context = readable(artefact_id)
    response = make_response(_document(context), status)
    if (version := version_shown(context)) is not None:
        response.headers["ETag"] = f'"{version}"'
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def version_shown(context: DocumentContext) -> int | None:
    """What a change must name; None for whoever reads what is in force and changes nothing.

    It would tell them that somebody else does.
    """
    return None if context.level == "approved" else context.row.version


def _document(context: DocumentContext) -> dict[str, Any]:
    row, definition = context.row, context.machine.definition
    artefact = db.session.execute(select(Artefact).where(Artefact.id == row.id)).scalar_one()
    state = definition.states[row.state]
    content = contents.shown(row.id, context.shown_revision())
    actions = [_action(context, one) for one in policy.answers(context)]
    return {
        "id": row.id,
        "title": artefact.title,
        "workflow": row.workflow,
        "workflow_version": definition.version,
        "state": row.state,
        "state_title": getattr(state.title, lang()),
        "version": version_shown(context),
        "revision": row.revision,
        "shown_revision": content.revision,
        "in_force_revision": row.in_force_revision,
        "round": row.round,
        "school": {"id": artefact.school.id, "name": artefact.school.name},
        "teacher": {"id": row.teacher_id, "name": artefact.teacher.name} if artefact.teacher else None,
        "author": {"id": row.author_id, "name": artefact.author.name},
        "period": artefact.period_key,
        "created_at": artefact.created_at,
        "updated_at": row.updated_at,
        "due_at": None if row.due_at == clock.NEVER else row.due_at,
        "content": content.content,
        "content_sha256": content.sha256,
        "attachments_sha256": content.attachments_sha256 or row.attachments_sha256,
        "document_sha256": row.identity.digest(),
        "waits_for": [seat.relation for seat in context.machine.open_rung(row.state, context.case)],
        "points": {"open": row.unanswered, "unclosed": row.points},
        "findings": precheck.as_json(precheck.for_reader(context, content), lang()),
        "actions": actions,
    }


def _action(context: DocumentContext, answer: Answer) -> dict[str, Any]:
    reason = answer.reason or policy.token_refusal(context, answer.action, auth())
    return {
        "name": answer.name,
        "title": getattr(answer.action.title, lang()),
        "allowed": reason is None,
        "reason": reason.say(lang()) if reason else None,
        "reason_code": reason.code if reason else None,
        "asks": list(answer.asks),
    }


@bp.get("/artefacts/<int:artefact_id>")
@takes("tag")
@bp.response(200, ArtefactOut)
def show(artefact_id: int) -> Response:
    """A document as its token's person may see it, with every action, allowed or why not."""
    return shown(artefact_id)


@bp.put("/artefacts/<int:artefact_id>/content")
@bp.arguments(ContentBody)
@takes("version", required=True)
@bp.response(200, SavedOut)
def put_content(body: dict[str, Any], artefact_id: int) -> Response:
    """Keep a draft; ``If-Match`` names the version it is based on. A stale one answers 412."""
    version = if_match()
    try:
        saved = save_content(me(), artefact_id, version, body["content"], key=key())
    except Conflict as conflict:
        return answer(conflict, status=412)
    response = shown(artefact_id)
    problems = [{"field": one.path, "detail": getattr(one, lang())} for one in saved.problems]
    response.set_data(json.dumps({**json.loads(response.get_data()), "problems": problems}))
    return response


@bp.post("/artefacts/<int:artefact_id>/actions/<action>")
@bp.arguments(ActionBody)
@takes("tag")
@bp.response(200, ArtefactOut)
def act(body: dict[str, Any], artefact_id: int, action: str) -> Response:
    """Do an action; the digests say what was shown. Decisions need a token made for signing."""
    outcome = transition.take_action(
        me(),
        artefact_id,
        action,
        version=body["version"],
        content_sha256=body["content_sha256"],
        attachments_sha256=body["attachments_sha256"],
        document_sha256=body["document_sha256"],
        comment=body["comment"],
        points=body["points"],
        key=key(),
        auth=auth(),
    )
    return shown(artefact_id, replayed=outcome.replayed)


@bp.get("/artefacts/<int:artefact_id>/revisions/<int:number>")
@bp.response(200, RevisionOut)
def revision(artefact_id: int, number: int) -> dict[str, Any]:
    """The content of a revision, as it was submitted."""
    context = readable(artefact_id)
    content = contents.revision(artefact_id, number) if context.opens(number) else None
    if content is None:
        raise NotFound
    return {"revision": number, "content": content.content, "content_sha256": content.sha256}


@bp.get("/artefacts/<int:artefact_id>/in-force")
@bp.arguments(DayQuery, location="query")
@bp.response(200, InForceOut)
def in_force_on(query: dict[str, Any], artefact_id: int) -> dict[str, Any]:
    """Which revision was in force on a day (today if none is named), from when to when.

    Its content goes along for whoever may read that revision.
    """
    context = readable(artefact_id)
    day = query["on"] or clock.today()
    one = in_force.in_force_on(artefact_id, day)
    answer_: dict[str, Any] = {"artefact": artefact_id, "on": day.isoformat(), "revision": None}
    if one is None:
        return answer_ | {"since": None, "until": None, "content": None, "content_sha256": None}
    content = contents.revision(artefact_id, one.revision) if context.opens(one.revision) else None
    return answer_ | {
        "revision": one.revision,
        "since": one.since,
        "until": one.until,
        "content": content.content if content else None,
        "content_sha256": content.sha256 if content else None,
    }
