"""Runs migrations for whichever database the application is set to.

``render_as_batch`` is off on purpose: Alembic's batch mode rebuilds a SQLite table under a new name
and drops its triggers without a word, and triggers are what keeps the trail append-only. Where a
migration has to rebuild a protected table, it says so itself and ends with
``append_only.create(op.get_bind())``.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from workflow_app import models, schema

assert models  # every table stands in the metadata once they are imported
database = current_app.extensions["migrate"].db


def run(connection: Connection | None) -> None:
    options = {
        "target_metadata": database.metadata,
        "compare_type": True,
        "render_as_batch": False,
        "include_name": schema.ours,
    }
    if connection is None:
        url = current_app.config["SQLALCHEMY_DATABASE_URI"]
        context.configure(url=url, literal_binds=True, **options)
    else:
        context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(None)
else:
    with database.engine.connect() as connection:
        run(connection)
