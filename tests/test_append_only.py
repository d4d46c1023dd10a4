"""The triggers: rows of the trail are added, never changed or removed, on either database."""
# ruff: noqa: E501

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from workflow_app import append_only, schema
from workflow_app.extensions import db
from workflow_app.settings import Settings

AT = "2026-09-01T00:00:00.000000Z"
DIGEST = "0" * 64
ROWS = (
    "INSERT INTO unit (id, kind, name, sort_key) VALUES (1, 'school', '城关小学', 'a')",
    "INSERT INTO person (id, username, name, sort_key, password_hash, epoch, must_change_password, created_at)"
    f" VALUES (1, 'principal01', '方校长', 'a', '-', 0, false, '{AT}')",
    "INSERT INTO period (key, kind, name, starts_on, ends_on, gate)"
    " VALUES ('2026', 'school_year', '2026—2027 学年', '2026-09-01', '2027-08-31', 'auto')",
    f"INSERT INTO definition (id, key, version, body, stored_at) VALUES (1, 'school_plan', 'v', '-', '{AT}')",
    "INSERT INTO artefact (id, workflow, definition_id, title, subject, school_id, period_key, state, version,"
    " revision, round, route, leg, author_id, content_sha256, attachments_sha256, head_seq, head_hash,"
    " state_since, due_at, created_at, updated_at) VALUES (1, 'school_plan', 1, '方案', 'school:1', 1, '2026',"
    f" 'draft', 1, 0, 0, '', 0, 1, '{DIGEST}', '{DIGEST}', 1, '{DIGEST}', '{AT}', '{AT}', '{AT}', '{AT}')",
)
EVENT = (
    "INTO event (id, artefact_id, seq, at, actor_id, action, from_state, to_state, round, revision, school_id,"
    " signs, handled, body, hash) VALUES ({id}, 1, {seq}, '{at}', 1, 'sign', 'draft', 'draft', 1, 1, 1, true,"
    " false, '{body}', '" + DIGEST + "')"
)
FIRST = EVENT.format(id=1, seq=1, at=AT, body="first")
PROTECTED_ROWS = (
    f"INSERT {FIRST}",
    "INSERT INTO revision (artefact_id, number, content, content_sha256, attachments_sha256, frozen_at, frozen_by)"
    f" VALUES (1, 1, '-', '{DIGEST}', '{DIGEST}', '{AT}', 1)",
    "INSERT INTO registry_event (seq, at, action, subject, body, hash)"
    f" VALUES (1, '{AT}', 'create', 'person:1', '-', '{DIGEST}')",
    f"INSERT INTO event_statement (artefact_id, seq, salt, body) VALUES (1, 1, '{DIGEST}', 'said')",
    "INSERT INTO grant_ (id, person_id, role, unit_id, starts_on, given_at)"
    f" VALUES (1, 1, 'principal', 1, '2026-09-01', '{AT}')",
    "INSERT INTO remark (id, artefact_id, revision, section, quote, before, after, audience, body, by_id, at)"
    f" VALUES (1, 1, 1, 'goals', '', '', '', 'all', '-', 1, '{AT}')",
    "INSERT INTO stored_file (sha256, size, stored_at, scan, found)"
    f" VALUES ('{DIGEST}', 1, '{AT}', 'unscanned', '')",
    "INSERT INTO attachment (id, artefact_id, name, kind, sha256, added_by, added_at)"
    f" VALUES (1, 1, '照片.jpg', 'jpg', '{DIGEST}', 1, '{AT}')",
    f"INSERT INTO attachment_list (artefact_id, sha256, body) VALUES (1, '{DIGEST}', '-')",
    "INSERT INTO issued_paper (id, artefact_id, revision, seq, opinions, code, sha256, pdf, issued_at)"
    f" VALUES (1, 1, 1, 1, true, 'CODE', '{DIGEST}', '-', '{AT}')",
    f"INSERT INTO seal_leaf (number, log, document, seq, hash) VALUES (0, 'artefact', 1, 1, '{DIGEST}')",
    f"INSERT INTO seal_tile (level, number, hash) VALUES (8, 0, '{DIGEST}')",
    f"INSERT INTO seal_key (number, vkey, since, size, note) VALUES (1, 'key', '{AT}', 0, '-')",
    f"INSERT INTO seal_checkpoint (size, root, at, key_number, note) VALUES (1, '{DIGEST}', '{AT}', 1, '-')",
)
TABLES = [protection.table for protection in append_only.PROTECTED]


