"""Who holds which role near a document: the live grants its seats are filled from."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, or_, select, union_all

from workflow_app.people.grants import valid_on
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.store import Reader, Statement
from workflows.machine import StateMachine
from workflows.vocabulary import FAR_PLACES_OF_KIND, FAR_SIGNERS, FAR_UNITS, NEAR_SIGNERS


class HeldGrant(NamedTuple):
    """A live grant of somebody."""

    id: int
    person_id: int
    role: str
    unit_id: int
    unit_kind: str


class Situated(Protocol):
    """A document as far as it matters which units are near it."""

    @property
    def school_id(self) -> int: ...
    @property
    def teacher_id(self) -> int | None: ...
    @property
    def parent_school_id(self) -> int | None: ...


Holders = tuple[HeldGrant, ...]
#: For each seat of a ladder, as a relation, who could sit there.
Seats = dict[str, frozenset[int]]

HELD = (
    select(Grant.id, Grant.person_id, Grant.role, Grant.unit_id, Unit.kind)
    .join(Person, Person.id == Grant.person_id)
    .join(Unit, Unit.id == Grant.unit_id)
    .where(*valid_on(bindparam("day")))
)


def one_of(column: Any, values: tuple[str, ...]) -> Any:
    """``column`` is one of a few fixed values; unlike ``in_`` its length is known when it is compiled."""
    return or_(*(column == value for value in values))


def _signers_at(unit: str) -> Any:
    return HELD.where(Grant.unit_id == bindparam(unit), one_of(Grant.role, NEAR_SIGNERS))


_NEAR = Statement(
    union_all(
        HELD.where(Grant.person_id == bindparam("me")),
        _signers_at("school"),
        _signers_at("parent"),
        _signers_at("department"),
    )
)
_OF_TWO = Statement(HELD.where(or_(Grant.person_id == bindparam("one"), Grant.person_id == bindparam("two"))))
_FAR = Statement(HELD.where(one_of(Grant.role, FAR_SIGNERS), one_of(Unit.kind, FAR_UNITS)))


def near(reader: Reader, me: int, row: Situated, department_id: int | None, day: str) -> Holders:
    """What ``me`` holds, and the signers of the school, its parent school and ``department_id``."""
    rows = reader.all(
        _NEAR, me=me, school=row.school_id, parent=row.parent_school_id, department=department_id, day=day
    )
    return tuple(HeldGrant(*item) for item in rows)


def of_people(reader: Reader, people: Sequence[int], day: str) -> Holders:
    """What one or two people hold."""
    rows = reader.all(_OF_TWO, one=people[0], two=people[-1], day=day)
    return tuple(HeldGrant(*item) for item in rows)


def far(reader: Reader, day: str) -> Holders:
    """The signers of the training school, the bureau and the county."""
    return tuple(HeldGrant(*item) for item in reader.all(_FAR, day=day))


def places(row: Situated, department_id: int | None, unit_id: int, kind: str) -> tuple[str, ...]:
    """Which places of the document a unit is, the closest last."""
    found = []
    if unit_id == row.school_id:
        found.append("school")
    if unit_id == row.parent_school_id:
        found.append("parent")
    found += FAR_PLACES_OF_KIND[kind]
    if kind == "department" and unit_id == department_id:
        found.append("department")
    return tuple(found)


def seats(
    machine: StateMachine,
    row: Situated,
    department_id: int | None,
    held: Holders,
    authors: frozenset[int],
) -> Seats:
    """For each seat of the definition's ladders, who could sit there: live holders less the authors."""
    found: dict[str, set[int]] = {}
    for item in held:
        if item.person_id in authors:
            continue
        for place in places(row, department_id, item.unit_id, item.unit_kind):
            relation = f"{item.role}@{place}"
            if relation in machine.seats:
                found.setdefault(relation, set()).add(item.person_id)
    return {relation: frozenset(people) for relation, people in found.items()}


def relations(row: Situated, department_id: int | None, grants: list[HeldGrant]) -> dict[str, HeldGrant]:
    """The seats one person's grants give; the first grant that gives a seat stands for it."""
    found: dict[str, HeldGrant] = {}
    for grant in grants:
        for place in places(row, department_id, grant.unit_id, grant.unit_kind):
            found.setdefault(f"{grant.role}@{place}", grant)
    return found
