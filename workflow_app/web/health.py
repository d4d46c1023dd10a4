"""The two addresses a monitor asks."""

import logging

from flask import Flask, Response, jsonify
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from workflow_app import schema
from workflow_app.extensions import db
from workflow_app.web.problems import problem

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Attach ``/healthz`` and ``/readyz``."""
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)


def _healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


def _readyz() -> Response:
    """The database answers, is up to date, and has its append-only triggers."""
    try:
        problems = schema.problems(db.engine)
    except SQLAlchemyError:
        log.warning("readyz: database does not answer", exc_info=True)
        problems = [_("数据库没有响应。")]
    if problems:
        return problem(503, "not_ready", " ".join(problems))
    return jsonify(status="ready")
