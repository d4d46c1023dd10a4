"""The search page."""

from flask import Blueprint, abort, render_template, request
from flask_login import current_user, login_required

from workflow_app import inputs
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.search import finding

bp = Blueprint("search", __name__)
MOST = 80


@bp.get("/search", endpoint="index")
@login_required
def search() -> str | tuple[str, int]:
    """Search in what the user may read; a question that cannot be read is said beside the field, 422."""
    question = request.args.get("q", "")
    error = ""
    try:
        question = inputs.clean(question, MOST, lines=False).strip()
        cursor = unpack(request.args.get("cursor"))
    except inputs.Unclean as unclean:
        error, question, cursor = str(unclean), question[:MOST], None
    except BadCursor:
        abort(404)
    hits, following = ([], None) if error else finding.find(current_user.id, question, cursor)
    page = render_template(
        "search/index.html",
        q=question,
        error=error,
        hits=hits,
        next=pack(following),
    )
    return (page, 422) if error else page
