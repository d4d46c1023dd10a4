"""The edit page: saved as one types, or with its buttons where no script runs."""

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import clock, inputs
from workflow_app.artefacts import content as contents
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Draft
from workflow_app.attachments import lists
from workflow_app.desk import posted
from workflow_app.desk.views.blueprint import bp, title_of
from workflow_app.drafting import carry_over, precheck
from workflow_app.drafting.points import points as points_of
from workflow_app.drafting.save import save_content
from workflow_app.errors import ApplicationError, BadInput, Conflict, NotAllowed
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.web.language import lang
from workflow_app.word_import import service
from workflows.definition import Definition
from workflows.form import FormField


def _context(artefact_id: int) -> DocumentContext:
    context = policy.readable(current_user.id, artefact_id)
    if context.level != "draft":
        abort(404)
    return context


@bp.get("/artefacts/<int:artefact_id>/edit")
@login_required
def edit(artefact_id: int) -> str | Response:
    context = _context(artefact_id)
    if refusal := policy.edit_refusal(context):
        flash(refusal.say(lang()), "warning")
        return redirect(url_for("desk.show", artefact_id=artefact_id), 303)
    content = contents.draft(artefact_id).content
    return _edit_page(context, content, check="check" in request.args)


def _edit_page(
    context: DocumentContext,
    content: dict[str, Any],
    *,
    check: bool = False,
    errors: dict[str, str] | None = None,
    theirs: dict[str, Any] | None = None,
    message: str = "",
    version: int | None = None,
) -> str:
    """The form with ``content`` in it, clean or as it was typed."""
    definition = context.machine.definition
    wrong = dict(errors or {})
    findings = precheck.of_typed(context, content)
    if check:
        wrong = {one.path: one.say(lang()) for one in precheck.blocking(findings)} | wrong
    draft = db.session.get_one(Draft, context.row.id)
    points = [point for point in points_of(context) if point.state != "closed"]
    return render_template(
        "desk/edit.html",
        artefact_id=context.row.id,
        title=title_of(context.row.id),
        fields=[(field, content.get(field.key, form.empty(field))) for field in definition.form],
        content=content,
        errors=wrong,
        points={field.key: [p for p in points if p.section == field.key] for field in definition.form},
        version=context.row.version if version is None else version,
        saved_at=draft.saved_at,
        saved_by=db.session.get_one(Person, draft.saved_by).name,
        warn_signer=policy.would_sign(context),
        check=check,
        advice=precheck.advice(findings) if check else (),
        unrenewed={one.field for one in findings if one.check == "renew"},
        message=message,
        theirs=_theirs(definition, content, theirs or {}),
        blank_row=posted.blank_row,
        imported=service.found(context.row.id),
        files=lists.items(context.row.id, context.row.attachments_sha256),
    )


def _theirs(
    definition: Definition, content: dict[str, Any], theirs: dict[str, Any]
) -> list[tuple[FormField, Any]]:
    """The sections that somebody else has saved otherwise, with what they wrote."""
    if not theirs:
        return []
    return [(field, theirs.get(field.key)) for field in posted.differing(definition, content, theirs)]


def _version(value: object) -> int:
    version = inputs.version(value)
    if version is None:
        raise BadInput({"version": _("页面缺少版本信息，请刷新后再试。")})
    return version


@bp.post("/artefacts/<int:artefact_id>/edit")
@login_required
def post_edit(artefact_id: int) -> Response | str | tuple[str, int]:
    """Save, or add and move rows, for browsers without scripts; ``op`` says which button."""
    context = _context(artefact_id)
    definition = context.machine.definition
    raw = posted.content(definition, request.form.items(multi=True))
    operation = request.form.get("op", "save")
    seen: int | None = None
    try:
        seen = _version(request.form.get("version"))
        if posted.with_row_operation(definition, raw, operation):
            return _edit_page(context, raw, version=seen)
        save_content(current_user.id, artefact_id, seen, raw)
    except Conflict as conflict:
        theirs = contents.draft(artefact_id).content
        say = _(
            "%(why)s 下面列出不同之处，您写的都还在；再点「保存」就以您的为准。", why=conflict.say(lang())
        )
        return _edit_page(context, raw, theirs=theirs, message=say, version=conflict.version), 409
    except BadInput as bad:
        # The version the page was made from stays: what a colleague saved meanwhile must still be noticed.
        wrong = {path.removeprefix("content."): str(why) for path, why in bad.problems.items()}
        return _edit_page(context, raw, errors=wrong, message=bad.say(lang()), version=seen), 422
    except NotAllowed as no:
        return _edit_page(context, raw, message=no.say(lang()), version=seen), 403
    if operation.startswith("keep:"):
        return _confirmed(artefact_id, operation.removeprefix("keep:"))
    if operation == "check":
        return redirect(url_for("desk.edit", artefact_id=artefact_id, check=1), 303)
    if operation == "submit":
        return redirect(url_for("desk.show", artefact_id=artefact_id) + "#act-submit", 303)
    if operation == "preview":
        return redirect(url_for("desk.show", artefact_id=artefact_id), 303)
    flash(_("已保存。"), "success")
    return redirect(url_for("desk.edit", artefact_id=artefact_id), 303)


def _confirmed(artefact_id: int, field: str) -> Response:
    """A section taken over stays as it was: the author has said so, with the button below it."""
    carry_over.confirm(current_user.id, artefact_id, field)
    return redirect(url_for("desk.edit", artefact_id=artefact_id) + f"#s-{field}", 303)


@bp.post("/artefacts/<int:artefact_id>/renewals/<field>")
@login_required
def confirm(artefact_id: int, field: str) -> Response | tuple[Response, int]:
    """The same for the script of the page: JSON."""
    try:
        carry_over.confirm(current_user.id, artefact_id, field)
    except ApplicationError as error:
        return jsonify({"code": error.code, "detail": error.say(lang())}), error.status
    return jsonify({"field": field})


@bp.put("/artefacts/<int:artefact_id>/content")
@login_required
def save(artefact_id: int) -> tuple[Response, int]:
    """Save as one types: JSON ``{version, content}``; every answer is JSON."""
    sent = request.get_json(silent=True)
    try:
        if not isinstance(sent, dict):
            raise BadInput({"": _("没有收到内容。")})
        # Content that is missing is refused by the form, not read as an empty document.
        content: Any = sent.get("content")
        saved = save_content(current_user.id, artefact_id, _version(sent.get("version")), content)
    except Conflict as conflict:
        body = {"code": conflict.code, "detail": conflict.say(lang()), "by": conflict.by, "at": conflict.at,
                "version": conflict.version, "content": contents.draft(artefact_id).content}  # fmt: skip
        return jsonify(body), 409
    except BadInput as bad:
        problems = {path.removeprefix("content."): str(why) for path, why in bad.problems.items()}
        return jsonify({"code": bad.code, "detail": bad.say(lang()), "problems": problems}), 422
    except ApplicationError as error:
        return jsonify({"code": error.code, "detail": error.say(lang())}), error.status
    problems = {problem.path: getattr(problem, lang()) for problem in saved.problems}
    at = f"{clock.local(saved.saved_at):%H:%M:%S}"
    findings = precheck.as_json(saved.findings, lang())
    body = {"version": saved.version, "saved_at": at, "problems": problems, "findings": findings}
    return jsonify(body), 200
