"""Gathers what the page of a document shows: where it stands, who did what, what this person may do."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from workflow_app import clock
from workflow_app.artefacts import content as contents
from workflow_app.artefacts.models import Artefact
from workflow_app.attachments import lists
from workflow_app.definitions.models import StoredDefinition
from workflow_app.desk.actions import actions
from workflow_app.desk.page import Page, Step
from workflow_app.drafting import precheck
from workflow_app.drafting.points import points
from workflow_app.events import in_force
from workflow_app.events.view import EventView, of_document
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.periods.models import Period
from workflow_app.review import comparing, remarks
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.holders import places
from workflow_app.store import Statement, reading
from workflows.vocabulary import BUILT_IN_ACTIONS, seat_name


def build(person_id: int, artefact_id: int) -> Page:
    """The page of a document for a person.

    Raises:
        NotFound: they may not know it exists.
    """
    context = policy.readable(person_id, artefact_id)
    level = context.level
    row, definition = context.row, context.definition
    content = contents.shown(row.id, context.shown_revision())
    timeline = of_document(context.row.id, level)
    names = _names(context)
    waiting, why = _waiting(context, names)
    doc = _document(context, level, content)
    fields = [(item, content.content.get(item.key)) for item in definition.form]
    shown = {item.key: value for item, value in fields}
    listed = content.attachments_sha256 or row.attachments_sha256
    return Page(
        doc=doc,
        context=context,
        level=level,
        steps=_steps(context, timeline, names, doc.due_at),
        waiting=waiting,
        why=why,
        fields=fields,
        points=[] if level == "approved" else points(context),
        timeline=timeline,
        actions=actions(context),
        edit_refusal=policy.edit_refusal(context),
        would_sign=policy.would_sign(context),
        comparison=comparing.for_reviewer(context, shown, timeline),
        threads=remarks.threads(context, shown),
        audiences=policy.remark_audiences(context),
        names=[name for near, name in names.items() if near != person_id],
        findings=precheck.for_reader(context, content),
        files=lists.items(row.id, listed),
        attachments_sha256=listed,
        force=() if row.in_force_revision is None else in_force.spans(row.id),
    )


# Built once: building it takes longer than running it.
_author, _teacher = aliased(Person), aliased(Person)
_DOCUMENT = Statement(
    select(
        Artefact.title, Unit.name, Period.name, _author.name, _teacher.name, StoredDefinition.version,
    )
    .join(Unit, Unit.id == Artefact.school_id)
    .join(Period, Period.key == Artefact.period_key)
    .join(_author, _author.id == Artefact.author_id)
    .join(StoredDefinition, StoredDefinition.id == Artefact.definition_id)
    .outerjoin(_teacher, _teacher.id == Artefact.teacher_id)
    .where(Artefact.id == bindparam("artefact"))
)  # fmt: skip


def _document(context: DocumentContext, level: str, content: contents.Content) -> SimpleNamespace:
    row = reading().one(_DOCUMENT, artefact=context.row.id)
    assert row is not None
    title, school, period, author_name, teacher_name, version = row
    due_at = context.row.due_at
    state = context.machine.definition.states[context.row.state]
    return SimpleNamespace(
        id=context.row.id, title=title, school=school, teacher=teacher_name, period=period,
        workflow=context.machine.definition.title, workflow_key=context.row.workflow,
        workflow_version=version,
        state=context.row.state, tone=state.tone, state_title=state.title, editable=state.editable,
        revision=context.row.revision, shown_revision=content.revision,
        in_force_revision=context.row.in_force_revision, version=context.row.version, round=context.row.round,
        content_sha256=context.row.content_sha256, attachments_sha256=context.row.attachments_sha256,
        document_sha256=context.row.identity._replace(title=title).digest(),
        shown_sha256=content.sha256, author=author_name,
        updated_at=context.row.updated_at, due_at=None if due_at == clock.NEVER else due_at,
        amending=context.row.in_force_revision is not None and not (state.in_force or state.final),
        is_current=content.sha256 == context.row.content_sha256,
    )  # fmt: skip


# --- where it stands -------------------------------------------------------------------------


_PEOPLE = select(Person.id, Person.name).where(Person.id.in_(bindparam("people", expanding=True)))


def _names(context: DocumentContext) -> dict[int, str]:
    """Names of everybody who could be asked now, and of those who draft."""
    people = set().union(*context.case.seats.values()) | context.authors | {context.row.author_id}
    if context.row.teacher_id:
        people.add(context.row.teacher_id)
    rows = db.session.execute(_PEOPLE, {"people": list(people)})
    return {row[0]: row[1] for row in rows}


def _asked(context: DocumentContext, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """(seat, name) of everybody who is asked now."""
    rung = context.machine.open_rung(context.row.state, context.case)
    return [
        (seat.relation, names[person])
        for seat in rung
        for person in sorted(context.case.seats.get(seat.relation, frozenset()) - context.case.signed)
        if person in names
    ]


def _waiting(context: DocumentContext, names: Mapping[int, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Who it waits for, and why it is them when the first rung could not be asked; both languages."""
    state = context.machine.definition.states[context.row.state]
    if not state.ladder:
        return {}, {}
    asked = _asked(context, names)
    if not asked:
        return {
            "zh": "现在没有人可以处理，请联系系统管理员核对角色。",
            "en": "Nobody can act now; ask the administrator.",
        }, {}
    zh = "、".join(f"{name}（{seat_name(seat, 'zh')}）" for seat, name in asked)
    en = ", ".join(f"{name} ({seat_name(seat, 'en')})" for seat, name in asked)
    return {"zh": f"现在等待{zh}处理。", "en": f"Waiting for {en}."}, _why(context)


