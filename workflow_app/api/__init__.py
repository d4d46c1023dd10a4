"""The JSON API: the same services, for programs.

Routes, shapes and error codes are in the OpenAPI document that the application serves itself.
"""

from flask import Flask, Response
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint

from workflow_app.extensions import csrf

DOCS = "/api/docs"
#: The page of flask-swagger-ui starts itself with an inline script; all of it comes from its wheel.
DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


CONFIG = {
    "API_TITLE": "研修签批",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    },
}


class _Api(Api):  # type: ignore[misc]
    #: Each route has its own answers to errors, see description.py.
    DEFAULT_ERROR_RESPONSE_NAME = None


def init_app(app: Flask) -> None:
    """Attach the routes below ``/api/v1``, the OpenAPI document and its readable page."""
    from workflow_app.api import (
        artefacts,
        attachments,
        description,
        people,
        points,
        printing,
        review,
        search,
        trail,
        word_import,
        workflows,
    )

    app.config.update(CONFIG)
    api = _Api(app)
    description.add_parts(api.spec)
    modules = (
        people,
        artefacts,
        attachments,
        word_import,
        printing,
        points,
        review,
        search,
        trail,
        workflows,
    )
    for module in modules:
        csrf.exempt(module.bp)
        api.register_blueprint(module.bp)
    docs = get_swaggerui_blueprint(DOCS, "/api/v1/openapi.json", config={"app_name": "研修签批 API"})
    docs.after_request(_docs_policy)
    app.register_blueprint(docs)


def _docs_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response
