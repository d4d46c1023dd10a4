"""What may only be added to, held by triggers in the database itself.

The services never change such rows; the triggers are for everything else: a slip in later code, a
bulk statement, a shell on the database. They do not stop whoever owns the database from dropping
them: the hash chain of the trail is what shows that (see README).

SQLite needs a third trigger: ``INSERT OR REPLACE`` removes the old row without firing its DELETE
trigger (unless the connection asked for recursive triggers), so an existing key is refused before.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, inspect, text


@dataclass(frozen=True, slots=True)
class Protection:
    """How one table is held.

    ``keys``: SQL conditions (SQLite, ``NEW`` against stored rows) that mean "this key exists".
    ``changeable``: columns an UPDATE may change; none means no UPDATE at all.
    ``emptied``: a changeable column that may only become NULL.
    """

    table: str
    keys: tuple[str, ...]
    changeable: tuple[str, ...] = ()
    emptied: str = ""


PROTECTED = (
    Protection(
        "event",
        (
            "id = NEW.id",
            "artefact_id = NEW.artefact_id AND seq = NEW.seq",
            "NEW.signs = 1 AND signs = 1 AND artefact_id = NEW.artefact_id"
            " AND round = NEW.round AND actor_id = NEW.actor_id",
        ),
    ),
    Protection("revision", ("artefact_id = NEW.artefact_id AND number = NEW.number",)),
    Protection("registry_event", ("seq = NEW.seq",)),
    Protection(
        "event_statement",
        ("artefact_id = NEW.artefact_id AND seq = NEW.seq",),
        changeable=("body",),
        emptied="body",
    ),
    Protection("grant_", ("id = NEW.id",), changeable=("ends_on", "ended_by", "ended_at")),
    Protection(
        "issued_paper",
        (
            "id = NEW.id",
            "code = NEW.code",
            "artefact_id = NEW.artefact_id AND revision = NEW.revision AND seq = NEW.seq"
            " AND opinions = NEW.opinions",
        ),
    ),
    Protection("remark", ("id = NEW.id",), changeable=("resolved_at", "resolved_by")),
    Protection("stored_file", ("sha256 = NEW.sha256",), changeable=("scan", "scanned_at", "found")),
    Protection(
        "attachment",
        (
            "id = NEW.id",
            "artefact_id = NEW.artefact_id AND name = NEW.name AND sha256 = NEW.sha256",
        ),
    ),
    Protection("attachment_list", ("artefact_id = NEW.artefact_id AND sha256 = NEW.sha256",)),
    Protection(
        "seal_leaf",
        ("number = NEW.number", "log = NEW.log AND document = NEW.document AND seq = NEW.seq"),
    ),
    Protection("seal_tile", ("level = NEW.level AND number = NEW.number",)),
    Protection("seal_key", ("number = NEW.number", "vkey = NEW.vkey")),
    Protection("seal_checkpoint", ("size = NEW.size",)),
    Protection("definition", ("id = NEW.id", "key = NEW.key AND version = NEW.version")),
)

#: PostgreSQL: refuses whatever fires it.
_REFUSE = """
BEGIN
  RAISE EXCEPTION 'append-only: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END
"""
#: PostgreSQL: lets an UPDATE through when only the columns named as arguments differ.
_REFUSE_OTHERS = """
BEGIN
  IF to_jsonb(NEW) - TG_ARGV <> to_jsonb(OLD) - TG_ARGV THEN
    RAISE EXCEPTION 'append-only: this UPDATE of % is refused', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
_FUNCTIONS = {"append_only_refuse": _REFUSE, "append_only_refuse_others": _REFUSE_OTHERS}


