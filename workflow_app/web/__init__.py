"""What every page shares: language, presentation, headers, limits, answers to failures."""

from flask import Flask

from workflow_app import request_id


def init_app(app: Flask) -> None:
    """Attach all of it to the application."""
    from workflow_app.web import (
        assets,
        compression,
        failures,
        headers,
        health,
        kept,
        language,
        limits,
        presentation,
        refusals,
        styleguide,
    )

    request_id.init_app(app)

    compression.init_app(app)  # what is attached first is done last
    assets.init_app(app)
    presentation.init_app(app)
    language.init_app(app)
    limits.init_app(app)
    headers.init_app(app)
    failures.init_app(app)
    refusals.init_app(app)
    health.init_app(app)
    kept.init_app(app)
    styleguide.init_app(app)
    app.register_blueprint(presentation.bp)
