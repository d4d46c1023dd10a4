"""Roles have changed: whoever may act now is asked, for all documents concerned at once.

Tasks name the seats a document waits for. They are written with each step and worked out again
whenever roles are given or ended, and once for each day on which a role begins or ends by its date.
A document about a person follows the person to another school.
"""

from collections.abc import Iterable
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update

from workflow_app import clock, stamps
from workflow_app.artefacts.models import Artefact
from workflow_app.people.models import Grant, Route, Unit
from workflow_app.signoff import following
from workflow_app.signoff.models import DailyRun, Notice, Task
from workflow_app.signoff.waiting import Difference, differences, key_of
from workflow_app.store import AnySession, writing

_NAME = "assignment"


def reassign(session: AnySession, unit_ids: set[int]) -> None:
    """Roles at these units have changed; runs inside the transaction that changed them."""
    near = _near(unit_ids)
    # Whoever is at one of them finishes first; whoever comes next finds the roles as they are now.
    session.execute(select(Artefact.id).where(near).order_by(Artefact.id).with_for_update(key_share=True))
    following.follow(session, unit_ids)
    _write(session, list(differences(session, near)))


def up_to_date() -> None:
    """Work out what roles that began or ended by their date have changed, once for each day.

    Cheap when it has been done: one look at what this process remembers.
    """
    today = clock.today().isoformat()
    if current_app.extensions.get("assigned_on") == today:
        return
    with writing() as session:
        last = session.get(DailyRun, _NAME, with_for_update=True, populate_existing=True)
        if last is None:
            last = DailyRun(name=_NAME, day="")
            session.add(last)
        if last.day != today:
            # The last day may be one to come: the clock was ahead, and has been put right.
            first, until = sorted((last.day, today))
            changed = session.scalars(
                select(Grant.unit_id)
                .where(
                    or_(
                        and_(Grant.starts_on > first, Grant.starts_on <= until),
                        and_(Grant.ends_on >= first, Grant.ends_on < until),
                    )
                )
                .distinct()
            )
            last.day = today
            session.flush()
            if unit_ids := set(changed):
                reassign(session, unit_ids)
    current_app.extensions["assigned_on"] = today


def _near(unit_ids: Iterable[int]) -> ColumnElement[bool]:
    """Documents whose school, parent school or departments are among the units, or that wait for them."""
    ids = list(unit_ids)
    schools = select(Unit.id).where(
        or_(
            Unit.id.in_(ids),
            Unit.parent_id.in_(ids),
            Unit.stage.in_(select(Route.stage).where(Route.department_id.in_(ids))),
        )
    )
    far = select(Task.artefact_id).where(Task.closed_at.is_(None), Task.unit_id.in_(ids))
    return or_(Artefact.school_id.in_(schools), Artefact.id.in_(far))


# --- writing ---------------------------------------------------------------------------------


def _write(session: AnySession, changes: list[Difference]) -> None:
    """Close what is asked of the wrong, open what is asked of the right, and say so to the latter.

    Where nobody at all may act the tasks stay as they are: doctor shows such a document.
    """
    changes = [one for one in changes if one.able]
    now = stamps.moment_in(session).at
    closed = [{"task": task.id} for one in changes for task in one.surplus]
    if closed:
        session.connection().execute(
            update(Task.__table__).where(Task.id == bindparam("task")).values(closed_at=now),  # type: ignore[arg-type]
            closed,
        )
    opened = [(one.document, asked) for one in changes for asked in one.lacking]
    if not opened:
        return
    session.execute(
        insert(Task),
        [
            {
                "artefact_id": document.id,
                "state": document.state,
                "opened_at": document.state_since,
                "due_at": document.due_at,
                **asked,
            }
            for document, asked in opened
        ],
    )
    given = _given_already(session, [document.id for document, _asked in opened])
    notices = [
        {"artefact_id": document.id, "seq": document.head_seq, "purpose": "todo", "at": now, **asked}
        for document, asked in opened
        if (document.id, document.head_seq, *key_of(asked)) not in given
    ]
    if notices:
        session.execute(insert(Notice), notices)


def _given_already(session: AnySession, ids: list[int]) -> set[tuple[Any, ...]]:
    """(document, seq, role, unit, person) of the notices there are: one notice for each step."""
    columns = (Notice.artefact_id, Notice.seq, Notice.role, Notice.unit_id, Notice.person_id)
    rows: set[tuple[Any, ...]] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        query = select(*columns).where(Notice.purpose == "todo", Notice.artefact_id.in_(some))
        rows.update(tuple(row) for row in session.execute(query))
    return rows
