"""Points of a return: answered by those who write, closed or opened again by whoever raised them.

Answers are fixed in the submission's event. To close a point, or to open it again, is the reviewer's
word and has an event of its own. Every change counts in the document's ``points_version``.
"""

from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, null, select, update
from sqlalchemy.orm import aliased

from workflow_app import canonical, inputs
from workflow_app.drafting.idempotency import remember, replayed
from workflow_app.errors import BadInput, Conflict, NotAllowed, NotFound
from workflow_app.events import append, chain
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import sql
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.inputs import MAX_COMMENT
from workflow_app.signoff.models import Point
from workflow_app.signoff.policy import answer_refusal, readable, settle_refusal
from workflow_app.signoff.transition import conflict_over, draft_refused
from workflow_app.store import Statement, Tx, transaction
from workflows.form import Title


class PointRow(NamedTuple):
    """A point as the rules about it need it."""

    state: str
    answer: str
    raised_by: int
    raised_in: str
    answered_by: int | None
    answered_at: str | None
    answerer: str | None
    closed_at: str | None
    closer: str | None


_raiser, _answerer, _closer = aliased(Person), aliased(Person), aliased(Person)
_POINT = Statement(
    select(
        Point.state, Point.answer, Point.raised_by, Point.raised_in,
        Point.answered_by, Point.answered_at, _answerer.name, Point.closed_at, _closer.name,
    )
    .outerjoin(_answerer, _answerer.id == Point.answered_by)
    .outerjoin(_closer, _closer.id == Point.closed_by)
    .where(Point.id == bindparam("point_id"), Point.artefact_id == bindparam("artefact_id"))
)  # fmt: skip
_ANSWER = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"))
    .values(
        answer=bindparam("new_answer"),
        state=bindparam("new_state"),
        answered_by=bindparam("me"),
        answered_at=bindparam("now"),
    )
)
_CLOSE = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"), Point.state != "closed")
    .values(state="closed", closed_by=bindparam("me"), closed_at=bindparam("now"))
)
_REOPEN = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"), Point.state == "closed")
    .values(state=bindparam("new_state"), closed_by=null(), closed_at=null())
)


def answer_point(
    person_id: int, artefact_id: int, point_id: int, answer: str, *, before: str | None = None
) -> str:
    """The author's answer to one point of a return; empty takes it back. Returns the point's state.

    The same answer again changes nothing, so a lost request may simply be sent again.

    Args:
        before: the answer this person was shown; None: whatever stands there is replaced.

    Raises:
        NotFound, NotAllowed, BadInput. Conflict: somebody else was faster; nothing was changed.
    """
    problems: dict[str, str] = {}
    clean = inputs.text(problems, "answer", answer, MAX_COMMENT)
    shown = None if before is None else inputs.text({}, "before", before, MAX_COMMENT)
    if problems:
        raise BadInput(problems)
    with transaction() as tx:
        context, point = _read(tx, person_id, artefact_id, point_id)
        if (clean, person_id) == (point.answer, point.answered_by):
            return point.state
        if refusal := answer_refusal(context, point.raised_by):
            raise draft_refused(context, refusal)
        if point.state == "closed":
            raise _lost_to(context, point.closer, "close_point", point.closed_at)
        if shown not in (None, point.answer):
            raise _lost_to(context, point.answerer, "answer_point", point.answered_at)
        state = "answered" if clean else "open"
        now = context.row.moment().at
        tx.run(_ANSWER, point_id=point_id, new_answer=clean, new_state=state, me=person_id, now=now)
        tx.run(sql.CHANGE_POINTS, at_artefact=artefact_id)
        return state


def close_point(
    person_id: int,
    artefact_id: int,
    point_id: int,
    *,
    key: str,
    version: int | None = None,
    auth: str = "session",
) -> None:
    """The reviewer's word that a point is settled; an event of its own. Closing twice is closing once.

    Args:
        version: the document's as it was shown; a refusal then says who has moved it since.

    Raises:
        NotFound, NotAllowed, BadInput, Conflict, KeyReused.
    """
    _settle(True, person_id, artefact_id, point_id, key, version, auth)


def reopen_point(
    person_id: int,
    artefact_id: int,
    point_id: int,
    *,
    key: str,
    version: int | None = None,
    auth: str = "session",
) -> None:
    """The reviewer's word that a closed point is not settled after all; an event of its own.

    Args:
        version: as for ``close_point``.

    Raises:
        NotFound, NotAllowed, Conflict, KeyReused.
    """
    _settle(False, person_id, artefact_id, point_id, key, version, auth)


