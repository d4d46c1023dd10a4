"""The index of words: what is searched, and on SQLite the FTS5 table that refers to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0004_search"
down_revision = "0003_papers"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grams", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_search_entry_artefact_id_artefact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
    )
    op.create_index("ix_search_entry_artefact", "search_entry", ["artefact_id"])
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
    if _sqlite():
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5 "
            "(grams, content='search_entry', content_rowid='id', detail='none', tokenize='unicode61')"
        )
    else:
        op.create_index("ix_search_entry_grams", "search_entry", ["grams"], postgresql_using="gin")


def downgrade() -> None:
    if _sqlite():
        op.execute("DROP TABLE search_index")
    op.drop_table("search_mark")
    op.drop_table("search_entry")
