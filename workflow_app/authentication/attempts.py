"""Wrong passwords are counted, and after some of them one has to wait.

Counted are: a name at an address, a name wherever from, an address, everything together; at a browser
from which that person has logged in before only the name at that browser; and for somebody who is
logged in, the passwords asked of them before signing. decisions/0022 has the reasons for each rule.

A try counts as wrong before the password is looked at, and is committed at once; only a right password
takes it back, and gives back what wrong ones this name had cost the address. So neither a refused
request nor hundreds of guesses at the same instant slip past. Names that do not exist are counted alike.
What was counted fades with time; a row says until when by ``fades_at``.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import bindparam, delete, select, text

from workflow_app import clock, inputs, security_log
from workflow_app.authentication.models import LoginAttempt
from workflow_app.errors import LoginRefused
from workflow_app.store import Statement, Tx, transaction
from workflow_app.web.networks import keyed, network

#: How long a try may be under way before nobody waits for its outcome any more.
UNDER_WAY = timedelta(seconds=10)
#: Who is refused while others are under way looks again so often, and so many times.
PAUSE, ROUNDS = 0.1, 30
#: Rows that say nothing any more are taken away once they are so old.
KEPT = timedelta(days=1)

# An upsert that changes nothing holds the row until the commit; FOR UPDATE is unknown to SQLite.
_HOLD = Statement(
    text(
        "INSERT INTO login_attempt (digest, fades_at, locked_until, counted_at, under_way)"
        " VALUES (:digest, :now, :now, :now, 0)"
        " ON CONFLICT (digest) DO UPDATE SET under_way = login_attempt.under_way"
        " RETURNING fades_at, locked_until, counted_at, under_way"
    )
)
_WRITE = Statement(
    text(
        "UPDATE login_attempt SET fades_at = :fades_at, locked_until = :locked_until,"
        " counted_at = :counted_at, under_way = :under_way WHERE digest = :digest"
    )
)
_DROP = Statement(text("DELETE FROM login_attempt WHERE digest = :digest"))
# Those that somebody holds are left out, so that two who tidy, or count, never wait for one another.
_TIDY = Statement(
    delete(LoginAttempt).where(
        LoginAttempt.digest.in_(
            select(LoginAttempt.digest)
            .where(LoginAttempt.fades_at < bindparam("old"), LoginAttempt.counted_at < bindparam("old"))
            .limit(200)
            .with_for_update(skip_locked=True)
        )
    )
)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many may be wrong, and how long one waits after each further one.

    ``first`` seconds, doubled with every ``doubling`` more, up to ``longest``. One of them fades after
    each ``fades``.
    """

    allowed: int
    first: int
    longest: int
    doubling: int
    fades: timedelta

    def wait(self, wrong: int) -> int:
        """Seconds to wait after so many wrong ones."""
        if wrong < self.allowed:
            return 0
        return int(min(self.longest, self.first * 2 ** min((wrong - self.allowed) // self.doubling, 16)))


def rule(kind: str) -> Rule:
    """The rule of ``pair``, ``browser``, ``confirmation``, ``name``, ``address``, ``all``, ``key``."""
    base = current_app.config["SETTINGS"].lockout_after
    minutes, seconds = (lambda n: timedelta(minutes=n)), (lambda n: timedelta(seconds=n))
    return {
        "pair": Rule(base, 60, 3600, 1, minutes(60)),
        "browser": Rule(base, 60, 3600, 1, minutes(60)),
        "confirmation": Rule(base, 60, 3600, 1, minutes(60)),
        "name": Rule(5 * base, 60, 3600, 1, minutes(10)),
        # Both count names, not tries.
        "address": Rule(2 * base, 5, 300, base, minutes(3)),
        "all": Rule(60 * base, 1, 30, 10 * base, seconds(6)),
        "key": Rule(4 * base, 60, 3600, base, minutes(3)),
    }[kind]


@dataclass(frozen=True, slots=True)
class Counter:
    """One row. ``names``: it counts how many names were tried, not each try."""

    digest: str
    rule: Rule
    names: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """A try that has been counted.

    ``wrong``: how many of its name now count as wrong at its first counter; ``locks``: until when others
    have to wait at each counter, ``waits``: how many seconds that is, 0 for none.
    """

    counters: tuple[Counter, ...]
    wrong: int
    locks: tuple[str, ...]
    waits: tuple[int, ...]

    def tell(self, person_id: int | None = None, **facts: str | None) -> None:
        """Into the security log: what has to wait because this one was wrong. Once for each such wait."""
        for counter, seconds in zip(self.counters, self.waits, strict=True):
            if seconds:
                kind = "login_throttled" if counter.names else "login_locked"
                security_log.record(kind, person_id=person_id, seconds=seconds, **facts)


@dataclass(slots=True)
class _Row:
    """What a counter says now."""

    fades_at: datetime
    locked_until: datetime
    counted_at: datetime
    under_way: int

    def wrong(self, rule: Rule, now: datetime) -> int:
        return max(0, math.ceil((self.fades_at - now) / rule.fades))


@dataclass
class _Locked(Exception):
    """So many seconds to wait; ``others``: unless those under way turn out to be right.

    An exception, so that the transaction is undone: what is refused writes nothing.
    """

    seconds: int
    others: bool


# --- what is counted where ---------------------------------------------------------------------


def at_login(username: str, address: str, browser: str = "") -> Trial:
    """Count a try to log in.

    Args:
        browser: the number of a browser from which that person has logged in before; '' for none.

    Raises:
        LoginRefused: ``locked``; then the try is not counted.
    """
    name, place = inputs.username(username), network(address)
    if browser:
        return _counted(Counter(keyed("browser", browser, name), rule("browser")))
    return _counted(
        Counter(keyed("pair", name, place), rule("pair")),
        Counter(keyed("name", name), rule("name")),
        Counter(keyed("address", place), rule("address"), names=True),
        Counter(keyed("all"), rule("all"), names=True),
    )


def at_confirmation(person_id: int) -> Trial:
    """Count a password asked of somebody who is logged in; strangers at the login page have no part in it.

    Raises:
        LoginRefused: ``locked``.
    """
    return _counted(Counter(keyed("confirmation", str(person_id)), rule("confirmation")))


def at_second_step(person_id: int) -> Trial:
    """Count a code of an authenticator app or a recovery code: apart from passwords, for whoever knows the
    password could log in with it again and again.

    Raises:
        LoginRefused: ``locked``.
    """
    return _counted(Counter(keyed("second", str(person_id)), rule("confirmation")))


def wrong_key(address: str) -> None:
    """Count a key to the API that is none.

    Raises:
        LoginRefused: ``locked``: too many from that address.
    """
    wrong(_counted(Counter(keyed("key", network(address)), rule("key"))))


# --- counting ----------------------------------------------------------------------------------


def _counted(*counters: Counter) -> Trial:
    """Count it, or be refused. Whoever is refused only because of others under way waits for their outcome.

    A class that logs in at one instant behind one address is many tries under way, not many wrong ones.
    """
    for left in reversed(range(ROUNDS)):
        try:
            return _count(counters)
        except _Locked as locked:
            if not left or not locked.others:
                raise LoginRefused("locked", locked.seconds) from None
        time.sleep(PAUSE)
    raise AssertionError


def _count(counters: tuple[Counter, ...]) -> Trial:
    with transaction() as tx:
        rows = list(_held(tx, counters))
        now = clock.now()  # only now: it may have taken a while to get here
        if waits := [row for row in rows if row.locked_until > now]:
            longest = max(row.locked_until for row in waits)
            others = all(row.under_way and now - row.counted_at < UNDER_WAY for row in waits)
            raise _Locked(math.ceil((longest - now).total_seconds()), others)
        before = rows[0].wrong(counters[0].rule, now)
        for counter, row in zip(counters, rows, strict=True):
            _count_one(row, counter.rule, now, more=0 if counter.names and before else 1)
            _write(tx, counter, row)
        locks = tuple(clock.stamp(row.locked_until) for row in rows)
        seconds = tuple(int((row.locked_until - now).total_seconds()) for row in rows)
        return Trial(counters, before + 1, locks, seconds)


def _count_one(row: _Row, rule: Rule, now: datetime, more: int) -> None:
    if now - row.counted_at >= UNDER_WAY:
        row.under_way = 0  # whoever was has died
    row.under_way += 1
    row.fades_at = max(row.fades_at, now) + more * rule.fades
    row.counted_at = now
    row.locked_until = now + timedelta(seconds=rule.wait(row.wrong(rule, now)))


def wrong(trial: Trial) -> None:
    """The password was wrong: what was counted stays."""
    with transaction() as tx:
        for counter, row in zip(trial.counters, _held(tx, trial.counters), strict=True):
            row.under_way = max(0, row.under_way - 1)
            _write(tx, counter, row)


def right(trial: Trial) -> None:
    """The password was right: what this name had counted is taken back, its own lock too."""
    with transaction() as tx:
        rows = list(_held(tx, trial.counters))
        now = clock.now()
        for place, (counter, row) in enumerate(zip(trial.counters, rows, strict=True)):
            back = 1 if counter.names else trial.wrong
            row.under_way = max(0, row.under_way - 1)
            row.fades_at = now if place == 0 else max(now, row.fades_at - back * counter.rule.fades)
            if place == 0 or clock.stamp(row.locked_until) == trial.locks[place]:
                row.locked_until = now
            if row.under_way or row.fades_at > now or row.locked_until > now:
                _write(tx, counter, row)
            else:
                tx.run(_DROP, digest=counter.digest)
        tx.run(_TIDY, old=clock.stamp(now - KEPT))


def _held(tx: Tx, counters: Sequence[Counter]) -> Iterator[_Row]:
    """The rows, held until the commit; always in the same order, so that nobody waits in a circle."""
    now = clock.now()
    for counter in counters:
        found = tx.one(_HOLD, digest=counter.digest, now=clock.stamp(now))
        assert found is not None
        fades_at, locked_until, counted_at, under_way = found
        row = _Row(clock.parse(fades_at), clock.parse(locked_until), clock.parse(counted_at), under_way)
        # Counted later than now: the clock was ahead. Nobody waits for years because of that.
        yield _Row(now, now, now, 0) if row.counted_at > now + UNDER_WAY else row


def _write(tx: Tx, counter: Counter, row: _Row) -> None:
    tx.run(
        _WRITE,
        digest=counter.digest,
        fades_at=clock.stamp(row.fades_at),
        locked_until=clock.stamp(row.locked_until),
        counted_at=clock.stamp(row.counted_at),
        under_way=row.under_way,
    )
