"""How a document begins: one per subject and period, with its first event."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, insert, literal, null, select

from workflow_app import canonical, clock, inputs, stamps
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Artefact, Author, Draft
from workflow_app.definitions import registry
from workflow_app.drafting.carry_over import SourceContent, source_content
from workflow_app.errors import AlreadyThere, BadInput, KeyReused, NotAllowed
from workflow_app.events import append, chain
from workflow_app.extensions import db
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.people.service import live_grants
from workflow_app.periods.deadlines import due_stamp
from workflow_app.periods.models import Period
from workflow_app.periods.service import is_over, period
from workflow_app.signoff import candidates, policy, sql
from workflow_app.signoff.transition import INTEGRITY_ERRORS
from workflow_app.signoff.writer import Outcome
from workflow_app.store import Statement, Tx, transaction
from workflows.definition import Definition
from workflows.guards import Reason

_ARTEFACT = Statement(
    insert(Artefact)
    .values(
        {
            name: bindparam(name)
            for name in (
                "workflow", "definition_id", "title", "title_salt", "subject", "school_id", "teacher_id",
                "period_key", "state", "version", "revision", "submitted_revision", "round",
                "route", "leg", "points_version",
                "author_id",
                "content_sha256", "attachments_sha256", "head_seq", "head_hash", "state_since",
                "due_at", "created_at", "updated_at",
            )
        }
    )
    .returning(Artefact.id)
)  # fmt: skip
_DRAFT = Statement(
    insert(Draft).values(
        {name: bindparam(name) for name in ("artefact_id", "content", "problems", "saved_by", "saved_at")}
    )
)
_AUTHOR = Statement(
    insert(Author).values({name: bindparam(name) for name in ("artefact_id", "person_id", "since")})
)
_THERE = Statement(
    select(literal("there"), Artefact.id, null()).where(
        Artefact.workflow == bindparam("workflow"),
        Artefact.subject == bindparam("subject"),
        Artefact.period_key == bindparam("period"),
    )
)


class _Meant(NamedTuple):
    """What somebody asks to begin. ``title``: as it was typed; empty when it is to be made."""

    definition: Definition
    span: Period
    title: str


def create(
    person_id: int,
    workflow: str,
    period_key: str,
    *,
    school_id: int | None = None,
    teacher_id: int | None = None,
    title: str = "",
    content: Mapping[str, Any] | None = None,
    source_id: int | None = None,
    key: str,
) -> Outcome:
    """Begin a document in the initial state of its definition, with its first event.

    Its parameters are the fields of the form that begins a document, each by its name.

    Args:
        school_id, teacher_id: may be left out where the person can mean only one.
        title: made from school or teacher, period and kind when empty.
        content: as ``artefacts.form`` shapes it; may be partial.
        source_id: an older document of the same kind and subject to begin with; ``content`` goes over it.

    Raises:
        BadInput: unknown workflow, period, school; content that does not fit the form.
        NotAllowed: not theirs to begin. AlreadyThere: the one of this period exists. KeyReused.
    """
    inputs.key(key)
    meant = _meant(workflow, period_key, title)
    definition, span = meant.definition, meant.span
    place = _place(person_id, workflow, school_id, teacher_id)
    if is_over(span, clock.today()) and span.gate != "open":
        raise NotAllowed(Reason("period_closed"))
    clean, problems = _clean(definition, content or {})
    wanted = _Wanted(person_id, meant, place, clean, problems, key)
    if source_id is not None:
        wanted.begin_with(source_content(person_id, source_id, definition, wanted.subject, span.starts_on))
    try:
        with transaction() as tx:
            return wanted.write(tx)
    except INTEGRITY_ERRORS:
        # Somebody, or this very request, began it at the same instant.
        with transaction() as tx:
            return wanted.write(tx)


def _clean(definition: Definition, content: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The content and how many places have still something wrong. Raises BadInput."""
    try:
        clean, issues = form.clean(definition, content)
    except form.Unfit as unfit:
        raise BadInput({f"content.{path}": why for path, why in unfit.problems.items()}) from unfit
    return clean, len(issues)


def _meant(workflow: str, period_key: object, title: str) -> _Meant:
    """The kind, the period and the title asked for. Raises BadInput."""
    problems: dict[str, Any] = {}
    machine = registry.current().get(workflow)
    span = period(period_key) if isinstance(period_key, str) else None
    title = inputs.line(problems, "title", title, 200, required=False)
    if machine is None:
        problems["workflow"] = _("没有这一类文件。")
    if span is None or (machine and span.kind != machine.definition.period):
        problems["period"] = _("没有这个学年或学期。")
    if problems or machine is None or span is None:
        raise BadInput(problems)
    return _Meant(machine.definition, span, title)


def _place(
    person_id: int, workflow: str, school_id: int | None, teacher_id: int | None
) -> tuple[int, int | None]:
    """The school and teacher meant, among what this person may begin."""
    may = [(school, teacher) for key, school, teacher in policy.creatable(person_id) if key == workflow]
    fits = [
        (school, teacher)
        for school, teacher in may
        if school_id in (None, school) and teacher_id in (None, teacher)
    ]
    if not fits:
        raise NotAllowed(Reason("no_right"))
    if len(fits) > 1:
        raise BadInput({"school": _("您在几所学校任职，请选择学校。")})
    return fits[0]


def _joined(*parts: str) -> str:
    """Parts of a title in one line, spaced where Latin letters or digits meet their neighbours."""
    title = ""
    for part in parts:
        apart = title and part and (title[-1].isascii() or part[0].isascii())
        title += f" {part}" if apart else part
    return title


