"""Remarks on sections and passages."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0005_remarks"
down_revision = "0004_search"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("quote", sa.String(length=300), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("resolved_at", sa.String(length=27), nullable=True),
        sa.Column("resolved_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_remark_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_remark_by_id_person")),
        sa.ForeignKeyConstraint(["resolved_by"], ["person.id"], name=op.f("fk_remark_resolved_by_person")),
        sa.ForeignKeyConstraint(["thread_id"], ["remark.id"], name=op.f("fk_remark_thread_id_remark")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index("ix_remark_artefact", "remark", ["artefact_id", "id"])
    append_only.create(op.get_bind())


def downgrade() -> None:
    append_only.drop(op.get_bind())
    op.drop_table("remark")
    append_only.create(op.get_bind())
