"""The tables as the migrations make them: is this database up to date, and bring it there.

Needs no definition and no room: a database can be upgraded before anything else is sound.
"""

import flask_migrate
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect, text

from workflow_app import append_only
from workflow_app.extensions import db, migrate
from workflow_app.settings import ROOT, Settings

MIGRATIONS = ROOT / "migrations"


def bare_app(settings: Settings) -> Flask:
    """An application with the database and nothing else."""
    from workflow_app import models

    assert models
    app = Flask("workflow_app.schema")
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    app.config.from_mapping(settings.flask_config())
    db.init_app(app)
    migrate.init_app(app, db)
    return app


def head() -> str:
    """The newest revision under ``migrations/``."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    if newest is None:
        raise RuntimeError("migrations/versions is empty")
    return newest


def current(engine: Engine) -> str | None:
    """The revision this database stands at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(settings: Settings, revision: str = "head") -> bool:
    """Bring the database to ``revision``. False when it was at the newest one already."""
    app = bare_app(settings)
    with app.app_context():
        try:
            if revision == "head" and current(db.engine) == head():
                return False
            flask_migrate.upgrade(str(MIGRATIONS), revision)
            return True
        finally:
            db.engine.dispose()


def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to ``revision`` (``base``: no tables, no data)."""
    app = bare_app(settings)
    with app.app_context():
        try:
            flask_migrate.downgrade(str(MIGRATIONS), revision)
        finally:
            db.engine.dispose()


def problems(engine: Engine) -> list[str]:
    """Why this database must not be served yet, as sentences; [] when it may."""
    if current(engine) != head():
        return ["数据库结构不是最新版本，请先运行 workflow-app db upgrade。"]
    if lacking := append_only.missing(engine):
        names = "、".join(lacking)
        return [f"数据库缺少只增不改的保护，不能对外服务。请查明下列触发器为何缺失：{names}。"]
    return []


def check(settings: Settings) -> list[str]:
    """``problems`` of the database these settings name."""
    app = bare_app(settings)
    with app.app_context():
        try:
            return problems(db.engine)
        finally:
            db.engine.dispose()
