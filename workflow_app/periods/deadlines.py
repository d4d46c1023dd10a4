"""When something becomes late."""

from datetime import date, timedelta

from workflow_app import clock
from workflow_app.periods.service import holidays
from workflows.definition import Due


def due_stamp(due: Due | None, since: str, period_starts_on: str) -> str:
    """The stamp at which a state entered at ``since`` becomes late; ``clock.NEVER`` without a deadline."""
    if due is None:
        return clock.NEVER
    if due.working_days is not None:
        return clock.stamp(clock.after_working_days(clock.parse(since), due.working_days, *holidays()))
    assert due.days_after_period_start is not None
    day = date.fromisoformat(period_starts_on) + timedelta(days=due.days_after_period_start)
    return clock.day_end(day)
