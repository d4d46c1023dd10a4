"""Who may read what: one table of reasons, each asked of one document or compiled to SQL for many.

Part of ``policy``, which is the only one to use it. Every reason opens a level: the draft as it is
typed, what was submitted, what is in force. A reason says the same thing three times, side by side:
of one document (``holds``), of the documents of a list (``documents``, conditions over ``Artefact``)
and of the events of a look-up (``events``, conditions over ``Event``); of several conditions one is
enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.people.roles import live_grants
from workflow_app.signoff.context import DocumentContext, Level
from workflow_app.signoff.models import Task
from workflows.definition import Definition, ReaderRule, Seat
from workflows.machine import StateMachine
from workflows.vocabulary import is_at

Condition = ColumnElement[bool]
Column = InstrumentedAttribute[int]
#: So many ids are handed to the database as a list.
FEW = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asks for lists: who they are, their live grants, the kinds of documents in use."""

    person_id: int
    grants: Sequence[Grant]
    machines: Mapping[str, StateMachine]

    @classmethod
    def of(cls, person_id: int) -> "Reader":
        return cls(person_id, live_grants(person_id), registry.current())


class Reason(Protocol):
    """Why somebody may read."""

    def level(self, context: DocumentContext) -> Level | None: ...

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]: ...

    def events(self, reader: Reader) -> Iterator[Condition]: ...


class Writing:
    """One began, typed or submitted it, or it is about oneself."""

    def level(self, context: DocumentContext) -> Level | None:
        return "draft" if context.case.relations & {"author", "subject"} else None

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]:
        yield "draft", Artefact.author_id == reader.person_id
        yield "draft", Artefact.id.in_(_written_by(reader.person_id))
        for key, machine in reader.machines.items():
            if machine.definition.subject == "teacher":
                yield "draft", and_(Artefact.workflow == key, Artefact.teacher_id == reader.person_id)

    def events(self, reader: Reader) -> Iterator[Condition]:
        yield Event.artefact_id.in_(_written_by(reader.person_id))
        yield Event.artefact_id.in_(select(Artefact.id).where(Artefact.teacher_id == reader.person_id))


class NamedSeat:
    """One holds a seat that the definition names as reader or as drafter, from when on it says."""

    def level(self, context: DocumentContext) -> Level | None:
        for level, once in _ONCE.items():
            reached = {
                None: "#" not in context.row.subject, "submitted": context.row.submitted_revision > 0
            }.get(once, context.row.in_force_revision is not None)  # fmt: skip
            if reached and any(
                rule.relation in context.case.relations or _on_the_route(context, rule)
                for rule in context.definition.reader_rules
                if rule.once == once
            ):
                return level
        return None

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]:
        for key, machine in reader.machines.items():
            for rule in machine.definition.reader_rules:
                where = within(rule, reader.grants, Artefact.school_id)
                if where is not None:
                    reached = _reached(rule)
                    yield _LEVEL[rule.once], and_(Artefact.workflow == key, where, reached)

    def events(self, reader: Reader) -> Iterator[Condition]:
        """By the event's own school, and its document looked up one by one: a list of all the
        documents one may read would be made anew for each page.
        """
        workflow = select(Artefact.workflow).where(Artefact.id == Event.artefact_id).scalar_subquery()
        kinds: dict[ReaderRule, list[str]] = {}
        for key, machine in reader.machines.items():
            for rule in machine.definition.reader_rules:
                kinds.setdefault(rule, []).append(key)
        for rule, keys in kinds.items():
            where = within(rule, reader.grants, Event.school_id) if rule.once != "approved" else None
            if where is None:
                continue
            everywhere = len(keys) == len(reader.machines) and where is _EVERYWHERE
            if everywhere and rule.once is None:
                yield true()
            else:
                yield and_(where, workflow.in_(keys), Event.revision > 0 if rule.once else true())


class Turn:
    """The document waits for a seat one holds. Its events are on its page; no look-up is opened."""

    def level(self, context: DocumentContext) -> Level | None:
        return "submitted" if context.row.submitted_revision and context.own_seat() else None

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]:
        for grant in reader.grants:
            # The date, true of every task, keeps SQLite at the index of seats even where most wait for
            # one of them.
            seat = and_(Task.role == grant.role, Task.unit_id == grant.unit_id, Task.due_at > "")
            yield "submitted", _named_by(Task.artefact_id, Task.closed_at.is_(None), seat)

    def events(self, reader: Reader) -> Iterator[Condition]:
        return iter(())


