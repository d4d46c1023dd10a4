"""Roles have changed: whoever may act now is asked, for all documents concerned at once.

Tasks name the seats a document waits for. They are written with each step and worked out again, in a
fixed number of statements, whenever roles are given or ended and once for each day on which a role
begins or ends by its date. A document about a person follows the person to another school.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, false, insert, or_, select, update

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.signoff import candidates, following, holders
from workflow_app.signoff.candidates import Assignee
from workflow_app.signoff.holders import HeldGrant
from workflow_app.signoff.models import DailyRun, Notice, Task
from workflow_app.store import AnySession, writing
from workflows.machine import StateMachine
from workflows.vocabulary import SIGNERS

_NAME = "assignment"
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


# --- when ------------------------------------------------------------------------------------


def reassign(session: AnySession, unit_ids: set[int]) -> None:
    """Roles at these units have changed; runs inside the transaction that changed them."""
    following.follow(session, unit_ids)
    _write(session, list(differences(session, _near(unit_ids))))


def up_to_date() -> None:
    """Work out what roles that began or ended by their date have changed, once for each day.

    Cheap when it has been done: one look at what this process remembers.
    """
    today = clock.today().isoformat()
    if current_app.extensions.get("assigned_on") == today:
        return
    with writing() as session:
        last = session.get(DailyRun, _NAME, with_for_update=True, populate_existing=True)
        if last is None:
            last = DailyRun(name=_NAME, day="")
            session.add(last)
        if last.day < today:
            changed = session.scalars(
                select(Grant.unit_id)
                .where(
                    or_(
                        and_(Grant.starts_on > last.day, Grant.starts_on <= today),
                        and_(Grant.ends_on >= last.day, Grant.ends_on < today),
                    )
                )
                .distinct()
            )
            last.day = today
            session.flush()
            if unit_ids := set(changed):
                reassign(session, unit_ids)
    current_app.extensions["assigned_on"] = today


# --- what differs ----------------------------------------------------------------------------


def differences(session: AnySession, where: ColumnElement[bool] | None = None) -> Iterator[Difference]:
    """Every waiting document (within ``where``, over ``Artefact``) whose tasks are not as they should be."""
    machines = {number: registry.machine(number) for number in session.scalars(_definitions())}
    documents = _waiting(session, machines, where)
    if not documents:
        return
    facts = _Facts(session, machines, where)
    for document in documents:
        wanted = {_key(one): one for one in facts.assignees(document)}
        opened = facts.tasks.get(document.id, [])
        if set(wanted) != {task.asked for task in opened}:
            surplus = [task for task in opened if task.asked not in wanted]
            there = {task.asked for task in opened}
            lacking = [one for key, one in wanted.items() if key not in there]
            yield Difference(document, bool(wanted), bool(opened), surplus, lacking)


def _key(one: Assignee) -> tuple[str | None, int | None, int | None]:
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


def _near(unit_ids: Iterable[int]) -> ColumnElement[bool]:
    """Documents whose school, parent school or departments are among the units, or that wait for them."""
    ids = list(unit_ids)
    schools = select(Unit.id).where(
        or_(
            Unit.id.in_(ids),
            Unit.parent_id.in_(ids),
            Unit.stage.in_(select(Route.stage).where(Route.department_id.in_(ids))),
        )
    )
    far = select(Task.artefact_id).where(Task.closed_at.is_(None), Task.unit_id.in_(ids))
    return or_(Artefact.school_id.in_(schools), Artefact.id.in_(far))


# --- writing ---------------------------------------------------------------------------------


def _write(session: AnySession, found: list[Difference]) -> None:
    """Close what is asked of the wrong, open what is asked of the right, and say so to the latter.

    Where nobody at all may act the tasks stay as they are: doctor shows such a document.
    """
    found = [one for one in found if one.able]
    now = clock.stamp(clock.now())
    closed = [{"task": task.id} for one in found for task in one.surplus]
    if closed:
        session.connection().execute(
            update(Task.__table__).where(Task.id == bindparam("task")).values(closed_at=now),  # type: ignore[arg-type]
            closed,
        )
    opened = [(one.document, asked) for one in found for asked in one.lacking]
    if not opened:
        return
    session.execute(
        insert(Task),
        [
            {
                "artefact_id": document.id,
                "state": document.state,
                "opened_at": document.state_since,
                "due_at": document.due_at,
                **asked,
            }
            for document, asked in opened
        ],
    )
    given = _given_already(session, [document.id for document, _asked in opened])
    notices = [
        {"artefact_id": document.id, "seq": document.head_seq, "purpose": "todo", "at": now, **asked}
        for document, asked in opened
        if (document.id, document.head_seq, *_key(asked)) not in given
    ]
    if notices:
        session.execute(insert(Notice), notices)


def _given_already(session: AnySession, ids: list[int]) -> set[tuple[Any, ...]]:
    """(document, seq, role, unit, person) of the notices there are: one notice for each step."""
    columns = (Notice.artefact_id, Notice.seq, Notice.role, Notice.unit_id, Notice.person_id)
    rows: set[tuple[Any, ...]] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        query = select(*columns).where(Notice.purpose == "todo", Notice.artefact_id.in_(some))
        rows.update(tuple(row) for row in session.execute(query))
    return rows
