"""The office: it knows people and documents, keeps them, and does what the law decides."""

from importlib import import_module

from flask import Flask

from workflow_app.extensions import babel, csrf, db, login_manager
from workflow_app.settings import ROOT, Settings

ROOMS_WITH_PAGES = (
    "people",
    "periods",
    "artefacts",
    "attachments",
    "signoff",
    "trail",
    "definitions",
    "review",
    "papers",
    "search",
)


def create_app(settings: Settings | None = None) -> Flask:
    """One application from one set of settings.

    Raises:
        workflows.definition.Unsound: when a definition file is not sound.
    """
    settings = settings or Settings()
    app = Flask(__name__, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(settings.flask_config())
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    from workflow_app import api, language, models, presentation, safety
    from workflow_app.definitions import registry
    from workflow_app.people import service as people
    from workflow_app.signoff import seating

    assert models
    db.init_app(app)
    login_manager.init_app(app)
    csrf.init_app(app)
    presentation.init_app(app)
    babel.init_app(app, locale_selector=language.lang)
    safety.init_app(app)
    registry.init_app(app)
    # People stand below sign-off and cannot call it; they tell whoever has asked to be told.
    people.grant_listeners[:] = [seating.reseat]
    for room in ROOMS_WITH_PAGES:
        app.register_blueprint(import_module(f"workflow_app.{room}.views").bp)
    app.register_blueprint(presentation.bp)
    api.init_app(app)
    return app
