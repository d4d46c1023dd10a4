"""One person before one document: everything the state machine must know, in three reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, literal, select, union_all

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Author
from workflow_app.definitions import registry
from workflow_app.events.models import Event
from workflow_app.people.models import Route
from workflow_app.periods.service import is_open, is_over
from workflow_app.signoff import document, holders
from workflow_app.signoff.document import DocumentRow
from workflow_app.signoff.facts import errors_by_facts
from workflow_app.signoff.holders import HeldGrant, Holders
from workflow_app.store import Reader, Statement, Tx
from workflows.definition import Action, Definition, State
from workflows.guards import Case
from workflows.machine import StateMachine

#: What of a document somebody sees: the draft being typed, what was submitted, what is in force.
Level = Literal["draft", "submitted", "approved"]

_PEOPLE_ROWS = (
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
    select(literal("route"), Route.department_id, Route.position).where(Route.stage == bindparam("stage")),
)
_PEOPLE = Statement(union_all(*_PEOPLE_ROWS))
_held = (
    select(Artefact.id)
    .where(Artefact.id == bindparam("artefact_id"))
    .with_for_update(key_share=True)
    .cte("held")
)
#: The same, and nobody else changes the document until the transaction ends, nor who is asked for it:
#: whoever is at it finishes first, and the roles read next are as those have left them. The row that
#: was read before is guarded by its version. (SQLite's writers have waited at ``BEGIN IMMEDIATE``.)
_PEOPLE_HELD = Statement(union_all(*_PEOPLE_ROWS, select(literal("held"), _held.c.id, literal(0))))


@dataclass(slots=True)
class DocumentContext:
    """One person before one document: the row, its state machine, the case to judge, who holds what.

    ``mine``: the person's own seats and the grants that give them. ``level``: what of the document
    the person may see; set by ``policy.readable``.
    """

    me: int
    row: DocumentRow
    machine: StateMachine
    case: Case
    department_ids: tuple[int, ...]
    department_id: int | None
    held: Holders
    mine: Mapping[str, HeldGrant]
    authors: frozenset[int]
    day: str
    period_open: bool
    level: Level | Literal[""] = ""

    @property
    def definition(self) -> Definition:
        return self.machine.definition

    @property
    def state(self) -> State:
        """The state the document stands in."""
        return self.machine.definition.states[self.row.state]

    def shown_revision(self) -> int | None:
        """The number of the revision this person is shown; None for the draft."""
        row, state = self.row, self.state
        if self.level == "approved" or (self.level == "draft" and state.in_force):
            return row.in_force_revision
        if self.level == "submitted":
            return row.submitted_revision
        return None if state.editable or not row.revision else row.revision

    def opens(self, number: int) -> bool:
        """Whether this person may read the revision of that number."""
        if self.level == "approved":
            return number == self.row.in_force_revision
        last = self.row.revision if self.level == "draft" else self.row.submitted_revision
        return 1 <= number <= last

    def department_at(self, leg: int) -> int | None:
        """The department that argues on that leg of the route."""
        return self.department_ids[leg] if leg < len(self.department_ids) else None

    def grant_for(self, action: Action, seat: str | None = None) -> HeldGrant | None:
        """The grant by which this person does ``action``: of ``seat``, else one that fits it."""
        if seat is not None and seat in self.mine:
            return self.mine[seat]
        wanted: tuple[Any, ...] = ()
        if not isinstance(action.by, str):
            wanted = action.by
        elif self.definition.drafted_by != "subject":
            wanted = self.definition.drafted_by
        for relation in (*(seat.relation for seat in wanted), *sorted(self.mine)):
            if relation in self.mine:
                return self.mine[relation]
        return None

    def seats_of_step(self, state: str) -> list[str]:
        """The seats this person holds among all a state may wait for, whether it is their turn or not."""
        ladder = self.definition.states[state].ladder if state in self.definition.states else ()
        return [seat.relation for rung in ladder for seat in rung if seat.relation in self.mine]

    def grant_of_step(self, state: str) -> HeldGrant | None:
        """The grant by which this person acts in ``state`` without moving the document."""
        own = self.own_seat()
        for relation in (*([own] if own else ()), *self.seats_of_step(state), *sorted(self.mine)):
            if relation in self.mine:
                return self.mine[relation]
        return None

    def own_seat(self) -> str | None:
        """The seat of this person that the document waits for now, or None."""
        for seat in self.machine.open_rung(self.row.state, self.case):
            if seat.relation in self.case.relations:
                return seat.relation
        return None


def load(reader: Reader, me: int, artefact_id: int, key: str = "") -> DocumentContext | None:
    """The context of person ``me``, or None when there is no such document. Judges no rights.

    In a transaction that writes the document is held until its end.
    """
    row = document.read(reader, me, artefact_id, key)
    if row is None:
        return None
    people: dict[str, list[int]] = {"author": [], "signed": [], "acted": [], "route": [], "held": []}
    facts = reader.all(
        _PEOPLE_HELD if isinstance(reader, Tx) else _PEOPLE,
        artefact_id=artefact_id,
        round=row.round,
        state=row.state,
        stage=row.stage or "",
    )
    for kind, person_id, _ in sorted(facts, key=lambda fact: fact[2]):
        people[kind].append(person_id)
    return _context(reader, me, row, people)


def _context(reader: Reader, me: int, row: DocumentRow, people: Mapping[str, list[int]]) -> DocumentContext:
    machine = registry.machine(row.definition_id)
    waiting = bool(machine.definition.states[row.state].ladder)
    departments = (row.route_departments if waiting else ()) or tuple(people["route"])
    department = departments[row.leg] if row.leg < len(departments) else None
    day = clock.today()
    authors = frozenset(people["author"]) | ({row.submitter_id} if row.submitter_id else set())
    signed = frozenset(people["signed"]) if waiting else frozenset()
    held = holders.near(reader, me, row, department, day.isoformat())
    seats = holders.seats(machine, row, department, held, authors)
    if _needs_far(machine, row, seats, signed, me):
        held += holders.far(reader, day.isoformat())
        seats = holders.seats(machine, row, department, held, authors)
    mine = holders.relations(row, department, [item for item in held if item.person_id == me])
    opened = is_open(row, day) or _has_own_time(machine, row)
    case = Case(
        me=me,
        relations=frozenset(mine) | _personal(me, row, machine, mine, authors, signed),
        state=row.state,
        seats=seats,
        signed=signed,
        problems=(row.draft_problems or 0) + errors_by_facts(reader, machine.definition, row),
        unanswered=row.unanswered,
        acted_on=bool(people["acted"]),
        more_departments=row.leg + 1 < len(departments),
        period_open=opened,
        period_over=is_over(row, day),
        amending=row.in_force_revision is not None,
        revision=row.revision,
    )
    return DocumentContext(
        me, row, machine, case, departments, department, held, mine, authors, day.isoformat(), opened
    )


def _has_own_time(machine: StateMachine, row: DocumentRow) -> bool:
    """Whether the step has a deadline of its own that has not passed: until then it stays doable."""
    state = machine.definition.states[row.state]
    own = state.editable and state.due is not None and state.due.working_days is not None
    return own and clock.stamp(clock.now()) <= row.due_at != clock.NEVER


def _needs_far(
    machine: StateMachine,
    row: DocumentRow,
    near_seats: Mapping[str, frozenset[int]],
    signed: frozenset[int],
    me: int,
) -> bool:
    """Whether this step or one it leads to finds nobody near: then the training school is read."""
    if not machine.has_far_seats:
        return False
    if machine.definition.states[row.state].ladder and not machine.rung(row.state, near_seats, signed):
        return True
    return any(
        not machine.rung(to, near_seats, machine.out_after(action, me, signed))
        for action, to in machine.ahead[row.state]
    )


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
