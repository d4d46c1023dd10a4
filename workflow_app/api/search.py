"""Searching, for programs."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import fields, validate

from workflow_app import inputs
from workflow_app.api.access import PageQuery, cursor, me, room
from workflow_app.errors import BadInput
from workflow_app.listing import pack
from workflow_app.search import finding, index

bp = room("search", "检索")
MOST = 80


class SearchQuery(PageQuery):
    q = fields.String(required=True, validate=validate.Length(min=1, max=MOST))


@bp.get("/search")
@bp.arguments(SearchQuery, location="query")
@bp.response(200)
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Documents one may see with every word of ``q``; ``stretches`` are runs of (is it a hit, text)."""
    try:
        inputs.clean(query["q"], MOST)
    except inputs.Unclean as unclean:
        raise BadInput({"q": str(unclean)}) from unclean
    if not query["q"].strip():
        raise BadInput({"q": _("请写要找的词。")})
    waiting = index.catch_up()
    hits, following = finding.find(me(), query["q"], cursor(query["cursor"]))
    items = [
        {
            "id": hit.line.id,
            "title": "".join(run for _hit, run in hit.title),
            "workflow": hit.line.workflow,
            "state": hit.line.state,
            "school": hit.line.school,
            "author": hit.line.who,
            "updated_at": hit.line.when,
            "stretches": [
                [{"hit": is_hit, "text": run} for is_hit, run in stretch] for stretch in hit.stretches
            ],
        }
        for hit in hits
    ]
    return {"items": items, "next": pack(following), "not_indexed_yet": waiting}
