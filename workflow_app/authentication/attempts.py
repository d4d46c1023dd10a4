"""Wrong passwords are counted per login name, and after some of them the name has to wait.

The count goes up before the password is looked at and is committed at once; only a right password
takes it back. So neither a refused request nor a hundred guesses at the same instant slip past it.
Names that do not exist are counted alike.
"""

import math
from datetime import timedelta

from flask import current_app
from sqlalchemy import text

from workflow_app import canonical, clock, inputs
from workflow_app.errors import LoginRefused
from workflow_app.store import Statement, transaction

FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds
#: After so long without a try the count begins anew, and the row may go.
FORGOTTEN_AFTER = timedelta(days=1)

_BEGIN = Statement(
    text("INSERT INTO login_attempt (name_digest, failures) VALUES (:name, 0) ON CONFLICT DO NOTHING")
)
#: An UPDATE that changes nothing holds the row until the commit; FOR UPDATE is unknown to SQLite.
_HOLD = Statement(text("UPDATE login_attempt SET failures = failures WHERE name_digest = :name"))
_READ = Statement(text("SELECT failures, locked_until FROM login_attempt WHERE name_digest = :name"))
_COUNT = Statement(
    text("UPDATE login_attempt SET failures = :failures, locked_until = :until WHERE name_digest = :name")
)
_FORGET = Statement(text("DELETE FROM login_attempt WHERE name_digest = :name OR locked_until < :old"))


def _digest(username: str) -> str:
    return canonical.sha256(inputs.username(username).encode("utf-8", "surrogatepass"))


def wait_after(failures: int, allowed: int) -> int:
    """Seconds to wait after so many wrong passwords: 0, then 60, 120, 240 … up to an hour."""
    if not allowed or failures < allowed:
        return 0
    return int(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - allowed, 10)))


def count(username: str) -> None:
    """Count a try as a failure, before the password is looked at.

    Raises:
        LoginRefused: ``locked``; then the try is not counted.
    """
    name = _digest(username)
    with transaction() as tx:
        tx.run(_BEGIN, name=name)
        tx.run(_HOLD, name=name)
        now = clock.now()  # only now: it may have taken a while to get here
        failures, until = tx.one(_READ, name=name) or (0, None)
        last = clock.parse(until) if until else now
        if last > now:
            raise LoginRefused("locked", math.ceil((last - now).total_seconds()))
        failures = 1 if now - last > FORGOTTEN_AFTER else failures + 1
        wait = wait_after(failures, current_app.config["SETTINGS"].lockout_after)
        tx.run(_COUNT, name=name, failures=failures, until=clock.stamp(now + timedelta(seconds=wait)))


def forget(username: str) -> None:
    """The password was right: begin anew. Takes the rows of names long untouched along."""
    with transaction() as tx:
        tx.run(_FORGET, name=_digest(username), old=clock.stamp(clock.now() - FORGOTTEN_AFTER))
