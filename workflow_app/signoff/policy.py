"""May this person do this now, and if not, why not; who may read what. Decided here and nowhere else.

Deny by default. The machine (``workflows``) judges a case; this module gathers the case and adds what
the machine leaves to the house: reading, drafting, administering.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.errors import NotFound
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.people.service import live_grants
from workflow_app.signoff.context import DocumentContext, load
from workflow_app.signoff.models import Task
from workflow_app.store import Reader, reading
from workflows.definition import Definition, ReaderRule
from workflows.guards import Reason
from workflows.machine import Answer

#: What of a document somebody sees: the draft being typed, what was submitted, what is in force.
Level = Literal["draft", "submitted", "approved"]
Column = InstrumentedAttribute[int]
#: So many ids are handed to the database as a list.
FEW = 200


# --- one document ----------------------------------------------------------------------------


def standing(person_id: int, artefact_id: int, reader: Reader | None = None) -> DocumentContext | None:
    """The person's standing before the document, or None when they may not know it exists."""
    reader = reader or reading()
    context = load(reader, person_id, artefact_id)
    return context if context and level(context) else None


def context_in(tx: Reader, person_id: int, artefact_id: int) -> DocumentContext:
    """The person before the document, inside a transaction. Raises NotFound."""
    context = load(tx, person_id, artefact_id)
    if context is None or level(context) is None:
        raise NotFound
    return context


def actions_for(person_id: int, artefact_id: int) -> tuple[Answer, ...]:
    """Every action of the document with allowed and reason; nothing for what one may not read."""
    context = standing(person_id, artefact_id)
    return context.machine.ask(context.case) if context else ()


def level(context: DocumentContext) -> Level | None:
    """What of the document this person may see now; None for nothing at all."""
    row, case = context.row, context.case
    relations = case.relations
    if relations & {"author", "drafter", "subject"} or _reads(context, None):
        return "draft"
    rung = context.machine.open_rung(row.state, case)
    if row.revision and any(seat.relation in relations for seat in rung):
        return "submitted"
    if row.revision and (_reads(context, "submitted") or took_part(context.me, row.id)):
        return "submitted"
    if row.in_force_revision is not None and (_reads(context, "approved") or _shared(context)):
        return "approved"
    return None


def _reads(context: DocumentContext, once: str | None) -> bool:
    rules = [rule for rule in context.machine.definition.readers if rule.once == once]
    return any(rule.relation in context.case.relations or _on_the_route(context, rule) for rule in rules)


def _on_the_route(context: DocumentContext, rule: ReaderRule) -> bool:
    """A department reads from the start what it will argue, though others come before it."""
    return rule.at == "department" and any(
        item.person_id == context.me and item.role == rule.role and item.unit_id in context.department_ids
        for item in context.held
    )


def _shared(context: DocumentContext) -> bool:
    if not (context.machine.definition.shareable and current_app.config["SETTINGS"].share_approved):
        return False
    return any(grant.role != "administrator" for grant in live_grants(context.me))


def took_part(person_id: int, artefact_id: int) -> bool:
    """Whether the person has acted on the document as somebody else's."""
    query = exists().where(Event.artefact_id == artefact_id, Event.actor_id == person_id, Event.handled)
    return bool(db.session.scalar(select(query)))


def may_read(person_id: int, artefact_id: int) -> bool:
    return standing(person_id, artefact_id) is not None


def edit_refusal(context: DocumentContext) -> Reason | None:
    """Why this person may not type into the document now, or None when they may."""
    state = context.machine.definition.states[context.row.state]
    if not state.editable:
        return Reason("wrong_state", {"state_zh": state.title.zh, "state_en": state.title.en})
    if "drafter" not in context.case.relations:
        return Reason("not_drafter")
    return None if context.period_open else Reason("period_closed")


def may_edit(person_id: int, artefact_id: int) -> Reason | None:
    context = standing(person_id, artefact_id)
    return edit_refusal(context) if context else Reason("no_right")


