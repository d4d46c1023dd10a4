"""Names of persons and units, now and at the time of an act."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from workflow_app.extensions import db
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


Moments = Sequence[tuple[int, str]]
NamesAt = dict[tuple[int, str], str]


def unit_names_at(wanted: Moments) -> NamesAt:
    """The names of units at moments: ``(unit, stamp)`` -> name."""
    return _names_at(Unit, FormerName.unit_id, wanted)


def person_names_at(wanted: Moments) -> NamesAt:
    """The names of persons at moments: ``(person, stamp)`` -> name."""
    return _names_at(Person, FormerName.person_id, wanted)


def _names_at(model: Any, column: Any, wanted: Moments) -> NamesAt:
    ids = {number for number, _at in wanted}
    if not ids:
        return {}
    former = db.session.execute(
        select(column, FormerName.until, FormerName.name).where(column.in_(ids)).order_by(FormerName.until)
    ).all()
    rows = db.session.execute(select(model.id, model.name).where(model.id.in_(ids)))
    now: dict[int, str] = {number: name for number, name in rows}  # noqa: C416
    return {
        (number, at): next((name for one, until, name in former if one == number and until > at), now[number])
        for number, at in wanted
    }


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
