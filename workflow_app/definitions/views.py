"""The flows: each definition as a picture and in words, with how many documents stand where."""

from collections.abc import Mapping
from typing import Any

import yaml
from flask import Blueprint, abort, render_template
from flask_login import login_required
from markupsafe import Markup
from sqlalchemy import func, select

from workflow_app import canonical
from workflow_app.artefacts.models import Artefact
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.web.language import lang
from workflows import description, drawing

bp = Blueprint("definitions", __name__, url_prefix="/workflows")


def _counts() -> dict[str, dict[str, int]]:
    """How many documents of each kind stand in each state: numbers only."""
    query = select(Artefact.workflow, Artefact.state, func.count()).group_by(
        Artefact.workflow, Artefact.state
    )
    found: dict[str, dict[str, int]] = {}
    for workflow, state, count in db.session.execute(query):
        found.setdefault(workflow, {})[state] = count
    return found


def _picture(definition: Any, counts: Mapping[str, int]) -> Markup:
    return Markup(drawing.svg(definition, lang(), counts))  # noqa: S704 - drawn and escaped by us


@bp.get("")
@login_required
def index() -> str:
    counts = _counts()
    kinds = [
        (
            machine.definition,
            _picture(machine.definition, counts.get(key, {})),
            sum(counts.get(key, {}).values()),
        )
        for key, machine in registry.current().items()
    ]
    return render_template("definitions/index.html", kinds=kinds)


@bp.get("/<key>")
@login_required
def show(key: str) -> str:
    """One definition: its picture, states and actions, and how many documents stand where. Errors: 404."""
    machine = registry.current().get(key)
    if machine is None:
        abort(404)
    counts = _counts().get(key, {})
    return render_template(
        "definitions/show.html",
        definition=machine.definition,
        picture=_picture(machine.definition, counts),
        counts=counts,
        states=description.states(machine.definition, lang()),
        actions=description.actions(machine.definition, lang()),
        checks=description.checks(machine.definition, lang()),
        source=yaml.safe_dump(
            canonical.loads(registry.body(key)), allow_unicode=True, sort_keys=False, width=110
        ),
    )
