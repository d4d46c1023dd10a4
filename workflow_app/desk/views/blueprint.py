"""What the pages of the desk share."""

from flask import Blueprint

from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db

bp = Blueprint("desk", __name__)


def title_of(artefact_id: int) -> str:
    return db.session.get_one(Artefact, artefact_id).title
