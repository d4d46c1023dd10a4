"""Whose turn it is: the seats and persons a document waits for after a step, and who gets a copy."""

from collections.abc import Iterable
from typing import Any

from workflow_app.signoff import holders
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.holders import HeldGrant, Holders, Situated
from workflow_app.store import Reader
from workflows.definition import Action, Definition, Rung, Seat
from workflows.machine import Transition
from workflows.vocabulary import FAR_PLACES

#: Somebody asked: a seat (role at a unit) or a person; the columns of a task and of a notice.
Assignee = dict[str, Any]


def person(person_id: int) -> Assignee:
    return {"role": None, "unit_id": None, "person_id": person_id}


def seat(role: str, unit_id: int) -> Assignee:
    return {"role": role, "unit_id": unit_id, "person_id": None}


def assignees(
    reader: Reader, context: DocumentContext, action: Action, transition: Transition, leg: int
) -> list[Assignee]:
    """Who is asked once ``action`` has led to where ``transition`` says, on that leg of the route."""
    state = context.definition.states[transition.to]
    if not state.asks:
        return []
    if not state.ladder:
        writers = sorted({context.row.author_id, context.row.submitter_id or context.row.author_id})
        held = holders.of_people(reader, writers, context.day)
        return drafters(context.definition, context.row, writers, held)
    out = context.machine.out_after(action, context.me, context.case.signed)
    rung, department, held = transition.next_rung, context.department_id, context.held
    if rung is None or context.department_at(leg) != department:
        department = context.department_at(leg)
        held = holders.near(reader, context.me, context.row, department, context.day)
        rung = _rung(context, transition.to, department, held, out)
        if not rung:
            held += holders.far(reader, context.day)
            rung = _rung(context, transition.to, department, held, out)
    return seats(context.row, rung, department, held, context.authors | out)


def _rung(
    context: DocumentContext, state: str, department: int | None, held: Holders, out: frozenset[int]
) -> Rung:
    seats = holders.seats(context.machine, context.row, department, held, context.authors)
    return context.machine.rung(state, seats, out)


def seats(
    row: Situated, rung: Rung, department: int | None, held: Holders, out: frozenset[int]
) -> list[Assignee]:
    """The units at which somebody who is not ``out`` holds a seat of the rung."""
    wanted = {one.relation for one in rung}
    asked = {
        (item.role, item.unit_id)
        for item in held
        if item.person_id not in out
        for place in holders.places(row, department, item.unit_id, item.unit_kind)
        if f"{item.role}@{place}" in wanted
    }
    return [seat(role, unit_id) for role, unit_id in sorted(asked)]


def drafters(
    definition: Definition, row: Situated, writers: list[int], held: Iterable[HeldGrant]
) -> list[Assignee]:
    """Who must go on writing: those who wrote it and still draft at its school, else whoever drafts there.

    ``held``: what the writers hold now.
    """
    if definition.drafted_by == "subject":
        return [person(row.teacher_id)] if row.teacher_id else []
    roles = [one.role for one in definition.drafted_by]
    able = {grant.person_id for grant in held if grant.unit_id == row.school_id and grant.role in roles}
    if able:
        return [person(one) for one in writers if one in able]
    return [seat(role, row.school_id) for role in sorted(roles)]


def copies(reader: Reader, context: DocumentContext, action: Action) -> list[Assignee]:
    """The seats that get a copy （抄送） of ``action``."""
    asked = {(one.role, unit) for one in action.copies_to for unit in _units_of(reader, context, one)}
    return [seat(role, unit) for role, unit in sorted(asked)]


def _units_of(reader: Reader, context: DocumentContext, wanted: Seat) -> set[int]:
    row = context.row
    if wanted.at in FAR_PLACES:
        return {
            item.unit_id
            for item in holders.far(reader, context.day)
            if item.role == wanted.role
            and wanted.at in holders.places(row, context.department_id, item.unit_id, item.unit_kind)
        }
    near = {"school": row.school_id, "parent": row.parent_school_id, "department": context.department_id}
    unit = near[wanted.at]
    return {unit} if unit else set()
