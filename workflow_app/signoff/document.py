"""A document as its state machine and the services need it: one row, in one read."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, select

from workflow_app import clock
from workflow_app.artefacts.models import Artefact, Draft
from workflow_app.clock import Moment, after
from workflow_app.events.append import Identity
from workflow_app.events.models import Event
from workflow_app.people.models import Person, RegistryEvent, Unit
from workflow_app.periods.models import Period
from workflow_app.signoff.models import Answered, Point
from workflow_app.store import Reader, Statement


class DocumentRow(NamedTuple):
    """A document, its school's place, its period, its draft's problems, its points.

    ``took_part``: whether the person asked about has acted on it as somebody else's. ``reset_at``: when
    somebody else has lately changed how that person gets in, or None. ``answer`` and
    ``request_sha256``: what was answered to that person's idempotency key before. ``last_event_at``,
    ``last_change_at``: the newest stamps of all events and of the register's log.
    """

    id: int
    workflow: str
    definition_id: int
    subject: str
    school_id: int
    teacher_id: int | None
    state: str
    version: int
    revision: int
    submitted_revision: int
    in_force_revision: int | None
    round: int
    route: str
    leg: int
    points_version: int
    author_id: int
    submitter_id: int | None
    last_signer_id: int | None
    content_sha256: str
    attachments_sha256: str
    head_seq: int
    head_hash: str
    due_at: str
    title: str
    title_salt: str
    period_key: str
    updated_at: str
    stage: str | None
    parent_id: int | None
    parent_kind: str | None
    starts_on: str
    ends_on: str
    gate: str
    draft_problems: int | None
    points: int
    unanswered: int
    took_part: bool
    reset_at: str | None
    request_sha256: str | None
    answer: bytes | None
    last_event_at: str | None
    last_change_at: str | None

    @property
    def identity(self) -> Identity:
        """What the document is, for its events."""
        return Identity(
            self.title, self.title_salt, self.period_key, self.subject, self.school_id, self.teacher_id
        )

    def moment(self) -> Moment:
        """The moment of an act on it: after whatever was written down, here or anywhere."""
        return after(self.updated_at, self.last_event_at, self.last_change_at)

    @property
    def route_departments(self) -> tuple[int, ...]:
        """Ids of the departments to pass, as they were when the document was submitted."""
        return tuple(int(part) for part in self.route.split(",") if part)

    @property
    def parent_school_id(self) -> int | None:
        """The school above the document's school, if there is one."""
        return self.parent_id if self.parent_kind == "school" else None


def _points(condition: Any) -> Any:
    return (
        select(func.count())
        .select_from(Point)
        .where(Point.artefact_id == Artefact.id, condition)
        .scalar_subquery()
    )


_parent = Unit.__table__.alias("parent")
_COLUMNS: tuple[Any, ...] = tuple(
    getattr(Artefact, name) for name in DocumentRow._fields[: DocumentRow._fields.index("updated_at") + 1]
)
_DOCUMENT = Statement(
    select(
        *_COLUMNS,
        Unit.stage,
        Unit.parent_id,
        _parent.c.kind,
        Period.starts_on,
        Period.ends_on,
        Period.gate,
        Draft.problems,
        _points(Point.state != "closed"),
        _points(Point.state == "open"),
        exists().where(Event.artefact_id == Artefact.id, Event.actor_id == bindparam("me"), Event.handled),
        select(Person.reset_at)
        .where(Person.id == bindparam("me"), Person.reset_marked_until > bindparam("now"))
        .scalar_subquery(),
        Answered.request_sha256,
        Answered.answer,
        select(func.max(Event.at)).scalar_subquery(),
        select(func.max(RegistryEvent.at)).scalar_subquery(),
    )
    .select_from(Artefact)
    .join(Unit, Unit.id == Artefact.school_id)
    .outerjoin(_parent, _parent.c.id == Unit.parent_id)
    .join(Period, Period.key == Artefact.period_key)
    .outerjoin(Draft, Draft.artefact_id == Artefact.id)
    .outerjoin(Answered, and_(Answered.person_id == bindparam("me"), Answered.key == bindparam("key")))
    .where(Artefact.id == bindparam("artefact_id"))
)


def read(reader: Reader, me: int, artefact_id: int, key: str = "") -> DocumentRow | None:
    """The document before person ``me``, or None when there is no such document."""
    now = clock.stamp(clock.now())
    found = reader.one(_DOCUMENT, me=me, key=key, artefact_id=artefact_id, now=now)
    return None if found is None else DocumentRow(*found)
