"""Points of a return: answered by the author, closed by the reviewer.

Answers are fixed in the submission's event; closing a point is the reviewer's word and has an event
of its own.
"""

from types import SimpleNamespace

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import aliased

from workflow_app import clock
from workflow_app.errors import BadInput, NotAllowed, NotFound
from workflow_app.events import chain
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import sql
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.inputs import MAX_COMMENT, checked_key, tidy
from workflow_app.signoff.models import Point
from workflow_app.signoff.policy import context_in, edit_refusal
from workflow_app.signoff.transition import conflict_over
from workflow_app.store import Statement, Tx, transaction
from workflows.guards import Reason

_POINT = Statement(
    select(Point.state, Point.answer, Point.round).where(
        Point.id == bindparam("point_id"), Point.artefact_id == bindparam("artefact_id")
    )
)
_ANSWER_POINT = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"))
    .values(
        answer=bindparam("new_answer"),
        state=bindparam("new_state"),
        answered_by=bindparam("me"),
        answered_at=bindparam("now"),
    )
)
_CLOSE_POINT = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"), Point.state != "closed")
    .values(state="closed", closed_by=bindparam("me"), closed_at=bindparam("now"))
)


def answer_point(
    person_id: int, artefact_id: int, point_id: int, answer: str, *, key: str | None = None
) -> str:
    """The author's answer to one point of a return; empty takes it back. Returns the point's state.

    Raises:
        NotFound, NotAllowed, BadInput.
    """
    problems: dict[str, str] = {}
    clean = tidy(problems, "answer", answer, MAX_COMMENT)
    if problems:
        raise BadInput(problems)
    with transaction() as tx:
        context = context_in(tx, person_id, artefact_id)
        if refusal := edit_refusal(context):
            raise NotAllowed(refusal)
        point = tx.one(_POINT, point_id=point_id, artefact_id=artefact_id)
        if point is None:
            raise NotFound
        if point[0] == "closed":
            raise BadInput({"answer": "这条意见已经关闭，不用再答复。"})
        state = "answered" if clean else "open"
        now = clock.stamp(clock.now())
        tx.run(_ANSWER_POINT, point_id=point_id, new_answer=clean, new_state=state, me=person_id, now=now)
        return state


def close_point(person_id: int, artefact_id: int, point_id: int, *, key: str) -> None:
    """The reviewer's word that a point is settled; an event of its own. Closing twice is closing once.

    Raises:
        NotFound, NotAllowed, BadInput, Conflict.
    """
    checked_key(key)
    with transaction() as tx:
        context = context_in(tx, person_id, artefact_id)
        point = tx.one(_POINT, point_id=point_id, artefact_id=artefact_id)
        if point is None:
            raise NotFound
        if refusal := close_refusal(context):
            raise NotAllowed(refusal)
        if point[0] == "closed":
            return
        if point[0] != "answered":
            raise BadInput({"closed": "作者还没有答复这条意见。"})
        _write_closing(tx, context, point_id, key)


def close_refusal(context: DocumentContext) -> Reason | None:
    """Why this person may not settle points now: only whoever the document waits for may."""
    rung = context.machine.open_rung(context.row.state, context.case)
    if not rung or "author" in context.case.relations:
        return Reason("no_right")
    return None if any(seat.relation in context.case.relations for seat in rung) else Reason("no_right")


def _write_closing(tx: Tx, context: DocumentContext, point_id: int, key: str) -> None:
    row, definition = context.row, context.machine.definition
    at = max(clock.stamp(clock.now()), row.updated_at)
    said = chain.seal_opinion("", (), [{"point": point_id, "closed": True}])
    grant = next(
        context.mine[seat.relation]
        for seat in context.machine.open_rung(row.state, context.case)
        if seat.relation in context.mine
    )
    event = chain.seal_event(
        {
            "artefact": row.id, "seq": row.head_seq + 1,
            "workflow": {"key": definition.key, "version": definition.version},
            "action": "close_point", "from": row.state, "to": row.state, "round": row.round,
            "revision": row.revision, "actor": context.me, "on_behalf_of": None,
            "grant": {"id": grant.id, "role": grant.role, "scope": grant.unit_id}, "auth": "session",
            "content_sha256": row.content_sha256, "attachments_sha256": row.attachments_sha256,
            "comment_sha256": said.sha256 if said else None, "prev": row.head_hash, "at": at, "key": key,
        }
    )  # fmt: skip
    if tx.run(
        sql.ADVANCE_HEAD, at_artefact=row.id, seen_seq=row.head_seq,
        new_head_hash=event.hash, new_updated_at=at,
    ) != 1:  # fmt: skip
        raise conflict_over(row.id)
    tx.run(
        sql.EVENT, artefact_id=row.id, seq=row.head_seq + 1, at=at, actor_id=context.me,
        action="close_point", from_state=row.state, to_state=row.state, round=row.round,
        revision=row.revision, school_id=row.school_id, signs=False, handled=True,
        body=event.body, hash=event.hash,
    )  # fmt: skip
    if said:
        tx.run(sql.SAID, artefact_id=row.id, seq=row.head_seq + 1, salt=said.salt, body=said.body)
    tx.run(_CLOSE_POINT, point_id=point_id, me=context.me, now=at)


def points(context: DocumentContext) -> list[SimpleNamespace]:
    """The points of every return, with what this person may do about them."""
    raiser, answerer = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(Point, raiser.name, answerer.name)
        .join(raiser, raiser.id == Point.raised_by)
        .outerjoin(answerer, answerer.id == Point.answered_by)
        .where(Point.artefact_id == context.row.id)
        .order_by(Point.id)
    )
    may_answer = edit_refusal(context) is None
    may_close = close_refusal(context) is None
    return [
        SimpleNamespace(
            id=point.id, round=point.round, section=point.section, text=point.text,
            section_title=context.machine.definition.section_title(point.section), raised_by=raised_by,
            raised_at=point.raised_at, answer=point.answer, answered_by=answered_by,
            answered_at=point.answered_at, state=point.state,
            can_answer=may_answer and point.state != "closed",
            can_close=may_close and point.state == "answered",
        )
        for point, raised_by, answered_by in rows
    ]  # fmt: skip


def by_section(found: list[SimpleNamespace]) -> dict[str, list[SimpleNamespace]]:
    """Points of returns by the section they name, in their order."""
    sections: dict[str, list[SimpleNamespace]] = {}
    for point in found:
        sections.setdefault(point.section, []).append(point)
    return sections
