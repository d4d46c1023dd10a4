"""What is known of a document for its papers: its facts, the acts on a revision, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import aliased

from workflow_app import canonical
from workflow_app.artefacts.models import Artefact, Revision
from workflow_app.attachments.models import AttachmentList
from workflow_app.definitions import registry
from workflow_app.events import view
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.people.names import NamesAt, person_names_at, unit_names_at
from workflow_app.periods.models import Period
from workflow_app.printing.paper import Attached
from workflow_app.printing.wording import printable
from workflows.definition import Definition

Status = Literal["in_force", "superseded", "archived", "submitted", "returned", "withdrawn", "replaced"]


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A document, apart from its content. ``last``: its newest revision; ``in_force``: the valid one.

    ``attachments_sha256``: the list as it is now, of the draft where there is one.
    """

    artefact_id: int
    title: str
    definition: Definition
    school: str
    teacher: str | None
    period: str
    state: str
    last: int
    in_force: int | None
    attachments_sha256: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A revision as it was submitted."""

    number: int
    content: Mapping[str, Any]
    content_sha256: str
    attachments_sha256: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class ApprovalAct:
    """One act on a revision, as its event and its statement tell it."""

    seq: int
    at: str
    actor: str
    role: str | None
    unit: str
    on_behalf_of: str
    action: str
    from_state: str | None
    to_state: str
    round: int
    signs: bool
    content_sha256: str
    hash: str
    reset_by_other: str | None
    comment: str
    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a revision: when and by whom it was approved, and whether it still holds."""

    status: Status
    approved_at: str | None
    signers: tuple[ApprovalAct, ...]


def facts(artefact_id: int) -> PaperFacts | None:
    """What the papers say of a document besides its text, in one statement; None where it does not exist."""
    teacher = aliased(Person)
    row = db.session.execute(
        select(
            Artefact.title, Artefact.definition_id, Unit.name, teacher.name, Period.name,
            Artefact.state, Artefact.revision, Artefact.in_force_revision, Artefact.attachments_sha256,
        )
        .join(Unit, Unit.id == Artefact.school_id)
        .join(Period, Period.key == Artefact.period_key)
        .outerjoin(teacher, teacher.id == Artefact.teacher_id)
        .where(Artefact.id == artefact_id)
    ).first()  # fmt: skip
    if row is None:
        return None
    title, definition_id, school, teacher_name, period, state, last, in_force, attached = row
    definition = registry.machine(definition_id).definition
    return PaperFacts(
        artefact_id, title, definition, school, teacher_name, period, state, last, in_force, attached
    )  # fmt: skip


def frozen(artefact_id: int, number: int) -> Frozen | None:
    """A revision, or None when there is no such revision."""
    row = db.session.execute(
        select(
            Revision.number, Revision.content, Revision.content_sha256, Revision.attachments_sha256,
            Revision.frozen_at, Person.name,
        )
        .join(Person, Person.id == Revision.frozen_by)
        .where(Revision.artefact_id == artefact_id, Revision.number == number)
    ).first()  # fmt: skip
    if row is None:
        return None
    return Frozen(row[0], canonical.loads(bytes(row[1])), row[2], row[3], row[4], row[5])


def attachments(artefact_id: int, digest: str) -> tuple[Attached, ...]:
    """The files of the attachment list with this digest, in its order."""
    query = select(AttachmentList.body).where(
        AttachmentList.artefact_id == artefact_id, AttachmentList.sha256 == digest
    )
    body = db.session.scalar(query)  # the empty list has no row
    lines = canonical.loads(bytes(body)) if body else []
    return tuple(Attached(printable(line["name"]), line["size"], line["sha256"]) for line in lines)


# --- acts ------------------------------------------------------------------------------------


def acts(about: PaperFacts, revision: int, *, full: bool = True) -> list[ApprovalAct]:
    """The acts on a revision that its definition names, in order; without ``full`` the signatures only.

    Persons and units stand under the names they had then.
    """
    events = [
        event
        for event in view.of_document(about.artefact_id, "submitted" if full else "approved")
        if event.revision == revision and event.action in about.definition.actions
    ]
    units = unit_names_at([(scope, event.at) for event in events if (scope := _scope(event)) is not None])
    people = person_names_at([(whom, event.at) for event in events if (whom := _behind(event)) is not None])
    return [_act(about, event, units, people) for event in events]


def _scope(event: view.EventView) -> int | None:
    """The id of the unit whose role was used."""
    return (event.facts.get("grant") or {}).get("scope")


def _behind(event: view.EventView) -> int | None:
    """The id of the person in whose place it was done."""
    whom = event.facts.get("on_behalf_of")
    return whom.get("id") if isinstance(whom, Mapping) else whom


def _act(about: PaperFacts, event: view.EventView, units: NamesAt, people: NamesAt) -> ApprovalAct:
    scope, behind = _scope(event), _behind(event)
    return ApprovalAct(
        seq=event.seq, at=event.at, actor=event.actor, role=event.role or None,
        unit=units.get((scope, event.at), "") if scope is not None else "",
        on_behalf_of=people.get((behind, event.at), "") if behind is not None else "",
        action=event.action, from_state=event.from_state, to_state=event.to_state, round=event.round,
        signs=event.signs, content_sha256=event.facts["content_sha256"], hash=event.hash,
        reset_by_other=event.reset_by_other,
        comment=event.comment,
        points=tuple((_section(about, point["section"]), point["text"]) for point in event.points),
    )  # fmt: skip


def _section(about: PaperFacts, key: str) -> str:
    part = about.definition.field(key)
    return part.title.zh if part else key


# --- what became of it -----------------------------------------------------------------------


def approval(about: PaperFacts, done: Sequence[ApprovalAct]) -> ApprovalAct | None:
    """The act that put the revision in force, the last one if there were several."""
    definition = about.definition
    for act in reversed(done):
        if (
            "put_in_force" in definition.actions[act.action].effects
            and definition.states[act.to_state].in_force
        ):
            return act
    return None


def course(about: PaperFacts, revision: int) -> Course:
    """What became of the revision, as of now."""
    done = acts(about, revision)
    passed = approval(about, done)
    if passed:
        signers = tuple(
            act for act in done if act.signs and act.round == passed.round and act.seq <= passed.seq
        )
        status: Status = "superseded"
        if about.in_force == revision:
            status = "archived" if about.definition.states[about.state].final else "in_force"
        return Course(status, passed.at, signers)
    if about.last > revision:
        return Course("replaced", None, ())
    return Course(ending(about, done), None, ())


def ending(about: PaperFacts, done: Sequence[ApprovalAct]) -> Status:
    """Where a revision that was never approved stands after these acts."""
    tone = about.definition.states[done[-1].to_state].tone if done else "waiting"
    endings: dict[str, Status] = {"waiting": "submitted", "returned": "returned"}
    return endings.get(tone, "withdrawn")
