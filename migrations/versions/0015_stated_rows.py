"""Titles get a salt to be hashed with; the register's log states every row as it stands now.

What entries and events have said up to now does not suffice to make the rows again. So they are stated
once, as they are found: whatever is changed from here on shows, what was changed before does not.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only, canonical

revision = "0015_stated_rows"
down_revision = "0014_sessions_and_attempts"
branch_labels = None
depends_on = None

#: Kind of row, table, the columns of its key, those that are stated, those of which only the digest is.
STATED = (
    ("unit", "unit", "id", "kind stage parent_id", ""),
    ("person", "person", "id", "epoch must_change_password disabled_at", "password_hash"),
    (
        "grant", "grant_", "id",
        "person_id role unit_id starts_on ends_on given_by given_at ended_by ended_at", "",
    ),
    ("route", "route", "stage position", "department_id", ""),
    (
        "token", "token", "id",
        "person_id digest may_sign epoch created_at expires_at revoked_at", "",
    ),
    ("period", "period", "key", "kind name starts_on ends_on gate", ""),
    ("holiday", "holiday", "day", "name working", ""),
    ("paper", "issued_paper", "id", "artefact_id revision seq opinions sha256 issued_at", "code"),
)  # fmt: skip
FLAGS = ("must_change_password", "may_sign", "working", "opinions")
#: So many rows are stated by one entry.
PART = 500


def upgrade() -> None:
    op.add_column("artefact", sa.Column("title_salt", sa.String(64), nullable=False, server_default=""))
    bind = op.get_bind()
    random = (
        "lower(hex(randomblob(32)))"
        if bind.dialect.name == "sqlite"
        else "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
    )
    op.execute(f"UPDATE artefact SET title_salt = {random}")  # noqa: S608
    _state(bind)
    append_only.create(bind)


def downgrade() -> None:
    op.drop_column("artefact", "title_salt")
    append_only.create(op.get_bind())


def _state(bind: sa.Connection) -> None:
    last = bind.execute(
        sa.text("SELECT seq, hash, body FROM registry_event ORDER BY seq DESC LIMIT 1")
    ).first()
    if last and canonical.facts(bytes(last.body)).get("v") != 1:
        return  # stated before, and every change since
    seq, prev = (last.seq, last.hash) if last else (0, canonical.ZEROS)
    newest = bind.execute(
        sa.text("SELECT (SELECT max(at) FROM event), (SELECT max(at) FROM registry_event)")
    ).one()
    now = datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    at = max([now, *filter(None, newest)])
    rows = [*_rows(bind), *_documents(bind)]
    for start in range(0, len(rows), PART):
        seq, prev = _append(bind, seq + 1, prev, at, dict(rows[start : start + PART]))


def _rows(bind: sa.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, table, key, columns, digested in STATED:
        names = (*key.split(), *columns.split(), *digested.split())
        quoted = ", ".join(f'"{name}"' for name in names)
        for row in bind.execute(sa.text(f"SELECT {quoted} FROM {table}")).mappings().all():  # noqa: S608
            said: dict[str, Any] = {
                name: bool(row[name]) if name in FLAGS else row[name] for name in columns.split()
            }
            for name in digested.split():
                said[f"{name}_sha256"] = sha256(str(row[name]).encode()).hexdigest()
            yield ":".join([kind, *(str(row[name]) for name in key.split())]), said


def _documents(bind: sa.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    authors: dict[int, list[int]] = {}
    for artefact, person in bind.execute(sa.text("SELECT artefact_id, person_id FROM artefact_author")):
        authors.setdefault(artefact, []).append(person)
    query = sa.text(
        "SELECT id, title, title_salt, period_key, subject, school_id, teacher_id, head_seq, version,"
        " route, due_at FROM artefact"
    )
    for row in bind.execute(query).all():
        title = sha256(bytes.fromhex(row.title_salt) + row.title.encode()).hexdigest()
        yield (
            f"document:{row.id}",
            {
                "seq": row.head_seq,
                "document": {
                    "title_sha256": title, "period": row.period_key, "subject": row.subject,
                    "school": row.school_id, "teacher": row.teacher_id,
                },
                "authors": sorted(authors.get(row.id, [])), "version": row.version,
                "route": row.route, "due": row.due_at,
            },
        )  # fmt: skip


def _append(bind: sa.Connection, seq: int, prev: str, at: str, rows: dict[str, Any]) -> tuple[int, str]:
    body = canonical.dumps(
        {
            "v": 2, "log": "registry", "seq": seq, "at": at, "clock": None, "actor": None,
            "action": "register:snapshot", "subject": "register:all", "person": None,
            "facts": {}, "rows": rows, "prev": prev,
        }
    )  # fmt: skip
    digest = sha256(body).hexdigest()
    bind.execute(
        sa.text(
            "INSERT INTO registry_event (seq, at, actor_id, action, subject, person_id, body, hash)"
            " VALUES (:seq, :at, NULL, 'register:snapshot', 'register:all', NULL, :body, :hash)"
        ),
        {"seq": seq, "at": at, "body": body, "hash": digest},
    )
    return seq, digest
