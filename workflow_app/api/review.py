"""What changed between two revisions."""

from typing import Any

from marshmallow import fields, validate

from workflow_app.api.access import Strict, blueprint
from workflow_app.api.artefacts import readable
from workflow_app.api.shapes import ChangesOut
from workflow_app.review import changes, comparing

bp = blueprint("review", "审阅")
_NUMBER = validate.Range(min=1, max=2**31 - 1)


class ChangesQuery(Strict):
    older = fields.Integer(required=True, data_key="from", validate=_NUMBER)
    newer = fields.Integer(load_default=None, data_key="to", validate=_NUMBER)


@bp.get("/artefacts/<int:artefact_id>/changes")
@bp.arguments(ChangesQuery, location="query")
@bp.response(200, ChangesOut)
def show_changes(query: dict[str, Any], artefact_id: int) -> dict[str, Any]:
    """Per section what was added and removed; without ``to``, up to the draft being typed."""
    context = readable(artefact_id)
    comparison = comparing.compare(context, query["older"], query["newer"])
    return {
        "older": comparison.older,
        "newer": comparison.newer,
        "sections": [_section(change) for change in comparison.sections],
        "attachments": [
            {"kind": one.kind, "name": one.name, "sha256": one.sha256} for one in comparison.files
        ],
    }


def _section(change: changes.SectionChange) -> dict[str, Any]:
    return {
        "section": change.field.key,
        "title": change.field.title.zh,
        "added": change.texts("added"),
        "removed": change.texts("removed"),
        "lines": [_line(line) for line in change.lines],
        "rows": [
            {
                "kind": row.kind,
                "number": row.number,
                "cells": {key: _line(line) for key, line in row.cells.items()},
            }
            for row in change.rows
        ],
    }


def _line(line: changes.Line) -> list[dict[str, str]]:
    return [{"kind": segment.kind, "text": segment.text} for segment in line]
