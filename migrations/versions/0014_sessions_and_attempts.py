"""Sessions as rows, wrong passwords counted by address too, former passwords."""

import sqlalchemy as sa
from alembic import op

revision = "0014_sessions_and_attempts"
down_revision = "0013_seal"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Stamp = sa.String(27)
Digest = sa.String(64)


def upgrade() -> None:
    op.add_column("person", sa.Column("password_set_at", Stamp, nullable=True))
    # What was counted until now is forgotten: it is hours old at most.
    op.drop_table("login_attempt")
    op.create_table(
        "login_attempt",
        sa.Column("digest", Digest, nullable=False),
        sa.Column("fades_at", Stamp, nullable=False),
        sa.Column("locked_until", Stamp, nullable=False),
        sa.Column("counted_at", Stamp, nullable=False),
        sa.Column("under_way", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_fades_at", "login_attempt", ["fades_at"])
    # Sessions of before have no row and have ended: everybody logs in once more.
    op.drop_table("ended_login")
    op.create_table(
        "login_session",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", Digest, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.Column("started_at", Stamp, nullable=False),
        sa.Column("seen_at", Stamp, nullable=False),
        sa.Column("ends_at", Stamp, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_login_session_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("digest", name="uq_login_session_digest"),
    )
    op.create_index("ix_login_session_person_id", "login_session", ["person_id"])
    op.create_index("ix_login_session_ends_at", "login_session", ["ends_at"])
    op.create_table(
        "former_password",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("until", Stamp, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_former_password_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_former_password"),
    )
    op.create_index("ix_former_password_person_id", "former_password", ["person_id"])


def downgrade() -> None:
    op.drop_table("former_password")
    op.drop_table("login_session")
    op.drop_table("login_attempt")
    op.drop_column("person", "password_set_at")
    op.create_table(
        "login_attempt",
        sa.Column("name_digest", Digest, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", Stamp, nullable=True),
        sa.PrimaryKeyConstraint("name_digest", name="pk_login_attempt"),
    )
    op.create_table(
        "ended_login",
        sa.Column("digest", Digest, nullable=False),
        sa.Column("until", Stamp, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ended_login"),
    )
    op.create_index("ix_ended_login_until", "ended_login", ["until"])
