"""The last saves of a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0011_draft_saves"
down_revision = "0010_search_due"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "draft_save",
        sa.Column("id", Id, nullable=False),
        sa.Column("artefact_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("saved_by", Id, nullable=False),
        sa.Column("saved_at", sa.String(27), nullable=False),
        sa.Column("slot", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["artefact_id"], ["artefact.id"], name="fk_draft_save_artefact_id_artefact"),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name="fk_draft_save_saved_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_save"),
        sa.UniqueConstraint(
            "artefact_id", "saved_by", "slot", name="uq_draft_save_artefact_id_saved_by_slot"
        ),
    )


def downgrade() -> None:
    op.drop_table("draft_save")
