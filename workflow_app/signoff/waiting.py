"""Documents that wait for somebody: whom they should ask, and where their open tasks say otherwise.

Everything is read in a fixed number of statements, however many documents wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.signoff import candidates, holders
from workflow_app.signoff.candidates import Assignee
from workflow_app.signoff.holders import HeldGrant
from workflow_app.signoff.models import Task
from workflow_app.store import AnySession
from workflows.machine import StateMachine
from workflows.vocabulary import SIGNERS

_parent = Unit.__table__.alias("parent")


class WaitingDocument(NamedTuple):
    """A document that waits for somebody, as far as it matters for whom."""

    id: int
    definition_id: int
    state: str
    round: int
    school_id: int
    teacher_id: int | None
    author_id: int
    submitter_id: int | None
    route: str
    leg: int
    head_seq: int
    state_since: str
    due_at: str
    stage: str | None
    parent_id: int | None
    parent_kind: str | None

    @property
    def parent_school_id(self) -> int | None:
        return self.parent_id if self.parent_kind == "school" else None


class OpenTask(NamedTuple):
    """An open task and whom it asks."""

    id: int
    role: str | None
    unit_id: int | None
    person_id: int | None

    @property
    def asked(self) -> tuple[str | None, int | None, int | None]:
        return self.role, self.unit_id, self.person_id


class Difference(NamedTuple):
    """A document whose open tasks are not those it should have. ``able``: whether anybody may act.

    ``asked``: whether anybody is asked now.
    """

    document: WaitingDocument
    able: bool
    asked: bool
    surplus: list[OpenTask]
    lacking: list[Assignee]


def differences(session: AnySession, where: ColumnElement[bool] | None = None) -> Iterator[Difference]:
    """Every waiting document (within ``where``, over ``Artefact``) whose tasks are not as they should be."""
    machines = {number: registry.machine(number) for number in session.scalars(_definitions())}
    documents = _waiting(session, machines, where)
    if not documents:
        return
    facts = _Facts(session, machines, where)
    for document in documents:
        wanted = {key_of(one): one for one in facts.assignees(document)}
        opened = facts.tasks.get(document.id, [])
        if set(wanted) != {task.asked for task in opened}:
            surplus = [task for task in opened if task.asked not in wanted]
            there = {task.asked for task in opened}
            lacking = [one for key, one in wanted.items() if key not in there]
            yield Difference(document, bool(wanted), bool(opened), surplus, lacking)


def key_of(one: Assignee) -> tuple[str | None, int | None, int | None]:
    return one["role"], one["unit_id"], one["person_id"]


def _definitions() -> Any:
    return select(Artefact.definition_id).distinct()


def _waits(machines: Mapping[int, StateMachine]) -> ColumnElement[bool]:
    clauses = [
        and_(
            Artefact.definition_id == number,
            Artefact.state.in_([name for name, state in machine.definition.states.items() if state.asks]),
        )
        for number, machine in machines.items()
    ]
    return or_(false(), *clauses)


def _waiting(
    session: AnySession, machines: Mapping[int, StateMachine], where: ColumnElement[bool] | None
) -> list[WaitingDocument]:
    fields = WaitingDocument._fields
    query = (
        select(
            *(getattr(Artefact, name) for name in fields[: fields.index("stage")]),
            Unit.stage,
            Unit.parent_id,
            _parent.c.kind,
        )
        .join(Unit, Unit.id == Artefact.school_id)
        .outerjoin(_parent, _parent.c.id == Unit.parent_id)
        .where(_waits(machines))
        .order_by(Artefact.id)
    )
    if where is not None:
        query = query.where(where)
    return [WaitingDocument._make(row) for row in session.execute(query)]


class _Facts:
    """Authors, signatures, tasks, routes and signers of all waiting documents, each read once."""

    def __init__(
        self, session: AnySession, machines: Mapping[int, StateMachine], where: ColumnElement[bool] | None
    ) -> None:
        self.machines = machines
        ids = select(Artefact.id).where(_waits(machines))
        if where is not None:
            ids = ids.where(where)
        self.authors = _grouped(
            session.execute(select(Author.artefact_id, Author.person_id).where(Author.artefact_id.in_(ids)))
        )
        self.signed = _grouped(
            session.execute(
                select(Event.artefact_id, Event.actor_id)
                .join(Artefact, (Artefact.id == Event.artefact_id) & (Artefact.round == Event.round))
                .where(Event.signs, Event.artefact_id.in_(ids))
            )
        )
        self.tasks: dict[int, list[OpenTask]] = defaultdict(list)
        tasks = select(Task.artefact_id, Task.id, Task.role, Task.unit_id, Task.person_id)
        for row in session.execute(tasks.where(Task.closed_at.is_(None), Task.artefact_id.in_(ids))):
            self.tasks[row[0]].append(OpenTask(*row[1:]))
        self.routes: dict[str, list[int]] = defaultdict(list)
        for stage, department in session.execute(
            select(Route.stage, Route.department_id).order_by(Route.stage, Route.position)
        ):
            self.routes[stage].append(department)
        self.by_unit: dict[int, list[HeldGrant]] = defaultdict(list)
        self.held: list[HeldGrant] = []
        signers = holders.HELD.where(Grant.role.in_(SIGNERS))
        for grant in session.execute(signers, {"day": clock.today().isoformat()}):
            self.held.append(HeldGrant(*grant))
            self.by_unit[grant.unit_id].append(self.held[-1])
        self.drafters = self._drafters(session, ids)

    @staticmethod
    def _drafters(session: AnySession, ids: Any) -> dict[int, list[HeldGrant]]:
        """What those who wrote the documents hold now, by person."""
        writers = select(Author.person_id).where(Author.artefact_id.in_(ids))
        held = session.execute(
            holders.HELD.where(Grant.person_id.in_(writers)), {"day": clock.today().isoformat()}
        )
        found: dict[int, list[HeldGrant]] = defaultdict(list)
        for row in held:
            found[row[1]].append(HeldGrant(*row))
        return found

    def assignees(self, document: WaitingDocument) -> list[Assignee]:
        """Who should be asked now."""
        machine = self.machines[document.definition_id]
        state = machine.definition.states[document.state]
        writers = {document.author_id, document.submitter_id or document.author_id}
        if not state.ladder:
            held = [grant for person in writers for grant in self.drafters.get(person, [])]
            return candidates.drafters(machine.definition, document, sorted(writers), held)
        route = [int(part) for part in document.route.split(",") if part] or self.routes[document.stage or ""]
        department = route[document.leg] if document.leg < len(route) else None
        authors = frozenset(self.authors.get(document.id, ())) | (
            {document.submitter_id} if document.submitter_id else set()
        )
        out = frozenset(self.signed.get(document.id, ()))
        near = {document.school_id, document.parent_school_id, department} - {None}
        held = [grant for unit in near for grant in self.by_unit.get(unit or 0, [])]
        for nearby in (tuple(held), tuple(self.held)):
            seats = holders.seats(machine, document, department, nearby, authors)
            if rung := machine.rung(document.state, seats, out):
                return candidates.seats(document, rung, department, nearby, authors | out)
        return []


def _grouped(rows: Iterable[Any]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found
