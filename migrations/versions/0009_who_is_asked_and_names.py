"""What reviewers may read, in which step a point was raised, names of former times, what runs daily."""

import sqlalchemy as sa
from alembic import op

revision = "0009_who_is_asked_and_names"
down_revision = "0008_found_by_person"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "artefact", sa.Column("submitted_revision", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute("UPDATE artefact SET submitted_revision = revision")
    op.add_column("artefact", sa.Column("points_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("point", sa.Column("raised_in", sa.String(40), nullable=False, server_default=""))
    op.execute(
        "UPDATE point SET raised_in = COALESCE((SELECT event.from_state FROM event"
        " WHERE event.artefact_id = point.artefact_id AND event.at = point.raised_at), '')"
    )
    op.create_table(
        "daily_run",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_daily_run"),
    )
    op.create_table(
        "former_name",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_former_name_person_id_person"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_former_name_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_former_name"),
    )
    op.create_index("ix_former_name_person", "former_name", ["person_id", "until"])
    op.create_index("ix_former_name_unit", "former_name", ["unit_id", "until"])


def downgrade() -> None:
    op.drop_table("former_name")
    op.drop_table("daily_run")
    op.drop_column("point", "raised_in")
    op.drop_column("artefact", "points_version")
    op.drop_column("artefact", "submitted_revision")
