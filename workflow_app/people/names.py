"""Names of persons and units, now and at the time of an act."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from workflow_app.people.models import FormerName, Person, Unit
from workflow_app.store import AnySession


def keep(session: AnySession, *, until: str, person: Person | None = None, unit: Unit | None = None) -> None:
    """Keep the name somebody, or some unit, has borne up to now. Call before it is changed."""
    former = person or unit
    assert former is not None
    session.add(
        FormerName(
            person_id=person.id if person else None,
            unit_id=unit.id if unit else None,
            name=former.name,
            until=until,
        )
    )


def person_name_at(person: Any, at: Any) -> ColumnElement[str]:
    """The name that ``person`` (``Person`` or an alias of it) bore at the stamp ``at``."""
    return func.coalesce(_former(FormerName.person_id == person.id, at), person.name)


def unit_name_at(unit: Any, at: Any) -> ColumnElement[str]:
    """The name that ``unit`` (``Unit`` or an alias of it) bore at the stamp ``at``."""
    return func.coalesce(_former(FormerName.unit_id == unit.id, at), unit.name)


def _former(of: ColumnElement[bool], at: Any) -> Any:
    query = select(FormerName.name).where(of, FormerName.until > at).order_by(FormerName.until).limit(1)
    return query.correlate_except(FormerName).scalar_subquery()


def people_named(matches: Any) -> Select[int]:
    """Ids of persons whose name, now or at any time, fits.

    Args:
        matches: a condition made of a column, such as ``lambda column: column == "王静"``.
    """
    former = select(FormerName.person_id).where(FormerName.person_id.is_not(None), matches(FormerName.name))
    return select(Person.id).where(or_(matches(Person.name), Person.id.in_(former)))


def units_named(matches: Any) -> Select[int]:
    """Ids of units whose name, now or at any time, fits; see ``people_named``."""
    former = select(FormerName.unit_id).where(FormerName.unit_id.is_not(None), matches(FormerName.name))
    return select(Unit.id).where(or_(matches(Unit.name), Unit.id.in_(former)))