def would_sign(context: DocumentContext) -> bool:
    """Whether typing into the draft would cost this person the right to sign it."""
    ladders = {seat for seat in context.machine.seats if seat in context.case.relations}
    return bool(ladders) and "author" not in context.case.relations


def side(context: DocumentContext) -> str:
    """``school`` for those of the school (and of its parent school), ``panel`` for everybody beyond."""
    near = any(name.endswith(("@school", "@parent")) for name in context.case.relations)
    return "school" if near or context.case.relations & {"author", "drafter", "subject"} else "panel"


def reads_remarks(context: DocumentContext) -> tuple[str, ...]:
    """For whom a remark must be for this person to read it; () for none at all."""
    if level(context) not in ("draft", "submitted"):
        return ()
    return (
        ("all", "school", "panel") if "auditor@county" in context.case.relations else ("all", side(context))
    )


def remark_audiences(context: DocumentContext) -> tuple[str, ...]:
    """For whom this person may write remarks now, the proposed one first; () when they may not."""
    state = context.machine.definition.states[context.row.state]
    seats = {name for name in context.case.relations if "@" in name} - {"auditor@county"}
    if (
        state.final
        or not reads_remarks(context)
        or not (seats or context.case.relations & {"author", "subject"})
    ):
        return ()
    return tuple(audience for audience in state.remarks if audience in ("all", side(context)))


# --- many documents --------------------------------------------------------------------------


def visible_to(person_id: int) -> list[ColumnElement[bool]]:
    """The documents this person may know of: conditions over ``Artefact``, of which one is enough."""
    return [clause for clauses in _visible(person_id).values() for clause in clauses]


def visible_by_level(person_id: int) -> dict[Level, ColumnElement[bool]]:
    """For each level, where this person has it or (see ``level``) a higher one as well."""
    return {at: or_(false(), *clauses) for at, clauses in _visible(person_id).items()}


def _visible(person_id: int) -> dict[Level, list[ColumnElement[bool]]]:
    grants = live_grants(person_id)
    found: dict[Level, list[ColumnElement[bool]]] = {
        "draft": [
            Artefact.author_id == person_id,
            Artefact.id.in_(select(Author.artefact_id).where(Author.person_id == person_id)),
        ],
        "submitted": [
            _named_by(Event.artefact_id, Event.actor_id == person_id, Event.handled.is_(True)),
            *_waiting_for(grants),
        ],
        "approved": [],
    }
    for machine in registry.current().values():
        for at, clause in _readable(machine.definition, grants, person_id):
            found[at].append(and_(Artefact.workflow == machine.definition.key, clause))
    return found


def _waiting_for(grants: Iterable[Grant]) -> list[ColumnElement[bool]]:
    seats = [and_(Task.role == grant.role, Task.unit_id == grant.unit_id) for grant in grants]
    # The date, true of every task, keeps SQLite at the index of seats even where most wait for one of them.
    return [_named_by(Task.artefact_id, Task.closed_at.is_(None), seat, Task.due_at > "") for seat in seats]


