"""What the checks of a definition must know of the world: principals, terms, what was taken over."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, literal, select, union_all

from workflow_app import canonical, clock
from workflow_app.artefacts.models import CarriedOver, Draft
from workflow_app.people.grants import valid_on
from workflow_app.people.models import Grant, Person
from workflow_app.periods.models import Period
from workflow_app.signoff.document import DocumentRow
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
            *valid_on(bindparam("day")),
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


def digest_of(value: Any) -> str:
    """The digest of one section's value."""
    return canonical.sha256(canonical.dumps(value))


def gather(reader: Reader, row: DocumentRow, content: Mapping[str, Any]) -> CheckFacts:
    """The facts about a document with this content."""
    first, last = row.starts_on, row.ends_on
    rows = reader.all(
        _FACTS,
        school_id=row.school_id, day=clock.today().isoformat(), first=first, last=last, artefact_id=row.id,
    )  # fmt: skip
    by_kind: dict[str, list[tuple[str, str]]] = {"principal": [], "term": [], "carried": []}
    for kind, one, two in rows:
        by_kind[kind].append((one, two))
    return CheckFacts(
        principals=tuple(sorted({name for name, _ in by_kind["principal"]})),
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        terms=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in sorted(by_kind["term"])),
        unrenewed=frozenset(
            field for field, sha256 in by_kind["carried"] if digest_of(content.get(field)) == sha256
        ),
    )


def errors_by_facts(reader: Reader, definition: Definition, row: DocumentRow) -> int:
    """How many errors of the draft the content alone does not show. Reads only where a check needs it.

    Errors that the content shows by itself are counted when it is saved; these may come and go
    without anybody typing (a new principal), so they are looked for whenever somebody asks.
    """
    must = [check for check in definition.checks if check.level == "error" and check.asks_facts]
    if not must or not definition.states[row.state].editable:
        return 0
    draft = reader.one(_DRAFT, artefact_id=row.id)
    content = canonical.loads(bytes(draft[0])) if draft else {}
    facts = gather(reader, row, content)
    return sum(finding.level == "error" for finding in find(definition.form, must, content, facts))