def _why(context: DocumentContext) -> dict[str, str]:
    state = context.machine.definition.states[context.row.state]
    rung = context.machine.open_rung(context.row.state, context.case)
    passed = state.ladder[: state.ladder.index(rung)]
    if not passed:
        return {}
    zh, en = [], []
    for seat in (seat for earlier in passed for seat in earlier):
        holders = _holders(context, seat.relation)
        who_zh, who_en = seat_name(seat.relation, "zh"), seat_name(seat.relation, "en")
        if not holders:
            zh.append(f"没有在任的{who_zh}")
            en.append(f"there is no {who_en}")
        elif holders & context.authors:
            zh.append(f"{who_zh}参与了起草或提交")
            en.append(f"the {who_en} drafted or submitted it")
        else:
            zh.append(f"{who_zh}这一轮已经签过")
            en.append(f"the {who_en} has signed in this round")
    to_zh = "或".join(seat_name(seat.relation, "zh") for seat in rung)
    to_en = " or ".join(seat_name(seat.relation, "en") for seat in rung)
    return {
        "zh": f"因为{'，'.join(zh)}，按规定由{to_zh}处理。",
        "en": f"Because {', '.join(en)}, it goes to the {to_en}.",
    }


def _holders(context: DocumentContext, relation: str) -> frozenset[int]:
    role, _, place = relation.partition("@")
    return frozenset(
        item.person_id
        for item in context.held
        if item.role == role
        and place in places(context.row, context.department_id, item.unit_id, item.unit_kind)
    )


def _steps(
    context: DocumentContext, timeline: Sequence[EventView], names: Mapping[int, str], due_at: str | None
) -> list[Step]:
    definition, row = context.machine.definition, context.row
    path = list(definition.path)
    state = definition.states[row.state]
    beside = 0 if state.editable else len(path)
    now = path.index(row.state) if row.state in path else beside
    back = _returned_from(timeline) if state.tone == "returned" else None
    steps = []
    ahead = _Ahead(context, names)
    for index, name in enumerate(path):
        title = definition.states[name].title
        left = _left(timeline, name, row.round)
        if name == back:
            steps.append(Step(title, "back", (timeline[-1].actor,), timeline[-1].at))
        elif index < now or (index == now and definition.states[name].in_force):
            steps.append(Step(title, "done", *(left or _entered(timeline, name))))
        elif index == now:
            due = context.row.state not in path or state.editable
            steps.append(Step(title, "now", _now_who(context, names), None, None if due else due_at))
        else:
            steps.append(Step(title, "todo", ahead.who(name)))
    return steps


def _now_who(context: DocumentContext, names: Mapping[int, str]) -> tuple[str, ...]:
    if context.machine.definition.states[context.row.state].ladder:
        return tuple(dict.fromkeys(name for _, name in _asked(context, names)))
    return (names[context.row.author_id],)


class _Ahead:
    """Who will be asked in the steps to come, as far as it can be known now: the real people."""

    def __init__(self, context: DocumentContext, names: Mapping[int, str]) -> None:
        self.context, self.names = context, names
        # Whoever sends a draft on becomes its author; whoever signs once in a round is out of it.
        self.out = context.case.signed if not context.state.editable else frozenset({context.row.author_id})
        if context.state.ladder:
            self._pass(context.row.state)

    def who(self, state: str) -> tuple[str, ...]:
        people = self._pass(state)
        return tuple(dict.fromkeys(self.names[person] for person in people if person in self.names))

    def _pass(self, state: str) -> list[int]:
        """The people asked in ``state``; where there is one, they are out of what comes after."""
        seats = self.context.case.seats
        rung = self.context.machine.rung(state, seats, self.out)
        people = {
            person
            for seat in rung
            for person in seats.get(seat.relation, frozenset())
            if person not in self.out
        }
        if len(people) == 1:
            self.out |= people
        return sorted(people)


def _left(timeline: Sequence[EventView], state: str, round_: int) -> tuple[tuple[str, ...], str] | None:
    """Who took the document on from ``state`` in this round, and when."""
    acts = [
        entry
        for entry in timeline
        if entry.from_state == state and entry.action not in BUILT_IN_ACTIONS and entry.round == round_
    ]
    return (tuple(dict.fromkeys(entry.actor for entry in acts)), acts[-1].at) if acts else None


def _entered(timeline: Sequence[EventView], state: str) -> tuple[tuple[str, ...], str | None]:
    acts = [entry for entry in timeline if entry.to_state == state]
    return ((acts[-1].actor,), acts[-1].at) if acts else ((), None)


def _returned_from(timeline: Sequence[EventView]) -> str | None:
    return next((entry.from_state for entry in reversed(timeline) if entry.tone == "returned"), None)
