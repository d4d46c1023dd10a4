"""The two addresses a monitor asks."""

import logging

from flask import Flask, Response, current_app, jsonify
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from workflow_app import data_dir, schema
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
    """The database answers, is up to date, and has its append-only triggers; DATA_DIR can be written to."""
    problems = []
    try:
        data_dir.try_writing(current_app.config["SETTINGS"].data_dir)
    except OSError as error:
        log.warning("readyz: DATA_DIR cannot be written to", exc_info=True)
        problems.append(_("数据文件夹写不进去（%(why)s）。", why=error.strerror or error))
    try:
        problems += schema.problems(db.engine)
    except SQLAlchemyError:
        log.warning("readyz: database does not answer", exc_info=True)
        problems.append(_("数据库没有响应。"))
    if problems:
        return problem(503, "not_ready", " ".join(problems))
    return jsonify(status="ready")
