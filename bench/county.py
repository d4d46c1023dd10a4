"""A county of any size, written straight into the tables: documents waiting, with five events each."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import insert

from tests.builders import PASSWORD, plan_of_a_teacher
from workflow_app import canonical, clock
from workflow_app.artefacts.models import Artefact, Author, Draft, Revision
from workflow_app.definitions import registry
from workflow_app.events import chain
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people import passwords
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.signoff.models import Notice, Task
from workflow_app.store import writing

#: Parents before children.
ORDER = (Unit, Person, Grant, Artefact, Author, Draft, Revision, Event, Task, Notice)
BATCH = 2000
#: Rows to insert, by model.
Rows = dict[Any, list[dict[str, Any]]]
TEACHERS_PER_SCHOOL = 50
PERIOD = "2026-2027"


def fill(here: Any, documents: int, content: Callable[[int], dict[str, Any]] | None = None) -> None:
    """``documents`` development plans in training_review, each of a teacher of its own.

    ``content`` makes the content of a document out of its number; without it all have the same.

    Schools of fifty teachers, a principal each; all of them primary schools.
    """
    # A hash made once: how passwords are checked is not what is measured here.
    hashed = passwords.hash_password(PASSWORD)
    same = canonical.dumps(plan_of_a_teacher())
    body = (lambda number: canonical.dumps(content(number))) if content else (lambda _number: same)
    registry.definition_id("development_plan")  # stored before the transaction begins
    with writing() as session:
        for rows in _rows(here, documents, hashed, body):
            for model in ORDER:
                if model in rows:
                    session.execute(insert(model.__table__), rows[model])
        if db.engine.dialect.name == "postgresql":
            for table in ("unit", "person", "grant_", "artefact", "event", "task", "notice"):
                _advance(session, table)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _advance(session: Any, table: str) -> None:
    """Keys were written by hand: set PostgreSQL's sequence to where they end."""
    from sqlalchemy import text

    name = f"pg_get_serial_sequence('{table}', 'id')"
    session.execute(text(f"SELECT setval({name}, (SELECT max(id) FROM {table}))"))


def _rows(
    here: Any, documents: int, hashed: str, body: Callable[[int], bytes]
) -> Iterator[dict[Any, list[dict[str, Any]]]]:
    machine = registry.current()["development_plan"]
    definition_id = registry.definition_id("development_plan")
    first = 100_000
    batch: Rows = {}
    start = clock.parse("2026-09-01T00:00:00.000000Z").timestamp()
    for number in range(documents):
        school = first + number // TEACHERS_PER_SCHOOL
        teacher = first + 2 * number
        principal = first + 2 * (number - number % TEACHERS_PER_SCHOOL) + 1
        if number % TEACHERS_PER_SCHOOL == 0:
            _add(batch, Unit, id=school, kind="school", name=f"第{school}小学", stage="小学",
                 parent_id=here.the_county, sort_key=f"{school}")  # fmt: skip
            _person(batch, principal, hashed)
            _grant(batch, principal, "principal", school)
        _person(batch, teacher, hashed)
        _grant(batch, teacher, "teacher", school)
        at = [_stamp(start + number * 6 + step) for step in range(5)]
        _document(
            batch, first + number, teacher, principal, school, here, machine, definition_id, body(number), at
        )
        if number % BATCH == BATCH - 1:
            yield batch
            batch = {}
    yield batch


def _stamp(seconds: float) -> str:
    from datetime import UTC, datetime

    return clock.stamp(datetime.fromtimestamp(seconds, UTC))


def _add(batch: Rows, model: Any, **values: Any) -> None:
    batch.setdefault(model, []).append(values)


def _person(batch: Rows, number: int, hashed: str) -> None:
    _add(batch, Person, id=number, username=f"p{number}", name=f"教师{number}", sort_key=f"{number}",
         password_hash=hashed, epoch=0, must_change_password=False, had_password=True,
         created_at="2026-08-01T00:00:00.000000Z")  # fmt: skip


def _grant(batch: Rows, person: int, role: str, unit: int) -> None:
    _add(batch, Grant, id=person, person_id=person, role=role, unit_id=unit, starts_on="2025-09-01",
         given_at="2026-08-01T00:00:00.000000Z")  # fmt: skip


def _document(
    batch: Rows,
    number: int,
    teacher: int,
    principal: int,
    school: int,
    here: Any,
    machine: Any,
    definition_id: int,
    body: bytes,
    at: list[str],
) -> None:
    """create, submit, withdraw, submit, sign: five events, now waiting for the department's lead."""
    digest = canonical.sha256(body)
    acts = [
        ("create", None, "draft", teacher, 0, 0),
        ("submit", "draft", "school_review", teacher, 1, 1),
        ("withdraw", "school_review", "draft", teacher, 1, 1),
        ("submit", "draft", "school_review", teacher, 2, 2),
        ("sign", "school_review", "training_review", principal, 2, 2),
    ]
    prev = canonical.ZEROS
    for index, (action, source, to, actor, round_, revision) in enumerate(acts):
        sealed = chain.seal_event(
            {
                "artefact": number, "seq": index + 1,
                "workflow": {"key": "development_plan", "version": machine.definition.version},
                "action": action, "from": source, "to": to, "round": round_, "revision": revision,
                "actor": actor, "on_behalf_of": None,
                "grant": {"id": actor, "role": "principal" if index == 4 else "teacher", "scope": school},
                "auth": "password", "content_sha256": digest,
                "attachments_sha256": canonical.EMPTY_LIST_SHA256, "comment_sha256": None, "prev": prev,
                "at": at[index], "key": f"bench-{number}-{index}",
            }
        )  # fmt: skip
        _add(batch, Event, id=(number - 100_000) * 5 + index + 1_000_000, artefact_id=number, seq=index + 1,
             at=at[index], actor_id=actor, action=action, from_state=source, to_state=to, round=round_,
             revision=revision, school_id=school, signs=action == "sign", handled=action == "sign",
             body=sealed.body, hash=sealed.hash)  # fmt: skip
        prev = sealed.hash
    due = clock.stamp(clock.parse(at[4]).replace(month=12))
    _add(batch, Artefact, id=number, workflow="development_plan", definition_id=definition_id,
         title=f"教师{teacher}2026—2027学年个人专业发展计划", subject=f"person:{teacher}", school_id=school,
         teacher_id=teacher, period_key=PERIOD, state="training_review", version=6, revision=2,
         submitted_revision=2, round=2,
         route=str(here.primary_department), leg=0, author_id=teacher, submitter_id=teacher,
         last_signer_id=principal, content_sha256=digest,
         attachments_sha256=canonical.EMPTY_LIST_SHA256, head_seq=5, head_hash=prev, state_since=at[4],
         due_at=due, created_at=at[0], updated_at=at[4])  # fmt: skip
    _add(batch, Author, artefact_id=number, person_id=teacher, since=at[0])
    _add(batch, Draft, artefact_id=number, content=body, problems=0, saved_by=teacher, saved_at=at[0])
    for revision in (1, 2):
        _add(batch, Revision, artefact_id=number, number=revision, content=body, content_sha256=digest,
             attachments_sha256=canonical.EMPTY_LIST_SHA256, frozen_at=at[3], frozen_by=teacher)  # fmt: skip
    _add(batch, Task, id=number, artefact_id=number, state="training_review", role="lead",
         unit_id=here.primary_department, opened_at=at[4], due_at=due)  # fmt: skip
    _add(batch, Notice, id=number, artefact_id=number, seq=5, purpose="todo", role="lead",
         unit_id=here.primary_department, at=at[4])  # fmt: skip
