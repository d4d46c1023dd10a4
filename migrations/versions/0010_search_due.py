"""The database notes which documents the index does not know yet; terms of every script; people by name."""

import sqlalchemy as sa
from alembic import op

revision = "0010_search_due"
down_revision = "0009_who_is_asked_and_names"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Name of a trigger, when and on which table it fires, and the documents it is about.
NOTES = (
    ("search_due_new", "INSERT ON artefact", "SELECT NEW.id"),
    ("search_due_changed", "UPDATE OF version, title ON artefact", "SELECT NEW.id"),
    ("search_due_said", "UPDATE OF body ON event_statement", "SELECT NEW.artefact_id"),
    (
        "search_due_person",
        "UPDATE OF name ON person",
        "SELECT id FROM artefact WHERE author_id = NEW.id OR teacher_id = NEW.id",
    ),
    ("search_due_unit", "UPDATE OF name ON unit", "SELECT id FROM artefact WHERE school_id = NEW.id"),
)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _empty_index(tokenizer: str) -> None:
    """The terms are made in another way from now on: every document is due."""
    if _sqlite():
        op.execute("DROP TABLE search_index")
    op.execute("DELETE FROM search_entry")
    if _sqlite():
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5 (grams, content='search_entry', "
            f"content_rowid='id', detail='none', tokenize='{tokenizer}')"
        )


def upgrade() -> None:
    op.drop_table("search_mark")
    op.create_table(
        "search_due",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_due")),
    )
    _empty_index("ascii")  # which takes everything beyond ASCII for a part of a word
    op.execute("INSERT INTO search_due (artefact_id) SELECT id FROM artefact ORDER BY updated_at DESC")
    for name, event, documents in NOTES:
        note = f"INSERT INTO search_due (artefact_id) {documents}"
        if _sqlite():
            op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW BEGIN {note}; END")
        else:
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {note}; RETURN NULL; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.create_index(op.f("ix_person_name"), "person", ["name"])


def downgrade() -> None:
    op.drop_index(op.f("ix_person_name"), table_name="person")
    for name, event, _documents in reversed(NOTES):
        table = event.rpartition(" ")[2]
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else f" ON {table}"))
        if not _sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("search_due")
    _empty_index("unicode61")
    op.create_table(
        "search_mark",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_search_mark_artefact_id_artefact")
        ),
        sa.PrimaryKeyConstraint("artefact_id", name=op.f("pk_search_mark")),
    )
    op.create_index("ix_search_mark_at", "search_mark", ["updated_at"])
