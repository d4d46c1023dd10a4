"""Every document replayed again from its events, and compared with what the tables say of it.

One pass over all events, by document and seq, with the rows that hang on them read alongside. What is
found stands under the names of the checks of ``doctor``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select

from workflow_app import canonical, clock
from workflow_app.artefacts.models import Artefact
from workflow_app.events.models import Event, Opinion
from workflow_app.extensions import db
from workflow_app.integrity.answers import AnswersCheck
from workflow_app.integrity.authors import AuthorsCheck
from workflow_app.integrity.document import DocumentReplay
from workflow_app.integrity.outbox import OutboxCheck
from workflow_app.integrity.points import PointsCheck
from workflow_app.integrity.violations import Found, GrantSpan, ReadEvent, Violation, Violations
from workflow_app.people.models import Grant
from workflows.machine import StateMachine

#: An end of a role and an act under it may be stamped at once by two processes, and the act commit first.
LEEWAY = timedelta(seconds=10)


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


def replay_all(machines: Mapping[int, StateMachine], stated: Mapping[int, Mapping[str, Any]]) -> Violations:
    """Go through all documents whose definition is among ``machines``.

    Args:
        stated: what the register's log says of documents, as they were found at an upgrade.
    """
    found: dict[str, list[Violation]] = defaultdict(list)
    held, answers = grants(), AnswersCheck()
    beside = (AuthorsCheck(), PointsCheck(), OutboxCheck())
    for artefact_id, rows in groupby(_rows(), key=lambda row: row.id):
        events = [ReadEvent(row, canonical.facts(bytes(row.body or b""))) for row in rows]
        machine = machines.get(events[0].row.definition_id)
        if machine is None:
            continue
        replay = DocumentReplay(machine, events[0].row, held, stated.get(artefact_id))
        for check, why, seq in _of_document(replay, events, (*beside, answers)):
            found[check].append(Violation(why, artefact_id, seq))
    for violation in answers.end():
        found["answers"].append(violation)
    return found


def _of_document(
    replay: DocumentReplay, events: list[ReadEvent], checks: Iterable[Any]
) -> Iterator[tuple[str, str, int | None]]:
    if events[0].row.seq is None:
        yield "state", "没有任何事件", None
        return
    yield from replay.run(events)
    for check in checks:
        found: Found = check.of(replay, events)
        yield from found


def _rows() -> Iterable[Any]:
    query = (
        select(
            *(getattr(Artefact, name) for name in (
                "id", "definition_id", "workflow", "title", "title_salt", "period_key", "school_id",
                "teacher_id", "subject", "state", "version", "revision", "submitted_revision",
                "in_force_revision", "round", "route", "leg", "author_id", "submitter_id",
                "last_signer_id", "content_sha256", "attachments_sha256", "head_seq", "head_hash",
                "state_since", "due_at", "created_at", "updated_at",
            )),
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
