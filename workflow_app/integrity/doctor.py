"""What must always hold, asked of the whole database; what does not is named.

Each check is one query, or its part of the one pass over all events (``replay``). Everything is
read as of one moment, so that people may go on signing meanwhile; the files of attachments come last.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from workflow_app import canonical
from workflow_app.artefacts.models import Artefact, Author, Draft, Revision
from workflow_app.definitions.models import StoredDefinition
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity import attached, register, sealed
from workflow_app.integrity.register import FoldedRegister
from workflow_app.integrity.replay import replay_all
from workflow_app.integrity.violations import Violation, Violations
from workflow_app.printing.models import IssuedPaper
from workflow_app.signoff import waiting
from workflow_app.signoff.models import Notice, Task
from workflow_app.store import AnySession, snapshot
from workflows.definition import State
from workflows.machine import StateMachine
from workflows.source import Unsound, build
from workflows.vocabulary import BUILT_IN_ACTIONS


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check with its outcome. ``name`` is stable for programs."""

    name: str
    title: str
    offenders: list[Violation]


@dataclass(frozen=True, slots=True)
class Examination:
    """What all checks share: the state machines by definition id, the folded log of the register, and
    what the pass over the events found.
    """

    machines: Mapping[int, StateMachine]
    unreadable: list[Violation]
    register: FoldedRegister
    replayed: Violations
    outside: list[tuple[int, str]] | str

    def in_states(self, wanted: Callable[[State], bool], state: Any = Artefact.state) -> ColumnElement[bool]:
        """Documents (joined as ``Artefact``) for whose ``state`` the definition says ``wanted``."""
        clauses = [
            and_(
                Artefact.definition_id == number,
                state.in_([name for name, one in machine.definition.states.items() if wanted(one)]),
            )
            for number, machine in self.machines.items()
        ]
        return or_(false(), *clauses)


def examine(*, quick: bool = False, watched: attached.Watched = iter) -> Iterator[CheckResult]:
    """Run every check, one after the other.

    Args:
        quick: of the files of attachments only the sizes are compared; else every byte is read.
        watched: hands the files on one by one, so that somebody can watch.
    """
    outside = sealed.files_outside()
    with snapshot():
        yield from of_database(outside)
    # No transaction is held meanwhile: it may take long, and files that were accepted only stay.
    wrong = attached.files_wrong(quick=quick, watched=watched)
    yield CheckResult(FILES, attached.QUICK if quick else attached.WHOLE, list(wrong))


def of_database(outside: list[tuple[int, str]] | str | None = None) -> Iterator[CheckResult]:
    """The checks of everything in the database, in the transaction of the session.

    Args:
        outside: the checkpoints outside (``sealed.files_outside``), read before the transaction began;
            None: read now.
    """
    outside = sealed.files_outside() if outside is None else outside
    machines, unreadable = _machines()
    folded = register.fold()
    replayed = replay_all(machines, folded.documents())
    examination = Examination(machines, unreadable, folded, replayed, outside)
    for name, (title, check) in CHECKS.items():
        yield CheckResult(name, title, list(check(examination)))


def _machines() -> tuple[dict[int, StateMachine], list[Violation]]:
    """The state machine of every stored version, and the versions that are not what they were stored as.

    Built from the store each time: the application may have read them before they were changed.
    """
    machines: dict[int, StateMachine] = {}
    wrong: list[Violation] = []
    for stored in db.session.scalars(select(StoredDefinition).order_by(StoredDefinition.id)):
        try:
            definition = build(canonical.facts(stored.body.encode()))
        except Unsound:
            wrong.append(Violation(f"流程 {stored.key}（编号 {stored.id}）读不懂"))
            continue
        if (definition.key, definition.version) != (stored.key, stored.version):
            wrong.append(Violation(f"流程 {stored.key}（编号 {stored.id}）的内容与它的版本摘要不符"))
        machines[stored.id] = StateMachine(
            definition.model_copy(update={"key": stored.key, "version": stored.version})
        )
    return machines, wrong


def _asks(state: State) -> bool:
    return state.asks


def _replayed(name: str) -> Callable[[Examination], Iterator[Violation]]:
    return lambda examination: iter(examination.replayed.get(name, ()))


def _events(why: str, *conditions: Any) -> Iterator[Violation]:
    query = (
        select(Event.artefact_id, Event.seq)
        .join(Artefact, Artefact.id == Event.artefact_id)
        .where(*conditions)
        .order_by(Event.artefact_id, Event.seq)
    )
    for artefact_id, seq in db.session.execute(query):
        yield Violation(why, artefact_id, seq)


