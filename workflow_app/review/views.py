"""What changed between two revisions, and remarks."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting import points
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.review import changes, comparing, remarks
from workflow_app.signoff import policy

bp = Blueprint("review", __name__)
bp.add_app_template_filter(changes.folded)


def _number(name: str, otherwise: int | None) -> int | None:
    """A revision number from the query; ``draft`` is None. Aborts with 404 on anything else."""
    text = request.args.get(name, "")
    if not text:
        return otherwise
    if text == "draft":
        return None
    number = inputs.version(text)
    return abort(404) if number is None else number


@bp.get("/artefacts/<int:artefact_id>/changes", endpoint="changes")
@login_required
def show_changes(artefact_id: int) -> str:
    """What changed between two revisions, word by word. Errors: 404 for a reader of what is approved only."""
    context = policy.readable(current_user.id, artefact_id)
    if context.level == "approved":
        abort(404)
    drafting = context.level == "draft" and context.state.editable
    last = context.row.revision if context.level == "draft" else context.row.submitted_revision
    newer = _number("to", None if drafting else last)
    older = _number("from", last if newer is None else comparing.seen_before(context) or max(last - 1, 1))
    if older is None or not last:
        abort(404)
    comparison = comparing.compare(context, older, newer)
    options = [(str(number), number) for number in range(1, last + 1)]
    return render_template(
        "review/changes.html",
        artefact_id=artefact_id,
        title=db.session.get_one(Artefact, artefact_id).title,
        comparison=comparison,
        options=options,
        drafting=drafting,
        points=points.by_section(points.points(context)),
    )


# --- remarks ---------------------------------------------------------------------------------


@bp.get("/artefacts/<int:artefact_id>/remarks/new", endpoint="new_remark")
@login_required
def new_remark(artefact_id: int) -> str:
    return _remark_page(artefact_id, request.args)


def _remark_page(
    artefact_id: int,
    typed: Mapping[str, str],
    errors: dict[str, str] | None = None,
    thread_id: int | None = None,
) -> str:
    """The form on a page of its own: without scripts, and with what was typed when it was refused."""
    context = policy.readable(current_user.id, artefact_id)
    audiences = policy.remark_audiences(context)
    if not audiences:
        abort(404)
    return render_template(
        "review/remark.html",
        artefact_id=artefact_id,
        title=db.session.get_one(Artefact, artefact_id).title,
        fields=context.machine.definition.form,
        audiences=audiences,
        names=list(remarks.mentionable(context).values()),
        typed=typed,
        errors=errors or {},
        thread_id=thread_id,
    )


@bp.post("/artefacts/<int:artefact_id>/remarks", endpoint="remark")
@login_required
def post_remark(artefact_id: int) -> Response | tuple[str, int]:
    return _write(artefact_id)


@bp.post("/artefacts/<int:artefact_id>/remarks/<int:remark_id>", endpoint="thread")
@login_required
def post_thread(artefact_id: int, remark_id: int) -> Response | tuple[str, int]:
    """An answer to a thread, or its settling."""
    if request.form.get("settle"):
        remarks.settle(current_user.id, artefact_id, remark_id)
        return _back(artefact_id, remark_id)
    return _write(artefact_id, remark_id)


def _write(artefact_id: int, thread_id: int | None = None) -> Response | tuple[str, int]:
    sent = request.form
    names = ("section", "body", "quote", "before", "after", "audience")
    try:
        made = remarks.write(
            current_user.id, artefact_id, thread_id=thread_id, **{name: sent.get(name, "") for name in names}
        )
    except BadInput as bad:
        return _remark_page(artefact_id, sent, bad.problems, thread_id), 422
    if made.unreached:
        flash(_("%(names)s 看不到这条批注，没有提醒。", names="、".join(made.unreached)), "warning")
    return _back(artefact_id, thread_id or made.id)


def _back(artefact_id: int, remark_id: int) -> Response:
    return redirect(url_for("desk.show", artefact_id=artefact_id) + f"#remark-{remark_id}", 303)
