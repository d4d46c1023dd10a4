"""Lists of documents: filtered, only what may be seen, by key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select

from workflow_app import listing
from workflow_app.artefacts.lines import DocumentLine, lines
from workflow_app.artefacts.models import Artefact
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.listing import Cursor
from workflow_app.people.models import Person, Unit

PAGE = 30
#: A list to choose from that is longer than this helps nobody: then one writes part of the name.
MOST_SCHOOLS = 60
#: Schools found by name that are handed to the database as a list.
FEW_SCHOOLS = 200


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What somebody is looking for; empty fields do not filter."""

    workflow: str = ""
    state: str = ""
    period: str = ""
    school_id: int | None = None
    q: str = ""
    #: a part of the school's name
    school: str = ""

    @classmethod
    def chosen(cls, given: Mapping[str, str], *, by_name: bool = False) -> "ListFilters":
        """Out of the query of an address whose values have been checked; ``school`` is an id or a name."""
        school = given.get("school", "")
        return cls(
            given.get("workflow", ""), given.get("state", ""), given.get("period", ""),
            int(school) if school and not by_name else None, given.get("q", ""), school if by_name else "",
        )  # fmt: skip


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page(
    visible: Sequence[ColumnElement[bool]],
    filters: ListFilters,
    cursor: Cursor | None = None,
    *,
    in_force: Sequence[ColumnElement[bool]] = (),
) -> tuple[list[DocumentLine], Cursor | None]:
    """One page, last changed first, and the cursor of the next or None. For ``signoff.policy.list_for``.

    Args:
        visible: conditions over ``Artefact``; one of them is enough.
        in_force: the same for documents of which only what is in force is seen: found by that state.
    """
    if not visible and not in_force:
        return [], None
    key = (Artefact.updated_at, Artefact.id)
    columns = (Artefact.id.label("artefact_id"), Artefact.updated_at.label("at"), Artefact.id.label("id"))
    wanted, seen = _conditions(filters), _conditions(filters, _in_force_state)
    scans = [select(*columns).where(within, *wanted) for within in visible]
    scans += [select(*columns).where(within, *seen) for within in in_force]
    query = listing.merged(scans, key, PAGE, further=cursor is not None)
    found = db.session.execute(query, listing.parameters(cursor)).all()
    return listing.page_of(lines(found), PAGE)


def schools() -> list[tuple[int, str]] | None:
    """The schools to choose from, by name; None when they are too many. Names are no secret."""
    query = select(Unit.id, Unit.name).where(Unit.kind == "school").order_by(Unit.sort_key, Unit.id)
    found = [(row[0], row[1]) for row in db.session.execute(query.limit(MOST_SCHOOLS + 1))]
    return found if len(found) <= MOST_SCHOOLS else None


def _named(name: str) -> Select[int]:
    return select(Unit.id).where(Unit.kind == "school", Unit.name.like(f"%{_escaped(name)}%", escape="\\"))


def is_school(name: str) -> bool:
    """Whether any school has ``name`` in its name."""
    return db.session.scalar(_named(name).limit(1)) is not None


def _of_schools(name: str) -> ColumnElement[bool]:
    """A few schools by their ids, so that one alone is read by its index; many as they come."""
    few = list(db.session.scalars(_named(name).limit(FEW_SCHOOLS + 1)))
    if len(few) == 1:
        return Artefact.school_id == few[0]
    return Artefact.school_id.in_(few if len(few) <= FEW_SCHOOLS else _named(name))


def _state(name: str) -> ColumnElement[bool]:
    return Artefact.state == name


def _in_force_state(name: str) -> ColumnElement[bool]:
    """Where a document stands for somebody who does not see that it is being amended."""
    states = [pair for one in registry.current().values() for pair in one.definition.states.items()]
    ends = {key for key, state in states if state.final}
    lasts = {key for key, state in states if state.in_force}
    if name not in lasts:
        return and_(Artefact.state == name, Artefact.state.in_(ends))
    return or_(Artefact.state == name, Artefact.state.not_in(ends | lasts))


def _conditions(
    filters: ListFilters, state: Callable[[str], ColumnElement[bool]] = _state
) -> list[ColumnElement[bool]]:
    found = []
    if filters.workflow:
        found.append(Artefact.workflow == filters.workflow)
    if filters.state:
        found.append(state(filters.state))
    if filters.period:
        found.append(Artefact.period_key == filters.period)
    if filters.school_id is not None:
        found.append(Artefact.school_id == filters.school_id)
    if filters.school:
        found.append(_of_schools(filters.school))
    if filters.q:
        like = f"%{_escaped(filters.q)}%"
        people = select(Person.id).where(Person.name.like(like, escape="\\"))
        schools = select(Unit.id).where(Unit.name.like(like, escape="\\"))
        found.append(
            or_(
                Artefact.title.like(like, escape="\\"),
                Artefact.school_id.in_(schools),
                Artefact.author_id.in_(people),
                Artefact.teacher_id.in_(people),
            )
        )
    return found