def _documents(why: str, *conditions: ColumnElement[bool]) -> Iterator[Violation]:
    for artefact_id in db.session.scalars(select(Artefact.id).where(*conditions).order_by(Artefact.id)):
        yield Violation(why, artefact_id)


# --- the checks ------------------------------------------------------------------------------


def _definitions(examination: Examination) -> Iterator[Violation]:
    return iter(examination.unreadable)


def _register(examination: Examination) -> Iterator[Violation]:
    yield from examination.register.broken
    yield from register.differences(examination.register)


def _once(_examination: Examination) -> Iterator[Violation]:
    for why, keys, only in (
        ("同一序号有两条事件", (Event.artefact_id, Event.seq), ()),
        ("同一人在同一轮签了两次", (Event.artefact_id, Event.round, Event.actor_id), (Event.signs,)),
    ):
        query = select(Event.artefact_id, func.max(Event.seq)).where(*only)
        for artefact_id, seq in db.session.execute(query.group_by(*keys).having(func.count() > 1)):
            yield Violation(why, artefact_id, seq)


def _papers(_examination: Examination) -> Iterator[Violation]:
    """The PDF of each issued paper; that its row is as it was issued, the register's log states."""
    papers = select(IssuedPaper.artefact_id, IssuedPaper.id, IssuedPaper.sha256, IssuedPaper.pdf)
    for artefact_id, number, digest, pdf in db.session.execute(papers.execution_options(yield_per=20)):
        if canonical.sha256(bytes(pdf)) != digest:
            yield Violation(f"制作过的文件（编号 {number}）被改动过，与摘要不符", artefact_id)


def _own(examination: Examination) -> Iterator[Violation]:
    """Whoever began, typed or submitted before, and the teacher a document is about."""
    yield from examination.replayed.get("own", ())
    mine = (
        Artefact.author_id == Event.actor_id,
        Artefact.teacher_id == Event.actor_id,
        exists().where(
            Author.artefact_id == Event.artefact_id,
            Author.person_id == Event.actor_id,
            Author.since <= Event.at,
        ),
        exists().where(
            Revision.artefact_id == Event.artefact_id,
            Revision.frozen_by == Event.actor_id,
            Revision.frozen_at <= Event.at,
        ),
    )
    yield from _events("签了自己起草、修改或提交的文件", Event.signs, or_(*mine))


def _content(examination: Examination) -> Iterator[Violation]:
    """Signed = submitted (replayed by the events), submitted = stored, current = what is in the draft."""
    yield from examination.replayed.get("content", ())
    query = (
        select(
            Revision.artefact_id, Revision.number, Revision.content, Revision.content_sha256,
            Revision.attachments_sha256, Event.body,
        )
        .outerjoin(
            Event,
            (Event.artefact_id == Revision.artefact_id)
            & (Event.revision == Revision.number)
            & (Event.at == Revision.frozen_at),
        )
    )  # fmt: skip
    for row in db.session.execute(query.execution_options(yield_per=200)):
        facts = canonical.facts(bytes(row.body or b""))
        replayed = (facts.get("content_sha256"), facts.get("attachments_sha256"))
        if canonical.sha256(bytes(row.content)) != row.content_sha256:
            yield Violation(f"第 {row.number} 版的内容与它的摘要不符", row.artefact_id)
        if replayed != (row.content_sha256, row.attachments_sha256):
            yield Violation(f"第 {row.number} 版不是提交时的那一版", row.artefact_id)
    yield from _events("所指的那一版不在库里", Event.revision > 0, ~_stored())
    yield from _drafts()


def _stored() -> ColumnElement[bool]:
    return exists().where(Revision.artefact_id == Event.artefact_id, Revision.number == Event.revision)


def _drafts() -> Iterator[Violation]:
    query = select(Artefact.id, Artefact.content_sha256, Draft.content).outerjoin(
        Draft, Draft.artefact_id == Artefact.id
    )
    for artefact_id, digest, content in db.session.execute(query.execution_options(yield_per=200)):
        if canonical.sha256(bytes(content or b"")) != digest:
            yield Violation("正在填写的内容与文件记下的摘要不符", artefact_id)


def _outside(examination: Examination) -> Iterator[Violation]:
    return sealed.outside_wrong(examination.outside)


