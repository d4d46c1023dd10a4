"""The one clock, the stamps of acts, and working days.

Moments are kept as ISO 8601 text in UTC with microseconds (``2026-09-01T01:02:03.000004Z``, 27
characters): the same characters stand in the signed event, in both databases and in the API, and
they sort as they pass. People see Asia/Shanghai.

A clock may have been ahead and be put right. What is written down must not seem older than what was
before it: the stamp of an act is that of ``after``, which never goes back. Whatever is a matter of the
real time (deadlines, what has expired) asks ``now``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
STAMP_LENGTH = 27
NEVER = "9999-12-31T00:00:00.000000Z"
#: The clock may be so far behind what was written down last before this machine refuses to serve.
FAR_BEHIND = timedelta(hours=1)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """``moment`` (aware) as the 27 characters that are stored and signed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """When an act was done: the stamp it bears, and what the clock showed (a stamp).

    They differ where the clock was behind what had been written down before.
    """

    at: str
    clock: str

    @property
    def held(self) -> str | None:
        """What the clock showed, where the stamp is another by more than a second; else None."""
        if self.clock >= self.at or parse(self.at) - parse(self.clock) <= timedelta(seconds=1):
            return None
        return self.clock


def after(*known: str | None) -> Moment:
    """The moment of an act that comes after everything stamped ``known``: by a microsecond at least."""
    shown = stamp(now())
    last = max([one for one in known if one], default="")
    return Moment(shown if shown > last else stamp(parse(last) + timedelta(microseconds=1)), shown)


def behind(last: str | None) -> bool:
    """Whether the clock is far behind ``last``, the stamp of what was written down last."""
    return last is not None and last > stamp(now() + FAR_BEHIND)


def parse(text: str) -> datetime:
    """The aware UTC moment of a stored stamp. Raises ValueError for anything else."""
    if len(text) != STAMP_LENGTH or not text.endswith("Z"):
        raise ValueError(f"no stamp: {text!r}")
    return datetime.fromisoformat(text)


def local(text: str) -> datetime:
    """A stored stamp as county time."""
    return parse(text).astimezone(SHANGHAI)


def today() -> date:
    """The county's calendar day."""
    return now().astimezone(SHANGHAI).date()


def day_start(day: date) -> str:
    """The stamp of 00:00 county time on ``day``."""
    return stamp(datetime.combine(day, time(), SHANGHAI))


def day_end(day: date) -> str:
    """The stamp of 23:59:59 county time on ``day``: a deadline is met on its day until the last second."""
    return stamp(datetime.combine(day, time(23, 59, 59), SHANGHAI))


def is_working(day: date, holidays: Collection[date], workdays: Collection[date]) -> bool:
    """Monday to Friday, less ``holidays``, plus the weekend days made working （调休）."""
    return day in workdays or (day.weekday() < 5 and day not in holidays)


def after_working_days(
    start: datetime, days: int, holidays: Collection[date], workdays: Collection[date]
) -> datetime:
    """The end (23:59:59 county time) of the ``days``-th working day after ``start``."""
    day = start.astimezone(SHANGHAI).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(day, holidays, workdays)
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)
