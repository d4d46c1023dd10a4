"""Searching, for programs."""

from typing import Any

from flask_babel import gettext as _

from workflow_app.api.access import PageQuery, Words, blueprint, cursor, me
from workflow_app.api.shapes import page_of
from workflow_app.api.shapes_of_many import HitOut
from workflow_app.errors import BadInput
from workflow_app.listing import pack
from workflow_app.search import finding

bp = blueprint("search", "检索")
MOST = 80


class SearchQuery(PageQuery):
    q = Words(MOST, required=True)


@bp.get("/search")
@bp.arguments(SearchQuery, location="query")
@bp.response(200, page_of(HitOut))
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Documents one may see with every word of ``q``; ``stretches`` are runs of (is it a hit, text)."""
    if not query["q"]:
        raise BadInput({"q": _("请写要找的词。")})
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
    return {"items": items, "next": pack(following)}
