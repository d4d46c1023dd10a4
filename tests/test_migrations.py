"""Up, down and up again, on either database, and nothing the models know is missing."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from workflow_app import append_only, schema
from workflow_app.extensions import db
from workflow_app.settings import Settings

PARTIAL = {
    "event": {"uq_event_signature", "ix_event_handled"},
    "notice": {"ix_notice_unsent"},
    "registry_event": {"ix_registry_person"},
    "task": {"ix_task_seat", "ix_task_person", "ix_task_artefact"},
}


@pytest.fixture
def engine(database: Settings) -> Iterator[Engine]:
    app = schema.bare_app(database)
    with app.app_context():
        yield db.engine
        db.engine.dispose()


def partial_indexes(engine: Engine, table: str) -> set[str]:
    """Names of the indexes of ``table`` that have a WHERE, as the database itself knows them."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE tbl_name = :t AND type = 'index'"
        " AND sql LIKE '% WHERE %'",
        "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = :t AND indexdef LIKE '% WHERE %'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return {name for (name,) in connection.execute(text(query), {"t": table})}


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": schema.ours}
        )
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.parametrize("table", PARTIAL)
def test_partial_indexes_are_partial(engine: Engine, table: str) -> None:
    assert partial_indexes(engine, table) == PARTIAL[table]


def test_every_partial_index_of_the_models_is_listed_here() -> None:
    known = {
        (table.name, index.name)
        for table in db.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert known == {(table, name) for table, names in PARTIAL.items() for name in names}


def test_down_and_up_again(engine: Engine, settings: Settings) -> None:
    assert append_only.missing(engine) == []
    schema.downgrade(settings, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert schema.current(engine) is None
    assert schema.problems(engine)
    assert schema.upgrade(settings)
    assert schema.current(engine) == schema.head()
    assert append_only.missing(engine) == []
    test_models_and_migrations_agree(engine)


def test_upgrade_of_a_current_database_does_nothing(engine: Engine, settings: Settings) -> None:
    assert not schema.upgrade(settings)


def test_the_newest_revision_is_read_as_alembic_reads_it() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert schema.head() == ScriptDirectory.from_config(config).get_current_head()
