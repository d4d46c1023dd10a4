"""What was answered to idempotency keys: one for each act, saying what its event says."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, tuple_

from workflow_app import canonical
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity.document import DocumentReplay
from workflow_app.integrity.violations import Found, ReadEvent, Violation
from workflow_app.signoff.models import Answered
from workflows.vocabulary import BUILT_IN_ACTIONS

#: Keys looked up with one statement.
BATCH = 300
_COLUMNS = (Answered.person_id, Answered.key, Answered.request_sha256, Answered.answer, Answered.at)


class AnswersCheck:
    """Gathers what the events say was answered, and compares many at once."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], tuple[Any, ...]] = {}
        self._found: list[Violation] = []

    def of(self, replay: DocumentReplay, events: list[ReadEvent]) -> Found:
        """Keeps what its events say for ``end``; finds nothing yet."""
        for row, facts in events:
            if row.action in BUILT_IN_ACTIONS and row.action != "create":
                continue
            outcome = [
                row.id, row.seq, row.action, row.from_state, row.to_state, facts.get("version"),
                row.event_revision, row.event_round, row.definition_id,
            ]  # fmt: skip
            key = facts.get("key")
            self._said[row.actor_id, key if isinstance(key, str) else ""] = (facts, row.at, outcome)
        if len(self._said) >= BATCH:
            self._compare()
        yield from ()

    def _compare(self) -> None:
        said, self._said = self._said, {}
        keys = list(said)
        rows: dict[tuple[int, str], Any] = {}
        for start in range(0, len(keys), BATCH):
            query = select(*_COLUMNS).where(
                tuple_(Answered.person_id, Answered.key).in_(keys[start : start + BATCH])
            )
            rows |= {(row.person_id, row.key): row for row in db.session.execute(query)}
        for key, (facts, at, outcome) in said.items():
            if why := _wrong(rows.get(key), facts, at, outcome):
                self._found.append(Violation(why, outcome[0], outcome[1]))

    def end(self) -> Iterator[Violation]:
        """What was found in all, and the answers that no event stands behind."""
        self._compare()
        yield from self._found
        batch: list[Any] = []
        query = select(*_COLUMNS).order_by(Answered.person_id, Answered.key)
        for row in db.session.execute(query.execution_options(yield_per=1000)):
            if bytes(row.answer).startswith(b"["):
                batch.append(row)
            if len(batch) >= BATCH:
                yield from _without_event(batch)
                batch = []
        yield from _without_event(batch)


def _read(row: Any) -> list[Any]:
    try:
        read = canonical.loads(bytes(row.answer))
    except (ValueError, RecursionError):
        return []
    return read if isinstance(read, list) and len(read) == 9 else []


def _wrong(row: Any, facts: Any, at: str, outcome: list[Any]) -> str:
    """Why this is not what was answered, or ''."""
    if row is None:
        return "事件没有对应的请求记录"
    read = _read(row)
    if facts.get("v") == 1:  # says neither the version nor what was asked
        same = read[:5] + read[6:] == outcome[:5] + outcome[6:]
    else:
        same = read == outcome and row.request_sha256 == facts.get("request_sha256")
    return "" if same and row.at == at else "请求记录与事件不符"


def _without_event(rows: list[Any]) -> Iterator[Violation]:
    """Each names an event; that event must be there, by the same person."""
    named = {tuple(read[:2]): row for row in rows if (read := _read(row))}
    if len(named) != len(rows):
        yield Violation("有请求记录读不懂，或两条指向同一事件")
    if not named:
        return
    query = select(Event.artefact_id, Event.seq, Event.actor_id, Event.body).where(
        tuple_(Event.artefact_id, Event.seq).in_(list(named))
    )
    there = {}
    for artefact_id, seq, actor_id, body in db.session.execute(query):
        there[artefact_id, seq] = (actor_id, canonical.facts(bytes(body)).get("key"))
    for (artefact_id, seq), row in named.items():
        if there.get((artefact_id, seq)) != (row.person_id, row.key):
            yield Violation("请求记录所说的事件不存在", artefact_id, seq)