def _settle(
    closed: bool, person_id: int, artefact_id: int, point_id: int, key: str, version: int | None, auth: str
) -> None:
    """Close the point or open it again: what ``close_point`` and ``reopen_point`` were given, and which."""
    action = "close_point" if closed else "reopen_point"
    with transaction() as tx:
        context, point = _read(tx, person_id, artefact_id, point_id)
        asked = canonical.digest([action, artefact_id, point_id])
        if replayed(tx, person_id, key, asked):
            return
        _may_settle(context, point, version, auth)
        if (point.state == "closed") == closed:
            return
        if closed and point.state != "answered" and not context.state.editable:
            raise BadInput({"closed": _("作者还没有答复这条意见。")})
        at = _write_event(tx, context, action, {"point": point_id, "closed": closed}, key, auth)
        state = "closed" if closed else "answered" if point.answer else "open"
        if closed:
            tx.run(_CLOSE, point_id=point_id, me=context.me, now=at)
        else:
            tx.run(_REOPEN, point_id=point_id, new_state=state)
        remember(tx, person_id, key, asked, at, state=state)


def _may_settle(context: DocumentContext, point: PointRow, version: int | None, auth: str) -> None:
    if refusal := settle_refusal(context, point.raised_by, point.raised_in, auth):
        if version not in (None, context.row.version):
            raise conflict_over(context.row.id)
        raise NotAllowed(refusal)


def _read(tx: Tx, person_id: int, artefact_id: int, point_id: int) -> tuple[DocumentContext, PointRow]:
    tx.wait_for(sql.HOLD, artefact_id=artefact_id)
    context = readable(person_id, artefact_id, tx)
    row = tx.one(_POINT, point_id=point_id, artefact_id=artefact_id)
    if row is None or context.level == "approved":
        raise NotFound
    return context, PointRow(*row)


def _lost_to(context: DocumentContext, name: str | None, action: str, at: str | None) -> Conflict:
    """Somebody has answered or closed the point meanwhile."""
    title = context.definition.action_title(action)
    state, version = context.row.state, context.row.version
    return Conflict(name or "", action, title.zh, title.en, at or context.row.updated_at, state, version)


def _write_event(
    tx: Tx, context: DocumentContext, action: str, about: dict[str, object], key: str, auth: str
) -> str:
    """One event that leaves the document in its state; returns its stamp."""
    row = context.row
    moment = row.moment()
    grant = context.grant_of_step(row.state)
    act = append.Act(
        action, context.me, {"id": grant.id, "role": grant.role, "scope": grant.unit_id} if grant else None,
        append.proof(auth, row.reset_at), key, moment, handled=True,
    )  # fmt: skip
    place = append.Place.staying(row, row.identity, context.definition, context.authors)
    event = append.seal(act, place, chain.seal_opinion("", (), [about]))
    moved = tx.run(
        sql.ADVANCE_HEAD,
        at_artefact=row.id,
        seen_seq=row.head_seq,
        new_head_hash=event.hash,
        new_updated_at=moment.at,
    )
    if moved != 1:
        raise conflict_over(row.id)
    append.send(tx, event)
    tx.run(sql.CHANGE_POINTS, at_artefact=row.id)
    return moment.at


def answer_of(point_id: int) -> str | None:
    """The answer that stands at a point now; for whoever has been found to be its author."""
    db.session.rollback()
    return db.session.scalar(select(Point.answer).where(Point.id == point_id))


# --- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PointView:
    """A point of a return as its document's page shows it, with what this person may do about it."""

    id: int
    round: int
    section: str
    section_title: Title
    text: str
    raised_by: str
    raised_at: str
    answer: str
    answered_by: str | None
    answered_at: str | None
    state: str
    closed_by: str | None
    closed_at: str | None
    can_answer: bool
    can_close: bool
    can_reopen: bool


# Built once: building it takes longer than running it.
_POINTS = (
    select(Point, _raiser.name, _answerer.name, _closer.name)
    .join(_raiser, _raiser.id == Point.raised_by)
    .outerjoin(_answerer, _answerer.id == Point.answered_by)
    .outerjoin(_closer, _closer.id == Point.closed_by)
    .where(Point.artefact_id == bindparam("artefact"))
    .order_by(Point.id)
)


def points(context: DocumentContext) -> list[PointView]:
    """The points of every return, in the order they were raised."""
    rows = db.session.execute(_POINTS, {"artefact": context.row.id})
    return [_view(context, *row) for row in rows]


def _view(
    context: DocumentContext, point: Point, raised_by: str, answered_by: str | None, closed_by: str | None
) -> PointView:
    may_settle = settle_refusal(context, point.raised_by, point.raised_in) is None
    may_answer = answer_refusal(context, point.raised_by) is None
    settled = point.state == "closed"
    closable = point.state == "answered" or context.state.editable
    return PointView(
        point.id, point.round, point.section, context.definition.section_title(point.section), point.text,
        raised_by, point.raised_at, point.answer, answered_by, point.answered_at, point.state,
        closed_by, point.closed_at,
        can_answer=may_answer and not settled,
        can_close=may_settle and not settled and closable,
        can_reopen=may_settle and settled,
    )  # fmt: skip


def by_section(rows: list[PointView]) -> dict[str, list[PointView]]:
    """Points of returns by the section they name, in their order."""
    sections: dict[str, list[PointView]] = {}
    for point in rows:
        sections.setdefault(point.section, []).append(point)
    return sections
