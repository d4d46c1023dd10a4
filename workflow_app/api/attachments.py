"""Attachments: the list that is signed, uploading, reading, taking off."""

from typing import Any

from flask import Response, json, make_response, request
from flask_smorest.fields import Upload
from marshmallow import fields, validate

from workflow_app.api.access import Strict, blueprint, if_match, key, me
from workflow_app.api.artefacts import readable
from workflow_app.api.description import takes
from workflow_app.api.shapes import AttachedOut, AttachmentOut, AttachmentsOut, ChangedOut
from workflow_app.attachments import access, attach, lists, receiving, sending
from workflow_app.errors import NotFound
from workflow_app.files.kinds import KINDS
from workflow_app.web import limits

bp = blueprint("attachments", "附件")
_FILE = {"type": "string", "format": "binary"}


class FileBody(Strict):
    file = Upload(required=True)


class ListQuery(Strict):
    revision = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**31 - 1))


def _version() -> int | None:
    """``If-Match`` is obeyed when it is there; files do not overwrite each other, so it need not be."""
    return if_match() if request.headers.get("If-Match") else None


@bp.get("/artefacts/<int:artefact_id>/attachments")
@bp.arguments(ListQuery, location="query")
@bp.response(200, AttachmentsOut)
def index(query: dict[str, Any], artefact_id: int) -> dict[str, Any]:
    """The list of what one may see of the document now, or of one of its revisions; in the order signed."""
    context = readable(artefact_id)
    number = query["revision"]
    if number is None:
        digest: str | None = access.shown_list(context)
    elif not context.opens(number):
        raise NotFound
    else:
        digest = lists.digest_of(artefact_id, number)
    if digest is None:
        raise NotFound
    lines = [item.as_json() for item in lists.items(artefact_id, digest)]
    return {"items": lines, "attachments_sha256": digest, "next": None}


@bp.post("/artefacts/<int:artefact_id>/attachments")
@limits.bodies(receiving.BODIES)
@bp.arguments(FileBody, location="files")
@takes("file")
@takes("version")
@bp.response(201, AttachedOut)
def upload(files: dict[str, Any], artefact_id: int) -> Response:
    """Attach a file to a draft. Refused files answer 422 with a ``code`` that says why."""
    sent = files["file"]
    done = attach.attach(me(), artefact_id, sent.stream, sent.filename or "", version=_version(), key=key())
    item = access.find(me(), artefact_id, done.attachment_id)
    return _changed(done, 201, **item.as_json())


@bp.get("/artefacts/<int:artefact_id>/attachments/<int:attachment_id>")
@takes("opened")
@bp.doc(responses={"200": {"content": {kind.mime: {"schema": _FILE} for kind in KINDS.values()}}})
@bp.response(200, AttachmentOut)
def show(artefact_id: int, attachment_id: int) -> Response | dict[str, Any]:
    """The file itself; what is known of it for those who accept ``application/json`` alone."""
    readable(artefact_id)
    if request.accept_mimetypes.best == "application/json":
        return make_response(access.find(me(), artefact_id, attachment_id).as_json())
    item, path = access.opened(me(), artefact_id, attachment_id)
    return sending.file(item, path, download=True)


@bp.delete("/artefacts/<int:artefact_id>/attachments/<int:attachment_id>")
@takes("version")
@bp.response(200, ChangedOut)
def remove(artefact_id: int, attachment_id: int) -> Response:
    """Take a file off a draft; revisions that have it keep it."""
    return _changed(attach.detach(me(), artefact_id, attachment_id, version=_version(), key=key()), 200)


def _changed(done: attach.Changed, status: int, **more: Any) -> Response:
    body = {**more, "version": done.version, "attachments_sha256": done.attachments_sha256}
    response = make_response(json.dumps(body), status)
    response.content_type = "application/json"
    response.headers["ETag"] = f'"{done.version}"'
    if done.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
