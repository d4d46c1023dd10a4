"""How people get in: one-time access, second factors, who changed it last, what they are to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0016_own_access"
down_revision = "0015_stated_rows"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Stamp = sa.String(27)


def upgrade() -> None:
    op.add_column(
        "person", sa.Column("had_password", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute("UPDATE person SET had_password = true")
    op.add_column("person", sa.Column("reset_at", Stamp, nullable=True))
    op.add_column("person", sa.Column("reset_marked_until", Stamp, nullable=True))
    op.add_column("person", sa.Column("told_from", Id, nullable=True))
    op.add_column("person", sa.Column("staff_number", sa.String(40), nullable=True))
    op.create_index("uq_person_staff_number", "person", ["staff_number"], unique=True)
    op.create_table(
        "one_time_access",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("given_by", Id, nullable=True),
        sa.Column("given_at", Stamp, nullable=False),
        sa.Column("expires_at", Stamp, nullable=False),
        sa.Column("used_at", Stamp, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_one_time_access_person_id_person"),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name="fk_one_time_access_given_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_access"),
        sa.UniqueConstraint("digest", name="uq_one_time_access_digest"),
    )
    op.create_index("ix_one_time_access_person_id", "one_time_access", ["person_id"])
    _second_factors()


def _second_factors() -> None:
    op.create_table(
        "totp_factor",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", Stamp, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_totp_factor_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_totp_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("used_at", Stamp, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recovery_code_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("digest", name="uq_recovery_code_digest"),
    )
    op.create_index("ix_recovery_code_person_id", "recovery_code", ["person_id"])
    op.create_table(
        "passkey",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("credential_digest", sa.String(64), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("created_at", Stamp, nullable=False),
        sa.Column("last_used_at", Stamp, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_passkey_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_digest", name="uq_passkey_credential_digest"),
    )
    op.create_index("ix_passkey_person_id", "passkey", ["person_id"])
    op.create_table(
        "used_challenge",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", Stamp, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_challenge"),
    )
    op.create_index("ix_used_challenge_until", "used_challenge", ["until"])


def downgrade() -> None:
    # Who has no password has none afterwards either: they get a new one from the administrator.
    for table in ("used_challenge", "passkey", "recovery_code", "totp_factor", "one_time_access"):
        op.drop_table(table)
    op.drop_index("uq_person_staff_number", "person")
    for column in ("staff_number", "told_from", "reset_marked_until", "reset_at", "had_password"):
        op.drop_column("person", column)
