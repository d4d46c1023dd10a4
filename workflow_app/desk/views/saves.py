"""The last saves of a draft: what each changed, and going back to one."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.artefacts import content as contents
from workflow_app.desk import posted
from workflow_app.desk.views.blueprint import bp, title_of
from workflow_app.drafting import saves
from workflow_app.drafting.save import save_content
from workflow_app.errors import BadInput, Conflict, NotAllowed
from workflow_app.review import changes
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.web.language import lang


def _context(artefact_id: int) -> DocumentContext:
    context = policy.readable(current_user.id, artefact_id)
    if context.level != "draft":
        abort(404)
    return context


@bp.get("/artefacts/<int:artefact_id>/saves", endpoint="saves")
@login_required
def list_saves(artefact_id: int) -> str:
    context = _context(artefact_id)
    found = saves.saves(context)
    definition = context.machine.definition
    older: list[saves.Save | None] = [*found[1:], None] if found else []
    return render_template(
        "desk/saves.html",
        artefact_id=artefact_id,
        title=title_of(artefact_id),
        rows=[
            (one, posted.differing(definition, one.content, before.content) if before else None)
            for one, before in zip(found, older, strict=True)
        ],
        current=contents.draft(artefact_id).content,
    )


@bp.get("/artefacts/<int:artefact_id>/saves/<int:save_id>", endpoint="saved")
@login_required
def show_save(artefact_id: int, save_id: int) -> str:
    return _page(_context(artefact_id), save_id)


def _page(context: DocumentContext, save_id: int, message: str = "") -> str:
    """What going back to this save would change, and its button."""
    one = saves.saved(context, save_id)
    now = contents.draft(context.row.id).content
    return render_template(
        "desk/saved.html",
        artefact_id=context.row.id,
        title=title_of(context.row.id),
        save=one,
        sections=changes.sections(context.machine.definition, now, one.content),
        version=context.row.version,
        message=message,
    )


@bp.post("/artefacts/<int:artefact_id>/saves/<int:save_id>", endpoint="restore")
@login_required
def restore(artefact_id: int, save_id: int) -> Response | tuple[str, int]:
    """Go back to a save: its content is saved anew, over the version that the page was made from."""
    context = _context(artefact_id)
    one = saves.saved(context, save_id)
    try:
        version = inputs.version(request.form.get("version"))
        if version is None:
            raise BadInput({"version": _("页面缺少版本信息，请刷新后再试。")})
        save_content(current_user.id, artefact_id, version, one.content, goes_back=True)
    except (BadInput, Conflict, NotAllowed) as refused:
        return _page(_context(artefact_id), save_id, refused.say(lang())), refused.status
    flash(_("已恢复到所选的那次保存。"), "success")
    return redirect(url_for("desk.edit", artefact_id=artefact_id), 303)
