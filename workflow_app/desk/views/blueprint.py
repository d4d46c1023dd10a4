"""What the pages of the desk share."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.signoff import policy

bp = Blueprint("desk", __name__)


@bp.app_context_processor
def frame() -> dict[str, Any]:
    """What the frame of every page asks about documents."""
    return {"may_draft": lambda: bool(policy.creatable(current_user.id))}


def title_of(artefact_id: int) -> str:
    return db.session.get_one(Artefact, artefact_id).title
