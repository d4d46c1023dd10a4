"""The log of every change to people, units, roles, periods: one chain of events, added to, never changed.

An event's canonical text (RFC 8785) is made once, hashed, stored as bytes. It holds numbers, dates
and codes; names, phone numbers and passwords never enter it, so a person can be erased and the
chain stays whole.

An event of format 2 also states, under ``rows``, the rows that were changed with it, whole (see
``stated``): whoever folds the log has every row that says who may do what. Papers that were issued
stand in it as well, for they belong to no document's state.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text

from workflow_app import canonical, stamps
from workflow_app.people import stated
from workflow_app.people.models import RegistryEvent
from workflow_app.store import AnySession, writing

VERSION = 2
FORMATS = (1, 2)
#: Names the lock that makes writers of this log wait for one another (PostgreSQL).
_LOCK = 7_260_901


class Act(StrEnum):
    """What can happen: ``subject:verb``."""

    PERSON_CREATE = "person:create"
    PERSON_CHANGE = "person:change"
    PERSON_DISABLE = "person:disable"
    PERSON_ENABLE = "person:enable"
    STAFF_NUMBER = "person:staff_number"
    PASSWORD_CHANGE = "password:change"  # noqa: S105
    PASSWORD_RESET = "password:reset"  # noqa: S105
    SESSIONS_END = "sessions:end"
    PASSWORD_REHASH = "password:rehash"  # noqa: S105
    PASSWORD_SET = "password:set"  # noqa: S105
    #: Whoever comes by single sign-on need not set one.
    PASSWORD_WAIVE = "password:waive"  # noqa: S105
    ACCESS_GIVE = "access:give"
    FACTOR_ADD = "factor:add"
    FACTOR_REMOVE = "factor:remove"
    FACTOR_RECOVER = "factor:recover"
    FACTOR_RESET = "factor:reset"
    GRANT_GIVE = "grant:give"
    GRANT_END = "grant:end"
    UNIT_CREATE = "unit:create"
    UNIT_CHANGE = "unit:change"
    ROUTE_SET = "route:set"
    PERIOD_SET = "period:set"
    HOLIDAY_SET = "holiday:set"
    HOLIDAY_REMOVE = "holiday:remove"
    TOKEN_MAKE = "token:make"  # noqa: S105
    TOKEN_REVOKE = "token:revoke"  # noqa: S105
    PAPER_ISSUE = "paper:issue"
    #: At an upgrade: the rows as they were found, for entries before said less of them.
    REGISTER_SNAPSHOT = "register:snapshot"


@contextmanager
def changing() -> Iterator[AnySession]:
    """``store.writing()`` for whatever is logged here: one writer at a time, from the first statement.

    Taking the lock only when the event is written would let two writers hold rows of each other.

    Raises:
        stated.Unstated: a row was changed and no event states it; nothing is written.
    """
    with writing() as session:
        lock(session)
        yield session
        session.flush()
        stated.refuse_unstated(session)


def lock(session: AnySession) -> None:
    """Wait until no other transaction writes this log. SQLite has only one writer anyway.

    A lock on the last row would not do: the one who waited for it would still see it as the last.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def write(
    session: AnySession,
    actor_id: int | None,
    action: Act,
    subject: str,
    person_id: int | None,
    facts: dict[str, Any],
) -> RegistryEvent:
    """Append one event in the caller's transaction, with the rows changed in it since the one before.

    Args:
        actor_id: who did it; None for the command line.
        subject: ``kind:key``, such as ``grant:12`` or ``period:2026-2027``.
        person_id: the person it is about, if it is about one.
        facts: JSON-like; ids, codes and days only.
    """
    lock(session)
    session.flush()
    seq, prev = _head(session)
    moment = stamps.moment_in(session)
    said = {
        "v": VERSION,
        "log": "registry",
        "seq": seq,
        "at": moment.at,
        "clock": moment.held,
        "actor": None if actor_id is None else {"id": actor_id},
        "action": str(Act(action)),
        "subject": subject,
        "person": person_id,
        "facts": facts,
        "rows": stated.take(session),
        "prev": prev,
    }
    body = canonical.dumps(canonical.nfc(said))
    event = RegistryEvent(
        seq=seq,
        at=moment.at,
        actor_id=actor_id,
        action=str(Act(action)),
        subject=subject,
        person_id=person_id,
        body=body,
        hash=canonical.sha256(body),
    )
    session.add(event)
    session.flush()
    return event


def _head(session: AnySession) -> tuple[int, str]:
    """The number of the next entry, and the hash of the one before it."""
    last = session.execute(
        select(RegistryEvent.seq, RegistryEvent.hash).order_by(RegistryEvent.seq.desc()).limit(1)
    ).first()
    return (last.seq + 1, last.hash) if last else (1, canonical.ZEROS)


def breaks(events: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, str]]:
    """What is wrong with the chain, as (seq, Chinese sentence); empty when whole.

    ``events`` are (seq, body, hash) in the order of seq, from the first.
    """
    found: list[tuple[int, str]] = []
    prev, expected, form, at = canonical.ZEROS, 1, FORMATS[0], ""
    for seq, body, digest in events:
        facts = canonical.facts(body)
        if seq != expected:
            found.append((expected, f"缺第 {expected} 条"))
        if canonical.sha256(body) != digest:
            found.append((seq, "内容与摘要不符"))
        if facts.get("prev") != prev:
            found.append((seq, "与前一条接不上"))
        if facts.get("seq") != seq:
            found.append((seq, "编号与正文不符"))
        if facts.get("v") not in FORMATS or facts["v"] < form:
            found.append((seq, "正文的格式不认识，或比前一条旧"))
        if not isinstance(facts.get("at"), str) or facts["at"] < at:
            found.append((seq, "时间早于前一条"))
        form, at = facts.get("v") or form, str(facts.get("at"))
        prev, expected = digest, seq + 1
    return found
