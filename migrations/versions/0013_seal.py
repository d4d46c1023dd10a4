"""The seal: leaves of the tree, hashes of larger subtrees, checkpoints, keys."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0013_seal"
down_revision = "0012_job_runs"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "seal_leaf",
        sa.Column("number", Id, nullable=False, autoincrement=False),
        sa.Column("log", sa.String(40), nullable=False),
        sa.Column("document", Id, nullable=False),
        sa.Column("seq", Id, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_seal_leaf"),
        sa.UniqueConstraint("log", "document", "seq", name="uq_seal_leaf_log_document_seq"),
    )
    op.create_table(
        "seal_tile",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", Id, nullable=False, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_seal_tile"),
    )
    op.create_table(
        "seal_progress",
        sa.Column("log", sa.String(40), nullable=False),
        sa.Column("upto", Id, nullable=False),
        sa.PrimaryKeyConstraint("log", name="pk_seal_progress"),
    )
    op.create_table(
        "seal_key",
        sa.Column("number", Id, nullable=False, autoincrement=False),
        sa.Column("vkey", sa.String(300), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("size", Id, nullable=False),
        sa.Column("compromised_since", sa.String(27), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_seal_key"),
        sa.UniqueConstraint("vkey", name="uq_seal_key_vkey"),
    )
    op.create_table(
        "seal_checkpoint",
        sa.Column("size", Id, nullable=False, autoincrement=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("key_number", Id, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_number"], ["seal_key.number"], name="fk_seal_checkpoint_key_number_seal_key"
        ),
        sa.PrimaryKeyConstraint("size", name="pk_seal_checkpoint"),
    )
    append_only.create(op.get_bind())


def downgrade() -> None:
    append_only.drop(op.get_bind())
    for table in ("seal_checkpoint", "seal_key", "seal_progress", "seal_tile", "seal_leaf"):
        op.drop_table(table)
    append_only.create(op.get_bind())
