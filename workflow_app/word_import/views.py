"""Pages for Word files coming in: choosing one, looking through what went where, placing what is left."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.artefacts.models import Artefact
from workflow_app.errors import AlreadyThere, ApplicationError, Conflict, NotAllowed
from workflow_app.extensions import csrf, db
from workflow_app.signoff import policy
from workflow_app.web import limits
from workflow_app.web.language import lang
from workflow_app.word_import import pages, service, uploads
from workflow_app.word_reading.opening import NotImported

bp = Blueprint("word_import", __name__, url_prefix="/artefacts")


@bp.post("/import")
@limits.bodies(uploads.BODIES)
@csrf.exempt  # checked below: reading the token reads the file, and that must first be allowed
@login_required
def begin() -> Response:
    try:
        uploads.refuse_too_large()
        return _begun()
    except RequestEntityTooLarge:
        return _refused(NotImported("file_too_large"), "")
    except NotImported as refused:
        return _refused(refused, "")


def _begun() -> Response:
    csrf.protect()
    sent = request.form
    workflow, school = sent.get("workflow", ""), sent.get("school", "")
    try:
        data, name = uploads.sent_file()
        begun = service.begin(
            current_user.id,
            workflow,
            sent.get("period", ""),
            data,
            name,
            school_id=inputs.identifier(school),
            key=sent.get("key", ""),
        )
    except AlreadyThere as there:
        return _offered(there.artefact_id, data, name, workflow)
    except ApplicationError as error:
        return _refused(error, workflow)
    return redirect(url_for("word_import.preview", artefact_id=begun.outcome.artefact_id), 303)


def _offered(artefact_id: int, data: bytes, name: str, workflow: str) -> Response:
    """One exists already: an empty draft may be filled, after a look at what would go where."""
    try:
        service.offer(current_user.id, artefact_id, data, name)
    except NotImported as refused:
        return _refused(refused, workflow)
    except ApplicationError:
        flash(_("这一期已经有一份了，没有导入。可以打开它，把文字粘贴进去。"), "warning")
        if not policy.may_read(current_user.id, artefact_id):
            return redirect(url_for("desk.new", workflow=workflow), 303)
        return redirect(url_for("desk.show", artefact_id=artefact_id), 303)
    return redirect(url_for("word_import.preview", artefact_id=artefact_id), 303)


def _refused(error: ApplicationError, workflow: str) -> Response:
    flash(error.say(lang()), "error")
    return redirect(url_for("desk.new", workflow=workflow or None), 303)


# --- looking it through ----------------------------------------------------------------------


@bp.get("/<int:artefact_id>/import")
@login_required
def preview(artefact_id: int) -> str | Response:
    """What the Word file becomes, section by section, before anything is written."""
    try:
        context, imported = service.editable(current_user.id, artefact_id)
    except NotAllowed as no:
        flash(no.say(lang()), "warning")
        return redirect(url_for("desk.show", artefact_id=artefact_id), 303)
    if imported.version != context.row.version:
        return _too_late(artefact_id)
    return render_template(
        "word_import/preview.html",
        artefact_id=artefact_id,
        title=db.session.get_one(Artefact, artefact_id).title,
        imported=imported,
        notices=[one.say(lang()) for one in imported.notices],
        page=pages.shown(context.machine.definition, imported, _number(request.args.get("page", ""), 1)),
    )


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else default


@bp.post("/<int:artefact_id>/import")
@login_required
def confirm(artefact_id: int) -> Response:
    """Keep what was chosen on this page; with the button of the last step, take all of it in."""
    sent = request.form
    moves = {
        number: value
        for name, value in sent.items()
        if name.startswith("to.") and (number := inputs.version(name[3:])) is not None
    }
    wanted = set(sent.getlist("also"))
    shown = set(sent.getlist("shown")) | wanted
    operation = sent.get("op", "confirm")
    try:
        if operation == "refuse":
            service.refuse(current_user.id, artefact_id)
            flash(_("没有导入。文件里的文字留在编辑页的「不要的」里，可以随时拿回来。"), "success")
            return redirect(url_for("desk.edit", artefact_id=artefact_id), 303)
        service.choose(
            current_user.id, artefact_id, moves, {key: key in wanted for key in shown},
            headings="headings" in sent,
        )  # fmt: skip
        if operation.startswith("page:"):
            page = _number(operation.removeprefix("page:"), 1)
            return redirect(url_for("word_import.preview", artefact_id=artefact_id, page=page), 303)
        return _confirmed(artefact_id, wanted, paged="paged" in sent)
    except Conflict:
        return _too_late(artefact_id)


def _confirmed(artefact_id: int, wanted: set[str], *, paged: bool) -> Response:
    _context, imported = service.editable(current_user.id, artefact_id)
    chosen = imported.choices
    also = set(imported.also) - chosen.unwanted if paged else wanted
    left = service.confirm(current_user.id, artefact_id, chosen.moves, also, headings=chosen.headings)
    said = "".join(one.say(lang()) for one in imported.notices)
    if left:
        flash(_("已导入。还有 %(n)s 段没有归类，列在本页最上面。", n=left) + said, "warning")
    elif said:
        flash(_("已导入，文件的正文都放好了。") + said, "success")
    else:
        flash(_("已导入，文件里的文字都放好了。"), "success")
    return redirect(url_for("desk.edit", artefact_id=artefact_id), 303)


def _too_late(artefact_id: int) -> Response:
    flash(_("这次导入已经核对过，或者草稿在那之后又改过；请直接在这里修改。"), "warning")
    return redirect(url_for("desk.edit", artefact_id=artefact_id), 303)


# --- what was left over ----------------------------------------------------------------------


@bp.post("/<int:artefact_id>/leftovers/<int:number>")
@login_required
def leftover(artefact_id: int, number: int) -> Response:
    """Put one unplaced paragraph into a section, aside (``drop``) or back (``again``)."""
    to = request.form.get("op") or request.form.get("to", "")
    try:
        service.decide(current_user.id, artefact_id, number, to)
    except Conflict:
        flash(_("草稿刚刚有改动，请再试一次。"), "warning")
    except ApplicationError as error:
        if error.status == 404:
            raise
        flash(error.say(lang()), "error")
    else:
        if to == "drop":
            flash(_("已放到「不要的」里，可以随时拿回来。"), "success")
        elif to != "again":
            flash(_("已放入，接在这一部分的末尾。"), "success")
            return redirect(url_for("desk.edit", artefact_id=artefact_id) + f"#s-{to}", 303)
    return redirect(url_for("desk.edit", artefact_id=artefact_id) + "#leftovers", 303)