def _outbox(examination: Examination) -> Iterator[Violation]:
    """One row per event and recipient: none twice, none without event, none forgotten."""
    yield from examination.replayed.get("outbox", ())
    keys = (Notice.artefact_id, Notice.seq, Notice.purpose, Notice.role, Notice.unit_id, Notice.person_id)
    twice = select(Notice.artefact_id, Notice.seq).group_by(*keys).having(func.count() > 1)
    for artefact_id, seq in db.session.execute(twice):
        yield Violation("同一条通知有两份", artefact_id, seq)
    event = exists().where(Event.artefact_id == Notice.artefact_id, Event.seq == Notice.seq)
    for artefact_id, seq in db.session.execute(select(Notice.artefact_id, Notice.seq).where(~event)):
        yield Violation("通知所说的事件不存在", artefact_id, seq)
    acted = Event.action.not_in(list(BUILT_IN_ACTIONS))
    notice = exists().where(Notice.artefact_id == Event.artefact_id, Notice.seq == Event.seq)
    yield from _events(
        "没有通知下一步该处理的人", acted, Event.from_state != Event.to_state,
        examination.in_states(lambda state: bool(state.ladder), Event.to_state),
        ~notice.where(Notice.purpose == "todo"),
    )  # fmt: skip
    yield from _events(
        "没有通知起草人", acted, Event.actor_id != Artefact.author_id,
        ~notice.where(Notice.person_id == Artefact.author_id),
    )  # fmt: skip


def _open() -> ColumnElement[bool]:
    return and_(Task.artefact_id == Artefact.id, Task.closed_at.is_(None))


def _tasks(examination: Examination) -> Iterator[Violation]:
    """Every open task's document waits there, and every document that waits has one."""
    yield from examination.replayed.get("tasks", ())
    waits, rests = (
        examination.in_states(_asks),
        examination.in_states(lambda state: not _asks(state)),
    )
    moved = exists().where(_open(), Task.state != Artefact.state)
    yield from _documents("还有待办，文件却已不在那一步", or_(moved, and_(rests, exists().where(_open()))))
    yield from _documents("文件在等人处理，却没有待办", waits, ~exists().where(_open()))


def _seats(_examination: Examination) -> Iterator[Violation]:
    """Nobody waits for somebody who may not act, and somebody may act on everything that waits."""
    for found in waiting.differences(cast(AnySession, db.session)):
        if found.able and not found.asked:
            continue  # named by the check of tasks
        why = "待办没有落到现在该处理的人" if found.able else "等待处理的角色现在没有人可以担当"
        yield Violation(why, found.document.id)


FILES = "files"
#: Name -> what must hold, and the check. One more comes last, see ``FILES``.
CHECKS: dict[str, tuple[str, Callable[[Examination], Iterator[Violation]]]] = {
    "definitions": ("用过的每个流程版本都与存入时相同", _definitions),
    "register": ("人员、单位和角色的变更记录首尾相接，现状都由它推得出来", _register),
    "once": ("每份文件每个序号只有一条事件，每人每轮只签一次", _once),
    "state": ("每份文件的状态都由它的事件推得出来", _replayed("state")),
    "chain": ("每份文件的事件首尾相接，每一步都合乎它的流程版本", _replayed("chain")),
    "said": ("每段意见与事件里的摘要相符", _replayed("said")),
    "columns": ("查询用的列与事件原文一致", _replayed("columns")),
    "own": ("没有人签过自己的文件", _own),
    "authors": ("起草人名单与事件写明的相符", _replayed("authors")),
    "carried": ("沿用旧文件的部分与事件写明的相符", _replayed("carried")),
    "content": ("签的内容、提交的内容、库里的内容是同一份", _content),
    "points": ("退回意见及其答复、关闭与事件相符", _replayed("points")),
    "answers": ("每个动作都有对应的请求记录，内容相符", _replayed("answers")),
    "papers": ("制作过的正式文件都与摘要相符", _papers),
    "attachments": ("附件清单都在，都与摘要相符", attached.lists_wrong),
    "grants": ("每条事件写明的角色当时有效", _replayed("grants")),
    "outbox": ("每条事件对每个收件人恰有一份通知", _outbox),
    "tasks": ("待办与文件所处的步骤相符", _tasks),
    "seal": ("封存的每条事件都在、没有改动，检查点前后相接，签名相符", sealed.tree_wrong),
    "sealed": ("该封存的事件都封存了", sealed.unsealed),
    "outside": ("库外的检查点（SEAL_DIR）与库里的相同，没有超前", _outside),
    "seats": ("每份在等的文件都有人可以处理，待办都在该处理的人那里", _seats),
}