@pytest.fixture
def engine(database: Settings) -> Iterator[Engine]:
    app = schema.bare_app(database)
    with app.app_context():
        with db.engine.begin() as connection:
            for statement in ROWS + PROTECTED_ROWS:
                connection.execute(text(statement))
        yield db.engine
        db.engine.dispose()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def refused(engine: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        run(engine, statement)


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_never_deleted(engine: Engine, table: str) -> None:
    refused(engine, f"DELETE FROM {table}")
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1


@pytest.mark.parametrize(
    "change",
    [
        "event SET body = 'x'",
        "event SET action = 'approve'",
        "event SET seq = 2",
        "revision SET content = 'x'",
        "revision SET frozen_at = ''",
        "registry_event SET hash = ''",
        "registry_event SET seq = 2",
        "event_statement SET body = 'x'",
        "event_statement SET salt = '', body = NULL",
        "event_statement SET seq = 2, body = NULL",
        "grant_ SET role = 'lead'",
        "grant_ SET starts_on = '2020-01-01'",
        "grant_ SET person_id = 1, unit_id = NULL",
        "definition SET body = 'x'",
        "definition SET key = 'x'",
        "stored_file SET size = 2",
        "attachment SET name = 'x'",
        "attachment_list SET body = 'x'",
    ],
)
def test_rows_are_never_changed(engine: Engine, change: str) -> None:
    refused(engine, f"UPDATE {change}")


def test_what_may_change(engine: Engine) -> None:
    run(engine, "UPDATE event_statement SET body = NULL")
    run(engine, f"UPDATE stored_file SET scan = 'clean', scanned_at = '{AT}'")
    run(engine, f"UPDATE grant_ SET ends_on = '2026-12-31', ended_by = 1, ended_at = '{AT}'")


def test_an_erased_statement_stays_erased(engine: Engine) -> None:
    run(engine, "UPDATE event_statement SET body = NULL")
    refused(engine, "UPDATE event_statement SET body = 'again'")


def test_new_rows_go_in(engine: Engine) -> None:
    run(engine, "INSERT " + EVENT.format(id=2, seq=2, at=AT, body="second").replace("true", "false"))


@pytest.mark.postgresql_only
@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_truncated(engine: Engine, table: str) -> None:
    refused(engine, f"TRUNCATE {table} CASCADE")


@pytest.mark.postgresql_only
def test_a_replica_session_is_held_too(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM event"))


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "row",
    [
        FIRST.replace("first", "forged"),
        EVENT.format(id=9, seq=1, at=AT, body="forged"),
        EVENT.format(id=1, seq=9, at=AT, body="forged"),
        # The same signature again under a new id and number: the unique index of signatures.
        EVENT.format(id=9, seq=9, at=AT, body="forged"),
        f"INTO registry_event (seq, at, action, subject, body, hash) VALUES (1, '{AT}', 'x', 'x', 'forged', '-')",
        f"INTO event_statement (artefact_id, seq, salt, body) VALUES (1, 1, '{DIGEST}', 'forged')",
        f"INTO revision VALUES (1, 1, 'forged', '{DIGEST}', '{DIGEST}', '{AT}', 1)",
        "INTO grant_ (id, person_id, role, unit_id, starts_on, given_at)"
        f" VALUES (1, 1, 'forged', 1, '2026-09-01', '{AT}')",
        f"INTO definition VALUES (1, 'forged', 'v', '-', '{AT}')",
        f"INTO definition VALUES (2, 'school_plan', 'v', 'forged', '{AT}')",
    ],
)
def test_insert_or_replace_removes_nothing(engine: Engine, settings: Settings, row: str) -> None:
    """Also for somebody's shell, which has none of our connection settings."""
    engine.dispose()
    shell = sqlite3.connect(settings.data_dir / "signoff.sqlite3")
    try:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            shell.execute(f"INSERT OR REPLACE {row}")
    finally:
        shell.close()
    refused(engine, f"INSERT OR REPLACE {row}")


@pytest.mark.sqlite_only
def test_the_replace_trap_is_real_without_the_guard(engine: Engine, settings: Settings) -> None:
    """The control: with the insert trigger gone, a plain shell does replace a signed event."""
    run(engine, "DROP TRIGGER event_append_only_insert")
    engine.dispose()
    shell = sqlite3.connect(settings.data_dir / "signoff.sqlite3")
    shell.execute(f"INSERT OR REPLACE {FIRST.replace('first', 'forged')}")
    assert shell.execute("SELECT body FROM event").fetchall() == [("forged",)]
    shell.close()


def _drop(engine: Engine, table: str, kind: str) -> None:
    on = f" ON {table}" if engine.dialect.name == "postgresql" else ""
    run(engine, f"DROP TRIGGER {table}_append_only_{kind}{on}")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", ["update", "delete"])
def test_a_missing_trigger_is_noticed(engine: Engine, table: str, kind: str) -> None:
    assert append_only.missing(engine) == []
    _drop(engine, table, kind)
    assert append_only.missing(engine) == [f"{table}_append_only_{kind}"]


def test_a_weakened_trigger_is_noticed(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        _drop(engine, "event", "update")
        run(engine, "CREATE TRIGGER event_append_only_update BEFORE UPDATE ON event BEGIN SELECT 1; END")
        assert append_only.missing(engine) == ["event_append_only_update"]
        return
    run(engine, "ALTER TABLE event DISABLE TRIGGER event_append_only_update")
    assert append_only.missing(engine) == ["event_append_only_update"]
    run(engine, "ALTER TABLE event ENABLE ALWAYS TRIGGER event_append_only_update")
    run(
        engine,
        "CREATE OR REPLACE FUNCTION append_only_refuse_others() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'",
    )
    others = [protection.table for protection in append_only.PROTECTED if protection.changeable]
    assert append_only.missing(engine) == [f"{table}_append_only_update" for table in others]


def test_a_database_without_a_trigger_is_not_served(engine: Engine) -> None:
    assert schema.problems(engine) == []
    _drop(engine, "event", "delete")
    (sentence,) = schema.problems(engine)
    assert "event_append_only_delete" in sentence
