"""What Word files brought into drafts, until their authors have looked it through."""

import sqlalchemy as sa
from alembic import op

revision = "0007_word_imports"
down_revision = "0006_attachments"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "word_import",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("imported_by", ID, nullable=False),
        sa.Column("imported_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_word_import_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["person.id"], name=op.f("fk_word_import_imported_by_person")
        ),
        sa.PrimaryKeyConstraint("artefact_id", name=op.f("pk_word_import")),
    )


def downgrade() -> None:
    op.drop_table("word_import")