class OwnAct:
    """One has acted on it as somebody else's."""

    def level(self, context: DocumentContext) -> Level | None:
        return "submitted" if context.row.submitted_revision and context.row.took_part else None

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]:
        acted = (Event.actor_id == reader.person_id, Event.handled.is_(True))
        yield "submitted", _named_by(Event.artefact_id, *acted)

    def events(self, reader: Reader) -> Iterator[Condition]:
        yield Event.actor_id == reader.person_id


class Shared:
    """What is in force is shared with the county, where the settings say so （推广）."""

    def level(self, context: DocumentContext) -> Level | None:
        shared = context.row.in_force_revision is not None and _shares(context.definition)
        return "approved" if shared and _has_business(live_grants(context.me)) else None

    def documents(self, reader: Reader) -> Iterator[tuple[Level, Condition]]:
        if _has_business(reader.grants):
            for key, machine in reader.machines.items():
                if _shares(machine.definition):
                    in_force = Artefact.in_force_revision.is_not(None)
                    yield "approved", and_(Artefact.workflow == key, in_force)

    def events(self, reader: Reader) -> Iterator[Condition]:
        return iter(())


#: The table. A document's level is the highest that any reason opens.
REASONS: tuple[Reason, ...] = (Writing(), NamedSeat(), Turn(), OwnAct(), Shared())
LEVELS: tuple[Level, ...] = ("draft", "submitted", "approved")

_ONCE: dict[Level, str | None] = {"draft": None, "submitted": "submitted", "approved": "approved"}
_LEVEL: dict[str | None, Level] = {once: level for level, once in _ONCE.items()}
_EVERYWHERE = true()


def _reached(rule: ReaderRule) -> Condition:
    """A draft is an office's business until it is discarded: then its authors alone have it."""
    if rule.once == "submitted":
        return Artefact.submitted_revision > 0
    if rule.once == "approved":
        return Artefact.in_force_revision.is_not(None)
    return Artefact.subject.not_like("%#%")


def _on_the_route(context: DocumentContext, rule: ReaderRule) -> bool:
    """A department reads from the start what it will argue, though others come before it."""
    return rule.at == "department" and any(
        item.person_id == context.me and item.role == rule.role and item.unit_id in context.department_ids
        for item in context.held
    )


def _shares(definition: Definition) -> bool:
    return definition.shareable and bool(current_app.config["SETTINGS"].share_approved)


def _has_business(grants: Sequence[Grant]) -> bool:
    return any(grant.role != "administrator" for grant in grants)


def _written_by(person_id: int) -> ColumnElement[bool]:
    return select(Author.artefact_id).where(Author.person_id == person_id)  # type: ignore[return-value]


def _named_by(column: Column, *conditions: Condition) -> Condition:
    """Documents that ``column`` names where the conditions hold: a few are listed; among many, each
    document is looked up as it comes.
    """
    few = list(db.session.scalars(select(column).where(*conditions).limit(FEW + 1)))
    return Artefact.id.in_(few) if len(few) <= FEW else exists().where(column == Artefact.id, *conditions)


def within(seat: Seat, grants: Sequence[Grant], school: Column) -> Condition | None:
    """For which values of the column ``school`` the grants give the seat; None for none."""
    units = [grant.unit for grant in grants if grant.role == seat.role]
    near = [unit.id for unit in units if unit.kind == "school"]
    departments = [unit.id for unit in units if unit.kind == "department"]
    if seat.at == "school":
        return school.in_(near) if near else None
    if seat.at == "parent":
        return school.in_(select(Unit.id).where(Unit.parent_id.in_(near))) if near else None
    if seat.at == "department":
        return _argued_by(tuple(departments), school) if departments else None
    return _EVERYWHERE if any(is_at(seat.at, unit.kind) for unit in units) else None


@lru_cache(maxsize=256)
def _argued_by(department_ids: tuple[int, ...], school: Column) -> Condition:
    """Whether these departments argue the plans of ``school``. They are half of a county's schools: looked
    up one by one for what is found by time, not listed first.
    """
    stages = select(Route.stage).where(Route.department_id.in_(department_ids))
    place = aliased(Unit)
    return exists().where(place.id == school, place.kind == "school", place.stage.in_(stages))


def any_of(conditions: Sequence[Condition]) -> Condition:
    """True where one of them is; false for none."""
    return or_(*conditions) if conditions else ~true()
