"""The tables as the migrations make them: is this database up to date, and bring it there.

Needs no definition and no package: a database can be upgraded before anything else is sound.
"""

import re
from functools import cache

from flask import Flask
from sqlalchemy import Engine, inspect, text

from workflow_app import append_only, clock, stamps
from workflow_app.extensions import db
from workflow_app.settings import ROOT, Settings
from workflow_app.store import on

MIGRATIONS = ROOT / "migrations"


def bare_app(settings: Settings) -> Flask:
    """An application with the database and nothing else."""
    app = Flask("workflow_app.schema")
    settings.prepare()
    app.config.from_mapping(settings.flask_config())
    db.init_app(app)
    return app


@cache
def head() -> str:
    """The newest revision under ``migrations/``.

    Read from the files themselves: Alembic is slow to import, and most starts have no need of it.
    """
    names, older = _named()
    (newest,) = names - older
    return newest


def revisions() -> set[str]:
    """Every revision under ``migrations/``."""
    return _named()[0]


def _named() -> tuple[set[str], set[str]]:
    """(all revisions, those that another one follows)."""
    names: set[str] = set()
    older: set[str] = set()
    for path in (MIGRATIONS / "versions").glob("*.py"):
        for key, value in re.findall(r"^(revision|down_revision)\b.*?=(.*)$", path.read_text(), re.MULTILINE):
            (names if key == "revision" else older).update(re.findall(r"[\"'](\w+)[\"']", value))
    return names, older


def ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether Alembic compares it with the models: not what only one of the databases has for its words."""
    return not (name or "").startswith(("search_index", "ix_search_entry_grams"))


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
            import flask_migrate

            flask_migrate.Migrate(app, db)
            flask_migrate.upgrade(str(MIGRATIONS), revision)
            return True
        finally:
            db.engine.dispose()


def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to ``revision`` (``base``: no tables, no data)."""
    import flask_migrate

    app = bare_app(settings)
    flask_migrate.Migrate(app, db)
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


def clock_problems(engine: Engine) -> list[str]:
    """Why this machine must not serve by its clock: it is far behind what was written down last."""
    with engine.connect() as connection:
        last = stamps.last(on(connection))
    if last is None or not clock.behind(last):
        return []
    return [
        f"本机时钟是 {_shown(clock.stamp(clock.now()))}，库里最后一条记录却是 {_shown(last)}，不能对外服务。"
        "请先校准时钟。如果时钟现在是对的（那条记录是时钟走快时留下的），请设 CLOCK_BEHIND=accept 再启动："
        "此后的记录沿用那条记录的时间，并注明当时时钟的读数。"
    ]


def _shown(stamp: str) -> str:
    return f"{clock.local(stamp):%Y-%m-%d %H:%M:%S}"


def check(settings: Settings) -> list[str]:
    """Why the database these settings name must not be served on this machine; [] when it may."""
    app = bare_app(settings)
    with app.app_context():
        try:
            found = problems(db.engine)
            if not found and settings.clock_behind == "refuse":
                found += clock_problems(db.engine)
            return found
        finally:
            db.engine.dispose()
