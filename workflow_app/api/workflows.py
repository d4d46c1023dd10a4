"""The definitions in force: their forms, states and actions."""

from typing import Any

from flask import Response, jsonify

from workflow_app.api.access import blueprint
from workflow_app.api.shapes import page_of
from workflow_app.api.shapes_of_many import WorkflowLine
from workflow_app.definitions import registry
from workflow_app.errors import NotFound
from workflows.definition import Definition

bp = blueprint("workflows", "流程")


def _short(definition: Definition) -> dict[str, Any]:
    return {
        "key": definition.key,
        "version": definition.version,
        "title": definition.title.model_dump(),
        "subject": definition.subject,
        "period": definition.period,
    }


@bp.get("/workflows")
@bp.response(200, page_of(WorkflowLine))
def index() -> dict[str, Any]:
    """Every kind of document."""
    return {"items": [_short(machine.definition) for machine in registry.current().values()], "next": None}


@bp.get("/workflows/<key>")
@bp.response(200, {"$ref": "#/components/schemas/Workflow"})
def show(key: str) -> Response:
    """One kind: its form, states and actions, as its file defines them."""
    machine = registry.current().get(key)
    if machine is None:
        raise NotFound
    whole = machine.definition.model_dump(mode="json", by_alias=True)
    return jsonify(_short(machine.definition) | whole)
