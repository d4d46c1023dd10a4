"""What the pages of this room share."""

from flask import Blueprint

from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db

bp = Blueprint("artefacts", __name__, url_prefix="/artefacts")


def title_of(artefact_id: int) -> str:
    return db.session.get_one(Artefact, artefact_id).title
