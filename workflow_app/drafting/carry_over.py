"""Beginning with an older document of the same kind: what may be taken over, and what has to be renewed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, bindparam, insert, or_, select, update

from workflow_app.artefacts import content as contents
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Artefact, CarriedOver
from workflow_app.definitions import registry
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.periods.models import Period
from workflow_app.signoff import policy
from workflow_app.signoff.facts import digest_of
from workflow_app.signoff.transition import draft_refused
from workflow_app.store import Statement, Tx, transaction
from workflows.definition import Definition

_CARRY = Statement(
    insert(CarriedOver).values(
        {
            name: bindparam(name)
            for name in ("artefact_id", "field", "value_sha256", "source_id", "source_revision")
        }
    )
)
_CONFIRM = Statement(
    update(CarriedOver)
    .where(
        CarriedOver.artefact_id == bindparam("at_artefact"),
        CarriedOver.field == bindparam("at_field"),
        CarriedOver.confirmed_at.is_(None),
    )
    .values(confirmed_by=bindparam("me"), confirmed_at=bindparam("now"))
)


class Offer(NamedTuple):
    """A document somebody may begin the next one with: the revision in force, else the last submitted."""

    artefact_id: int
    workflow: str
    school_id: int
    title: str
    period_name: str
    starts_on: str
    revision: int


@dataclass(frozen=True, slots=True)
class SourceContent:
    """What is taken over: the revision it comes from, its content as far as it still fits the form."""

    artefact_id: int
    revision: int
    period_name: str
    content: Mapping[str, Any]

    def said(self) -> str:
        """What the trail says of it."""
        return f"以{self.period_name}第 {self.revision} 版为底稿（编号 {self.artefact_id}）。"

    def carried(self, definition: Definition, content: Mapping[str, Any]) -> list[list[str]]:
        """Every section that has to be renewed and still says what it said: (key, digest)."""
        return [
            [field.key, digest_of(content[field.key])]
            for field in definition.form
            if field.renew
            and content[field.key] != form.empty(field)
            and content[field.key] == self.content.get(field.key)
        ]

    def carry(self, tx: Tx, artefact_id: int, carried: Sequence[Sequence[str]]) -> None:
        """Remember what ``carried`` has found."""
        rows = [
            {
                "artefact_id": artefact_id, "field": key, "value_sha256": digest,
                "source_id": self.artefact_id, "source_revision": self.revision,
            }
            for key, digest in carried
        ]  # fmt: skip
        tx.run_many(_CARRY, rows)


def renewable(definition: Definition) -> bool:
    """Whether a document of this kind may be begun with an older one: its form says what to renew."""
    return any(field.renew for field in definition.form)


def offers(person_id: int) -> list[Offer]:
    """The latest submitted document of each kind and subject this person may begin anew."""
    machines = registry.current()
    subjects = [
        and_(Artefact.workflow == key, Artefact.subject == _subject(school, teacher))
        for key, school, teacher in policy.creatable(person_id)
        if renewable(machines[key].definition)
    ]
    if not subjects:
        return []
    query = (
        select(
            Artefact.id, Artefact.workflow, Artefact.subject, Artefact.school_id, Artefact.title, Period.name,
            Period.starts_on,
        )
        .join(Period, Period.key == Artefact.period_key)
        .where(or_(*subjects), Artefact.revision > 0)
        .order_by(Period.starts_on.desc(), Artefact.id.desc())
    )  # fmt: skip
    found: dict[tuple[str, str], Offer] = {}
    for artefact_id, workflow, subject, school_id, title, name, starts_on in db.session.execute(query):
        if (workflow, subject) not in found and (number := _revision(person_id, artefact_id)):
            found[workflow, subject] = Offer(
                artefact_id, workflow, school_id, title, name, starts_on, number
            )  # fmt: skip
    return list(found.values())


def _subject(school_id: int, teacher_id: int | None) -> str:
    return f"person:{teacher_id}" if teacher_id else f"school:{school_id}"


def _revision(person_id: int, artefact_id: int) -> int:
    """The revision this person may take over: the one in force, else the last submitted; 0 for none."""
    try:
        context = policy.readable(person_id, artefact_id)
    except NotFound:
        return 0
    last = 0 if context.level == "approved" else context.row.revision
    return context.row.in_force_revision or last


def source_content(
    person_id: int, source_id: int, definition: Definition, subject: str, starts_on: str
) -> SourceContent:
    """The content of an older document, for a new one of ``subject`` in a period from ``starts_on``.

    Raises:
        BadInput: there is no such document for this person, or it is not an older one of the same
            kind and subject.
    """
    row = db.session.execute(
        select(Artefact.workflow, Artefact.subject, Period.starts_on, Period.name)
        .join(Period, Period.key == Artefact.period_key)
        .where(Artefact.id == source_id)
    ).first()
    number = _revision(person_id, source_id) if row else 0
    if row is None or not number or (row[0], row[1]) != (definition.key, subject):
        raise BadInput({"source": _("没有找到可以作为底稿的文件。")})
    if row[2] >= starts_on or not renewable(definition):
        raise BadInput({"source": _("只能以更早一期的文件为底稿。")})
    kept = contents.revision(source_id, number)
    assert kept is not None
    return SourceContent(source_id, number, row[3], _fitting(definition, kept.content))


def _fitting(definition: Definition, old: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of an older content that fit the form as it is now."""
    content = {field.key: old[field.key] for field in definition.form if field.key in old}
    try:
        return form.shaped(definition, content)
    except form.Unfit as unfit:
        wrong = {path.partition(".")[0] for path in unfit.problems}
        fitting = {key: value for key, value in content.items() if key not in wrong}
        return form.shaped(definition, fitting)


def confirm(person_id: int, artefact_id: int, field: str) -> None:
    """An author's word that a section taken over stays as it was. Twice is once.

    Raises:
        NotFound, NotAllowed: not theirs to edit, or not now. Conflict: somebody has moved it on.
    """
    with transaction() as tx:
        context = policy.readable(person_id, artefact_id, tx)
        if context.definition.field(field) is None:
            raise NotFound
        if refusal := policy.edit_refusal(context):
            raise draft_refused(context, refusal)
        now = context.row.moment().at
        tx.run(_CONFIRM, at_artefact=artefact_id, at_field=field, me=person_id, now=now)
