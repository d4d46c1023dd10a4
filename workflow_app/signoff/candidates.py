"""Whose turn it is: the seats a document waits for, kept as open tasks."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow_app import clock
from workflow_app.artefacts.models import Artefact
from workflow_app.people.models import Route, Unit
from workflow_app.signoff.context import (
    FAR_PLACES,
    DocumentContext,
    HeldGrant,
    department_at,
    far,
    load,
    near,
    places,
    seats,
)
from workflow_app.signoff.models import Task
from workflow_app.store import Reader, Reading
from workflows.definition import Action, Seat

Asked = Mapping[str, Any]


def _person(person_id: int) -> Asked:
    return {"role": None, "unit_id": None, "person_id": person_id}


def assignees(
    reader: Reader, context: DocumentContext, action: Action, to_state: str, leg: int
) -> list[Asked]:
    """Who is asked once ``action`` has led to ``to_state``: seats of the open rung, or the authors."""
    state = context.machine.definition.states[to_state]
    if not state.ladder:
        submitter = context.row.submitter_id or context.row.author_id
        returned = state.waits_for == "author" and state.tone == "returned"
        return [_person(person) for person in sorted({context.row.author_id, submitter})] if returned else []
    department = department_at(context, leg)
    held = context.held
    if department != context.department_id:
        held = near(reader, context, department)
    out = context.machine.out_after(action, context.me, context.case.signed)
    return _rung_seats(reader, context, to_state, department, held, out)


def _rung_seats(
    reader: Reader,
    context: DocumentContext,
    state: str,
    department: int | None,
    held: tuple[HeldGrant, ...],
    out: frozenset[int],
) -> list[Asked]:
    machine, row, authors = context.machine, context.row, context.authors
    rung = machine.rung(state, seats(machine, row, department, held, authors), out)
    if not rung and department != context.department_id:
        held += far(reader, context.day)
        rung = machine.rung(state, seats(machine, row, department, held, authors), out)
    wanted = {seat.relation for seat in rung}
    asked = {
        (item.role, item.unit_id)
        for item in held
        if item.person_id not in authors | out
        for place in places(row, department, item.unit_id, item.unit_kind)
        if f"{item.role}@{place}" in wanted
    }
    return [{"role": role, "unit_id": unit_id, "person_id": None} for role, unit_id in sorted(asked)]


def copies(reader: Reader, context: DocumentContext, action: Action) -> list[Asked]:
    """The seats that get a copy （抄送） of ``action``."""
    asked = {(seat.role, unit) for seat in action.copies_to for unit in _units_of(reader, context, seat)}
    return [{"role": role, "unit_id": unit, "person_id": None} for role, unit in sorted(asked)]


def _units_of(reader: Reader, context: DocumentContext, seat: Seat) -> set[int]:
    row = context.row
    if seat.at in FAR_PLACES:
        return {
            item.unit_id
            for item in far(reader, context.day)
            if item.role == seat.role
            and seat.at in places(row, context.department_id, item.unit_id, item.unit_kind)
        }
    unit = {"school": row.school_id, "parent": row.parent_id, "department": context.department_id}[seat.at]
    return {unit} if unit else set()


def reassign(session: Session, unit_ids: set[int]) -> None:
    """Roles at these units have changed: ask whoever may sign now.

    Runs inside the transaction that changed the roles (see ``people.service.grant_listeners``), so
    that no document waits for somebody who has left.
    """
    reader = Reading(session.connection())
    for artefact_id in session.scalars(_waiting_near(unit_ids)).all():
        context = load(reader, 0, artefact_id)
        if context is None:
            continue
        state = context.row.state
        asked = _rung_seats(reader, context, state, context.department_id, context.held, context.case.signed)
        _replace_tasks(session, artefact_id, state, asked)


def _waiting_near(unit_ids: Iterable[int]) -> Any:
    """Documents with an open task for a seat, whose school, parent or departments are among the units."""
    ids = list(unit_ids)
    schools = select(Unit.id).where(
        or_(
            Unit.id.in_(ids),
            Unit.parent_id.in_(ids),
            Unit.stage.in_(select(Route.stage).where(Route.department_id.in_(ids))),
        )
    )
    return (
        select(Task.artefact_id)
        .join(Artefact, Artefact.id == Task.artefact_id)
        .where(Task.closed_at.is_(None), Task.role.is_not(None), Artefact.school_id.in_(schools))
        .distinct()
    )


def _replace_tasks(session: Session, artefact_id: int, state: str, asked: list[Asked]) -> None:
    opened = session.scalars(
        select(Task).where(Task.artefact_id == artefact_id, Task.closed_at.is_(None))
    ).all()
    before = {(task.role, task.unit_id) for task in opened}
    after = {(seat["role"], seat["unit_id"]) for seat in asked}
    if before == after or not asked:
        return  # nobody at all: the task stays with the old seat, and doctor shows it
    now = clock.stamp(clock.now())
    for task in opened:
        task.closed_at = now
    for seat in asked:
        session.add(
            Task(
                artefact_id=artefact_id,
                state=state,
                opened_at=opened[0].opened_at,
                due_at=opened[0].due_at,
                **seat,
            )
        )
