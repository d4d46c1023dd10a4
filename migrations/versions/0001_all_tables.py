"""All tables, and the triggers that keep six of them append-only."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: 64-bit keys; SQLite counts up only plain INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "definition",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_definition_key_version")),
    )
    op.create_table(
        "ended_login",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ended_login")),
    )
    op.create_index(op.f("ix_ended_login_until"), "ended_login", ["until"], unique=False)
    op.create_table(
        "holiday",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("name_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("name_digest", name=op.f("pk_login_attempt")),
    )
    op.create_table(
        "period",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=False),
        sa.Column("gate", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_period")),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.String(length=27), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    op.create_index(op.f("ix_person_sort_key"), "person", ["sort_key"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=True),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("sort_key", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_index(op.f("ix_unit_sort_key"), "unit", ["sort_key"], unique=False)
    op.create_table(
        "answered",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_answered_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_answered")),
    )
    op.create_table(
        "artefact",
        sa.Column("id", ID, nullable=False),
        sa.Column("workflow", sa.String(length=40), nullable=False),
        sa.Column("definition_id", ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("teacher_id", ID, nullable=True),
        sa.Column("period_key", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("in_force_revision", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("submitter_id", ID, nullable=True),
        sa.Column("last_signer_id", ID, nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("attachments_sha256", sa.String(length=64), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("state_since", sa.String(length=27), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_artefact_author_id_person")),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_artefact_definition_id_definition")
        ),
        sa.ForeignKeyConstraint(
            ["last_signer_id"], ["person.id"], name=op.f("fk_artefact_last_signer_id_person")
        ),
        sa.ForeignKeyConstraint(["period_key"], ["period.key"], name=op.f("fk_artefact_period_key_period")),
        sa.ForeignKeyConstraint(["school_id"], ["unit.id"], name=op.f("fk_artefact_school_id_unit")),
        sa.ForeignKeyConstraint(
            ["submitter_id"], ["person.id"], name=op.f("fk_artefact_submitter_id_person")
        ),
        sa.ForeignKeyConstraint(["teacher_id"], ["person.id"], name=op.f("fk_artefact_teacher_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artefact")),
        sa.UniqueConstraint(
            "workflow", "subject", "period_key", name=op.f("uq_artefact_workflow_subject_period_key")
        ),
    )
    op.create_index("ix_artefact_author", "artefact", ["author_id", "updated_at", "id"], unique=False)
    op.create_index("ix_artefact_school", "artefact", ["school_id", "updated_at", "id"], unique=False)
    op.create_index("ix_artefact_updated", "artefact", ["updated_at", "id"], unique=False)
    op.create_index(
        "ix_artefact_workflow_state", "artefact", ["workflow", "state", "updated_at", "id"], unique=False
    )
    op.create_table(
        "grant_",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=True),
        sa.Column("given_by", ID, nullable=True),
        sa.Column("given_at", sa.String(length=27), nullable=False),
        sa.Column("ended_by", ID, nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_grant__ended_by_person")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_grant__given_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grant__person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_grant__unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_")),
    )
    op.create_index("ix_grant_person", "grant_", ["person_id"], unique=False)
    op.create_index("ix_grant_seat", "grant_", ["unit_id", "role"], unique=False)
    op.create_table(
        "registry_event",
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_registry_event_actor_id_person")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_registry_event_person_id_person")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_registry_event")),
    )
    op.create_index(op.f("ix_registry_event_at"), "registry_event", ["at"], unique=False)
    op.create_index(
        "ix_registry_person",
        "registry_event",
        ["person_id", "seq"],
        unique=False,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index("ix_registry_subject", "registry_event", ["subject", "seq"], unique=False)
    op.create_table(
        "route",
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["unit.id"], name=op.f("fk_route_department_id_unit")),
        sa.PrimaryKeyConstraint("stage", "position", name=op.f("pk_route")),
    )
    op.create_table(
        "token",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("may_sign", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=True),
        sa.Column("revoked_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    op.create_index(op.f("ix_token_person_id"), "token", ["person_id"], unique=False)
    op.create_table(
        "artefact_author",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_artefact_author_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_artefact_author_person_id_person")
        ),
        sa.PrimaryKeyConstraint("artefact_id", "person_id", name=op.f("pk_artefact_author")),
    )
    op.create_table(
        "draft",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("saved_by", ID, nullable=False),
        sa.Column("saved_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["artefact_id"], ["artefact.id"], name=op.f("fk_draft_artefact_id_artefact")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_draft_saved_by_person")),
        sa.PrimaryKeyConstraint("artefact_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("signs", sa.Boolean(), nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_event_actor_id_person")),
        sa.ForeignKeyConstraint(["artefact_id"], ["artefact.id"], name=op.f("fk_event_artefact_id_artefact")),
        sa.ForeignKeyConstraint(["school_id"], ["unit.id"], name=op.f("fk_event_school_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("artefact_id", "seq", name=op.f("uq_event_artefact_id_seq")),
    )
    op.create_index("ix_event_action", "event", ["action", "at", "id"], unique=False)
    op.create_index("ix_event_actor", "event", ["actor_id", "at", "id"], unique=False)
    op.create_index("ix_event_at", "event", ["at", "id"], unique=False)
    op.create_index(
        "ix_event_handled",
        "event",
        ["actor_id", "at", "id"],
        unique=False,
        sqlite_where=sa.text("handled = 1"),
        postgresql_where=sa.text("handled"),
    )
    op.create_index("ix_event_school", "event", ["school_id", "at", "id"], unique=False)
    op.create_index(
        "uq_event_signature",
        "event",
        ["artefact_id", "round", "actor_id"],
        unique=True,
        sqlite_where=sa.text("signs = 1"),
        postgresql_where=sa.text("signs"),
    )
    op.create_table(
        "event_statement",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_event_statement_artefact_id_artefact")
        ),
        sa.PrimaryKeyConstraint("artefact_id", "seq", name=op.f("pk_event_statement")),
    )
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_notice_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_artefact", "notice", ["artefact_id", "seq"], unique=False)
    op.create_index("ix_notice_person", "notice", ["purpose", "person_id", "at", "id"], unique=False)
    op.create_index("ix_notice_seat", "notice", ["purpose", "role", "unit_id", "at", "id"], unique=False)
    op.create_index(
        "ix_notice_unsent",
        "notice",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "point",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_by", ID, nullable=False),
        sa.Column("raised_at", sa.String(length=27), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_point_answered_by_person")),
        sa.ForeignKeyConstraint(["artefact_id"], ["artefact.id"], name=op.f("fk_point_artefact_id_artefact")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_point_closed_by_person")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_point_raised_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point")),
    )
    op.create_index("ix_point_artefact", "point", ["artefact_id", "id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("attachments_sha256", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", sa.String(length=27), nullable=False),
        sa.Column("frozen_by", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefact.id"], name=op.f("fk_revision_artefact_id_artefact")
        ),
        sa.ForeignKeyConstraint(["frozen_by"], ["person.id"], name=op.f("fk_revision_frozen_by_person")),
        sa.PrimaryKeyConstraint("artefact_id", "number", name=op.f("pk_revision")),
    )
    op.create_table(
        "task",
        sa.Column("id", ID, nullable=False),
        sa.Column("artefact_id", ID, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["artefact_id"], ["artefact.id"], name=op.f("fk_task_artefact_id_artefact")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_artefact",
        "task",
        ["artefact_id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_task_person",
        "task",
        ["person_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_task_seat",
        "task",
        ["role", "unit_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    append_only.create(op.get_bind())


def downgrade() -> None:
    append_only.drop(op.get_bind())
    op.drop_table("task")
    op.drop_table("revision")
    op.drop_table("point")
    op.drop_table("notice")
    op.drop_table("event_statement")
    op.drop_table("event")
    op.drop_table("draft")
    op.drop_table("artefact_author")
    op.drop_table("token")
    op.drop_table("route")
    op.drop_table("registry_event")
    op.drop_table("grant_")
    op.drop_table("artefact")
    op.drop_table("answered")
    op.drop_table("unit")
    op.drop_table("person")
    op.drop_table("period")
    op.drop_table("login_attempt")
    op.drop_table("holiday")
    op.drop_table("ended_login")
    op.drop_table("definition")
