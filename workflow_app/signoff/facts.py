"""What the checks of a definition must know of the world: principals, terms, what was taken over."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, literal, or_, select, union_all

from workflow_app import canonical, clock
from workflow_app.artefacts.models import CarriedOver, Draft
from workflow_app.people.models import Grant, Person
from workflow_app.periods.models import Period
from workflow_app.store import Reader, Statement
from workflows.checking import CheckFacts
from workflows.checks import find
from workflows.definition import Definition

_FACTS = Statement(
    union_all(
        select(literal("principal"), Person.name, literal(""))
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Grant.unit_id == bindparam("school_id"),
            Grant.role == "principal",
            Person.disabled_at.is_(None),
            Grant.ended_at.is_(None),
            Grant.starts_on <= bindparam("day"),
            or_(Grant.ends_on.is_(None), Grant.ends_on >= bindparam("day")),
        ),
        select(literal("term"), Period.starts_on, Period.ends_on).where(
            Period.kind == "term",
            Period.starts_on >= bindparam("first"),
            Period.ends_on <= bindparam("last"),
        ),
        select(literal("carried"), CarriedOver.field, CarriedOver.value_sha256).where(
            CarriedOver.artefact_id == bindparam("artefact_id"), CarriedOver.confirmed_at.is_(None)
        ),
    )
)
_DRAFT = Statement(select(Draft.content).where(Draft.artefact_id == bindparam("artefact_id")))

#: The first and the last day of a period.
Days = tuple[str, str]


def digest_of(value: Any) -> str:
    """The digest of one section's value."""
    return canonical.sha256(canonical.dumps(value))


def gather(
    reader: Reader, artefact_id: int, school_id: int, days: Days, content: Mapping[str, Any]
) -> CheckFacts:
    """The facts about a document with this content."""
    rows = reader.all(
        _FACTS,
        school_id=school_id, day=clock.today().isoformat(), first=days[0], last=days[1],
        artefact_id=artefact_id,
    )  # fmt: skip
    by_kind: dict[str, list[tuple[str, str]]] = {"principal": [], "term": [], "carried": []}
    for kind, one, two in rows:
        by_kind[kind].append((one, two))
    return CheckFacts(
        principals=tuple(sorted({name for name, _ in by_kind["principal"]})),
        first=date.fromisoformat(days[0]),
        last=date.fromisoformat(days[1]),
        terms=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in sorted(by_kind["term"])),
        unrenewed=frozenset(
            field for field, sha256 in by_kind["carried"] if digest_of(content.get(field)) == sha256
        ),
    )


def errors_of_the_office(
    reader: Reader,
    definition: Definition,
    state: str,
    artefact_id: int,
    school_id: int,
    days: Days,
) -> int:
    """How many errors of the draft only the office can see. Nothing is read where no check asks for it.

    Errors that the content shows by itself are counted when it is saved; these may come and go
    without anybody typing (a new principal), so they are looked for whenever somebody asks.
    """
    must = [check for check in definition.checks if check.level == "error" and check.asks_office]
    if not must or not definition.states[state].editable:
        return 0
    found = reader.one(_DRAFT, artefact_id=artefact_id)
    content = canonical.loads(bytes(found[0])) if found else {}
    facts = gather(reader, artefact_id, school_id, days, content)
    return sum(finding.level == "error" for finding in find(definition.form, must, content, facts))