def _named_by(column: Column, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Documents that ``column`` names where the conditions hold: a few are listed; among many, each
    document is looked up as it comes.
    """
    few = list(db.session.scalars(select(column).where(*conditions).limit(FEW + 1)))
    return Artefact.id.in_(few) if len(few) <= FEW else exists().where(column == Artefact.id, *conditions)


def _readable(
    definition: Definition, grants: Iterable[Grant], person_id: int
) -> Iterator[tuple[Level, ColumnElement[bool]]]:
    """What the definition's readers rules open to the holder of ``grants``."""
    if definition.drafted_by == "subject":
        yield "draft", Artefact.teacher_id == person_id
        drafters: tuple[ReaderRule, ...] = ()
    else:
        drafters = tuple(ReaderRule(role=seat.role, at=seat.at) for seat in definition.drafted_by)
    for rule in (*definition.readers, *drafters):
        where = _within(rule, grants, Artefact.school_id)
        if where is not None:
            yield rule.once or "draft", and_(where, _once(rule))
    shared = definition.shareable and current_app.config["SETTINGS"].share_approved
    if shared and any(grant.role != "administrator" for grant in grants):
        yield "approved", Artefact.in_force_revision.is_not(None)


def _once(rule: ReaderRule) -> ColumnElement[bool]:
    if rule.once == "submitted":
        return Artefact.revision > 0
    return Artefact.in_force_revision.is_not(None) if rule.once == "approved" else true()


def _within(rule: ReaderRule, grants: Iterable[Grant], school: Column) -> ColumnElement[bool] | None:
    """For which values of the column ``school`` the grants give the rule's seat."""
    units = [grant.unit for grant in grants if grant.role == rule.role]
    near = [unit.id for unit in units if unit.kind == "school"]
    departments = [unit.id for unit in units if unit.kind == "department"]
    if rule.at == "school":
        return school.in_(near) if near else None
    if rule.at == "parent":
        return school.in_(select(Unit.id).where(Unit.parent_id.in_(near))) if near else None
    if rule.at == "department":
        return _argued_by(departments, school) if departments else None
    kinds = ("department", "training_school") if rule.at == "training_school" else ("county", "bureau")
    return true() if any(unit.kind in kinds for unit in units) else None


def _argued_by(department_ids: list[int], school: Column) -> ColumnElement[bool]:
    """Whether these departments argue the plans of ``school``. They are half of a county's schools: looked
    up one by one for what is found by time, not listed first.
    """
    stages = select(Route.stage).where(Route.department_id.in_(department_ids))
    place = aliased(Unit)
    return exists().where(place.id == school, place.kind == "school", place.stage.in_(stages))


def trail_scope(person_id: int) -> list[ColumnElement[bool]]:
    """The events this person may look up: conditions over ``Event``, of which one is enough.

    Auditors all; leads and reviewers what was submitted to their department; the school's own
    people their school; everybody what they did and what was done to their documents.
    """
    grants = live_grants(person_id)
    rules = [rule for machine in registry.current().values() for rule in machine.definition.readers]
    if any(rule.at == "county" and rule.once is None and _holds(rule, grants) for rule in rules):
        return [true()]
    clauses: list[ColumnElement[bool]] = [
        Event.actor_id == person_id,
        Event.artefact_id.in_(select(Author.artefact_id).where(Author.person_id == person_id)),
        Event.artefact_id.in_(select(Artefact.id).where(Artefact.teacher_id == person_id)),
    ]
    # By the event's own school, and its document looked up one by one: a list of all the documents one
    # may read would be made anew for each page.
    workflow = select(Artefact.workflow).where(Artefact.id == Event.artefact_id).scalar_subquery()
    for rule, keys in _rules().items():
        where = _within(rule, grants, Event.school_id) if rule.once != "approved" else None
        if where is not None:
            clauses.append(and_(where, workflow.in_(keys), Event.revision > 0 if rule.once else true()))
    return clauses


def _rules() -> dict[ReaderRule, list[str]]:
    """Every rule about readers, and the kinds of documents it holds for."""
    found: dict[ReaderRule, list[str]] = {}
    for key, machine in registry.current().items():
        for rule in machine.definition.readers:
            found.setdefault(rule, []).append(key)
    return found


def _holds(rule: ReaderRule, grants: Iterable[Grant]) -> bool:
    return _within(rule, grants, Event.school_id) is not None


# --- beyond documents ------------------------------------------------------------------------


def may_administer(person_id: int) -> bool:
    """People, units, periods: the administrator's, and nobody else's."""
    return any(grant.role == "administrator" for grant in live_grants(person_id))


def creatable(person_id: int) -> list[tuple[str, int, int | None]]:
    """What this person may begin: (workflow, school, teacher or None), in the order of definitions."""
    grants = [grant for grant in live_grants(person_id, clock.today()) if grant.unit.kind == "school"]
    found: dict[tuple[str, int, int | None], None] = {}
    for key, machine in registry.current().items():
        drafted_by = machine.definition.drafted_by
        for grant in grants:
            if drafted_by == "subject":
                found[key, grant.unit_id, person_id] = None
            elif any(seat.role == grant.role and seat.at == "school" for seat in drafted_by):
                found[key, grant.unit_id, None] = None
    return list(found)
