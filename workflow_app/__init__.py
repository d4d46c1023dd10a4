"""The application: it knows people and documents, stores them, and does what the state machine allows."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from workflow_app.extensions import csrf, db, login_manager
from workflow_app.settings import ROOT, Settings, load

#: The packages of the application from the lowest to the highest, and what each has to offer; the
#: command line, the pages and the API are put together from it.
PACKAGES = (
    "people",
    "authentication",
    "second_factor",
    "single_sign_on",
    "periods",
    "definitions",
    "sealing",
    "attachments",
    "word_import",
    "printing",
    "review",
    "search",
    "desk",
    "trail",
    "integrity",
    "backup",
    "worker",
    "api",
    "demo",
)


def create_app(settings: Settings | None = None) -> Flask:
    """One application from one set of settings.

    Raises:
        workflows.source.Unsound: when a definition file is not sound.
        SystemExit: a setting is wrong, or DATA_DIR cannot be used; with sentences that say so.
    """
    settings = settings or load()
    settings.prepare()
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(settings.flask_config())
    from workflow_app import api, models, web
    from workflow_app.definitions import registry
    from workflow_app.people import frame
    from workflow_app.people import service as people
    from workflow_app.signoff import assignment
    from workflow_app.single_sign_on import providers

    assert models
    db.init_app(app)
    login_manager.init_app(app)
    csrf.init_app(app)
    web.init_app(app)
    frame.init_app(app)
    registry.init_app(app)
    providers.init_app(app)
    # ``people`` is below ``signoff`` and must not import it; it calls what is registered here.
    people.grant_listeners[:] = [assignment.reassign]
    for package in PACKAGES:
        if find_spec(f"workflow_app.{package}.views"):
            app.register_blueprint(import_module(f"workflow_app.{package}.views").bp)
    api.init_app(app)
    return app
