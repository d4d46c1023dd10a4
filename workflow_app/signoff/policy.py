"""May this person do this now, and if not, why not; who may read what. Decided here and nowhere else.

Deny by default. The law (``workflows``) judges a case; this module gathers the case and adds what
the law leaves to the house: reading, drafting, administering.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.people.service import live_grants
from workflow_app.signoff.models import Task
from workflow_app.signoff.standing import Standing, load
from workflow_app.store import Reader, reading
from workflow_app.trail.models import Event
from workflows.definition import Definition
from workflows.definition import Reader as ReaderRule
from workflows.guards import Reason
from workflows.machine import Answer

#: What of a document somebody sees: the draft being typed, what was submitted, what is in force.
Level = Literal["draft", "submitted", "approved"]


# --- one document ----------------------------------------------------------------------------


def standing(person_id: int, artefact_id: int, reader: Reader | None = None) -> Standing | None:
    """The person's standing before the document, or None when they may not know it exists."""
    reader = reader or reading()
    found = load(reader, person_id, artefact_id)
    return found if found and level(found) else None


def actions_for(person_id: int, artefact_id: int) -> tuple[Answer, ...]:
    """Every action of the document with allowed and reason; nothing for what one may not read."""
    found = standing(person_id, artefact_id)
    return found.law.ask(found.case) if found else ()


def level(found: Standing) -> Level | None:
    """What of the document this person may see now; None for nothing at all."""
    row, case = found.row, found.case
    relations = case.relations
    if relations & {"author", "drafter", "subject"} or _reads(found, None):
        return "draft"
    rung = found.law.open_rung(row.state, case)
    if row.revision and any(seat.relation in relations for seat in rung):
        return "submitted"
    if row.revision and (_reads(found, "submitted") or took_part(found.me, row.id)):
        return "submitted"
    if row.in_force_revision is not None and (_reads(found, "approved") or _shared(found)):
        return "approved"
    return None


def _reads(found: Standing, once: str | None) -> bool:
    rules = [rule for rule in found.law.definition.readers if rule.once == once]
    return any(rule.relation in found.case.relations or _on_the_route(found, rule) for rule in rules)


def _on_the_route(found: Standing, rule: ReaderRule) -> bool:
    """A department reads from the start what it will argue, though others come before it."""
    return rule.at == "department" and any(
        item.person_id == found.me and item.role == rule.role and item.unit_id in found.department_ids
        for item in found.held
    )


def _shared(found: Standing) -> bool:
    if not (found.law.definition.shareable and current_app.config["SETTINGS"].share_approved):
        return False
    return any(grant.role != "administrator" for grant in live_grants(found.me))


def took_part(person_id: int, artefact_id: int) -> bool:
    """Whether the person has acted on the document as somebody else's."""
    query = exists().where(Event.artefact_id == artefact_id, Event.actor_id == person_id, Event.handled)
    return bool(db.session.scalar(select(query)))


def may_read(person_id: int, artefact_id: int) -> bool:
    return standing(person_id, artefact_id) is not None


def edit_refusal(found: Standing) -> Reason | None:
    """Why this person may not type into the document now, or None when they may."""
    state = found.law.definition.states[found.row.state]
    if not state.editable:
        return Reason("wrong_state", {"state_zh": state.title.zh, "state_en": state.title.en})
    if "drafter" not in found.case.relations:
        return Reason("not_drafter")
    return None if found.period_open else Reason("period_closed")


def may_edit(person_id: int, artefact_id: int) -> Reason | None:
    found = standing(person_id, artefact_id)
    return edit_refusal(found) if found else Reason("no_right")


def would_sign(found: Standing) -> bool:
    """Whether typing into the draft would cost this person the right to sign it."""
    ladders = {seat for seat in found.law.seats if seat in found.case.relations}
    return bool(ladders) and "author" not in found.case.relations


def side(found: Standing) -> str:
    """``school`` for those of the school (and of its parent school), ``panel`` for everybody beyond."""
    near = any(name.endswith(("@school", "@parent")) for name in found.case.relations)
    return "school" if near or found.case.relations & {"author", "drafter", "subject"} else "panel"


def reads_remarks(found: Standing) -> tuple[str, ...]:
    """For whom a remark must be for this person to read it; () for none at all."""
    if level(found) not in ("draft", "submitted"):
        return ()
    return ("all", "school", "panel") if "auditor@county" in found.case.relations else ("all", side(found))


def remark_audiences(found: Standing) -> tuple[str, ...]:
    """For whom this person may write remarks now, the proposed one first; () when they may not."""
    state = found.law.definition.states[found.row.state]
    seats = {name for name in found.case.relations if "@" in name} - {"auditor@county"}
    if state.final or not reads_remarks(found) or not (seats or found.case.relations & {"author", "subject"}):
        return ()
    return tuple(audience for audience in state.remarks if audience in ("all", side(found)))


# --- many documents --------------------------------------------------------------------------


def visible_to(person_id: int) -> ColumnElement[bool]:
    """The documents this person may know of, as a condition over ``Artefact``."""
    return or_(*visible_by_level(person_id).values())