def _sqlite(protection: Protection, columns: list[str]) -> dict[str, str]:
    """Trigger name -> CREATE statement for one table with these columns."""
    table = protection.table
    fixed = [name for name in columns if name not in protection.changeable]
    changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in fixed)
    if protection.emptied:
        changed += f' OR NEW."{protection.emptied}" IS NOT NULL'
    when_changed = f" WHEN {changed}" if protection.changeable else ""
    taken = " OR ".join(f"({condition})" for condition in protection.keys)
    when_taken = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608 - our own constants

    def trigger(kind: str, when: str) -> str:
        return (
            f"CREATE TRIGGER {table}_append_only_{kind.lower()} BEFORE {kind} ON {table}{when} "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {kind} of {table} is refused'); END"
        )

    return {
        f"{table}_append_only_update": trigger("UPDATE", when_changed),
        f"{table}_append_only_delete": trigger("DELETE", ""),
        f"{table}_append_only_insert": trigger("INSERT", when_taken),
    }


def _postgresql(protection: Protection) -> dict[str, str]:
    """Trigger name -> CREATE statement for one table."""
    table = protection.table
    refuse = "EXECUTE FUNCTION append_only_refuse()"
    triggers = {
        "delete": f"BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        "truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
        "update": f"BEFORE UPDATE ON {table} FOR EACH ROW {refuse}",
    }
    if protection.changeable:
        names = ", ".join(f"'{name}'" for name in protection.changeable)
        triggers["update"] = (
            f"BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only_refuse_others({names})"
        )
    if protection.emptied:
        triggers["keep"] = (
            f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW.{protection.emptied} IS NOT NULL) {refuse}"
        )
    return {
        (name := f"{table}_append_only_{kind}"): f"CREATE TRIGGER {name} {rest}"
        for kind, rest in triggers.items()
    }


def _present(connection: Connection) -> list[Protection]:
    """The protections whose tables exist (an early migration has not made all of them yet)."""
    tables = set(inspect(connection).get_table_names())
    return [protection for protection in PROTECTED if protection.table in tables]


def create(connection: Connection) -> None:
    """Make every trigger anew, inside the caller's transaction. For migrations.

    A migration that rebuilds a protected table or adds a column to one calls this at its end.
    """
    drop(connection)
    if connection.dialect.name == "sqlite":
        for protection in _present(connection):
            for statement in _sqlite(protection, _columns(connection, protection.table)).values():
                connection.exec_driver_sql(statement)
        return
    for name, body in _FUNCTIONS.items():
        connection.execute(
            text(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body${body}$body$")
        )
    for protection in _present(connection):
        for name, statement in _postgresql(protection).items():
            connection.execute(text(statement))
            # ALWAYS: also for a session that calls itself a replica.
            connection.execute(text(f"ALTER TABLE {protection.table} ENABLE ALWAYS TRIGGER {name}"))


def drop(connection: Connection) -> None:
    """Remove every trigger, inside the caller's transaction. For migrations only."""
    sqlite = connection.dialect.name == "sqlite"
    for protection in _present(connection):
        names = _sqlite(protection, []) if sqlite else _postgresql(protection)
        for name in names:
            connection.execute(
                text(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {protection.table}"))
            )
    if not sqlite:
        for name in _FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION IF EXISTS {name}()"))


def missing(engine: Engine) -> list[str]:
    """Names of triggers that are absent, switched off or not what they should be; [] when all is well."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return _missing_sqlite(connection)
        return _missing_postgresql(connection)


def _columns(connection: Connection, table: str) -> list[str]:
    return [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]


def _missing_sqlite(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = {str(name): str(sql) for name, sql in rows}
    return [
        name
        for protection in PROTECTED
        for name, statement in _sqlite(protection, _columns(connection, protection.table)).items()
        if found.get(name) != statement
    ]


def _missing_postgresql(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql(
        "SELECT t.tgname, p.proname, p.prosrc FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgenabled = 'A' AND pg_table_is_visible(c.oid)"
    )
    found = {name: (function, source) for name, function, source in rows}
    lacking = []
    for protection in PROTECTED:
        for name, statement in _postgresql(protection).items():
            function = statement.split("EXECUTE FUNCTION ")[1].split("(")[0]
            if found.get(name) != (function, _FUNCTIONS[function]):
                lacking.append(name)
    return lacking
