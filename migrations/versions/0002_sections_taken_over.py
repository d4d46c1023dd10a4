"""Sections taken over from an older document that have to be renewed."""

import sqlalchemy as sa
from alembic import op

revision = "0002_carried"
down_revision = "0001"
branch_labels = None
depends_on = None

#: 64-bit keys; SQLite counts up only plain INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "carried",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("value_sha256", sa.String(length=64), nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("source_revision", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", ID, nullable=True),
        sa.Column("confirmed_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_carried_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_carried_confirmed_by_person")),
        sa.ForeignKeyConstraint(["source_id"], ["artefact.id"], name=op.f("fk_carried_source_id_artefact")),
        sa.PrimaryKeyConstraint("artefact_id", "field", name=op.f("pk_carried")),
    )


def downgrade() -> None:
    op.drop_table("carried")
