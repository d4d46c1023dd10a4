"""A document about a person follows the person to another school, and its trail says so."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from workflow_app import clock, stamps
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.events import append, chain
from workflow_app.people.grants import valid_on
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.periods.models import Period
from workflow_app.signoff import sql
from workflow_app.store import AnySession, on, transaction_in

#: How the act is recorded: not by anybody's login, but because the register says so.
AUTH = "register"


def follow(session: AnySession, unit_ids: set[int]) -> None:
    """Move the documents of teachers whose roles at these units have changed.

    A document stays with its school while its teacher holds a role there; where they hold one at
    another school instead, that school has it from then on. Ended documents and those of past
    periods stay where they are.
    """
    for row in session.execute(_left_behind(unit_ids)).all():
        grant = _new_place(session, row.teacher_id)
        if grant is not None:
            _move(session, row, grant)


def _left_behind(unit_ids: set[int]) -> Any:
    today = clock.today().isoformat()
    touched = select(Grant.person_id).where(Grant.unit_id.in_(unit_ids))
    here = exists().where(
        Grant.person_id == Artefact.teacher_id,
        Grant.unit_id == Artefact.school_id,
        Grant.person_id == Person.id,
        *valid_on(today),
    )
    school = aliased(Unit)
    return (
        select(
            Artefact.id, Artefact.definition_id, Artefact.teacher_id, Artefact.state, Artefact.round,
            Artefact.revision, Artefact.content_sha256, Artefact.attachments_sha256, Artefact.head_seq,
            Artefact.head_hash, Artefact.updated_at, Artefact.version, Artefact.route, Artefact.due_at,
            Artefact.title, Artefact.title_salt, Artefact.period_key, Artefact.subject,
            school.name.label("school"),
        )
        .join(school, school.id == Artefact.school_id)
        .join(Period, Period.key == Artefact.period_key)
        .where(Artefact.teacher_id.in_(touched), Period.ends_on >= today, _on_its_way(), ~here)
        .order_by(Artefact.id)
        .with_for_update(of=Artefact, key_share=True)
    )  # fmt: skip


def _on_its_way() -> ColumnElement[bool]:
    clauses = [
        and_(Artefact.workflow == key, Artefact.state.in_(_moving(machine)))
        for key, machine in registry.current().items()
        if machine.definition.subject == "teacher"
    ]
    return or_(false(), *clauses)


def _moving(machine: Any) -> list[str]:
    return [name for name, state in machine.definition.states.items() if not state.final]


def _new_place(session: AnySession, person_id: int) -> Any:
    """The oldest live grant of the person at a school, with the school's name; None for none."""
    query = (
        select(Grant.id, Grant.role, Grant.unit_id, Unit.name)
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(Grant.person_id == person_id, Unit.kind == "school", *valid_on(clock.today().isoformat()))
        .order_by(Grant.starts_on, Grant.id)
    )
    return session.execute(query).first()


def _move(session: AnySession, row: Any, grant: Any) -> None:
    moment = clock.after(row.updated_at, stamps.last(on(session.connection())))
    act = append.Act(
        "follow", row.teacher_id, {"id": grant.id, "role": grant.role, "scope": grant.unit_id}, AUTH,
        f"follow:{grant.id}", moment,
    )  # fmt: skip
    identity = append.Identity(
        row.title, row.title_salt, row.period_key, row.subject, grant.unit_id, row.teacher_id
    )
    authors = session.scalars(select(Author.person_id).where(Author.artefact_id == row.id)).all()
    place = append.Place.staying(row, identity, registry.machine(row.definition_id).definition, authors)
    opinion = chain.seal_opinion(f"随教师由「{row.school}」转到「{grant.name}」。")
    event = append.seal(act, place, opinion)
    tx = transaction_in(session)
    tx.run(
        sql.CHANGE_SCHOOL,
        at_artefact=row.id,
        new_school_id=grant.unit_id,
        new_head_hash=event.hash,
        new_updated_at=moment.at,
    )
    append.send(tx, event)
