"""Everything the machine needs to know of one person before one document, in three reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, literal, or_, select, union_all

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author, Draft
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.people.models import Grant, Person, Route, Unit
from workflow_app.periods.models import Period
from workflow_app.periods.service import is_open, is_over
from workflow_app.signoff.facts import errors_of_the_office
from workflow_app.signoff.models import Answered, Point
from workflow_app.store import Reader, Statement
from workflows.definition import Action
from workflows.guards import Case
from workflows.machine import StateMachine

NEAR_ROLES = ("principal", "deputy", "coordinator", "lead", "reviewer")
FAR_ROLES = ("lead", "reviewer", "expert", "inspector")
FAR_KINDS = ("department", "training_school", "bureau", "county")
FAR_PLACES = ("training_school", "county")


class DocumentRow(NamedTuple):
    """A document as the machine and the service need it."""

    id: int
    workflow: str
    definition_id: int
    subject: str
    school_id: int
    teacher_id: int | None
    state: str
    version: int
    revision: int
    in_force_revision: int | None
    round: int
    route: str
    leg: int
    author_id: int
    submitter_id: int | None
    last_signer_id: int | None
    content_sha256: str
    attachments_sha256: str
    head_seq: int
    head_hash: str
    updated_at: str
    stage: str | None
    parent_id: int | None
    parent_kind: str | None
    starts_on: str
    ends_on: str
    gate: str
    draft_problems: int | None
    points: int
    unanswered: int
    request_sha256: str | None
    answer: bytes | None


class HeldGrant(NamedTuple):
    """A live grant of somebody."""

    id: int
    person_id: int
    role: str
    unit_id: int
    unit_kind: str


def _points(condition: Any) -> Any:
    return (
        select(func.count())
        .select_from(Point)
        .where(Point.artefact_id == Artefact.id, condition)
        .scalar_subquery()
    )


_parent = Unit.__table__.alias("parent")
_DOCUMENT = Statement(
    select(
        Artefact.id,
        Artefact.workflow,
        Artefact.definition_id,
        Artefact.subject,
        Artefact.school_id,
        Artefact.teacher_id,
        Artefact.state,
        Artefact.version,
        Artefact.revision,
        Artefact.in_force_revision,
        Artefact.round,
        Artefact.route,
        Artefact.leg,
        Artefact.author_id,
        Artefact.submitter_id,
        Artefact.last_signer_id,
        Artefact.content_sha256,
        Artefact.attachments_sha256,
        Artefact.head_seq,
        Artefact.head_hash,
        Artefact.updated_at,
        Unit.stage,
        Unit.parent_id,
        _parent.c.kind,
        Period.starts_on,
        Period.ends_on,
        Period.gate,
        Draft.problems,
        _points(Point.state != "closed"),
        _points(Point.state == "open"),
        Answered.request_sha256,
        Answered.answer,
    )
    .select_from(Artefact)
    .join(Unit, Unit.id == Artefact.school_id)
    .outerjoin(_parent, _parent.c.id == Unit.parent_id)
    .join(Period, Period.key == Artefact.period_key)
    .outerjoin(Draft, Draft.artefact_id == Artefact.id)
    .outerjoin(Answered, and_(Answered.person_id == bindparam("me"), Answered.key == bindparam("key")))
    .where(Artefact.id == bindparam("artefact_id"))
)

_PEOPLE = Statement(
    union_all(
        select(literal("author"), Author.person_id, literal(0)).where(
            Author.artefact_id == bindparam("artefact_id")
        ),
        select(literal("signed"), Event.actor_id, literal(0)).where(
            Event.artefact_id == bindparam("artefact_id"), Event.round == bindparam("round"), Event.signs
        ),
        select(literal("acted"), Event.actor_id, literal(0)).where(
            Event.artefact_id == bindparam("artefact_id"),
            Event.round == bindparam("round"),
            Event.handled,
            Event.signs,
            Event.from_state == bindparam("state"),
            Event.to_state == bindparam("state"),
        ),
        select(literal("route"), Route.department_id, Route.position).where(
            Route.stage == bindparam("stage")
        ),
    )
)

_LIVE = (
    Person.disabled_at.is_(None),
    Grant.ended_at.is_(None),
    Grant.starts_on <= bindparam("day"),
    or_(Grant.ends_on.is_(None), Grant.ends_on >= bindparam("day")),
)
_held = (
    select(Grant.id, Grant.person_id, Grant.role, Grant.unit_id, Unit.kind)
    .join(Person, Person.id == Grant.person_id)
    .join(Unit, Unit.id == Grant.unit_id)
    .where(*_LIVE)
)


def _one_of(column: Any, values: tuple[str, ...]) -> Any:
    return or_(*(column == value for value in values))


def _near_units(name: str) -> Any:
    """Whoever holds a role that may sign at one near unit; teachers are many and never do."""
    return _held.where(Grant.unit_id == bindparam(name), _one_of(Grant.role, NEAR_ROLES))


_NEAR = Statement(
    union_all(
        _held.where(Grant.person_id == bindparam("me")),
        _near_units("school"),
        _near_units("parent"),
        _near_units("department"),
    )
)
_FAR = Statement(_held.where(_one_of(Grant.role, FAR_ROLES), _one_of(Unit.kind, FAR_KINDS)))


@dataclass(slots=True)
class DocumentContext:
    """One person before one document: the row, its machine, the case to judge, who holds what."""

    me: int
    row: DocumentRow
    machine: StateMachine
    case: Case
    department_ids: tuple[int, ...]
    department_id: int | None
    held: tuple[HeldGrant, ...]
    mine: Mapping[str, HeldGrant]
    authors: frozenset[int]
    day: str
    period_open: bool

    def grant_for(self, action: Action) -> HeldGrant | None:
        """The grant by which this person does ``action``: the right seat, else one at the school."""
        if action.by == "waited_for":
            seats_ = [seat.relation for seat in self.machine.open_rung(self.row.state, self.case)]
        elif not isinstance(action.by, str):
            seats_ = [seat.relation for seat in action.by]
        elif self.machine.definition.drafted_by == "subject":
            seats_ = []
        else:
            seats_ = [seat.relation for seat in self.machine.definition.drafted_by]
        for relation in (*seats_, *sorted(self.mine)):
            if relation in self.mine:
                return self.mine[relation]
        return None


def places(row: DocumentRow, department_id: int | None, unit_id: int, kind: str) -> tuple[str, ...]:
    """Which places of the document a unit is: its school, its parent school, its department …"""
    found = []
    if unit_id == row.school_id:
        found.append("school")
    if unit_id == row.parent_id and row.parent_kind == "school":
        found.append("parent")
    if kind == "department":
        found.append("training_school")
        if unit_id == department_id:
            found.append("department")
    elif kind == "training_school":
        found.append("training_school")
    elif kind in ("county", "bureau"):
        found.append("county")
    return tuple(found)


def _ids(route: str) -> tuple[int, ...]:
    return tuple(int(part) for part in route.split(",") if part)


def load(reader: Reader, me: int, artefact_id: int, key: str = "") -> DocumentContext | None:
    """The standing of person ``me`` before the document, or None when there is no such document."""
    found = reader.one(_DOCUMENT, me=me, key=key, artefact_id=artefact_id)
    if found is None:
        return None
    row = DocumentRow(*found)
    machine = registry.machine(row.definition_id)
    people: dict[str, list[int]] = {"author": [], "signed": [], "acted": [], "route": []}
    facts = reader.all(
        _PEOPLE, artefact_id=artefact_id, round=row.round, state=row.state, stage=row.stage or ""
    )
    for kind, person_id, _ in sorted(facts, key=lambda fact: fact[2]):
        people[kind].append(person_id)
    return _stand(reader, me, row, machine, people)


def _stand(
    reader: Reader, me: int, row: DocumentRow, machine: StateMachine, people: Mapping[str, list[int]]
) -> DocumentContext:
    waiting = bool(machine.definition.states[row.state].ladder)
    departments = (_ids(row.route) if waiting else ()) or tuple(people["route"])
    department = departments[row.leg] if row.leg < len(departments) else None
    day = clock.today()
    authors = frozenset(people["author"]) | ({row.submitter_id} if row.submitter_id else set())
    held = tuple(
        HeldGrant(*item)
        for item in reader.all(
            _NEAR,
            me=me,
            school=row.school_id,
            parent=row.parent_id if row.parent_kind == "school" else None,
            department=department,
            day=day.isoformat(),
        )
    )
    signed = frozenset(people["signed"]) if waiting else frozenset()
    seated = seats(machine, row, department, held, authors)
    if _needs_far(machine, row, seated, signed, me):
        held += far(reader, day.isoformat())
        seated = seats(machine, row, department, held, authors)
    mine = _relations(row, department, [item for item in held if item.person_id == me])
    opened = is_open(row, day)
    case = Case(
        me=me,
        relations=frozenset(mine) | _personal(me, row, machine, mine, authors, signed),
        state=row.state,
        seats=seated,
        signed=signed,
        problems=(row.draft_problems or 0)
        + errors_of_the_office(
            reader, machine.definition, row.state, row.id, row.school_id, (row.starts_on, row.ends_on)
        ),
        unanswered=row.unanswered,
        acted_on=bool(people["acted"]),
        more_departments=row.leg + 1 < len(departments),
        period_open=opened,
        period_over=is_over(row, day),
        amending=row.in_force_revision is not None,
    )
    return DocumentContext(
        me, row, machine, case, departments, department, held, mine, authors, day.isoformat(), opened
    )


def department_at(context: DocumentContext, leg: int) -> int | None:
    """The department that argues on that leg of the route."""
    return context.department_ids[leg] if leg < len(context.department_ids) else None


def near(reader: Reader, context: DocumentContext, department_id: int | None) -> tuple[HeldGrant, ...]:
    """Who holds what near the document, were ``department_id`` in charge."""
    row = context.row
    parent = row.parent_id if row.parent_kind == "school" else None
    rows = reader.all(
        _NEAR, me=context.me, school=row.school_id, parent=parent, department=department_id, day=context.day
    )
    return tuple(HeldGrant(*item) for item in rows)


def far(reader: Reader, day: str) -> tuple[HeldGrant, ...]:
    """Who holds what at the training school, the bureau and the county."""
    return tuple(HeldGrant(*item) for item in reader.all(_FAR, day=day))


def seats(
    machine: StateMachine,
    row: DocumentRow,
    department_id: int | None,
    held: tuple[HeldGrant, ...],
    authors: frozenset[int],
) -> dict[str, frozenset[int]]:
    """For each seat of the machine's ladders, who could sit there: live holders less the authors."""
    wanted = machine.seats
    found: dict[str, set[int]] = {}
    for item in held:
        if item.person_id in authors:
            continue
        for place in places(row, department_id, item.unit_id, item.unit_kind):
            relation = f"{item.role}@{place}"
            if relation in wanted:
                found.setdefault(relation, set()).add(item.person_id)
    return {relation: frozenset(people) for relation, people in found.items()}


