"""The one clock, and working days.

Moments are kept as ISO 8601 text in UTC with microseconds (``2026-09-01T01:02:03.000004Z``, 27
characters): the same characters stand in the signed event, in both databases and in the API, and
they sort as they pass. People see Asia/Shanghai.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
STAMP_LENGTH = 27
NEVER = "9999-12-31T00:00:00.000000Z"


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """``moment`` (aware) as the 27 characters that are stored and signed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


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
