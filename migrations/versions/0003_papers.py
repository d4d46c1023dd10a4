"""Papers as they were issued, and the brake on those who try codes out."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0003_papers"
down_revision = "0002_carried"
branch_labels = None
depends_on = None

#: 64-bit keys; SQLite counts up only plain INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "issued_paper",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("opinions", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_issued_paper_artefact_id_artefact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_paper")),
        sa.UniqueConstraint(
            "artefact_id",
            "revision",
            "seq",
            "opinions",
            name=op.f("uq_issued_paper_artefact_id_revision_seq_opinions"),
        ),
        sa.UniqueConstraint("code", name=op.f("uq_issued_paper_code")),
    )
    op.create_table(
        "check_attempt",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_check_attempt")),
    )
    op.create_index(op.f("ix_check_attempt_since"), "check_attempt", ["since"])
    append_only.create(op.get_bind())


def downgrade() -> None:
    append_only.drop(op.get_bind())
    op.drop_table("check_attempt")
    op.drop_table("issued_paper")
    append_only.create(op.get_bind())