class _Wanted:
    """One document about to be written."""

    def __init__(
        self,
        me: int,
        meant: _Meant,
        place: tuple[int, int | None],
        content: dict[str, Any],
        problems: int,
        key: str,
    ) -> None:
        definition, span, title = meant
        self.me, self.definition, self.key = me, definition, key
        self.period_key, self.starts_on = span.key, span.starts_on
        self.school_id, self.teacher_id = place
        self.subject = f"person:{self.teacher_id}" if self.teacher_id else f"school:{self.school_id}"
        self.title = title or self._title(span.name)
        self.content, self.problems = content, problems
        self.body = canonical.dumps(content)
        self.source: SourceContent | None = None
        self.identity = append.Identity(
            self.title, secrets.token_hex(32), self.period_key, self.subject, self.school_id, self.teacher_id
        )
        self.definition_id = registry.definition_id(definition.key)
        self.grant = self._grant()
        self.request_sha256 = canonical.digest(
            ["create", definition.key, self.period_key, self.subject, title, canonical.sha256(self.body)]
        )

    def begin_with(self, source: SourceContent) -> None:
        """Take over an older content wherever nothing was sent."""
        empty = {field.key: form.empty(field) for field in self.definition.form}
        sent = {key: value for key, value in self.content.items() if value != empty[key]}
        self.content, issues = form.clean(self.definition, {**source.content, **sent})
        self.body, self.problems, self.source = canonical.dumps(self.content), len(issues), source
        self.request_sha256 = canonical.digest([self.request_sha256, source.artefact_id])

    def _title(self, period_name: str) -> str:
        if self.teacher_id:
            whose = db.session.get_one(Person, self.teacher_id).name
        else:
            whose = db.session.get_one(Unit, self.school_id).name
        return _joined(whose, period_name, self.definition.title.zh)[:200]

    def _grant(self) -> Grant:
        grants = [grant for grant in live_grants(self.me) if grant.unit_id == self.school_id]
        if self.definition.drafted_by == "subject":
            return grants[0]
        roles = {seat.role for seat in self.definition.drafted_by}
        return next(grant for grant in grants if grant.role in roles)

    def write(self, tx: Tx) -> Outcome:
        answered = tx.one(sql.ANSWERED, me=self.me, key=self.key)
        if answered:
            if answered[0] != self.request_sha256:
                raise KeyReused
            return Outcome.from_memory(answered[1])
        there = tx.one(_THERE, workflow=self.definition.key, subject=self.subject, period=self.period_key)
        if there:
            raise AlreadyThere(there[1])
        return self._insert(tx)

    def _insert(self, tx: Tx) -> Outcome:
        moment = stamps.moment(tx)
        at, initial = moment.at, self.definition.initial
        content_sha256 = canonical.sha256(self.body)
        due = due_stamp(self.definition.states[initial].due, moment.clock, self.starts_on)
        created = tx.one(
            _ARTEFACT,
            workflow=self.definition.key, definition_id=self.definition_id, title=self.title,
            title_salt=self.identity.title_salt, subject=self.subject, school_id=self.school_id,
            teacher_id=self.teacher_id, period_key=self.period_key, state=initial, version=1, revision=0,
            submitted_revision=0, round=0, route="", leg=0, points_version=0, author_id=self.me,
            content_sha256=content_sha256, attachments_sha256=canonical.EMPTY_LIST_SHA256, head_seq=1,
            head_hash=canonical.ZEROS, state_since=at, due_at=due, created_at=at, updated_at=at,
        )  # fmt: skip
        assert created is not None
        artefact_id = int(created[0])
        carried = self.source.carried(self.definition, self.content) if self.source else []
        event = self._event(artefact_id, moment, due, content_sha256, carried)
        tx.run(sql.FIRST_HEAD, artefact_id=artefact_id, head_hash=event.hash)
        tx.run(
            _DRAFT, artefact_id=artefact_id, content=self.body, problems=self.problems,
            saved_by=self.me, saved_at=at,
        )  # fmt: skip
        tx.run(_AUTHOR, artefact_id=artefact_id, person_id=self.me, since=at)
        append.send(tx, event)
        if self.definition.states[initial].asks:
            tx.run(
                sql.TASK, artefact_id=artefact_id, state=initial, opened_at=at, due_at=due,
                **candidates.person(self.me),
            )  # fmt: skip
        if self.source:
            self.source.carry(tx, artefact_id, carried)
        outcome = Outcome(artefact_id, 1, "create", None, initial, 1, 0, 0, self.definition_id)
        self._remember(tx, outcome, at)
        return outcome

    def _event(
        self, artefact_id: int, moment: clock.Moment, due: str, content_sha256: str, carried: list[list[str]]
    ) -> append.SealedEvent:
        grant = {"id": self.grant.id, "role": self.grant.role, "scope": self.grant.unit_id}
        act = append.Act(
            "create", self.me, grant, "session", self.key, moment, request_sha256=self.request_sha256
        )
        initial, source = self.definition.initial, self.source
        asked = [[None, None, self.me]] if self.definition.states[initial].asks else []
        place = append.Place(
            artefact_id, self.identity, self.definition, None, initial, 0, 0, 1, "", due, content_sha256,
            canonical.EMPTY_LIST_SHA256, [self.me], 1, canonical.ZEROS, asked, [],
            [source.artefact_id, source.revision, carried] if source else None,
        )  # fmt: skip
        return append.seal(act, place, chain.seal_opinion(source.said()) if source else None)

    def _remember(self, tx: Tx, outcome: Outcome, at: str) -> None:
        tx.run(
            sql.ANSWER, person_id=self.me, key=self.key, request_sha256=self.request_sha256,
            answer=outcome.remembered(), at=at,
        )  # fmt: skip
