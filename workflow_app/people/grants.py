"""Which grants are valid: the one condition everybody asks by."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from workflow_app.people.models import Grant, Person


def valid_on(day: Any) -> tuple[ColumnElement[bool], ...]:
    """Conditions over ``Grant`` joined with ``Person``: valid on ``day``, not ended, person not disabled.

    Args:
        day: ``2026-09-01``, or a bind parameter that will be such text.
    """
    return (
        Person.disabled_at.is_(None),
        Grant.ended_at.is_(None),
        Grant.starts_on <= day,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= day),
    )
