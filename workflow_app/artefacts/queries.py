"""Lists of documents: filtered, only what may be seen, by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_, union

from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit

PAGE = 30
#: A list to choose from that is longer than this helps nobody: then the search box is there.
MOST_SCHOOLS = 60


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What somebody is looking for; empty fields do not filter."""

    workflow: str = ""
    state: str = ""
    period: str = ""
    school_id: int | None = None
    q: str = ""

    @classmethod
    def chosen(cls, given: Mapping[str, str]) -> "ListFilters":
        """Out of the query of an address whose values have been checked."""
        school = given.get("school")
        return cls(
            given.get("workflow", ""), given.get("state", ""), given.get("period", ""),
            int(school) if school else None, given.get("q", ""),
        )  # fmt: skip


class ListRow(NamedTuple):
    """A line of a list of documents."""

    id: int
    title: str
    workflow: str
    definition_id: int
    state: str
    school: str
    who: str
    when: str
    due_at: str
    school_id: int
    period: str
    revision: int
    version: int
    in_force_revision: int | None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page(
    visible: Sequence[ColumnElement[bool]], filters: ListFilters, cursor: tuple[str, int] | None = None
) -> tuple[list[ListRow], tuple[str, int] | None]:
    """One page, last changed first, and the cursor of the next or None.

    Args:
        visible: from ``signoff.policy.visible_to``.
    """
    wanted = _conditions(filters)
    if cursor:
        wanted.append(tuple_(Artefact.updated_at, Artefact.id) < tuple_(*map(literal, cursor)))
    # A scan in the order of an index for each reason to see a document; one scan for all of them
    # would read every document.
    scans = [select(_newest(within, *wanted).subquery()) for within in visible]
    if not scans:
        return [], None
    found = union(*scans).subquery()
    keys = select(found.c.id).order_by(found.c.updated_at.desc(), found.c.id.desc()).limit(PAGE + 1)
    query = (
        select(
            Artefact.id, Artefact.title, Artefact.workflow, Artefact.definition_id, Artefact.state,
            Unit.name, Person.name, Artefact.updated_at, Artefact.due_at, Artefact.school_id,
            Artefact.period_key, Artefact.revision, Artefact.version, Artefact.in_force_revision,
        )
        .join(Unit, Unit.id == Artefact.school_id)
        .join(Person, Person.id == Artefact.author_id)
        .where(Artefact.id.in_(keys))
        .order_by(Artefact.updated_at.desc(), Artefact.id.desc())
    )  # fmt: skip
    rows = [ListRow._make(row) for row in db.session.execute(query)]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], (last.when, last.id) if last else None


def _newest(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    query = select(Artefact.updated_at, Artefact.id).where(*conditions)
    return query.order_by(Artefact.updated_at.desc(), Artefact.id.desc()).limit(PAGE + 1)


def schools() -> list[tuple[int, str]]:
    """The schools to choose from, by name; none when they are too many. Names are no secret."""
    query = select(Unit.id, Unit.name).where(Unit.kind == "school").order_by(Unit.sort_key, Unit.id)
    found = [(row[0], row[1]) for row in db.session.execute(query.limit(MOST_SCHOOLS + 1))]
    return found if len(found) <= MOST_SCHOOLS else []


def _conditions(filters: ListFilters) -> list[ColumnElement[bool]]:
    found = []
    if filters.workflow:
        found.append(Artefact.workflow == filters.workflow)
    if filters.state:
        found.append(Artefact.state == filters.state)
    if filters.period:
        found.append(Artefact.period_key == filters.period)
    if filters.school_id is not None:
        found.append(Artefact.school_id == filters.school_id)
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