def visible_by_level(person_id: int) -> dict[Level, ColumnElement[bool]]:
    """For each level, where this person has it or (see ``level``) a higher one as well."""
    grants = live_grants(person_id)
    found: dict[Level, list[ColumnElement[bool]]] = {
        "draft": [
            Artefact.author_id == person_id,
            Artefact.id.in_(select(Author.artefact_id).where(Author.person_id == person_id)),
        ],
        "submitted": [
            Artefact.id.in_(select(Event.artefact_id).where(Event.actor_id == person_id, Event.handled)),
            *_waiting_for(grants),
        ],
        "approved": [],
    }
    for law in registry.current().values():
        for at, clause in _readable(law.definition, grants, person_id):
            found[at].append(and_(Artefact.workflow == law.definition.key, clause))
    return {at: or_(false(), *clauses) for at, clauses in found.items()}


def _waiting_for(grants: Iterable[Grant]) -> list[ColumnElement[bool]]:
    seats = [and_(Task.role == grant.role, Task.unit_id == grant.unit_id) for grant in grants]
    if not seats:
        return []
    return [Artefact.id.in_(select(Task.artefact_id).where(Task.closed_at.is_(None), or_(*seats)))]


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
        where = _within(rule, grants)
        if where is not None:
            yield rule.once or "draft", and_(where, _once(rule))
    shared = definition.shareable and current_app.config["SETTINGS"].share_approved
    if shared and any(grant.role != "administrator" for grant in grants):
        yield "approved", Artefact.in_force_revision.is_not(None)


def _once(rule: ReaderRule) -> ColumnElement[bool]:
    if rule.once == "submitted":
        return Artefact.revision > 0
    return Artefact.in_force_revision.is_not(None) if rule.once == "approved" else true()


def _within(rule: ReaderRule, grants: Iterable[Grant]) -> ColumnElement[bool] | None:
    """Over which schools the grants give the rule's seat."""
    units = [grant.unit for grant in grants if grant.role == rule.role]
    if rule.at == "school":
        return _in(Artefact.school_id, [unit.id for unit in units if unit.kind == "school"])
    if rule.at == "parent":
        ids = [unit.id for unit in units if unit.kind == "school"]
        return Artefact.school_id.in_(select(Unit.id).where(Unit.parent_id.in_(ids))) if ids else None
    if rule.at == "department":
        ids = [unit.id for unit in units if unit.kind == "department"]
        return Artefact.school_id.in_(schools_of(ids)) if ids else None
    kinds = ("department", "training_school") if rule.at == "training_school" else ("county", "bureau")
    return true() if any(unit.kind in kinds for unit in units) else None


def _in(column: object, ids: list[int]) -> ColumnElement[bool] | None:
    return column.in_(ids) if ids else None  # type: ignore[attr-defined,no-any-return]


def schools_of(department_ids: list[int]):  # type: ignore[no-untyped-def]
    """The schools whose plans these departments argue."""
    return (
        select(Unit.id)
        .join(Route, Route.stage == Unit.stage)
        .where(Unit.kind == "school", Route.department_id.in_(department_ids))
    )


def trail_scope(person_id: int) -> ColumnElement[bool]:
    """The events this person may look up, as a condition over ``Event``.

    Auditors all; leads and reviewers what was submitted to their department; the school's own
    people their school; everybody what they did and what was done to their documents.
    """
    grants = live_grants(person_id)
    rules = [rule for law in registry.current().values() for rule in law.definition.readers]
    if any(rule.at == "county" and rule.once is None and _holds(rule, grants) for rule in rules):
        return true()
    clauses: list[ColumnElement[bool]] = [
        Event.actor_id == person_id,
        Event.artefact_id.in_(select(Author.artefact_id).where(Author.person_id == person_id)),
        Event.artefact_id.in_(select(Artefact.id).where(Artefact.teacher_id == person_id)),
    ]
    for law in registry.current().values():
        for rule in law.definition.readers:
            where = _within(rule, grants) if rule.once != "approved" else None
            if where is None:
                continue
            mine = and_(Artefact.workflow == law.definition.key, where)
            # Few documents: find them first. Most of the county: walk the events and look each up.
            if rule.at in ("school", "parent"):
                theirs: ColumnElement[bool] = Event.artefact_id.in_(select(Artefact.id).where(mine))
            else:
                theirs = exists().where(Artefact.id == Event.artefact_id, mine)
            clauses.append(and_(theirs, Event.revision > 0 if rule.once else true()))
    return or_(false(), *clauses)


def _holds(rule: ReaderRule, grants: Iterable[Grant]) -> bool:
    return _within(rule, grants) is not None


# --- beyond documents ------------------------------------------------------------------------


def may_administer(person_id: int) -> bool:
    """People, units, periods: the administrator's, and nobody else's."""
    return any(grant.role == "administrator" for grant in live_grants(person_id))


def creatable(person_id: int) -> list[tuple[str, int, int | None]]:
    """What this person may begin: (workflow, school, teacher or None), in the order of definitions."""
    grants = [grant for grant in live_grants(person_id, clock.today()) if grant.unit.kind == "school"]
    found: dict[tuple[str, int, int | None], None] = {}
    for key, law in registry.current().items():
        drafted_by = law.definition.drafted_by
        for grant in grants:
            if drafted_by == "subject":
                found[key, grant.unit_id, person_id] = None
            elif any(seat.role == grant.role and seat.at == "school" for seat in drafted_by):
                found[key, grant.unit_id, None] = None
    return list(found)
