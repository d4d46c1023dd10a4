"""Every document replayed again from its events, and compared with what the tables say of it.

One pass over all events, by document and seq. What is found stands under the names of the checks
of ``doctor``: ``state``, ``chain``, ``columns``, ``said``, ``content``, ``grants``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select

from workflow_app import canonical, clock
from workflow_app.artefacts.models import Artefact
from workflow_app.events import chain
from workflow_app.events.models import Event, Opinion
from workflow_app.extensions import db
from workflow_app.people.models import Grant
from workflows.definition import Action
from workflows.machine import StateMachine

#: Acts about points, and all acts that leave a document in its state.
SETTLING = ("close_point", "reopen_point")
STAYING = (*SETTLING, "follow")
#: An end of a role and an act under it may be stamped at once by two processes, and the act commit first.
LEEWAY = timedelta(seconds=10)


class Violation(NamedTuple):
    """What does not hold, and where: a document and perhaps one of its events."""

    why: str
    artefact: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        where = f"文件 {self.artefact}" if self.artefact else ""
        if self.seq is not None:
            where += f" 第 {self.seq} 条"
        return f"{where}：{self.why}" if where else self.why


Violations = Mapping[str, list[Violation]]


class GrantSpan(NamedTuple):
    """A grant as an event may have used it: from when until when, as stamps."""

    person_id: int
    role: str
    unit_id: int
    since: str
    until: str


def grants() -> dict[int, GrantSpan]:
    """Every grant there ever was, by id."""
    rows = db.session.execute(
        select(
            Grant.id, Grant.person_id, Grant.role, Grant.unit_id, Grant.starts_on, Grant.ends_on,
            Grant.given_at, Grant.ended_at,
        )
    )  # fmt: skip
    return {
        row.id: GrantSpan(
            row.person_id,
            row.role,
            row.unit_id,
            max(row.given_at, clock.day_start(date.fromisoformat(row.starts_on))),
            min(_after(row.ends_on), _later(row.ended_at) if row.ended_at else clock.NEVER),
        )
        for row in rows
    }


def _after(ends_on: str | None) -> str:
    if ends_on is None or ends_on >= "9999":
        return clock.NEVER
    return _later(clock.day_start(date.fromisoformat(ends_on) + timedelta(days=1)))


def _later(stamp: str) -> str:
    return clock.stamp(clock.parse(stamp) + LEEWAY)


def replay_all(machines: Mapping[int, StateMachine]) -> Violations:
    """Go through all documents whose definition is among ``machines``."""
    found: dict[str, list[Violation]] = defaultdict(list)
    held = grants()
    for artefact_id, rows in groupby(_rows(), key=lambda row: row.id):
        events = list(rows)
        if machine := machines.get(events[0].definition_id):
            for check, offender in DocumentReplay(machine, events[0], held).run(artefact_id, events):
                found[check].append(offender)
    return found


def _rows() -> Iterable[Any]:
    query = (
        select(
            Artefact.id, Artefact.definition_id, Artefact.school_id, Artefact.teacher_id, Artefact.subject,
            Artefact.state, Artefact.revision,
            Artefact.submitted_revision,
            Artefact.in_force_revision, Artefact.round, Artefact.leg, Artefact.submitter_id,
            Artefact.last_signer_id, Artefact.content_sha256, Artefact.attachments_sha256,
            Artefact.head_seq, Artefact.head_hash, Artefact.state_since,
            Event.seq, Event.at, Event.actor_id, Event.action, Event.from_state, Event.to_state,
            Event.round.label("event_round"), Event.revision.label("event_revision"),
            Event.school_id.label("event_school"), Event.signs, Event.handled, Event.body, Event.hash,
            Opinion.salt, Opinion.body.label("said"),
        )
        .select_from(Artefact)
        .outerjoin(Event, Event.artefact_id == Artefact.id)
        .outerjoin(Opinion, (Opinion.artefact_id == Event.artefact_id) & (Opinion.seq == Event.seq))
        .order_by(Artefact.id, Event.seq)
    )  # fmt: skip
    return db.session.execute(query.execution_options(yield_per=1000))


class DocumentReplay:
    """One document, as far as its events have been replayed."""

    def __init__(self, machine: StateMachine, document: Any, held: Mapping[int, GrantSpan]) -> None:
        self.machine, self.document, self.held = machine, document, held
        self.state: str | None = None
        self.at = self.state_since = ""
        self.round = self.revision = self.leg = 0
        self.in_force: int | None = None
        self.submitter: int | None = None
        self.signer: int | None = None
        self.digests: tuple[Any, Any] = (None, None)
        self.school: int | None = None
        self.submitted = 0
        self.subject = (
            f"person:{document.teacher_id}" if document.teacher_id else f"school:{document.school_id}"
        )
        self.handled: set[int] = set()
        self.frozen: dict[int, tuple[Any, Any]] = {}

    def run(self, artefact_id: int, events: list[Any]) -> Iterator[tuple[str, Violation]]:
        if events[0].seq is None:
            yield "state", Violation("没有任何事件", artefact_id)
            return
        walk = chain.Walk(artefact_id)
        for row in events:
            body = bytes(row.body)
            facts = canonical.facts(body)
            for seq, why in walk.step(row.seq, body, row.hash, facts):
                yield "chain", Violation(why, artefact_id, seq)
            for check, why in self._event(row, facts):
                yield check, Violation(why, artefact_id, row.seq)
        for check, why in self._end(events[-1]):
            yield check, Violation(why, artefact_id)

    def _event(self, row: Any, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        action = self.machine.definition.actions.get(row.action)
        for why in self._edge(row, facts, action):
            yield "chain", why
        for why in _columns(row, facts, action):
            yield "columns", why
        if row.event_school != self.school and row.action != "follow" and self.school is not None:
            yield "columns", "查询用的列与事件原文不符（school）"
        self.school = row.event_school
        if why := _said(row, facts.get("comment_sha256")):
            yield "said", why
        self._move(row, facts, action)
        if action and action.signs and self.digests != self.frozen.get(self.revision):
            yield "content", f"签的内容不是提交的第 {self.revision} 版"
        if why := self._grant(facts, bool(action and action.signs)):
            yield "grants", why

    def _edge(self, row: Any, facts: Mapping[str, Any], action: Action | None) -> Iterator[str]:
        """Whether the definition, in the document's own version, has this step from its state."""
        definition = self.machine.definition
        if facts.get("workflow") != {"key": definition.key, "version": definition.version}:
            yield "事件所属的流程版本与文件不符"
        if row.from_state != self.state:
            yield "起始状态与前一条的结果不符"
        if row.at < self.at:
            yield "时间早于前一条"
        if row.action == "create":
            legal = self.state is None and row.to_state == definition.initial
        elif row.action in STAYING:
            legal = row.from_state == row.to_state and self._open(row.to_state)
        else:
            leads = {to.state for to in action.to} if action else set()
            legal = action is not None and row.from_state in action.sources and row.to_state in leads
        if not legal:
            yield "流程里没有这一步"

    def _editable(self, name: str) -> bool:
        state = self.machine.definition.states.get(name)
        return bool(state and state.editable)

    def _open(self, name: str) -> bool:
        """Whether something may still be done about a document in that state."""
        state = self.machine.definition.states.get(name)
        return bool(state and not state.final)

    def _move(self, row: Any, facts: Mapping[str, Any], action: Action | None) -> None:
        """What the step makes of the document, as ``signoff.writer`` writes it."""
        effects = action.effects if action else ()
        self.digests = (facts.get("content_sha256"), facts.get("attachments_sha256"))
        if action or row.action == "create":
            self.leg = self.leg + 1 if row.from_state == row.to_state else 0
            self.signer = row.actor_id if action and action.signs else None
            self.state_since = row.at
        self.round += "open_round" in effects
        if "freeze_revision" in effects:
            self.revision += 1
            self.frozen[self.revision] = self.digests
            self.submitter = row.actor_id
            self.submitted = self.revision
        elif "restore_in_force" in effects:
            self.submitted = self.in_force or 0
        elif action and action.by == "submitter" and self._editable(row.to_state):
            self.submitted = max((one for one in self.handled if one < self.revision), default=0)
        if row.handled:
            self.handled.add(row.event_revision)
        if "release_subject" in effects:
            self.subject = f"{self.subject}#{self.document.id}"
        state = self.machine.definition.states.get(row.to_state)
        if "put_in_force" in effects and state and state.in_force:
            self.in_force = self.revision
        self.state, self.at = row.to_state, row.at

    def _grant(self, facts: Mapping[str, Any], signs: bool) -> str:
        """Why the role named in the event did not cover it, or ''."""
        named = facts.get("grant")
        if named is None:
            return "签字的事件没有写明凭什么角色" if signs else ""
        number = named.get("id") if isinstance(named, dict) else None
        held = self.held.get(number) if isinstance(number, int) else None
        if held is None:
            return "事件里的角色不存在"
        replayed = (facts.get("actor"), named.get("role"), named.get("scope"))
        if replayed != (held.person_id, held.role, held.unit_id):
            return "事件里的角色不是此人的，或单位不符"
        valid = held.since <= str(facts.get("at")) < held.until
        return "" if valid else "事件里的角色当时不在有效期内"

    def _end(self, row: Any) -> Iterator[tuple[str, str]]:
        """The document's row against what its events have made of it."""
        replayed = {
            "state": self.state, "subject": self.subject, "round": self.round, "revision": self.revision,
            "in_force_revision": self.in_force, "leg": self.leg, "submitter_id": self.submitter,
            "last_signer_id": self.signer, "school_id": self.school,
            "submitted_revision": self.submitted, "state_since": self.state_since, "head_seq": row.seq,
            "head_hash": row.hash,
        }  # fmt: skip
        wrong = [name for name, value in replayed.items() if getattr(self.document, name) != value]
        if wrong:
            yield "state", f"与事件推出的不一致（{'、'.join(wrong)}）"
        state = self.machine.definition.states.get(self.document.state)
        if state is None:
            yield "state", f"流程里没有状态「{self.document.state}」"
        elif not state.editable and self.digests != (
            self.document.content_sha256,
            self.document.attachments_sha256,
        ):
            yield "content", "现在的内容不是最后一条事件所指的内容"


def _said(row: Any, digest: Any) -> str:
    """Why the words kept beside an event are not those it was made with, or ''. They may be erased."""
    if (digest is None) != (row.salt is None):
        return "事件没有意见，库里却有" if digest is None else "事件带有意见，库里却没有"
    if digest is None or row.said is None:
        return ""
    try:
        same = chain.salted(row.salt, bytes(row.said)) == digest
    except ValueError:
        same = False
    return "" if same else "意见与事件里的摘要不符"


def _columns(row: Any, facts: Mapping[str, Any], action: Action | None) -> Iterator[str]:
    """The columns serve look-up only; they must say what the canonical text says."""
    replayed = {
        "at": row.at, "actor": row.actor_id, "action": row.action, "from": row.from_state,
        "to": row.to_state, "round": row.event_round, "revision": row.event_revision,
    }  # fmt: skip
    wrong = [name for name, value in replayed.items() if facts.get(name) != value]
    if row.signs != bool(action and action.signs):
        wrong.append("signs")
    if row.handled != (action.by == "waited_for" if action else row.action in SETTLING):
        wrong.append("handled")
    if wrong:
        yield f"查询用的列与事件原文不符（{'、'.join(wrong)}）"
