"""Indexes for what is looked up by person (the documents they write, those about them) and by kind."""

from alembic import op

revision = "0008_found_by_person"
down_revision = "0007_word_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_artefact_teacher", "artefact", ["teacher_id", "updated_at", "id"])
    op.create_index("ix_artefact_workflow", "artefact", ["workflow", "updated_at", "id"])
    op.create_index("ix_artefact_author_person", "artefact_author", ["person_id", "artefact_id"])


def downgrade() -> None:
    op.drop_index("ix_artefact_author_person", table_name="artefact_author")
    op.drop_index("ix_artefact_workflow", table_name="artefact")
    op.drop_index("ix_artefact_teacher", table_name="artefact")
