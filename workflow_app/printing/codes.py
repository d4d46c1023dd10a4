"""Short codes on papers, and the limit on those who try codes out.

A code is 80 random bits as 16 characters of Crockford's base 32 in four groups: no I, L, O or U, so
that it can be read aloud and typed from paper; what is easily mistaken is put right.
"""

import math
import secrets
from datetime import timedelta

from sqlalchemy import text

from workflow_app import clock
from workflow_app.store import Statement, reading, transaction
from workflow_app.web.networks import keyed, network

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
#: So many unknown codes of an address are answered within the window. A code that is one is always
#: answered: one person's guessing must not shut out a school that shares its address, and with 80 random
#: bits guessing is hopeless however often it is tried.
ALLOWED, WINDOW = 30, timedelta(hours=1)

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})

_READ = Statement(text("SELECT failures, since FROM check_attempt WHERE address = :address"))
#: One statement, so that two guesses at the same instant count as two.
_COUNT = Statement(
    text(
        "INSERT INTO check_attempt (address, failures, since) VALUES (:address, 1, :now)"
        " ON CONFLICT (address) DO UPDATE SET"
        " failures = CASE WHEN check_attempt.since < :old OR check_attempt.since > :now"
        " THEN 1 ELSE check_attempt.failures + 1 END,"
        " since = CASE WHEN check_attempt.since < :old OR check_attempt.since > :now"
        " THEN :now ELSE check_attempt.since END"
    )
)
_FORGET = Statement(text("DELETE FROM check_attempt WHERE since < :old"))


def new() -> str:
    """A fresh code, without its hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As it is printed: 7K3M-9QX2-VBTN-4H8D."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read(typed: str) -> str:
    """What somebody typed as the code they may have meant; what is none stays none."""
    kept = "".join(char for char in typed[:80].upper() if char.isalnum()).translate(_MISREAD)
    return kept[: LENGTH + 1]


def wait(address: str | None) -> int:
    """Seconds until this address is told again of an unknown code that it is none; 0 if it is now."""
    row = reading().one(_READ, address=_digest(address))
    if row is None or row[0] < ALLOWED:
        return 0
    since, now = clock.parse(row[1]), clock.now()
    if since > now:  # the clock was ahead when it was counted
        return 0
    left = since + WINDOW - now
    return max(0, math.ceil(left.total_seconds()))


def count(address: str | None) -> None:
    """One unknown code more from this address. Addresses long quiet are forgotten along the way."""
    now = clock.now()
    old = clock.stamp(now - WINDOW)
    with transaction() as tx:
        tx.run(_COUNT, address=_digest(address), now=clock.stamp(now), old=old)
        tx.run(_FORGET, old=old)


def _digest(address: str | None) -> str:
    """The address is counted, not kept."""
    return keyed("check", network(address))