def _needs_far(
    machine: StateMachine,
    row: DocumentRow,
    near_seats: Mapping[str, frozenset[int]],
    signed: frozenset[int],
    me: int,
) -> bool:
    """Whether this step or one it leads to finds nobody near: then the training school is read."""
    if not any(relation.partition("@")[2] in FAR_PLACES for relation in machine.seats):
        return False
    if machine.definition.states[row.state].ladder and not machine.rung(row.state, near_seats, signed):
        return True
    return any(
        not machine.rung(to, near_seats, machine.out_after(action, me, signed))
        for action, to in machine.ahead[row.state]
    )


def _relations(row: DocumentRow, department_id: int | None, grants: list[HeldGrant]) -> dict[str, HeldGrant]:
    """Seat relations of one person's grants; the first grant that gives a relation stands for it."""
    mine: dict[str, HeldGrant] = {}
    for grant in grants:
        for place in places(row, department_id, grant.unit_id, grant.unit_kind):
            mine.setdefault(f"{grant.role}@{place}", grant)
    return mine


def _personal(
    me: int,
    row: DocumentRow,
    machine: StateMachine,
    mine: Mapping[str, HeldGrant],
    authors: frozenset[int],
    signed: frozenset[int],
) -> frozenset[str]:
    """What one is to a document besides the seats one holds."""
    drafted_by = machine.definition.drafted_by
    if drafted_by == "subject":
        drafter = me == row.teacher_id and any(name.endswith("@school") for name in mine)
    else:
        drafter = any(seat.relation in mine for seat in drafted_by)
    found = {
        "author": me in authors,
        "drafter": drafter,
        "subject": me == row.teacher_id,
        "submitter": me == row.submitter_id,
        "last_signer": me == row.last_signer_id,
        "signed": me in signed,
    }
    return frozenset(name for name, true in found.items() if true)
