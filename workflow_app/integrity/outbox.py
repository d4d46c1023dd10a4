"""Notices and tasks: those that the events say were made, and those of roles that changed meanwhile."""

from collections import Counter
from typing import Any

from sqlalchemy import select

from workflow_app.integrity.document import DocumentReplay
from workflow_app.integrity.violations import Beside, Found, ReadEvent
from workflow_app.review.models import Remark
from workflow_app.signoff.models import Notice, Task


class OutboxCheck:
    """The notices and tasks of one document after the other."""

    def __init__(self) -> None:
        self.notices = Beside(
            select(
                Notice.artefact_id, Notice.seq, Notice.purpose, Notice.role, Notice.unit_id, Notice.person_id,
                Notice.at,
            ).order_by(Notice.artefact_id)
        )  # fmt: skip
        self.tasks = Beside(
            select(
                Task.artefact_id, Task.state, Task.role, Task.unit_id, Task.person_id, Task.opened_at,
                Task.due_at, Task.closed_at,
            ).order_by(Task.artefact_id, Task.id)
        )  # fmt: skip
        self.remarks = Beside(select(Remark.artefact_id, Remark.at).order_by(Remark.artefact_id))

    def of(self, replay: DocumentReplay, events: list[ReadEvent]) -> Found:
        """What of its notices and tasks is not as the events say."""
        document_id = replay.document.id
        notices, tasks = self.notices.of(document_id), self.tasks.of(document_id)
        remarks = {row.at for row in self.remarks.of(document_id)}
        yield from _notices(events, notices, tasks, remarks)
        yield from _tasks(events, tasks, notices)


def _whom(row: Any) -> tuple[Any, ...]:
    return (row.role, row.unit_id, row.person_id)


def _notices(events: list[ReadEvent], rows: list[Any], tasks: list[Any], remarks: set[str]) -> Found:
    """Every notice an event names is there; others only to whom a task was given later, or a remark."""
    asked = {_whom(task) for task in tasks}
    for row, facts in events:
        if facts.get("v") == 1:
            continue
        said = Counter((*told, row.at) for told in map(tuple, facts.get("told") or ()))
        there = Counter((one.purpose, *_whom(one), one.at) for one in rows if one.seq == row.seq)
        if said - there:
            yield "outbox", "事件写明的通知不在库里，或被改动过", row.seq
        for purpose, *whom, at in there - said:
            later = purpose == "todo" and tuple(whom) in asked and at >= row.at
            if not later and not (purpose == "copy" and at in remarks):
                yield "outbox", "通知不是事件写明的那些", row.seq


def _tasks(events: list[ReadEvent], rows: list[Any], notices: list[Any]) -> Found:
    """Every task an event gave is there, closed with the next step at the latest; others have a notice."""
    steps = [one for one in events if not one.states or one.facts.get("asked") is not None]
    told = {_whom(one) for one in notices if one.purpose == "todo"}
    left = list(rows)
    for (row, facts), after in zip(steps, [*steps[1:], None], strict=True):
        own = [task for task in left if task.opened_at == row.at]
        left = [task for task in left if task.opened_at != row.at]
        if facts.get("v") == 1:
            continue
        said = {tuple(one) for one in facts["asked"]}
        if said - {_whom(task) for task in own}:
            yield "tasks", "事件写明的待办不在库里", row.seq
        for task in own:
            if (task.state, task.due_at) != (row.to_state, facts.get("due")):
                yield "tasks", "待办的步骤或期限与事件不符", row.seq
            if _whom(task) not in said and _whom(task) not in told:
                yield "tasks", "待办不是事件写明的那些", row.seq
            if after is not None and (task.closed_at is None or task.closed_at > after.row.at):
                yield "tasks", "待办没有随下一步结束", row.seq
    if left:
        yield "tasks", "待办不属于任何一步", None
