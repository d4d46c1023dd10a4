"""Attachments: the files, their names in documents, and the lists that are signed."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0006_attachments"
down_revision = "0005_remarks"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.String(length=27), nullable=False),
        sa.Column("scan", sa.String(length=10), nullable=False),
        sa.Column("scanned_at", sa.String(length=27), nullable=True),
        sa.Column("found", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("added_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_attachment_added_by_person")),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_attachment_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_attachment_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint(
            "artefact_id", "name", "sha256", name=op.f("uq_attachment_artefact_id_name_sha256")
        ),
    )
    op.create_table(
        "attachment_list",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_attachment_list_artefact_id_artefact")
        ),
        sa.PrimaryKeyConstraint("artefact_id", "sha256", name=op.f("pk_attachment_list")),
    )
    append_only.create(op.get_bind())


def downgrade() -> None:
    append_only.drop(op.get_bind())
    op.drop_table("attachment_list")
    op.drop_table("attachment")
    op.drop_table("stored_file")
    append_only.create(op.get_bind())
