"""One document, as far as its events have been replayed, and what its row must then say."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflow_app.events import chain
from workflow_app.events.append import Identity
from workflow_app.integrity.violations import Found, GrantSpan, ReadEvent
from workflow_app.signoff.transition import REAUTHENTICATED
from workflows.definition import Action
from workflows.machine import StateMachine

#: Acts about points, and all acts that leave a document in its state.
SETTLING = ("close_point", "reopen_point")
STAYING = (*SETTLING, "follow")


class DocumentReplay:
    """One document, as far as its events have been replayed."""

    def __init__(
        self,
        machine: StateMachine,
        document: Any,
        held: Mapping[int, GrantSpan],
        stated: Mapping[str, Any] | None = None,
    ) -> None:
        self.machine, self.document, self.held, self.stated = machine, document, held, stated or {}
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
        #: revision -> who submitted it, and when
        self.frozen_by: dict[int, tuple[int, str]] = {}

    @property
    def editable(self) -> bool:
        """Whether somebody may be typing into the document now."""
        return self.is_editable(self.document.state)

    def stated_by(self, seq: int, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is stated of the document with that event: by the event, or by the log at an upgrade."""
        if facts.get("v") != 1:
            return facts
        return self.stated if self.stated.get("seq") == seq else {}

    def run(self, events: list[ReadEvent]) -> Found:
        walk = chain.Walk(self.document.id)
        for row, facts in events:
            for seq, why in walk.step(row.seq, bytes(row.body), row.hash, facts):
                yield "chain", why, seq
            for check, why in self._event(row, facts):
                yield check, why, row.seq
            if facts.get("v") == 1 and (stated := self.stated_by(row.seq, facts)):
                walk.document = stated["document"]
        last = events[-1]
        for check, why in self._end(events[0].row, last.row, self.stated_by(last.row.seq, last.facts)):
            yield check, why, None

    def _event(self, row: Any, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        action = self.machine.definition.actions.get(row.action)
        for why in self._edge(row, facts, action):
            yield "chain", why
        for why in _columns(row, facts, action):
            yield "columns", why
        document = facts.get("document")
        school = document.get("school") if isinstance(document, dict) else self.school
        if row.event_school != school and school is not None and row.action != "follow":
            yield "columns", "查询用的列与事件原文不符（school）"
        self.school = row.event_school
        if why := _said(row, facts.get("comment_sha256")):
            yield "said", why
        self._move(row, facts, action)
        if action and action.signs and self.digests != self.frozen.get(self.revision):
            yield "content", f"签的内容不是提交的第 {self.revision} 版"
        if isinstance(document, dict) and document.get("subject") != self.subject:
            yield "chain", "事件写明的对象与前面的事件不符"
        if action and action.signs and row.actor_id in (facts.get("authors") or ()):
            yield "own", "签了自己起草、修改或提交的文件"
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
        if action and "reauthenticated" in action.needs and facts.get("auth") not in REAUTHENTICATED:
            yield "签字前没有确认身份"

    def is_editable(self, name: str) -> bool:
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
            self.frozen_by[self.revision] = (row.actor_id, row.at)
            self.submitter = row.actor_id
            self.submitted = self.revision
        elif "restore_in_force" in effects:
            self.submitted = self.in_force or 0
        elif action and action.by == "submitter" and self.is_editable(row.to_state):
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

    def _end(self, first: Any, row: Any, stated: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The document's row against what its events have made of it."""
        replayed = {
            "state": self.state, "subject": self.subject, "round": self.round, "revision": self.revision,
            "in_force_revision": self.in_force, "leg": self.leg, "submitter_id": self.submitter,
            "last_signer_id": self.signer, "school_id": self.school,
            "submitted_revision": self.submitted, "state_since": self.state_since, "head_seq": row.seq,
            "head_hash": row.hash, "author_id": first.actor_id, "created_at": first.at,
            "workflow": self.machine.definition.key,
        }  # fmt: skip
        wrong = [name for name, value in replayed.items() if getattr(self.document, name) != value]
        wrong += self._unlike(stated, row.at)
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

    def _unlike(self, stated: Mapping[str, Any], at: str) -> Iterator[str]:
        """Which columns are not what was stated last; typing goes on meanwhile only in a draft."""
        row = self.document
        if self.editable:
            if row.updated_at < at or row.version < stated.get("version", 0):
                yield "version"
        elif row.updated_at != at or row.version != stated.get("version", row.version):
            yield "version"
        if not stated:
            return
        document = stated.get("document")
        identity = Identity(
            row.title, row.title_salt, row.period_key, row.subject, row.school_id, row.teacher_id
        )
        document = document if isinstance(document, dict) else {}
        now = _facts_of(identity) | {"route": row.route, "due_at": row.due_at}
        said = document | {"route": stated.get("route"), "due_at": stated.get("due")}
        yield from (name for name in now if said.get(name) != now[name])


def _facts_of(identity: Identity) -> dict[str, Any]:
    """As events state it; a salt that is none makes a digest that is none."""
    try:
        return identity.facts()
    except ValueError:
        return identity._replace(title_salt="").facts() | {"title_sha256": None}


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
