"""The page that shows what changed between two revisions."""

from flask import Blueprint, abort, render_template, request
from flask_login import current_user, login_required

from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.review import changes, comparing
from workflow_app.signoff import history, policy

bp = Blueprint("review", __name__)
bp.add_app_template_filter(changes.folded)


def _number(name: str, otherwise: int | None) -> int | None:
    """A revision number from the query; ``draft`` is None. Aborts with 404 on anything else."""
    text = request.args.get(name, "")
    if not text:
        return otherwise
    if text == "draft":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        abort(404)
    return int(text)


@bp.get("/artefacts/<int:artefact_id>/changes", endpoint="changes")
@login_required
def show_changes(artefact_id: int) -> str:
    found = policy.standing(current_user.id, artefact_id)
    level = policy.level(found) if found else None
    if found is None or level is None or level == "approved":
        abort(404)
    drafting = level == "draft" and found.law.definition.states[found.row.state].editable
    last = found.row.revision
    newer = _number("to", None if drafting else last)
    older = _number("from", last if newer is None else comparing.seen_before(found) or max(last - 1, 1))
    if older is None or not last:
        abort(404)
    comparison = comparing.compare(found, level, older, newer)
    options = [(str(number), number) for number in range(1, last + 1)]
    return render_template(
        "review/changes.html",
        artefact_id=artefact_id,
        title=db.session.get_one(Artefact, artefact_id).title,
        comparison=comparison,
        options=options,
        drafting=drafting,
        points=history.by_section(history.points(found)),
    )
