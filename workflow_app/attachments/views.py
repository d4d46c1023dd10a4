"""Uploading, looking at and taking off attachments. With the page's script each answer is JSON."""

from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from workflow_app.attachments import access, attach, lists, receiving, sending
from workflow_app.authentication import resubmission
from workflow_app.errors import ApplicationError, BadInput
from workflow_app.files.kinds import ACCEPTED
from workflow_app.web import limits
from workflow_app.web.language import lang

bp = Blueprint("attachments", __name__, url_prefix="/artefacts/<int:artefact_id>/attachments")

Answer = Response | tuple[Response, int]


@bp.app_template_global("attachment_limits")
def shown_limits() -> dict[str, Any]:
    """What the page says of what may be uploaded."""
    settings = current_app.config["SETTINGS"]
    return {
        "each": settings.attachment_mb,
        "most": settings.attachments_most,
        "total": settings.attachments_mb,
        "accept": ",".join(ACCEPTED),
        "scanning": bool(settings.clamd_address),
    }


@bp.post("")
@limits.bodies(receiving.BODIES)
@login_required
def upload(artefact_id: int) -> Answer:
    """One file from the script, any number from the plain form."""
    attach.may_attach(current_user.id, artefact_id)
    sent = [one for one in request.files.getlist("file") if one.filename]
    if resubmission.from_a_program():
        return _upload_one(artefact_id, sent)
    if not sent:
        flash(_("请先选择文件。"), "warning")
    for one in sent:
        try:
            attach.attach(current_user.id, artefact_id, one.stream, one.filename or "")
        except ApplicationError as error:
            flash(f"{one.filename}：{error.say(lang())}", "error")
        else:
            flash(_("已添加附件：%(name)s", name=one.filename), "success")
    return _back(artefact_id)


def _upload_one(artefact_id: int, sent: list[FileStorage]) -> Answer:
    try:
        if len(sent) != 1:
            raise BadInput({"file": _("请一次上传一个文件。")})
        done = attach.attach(current_user.id, artefact_id, sent[0].stream, sent[0].filename or "")
    except ApplicationError as error:
        return _refused(error)
    return _changed(artefact_id, done), 201


@bp.post("/<int:attachment_id>/remove")
@login_required
def remove(artefact_id: int, attachment_id: int) -> Answer:
    """Take a file off the draft's list."""
    try:
        done = attach.detach(current_user.id, artefact_id, attachment_id)
    except ApplicationError as error:
        if resubmission.from_a_program():
            return _refused(error)
        raise
    if resubmission.from_a_program():
        return _changed(artefact_id, done)
    flash(_("已删去这个附件。"), "success")
    return _back(artefact_id)


@bp.get("/<int:attachment_id>")
@login_required
def show(artefact_id: int, attachment_id: int) -> Response:
    """The file itself, to look at or (``?download=1``) to keep."""
    item, path = access.opened(current_user.id, artefact_id, attachment_id)
    return sending.file(item, path, download="download" in request.args)


def _refused(error: ApplicationError) -> Answer:
    return jsonify({"code": error.code, "detail": error.say(lang())}), error.status


def _changed(artefact_id: int, done: attach.Changed) -> Response:
    """The new version and the whole list anew, ready to be put on the page."""
    files = lists.items(artefact_id, done.attachments_sha256)
    rows = render_template("attachments/_rows.html", artefact_id=artefact_id, files=files, may_remove=True)
    item = next((one.as_json() for one in files if one.id == done.attachment_id), None)
    return jsonify(
        {
            "attachment": item, "version": done.version, "rows": rows, "count": len(files),
            "attachments_sha256": done.attachments_sha256,
        }
    )  # fmt: skip


def _back(artefact_id: int) -> Response:
    return redirect(url_for("desk.edit", artefact_id=artefact_id) + "#attachments", 303)
