"""Roles at units: who holds which today, giving and ending them. A grant is never deleted."""

from collections.abc import Callable
from datetime import date

from flask import g, has_request_context
from flask_babel import gettext as _
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, contains_eager

from workflow_app import clock, inputs, stamps
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people.grants import valid_on
from workflow_app.people.models import Grant, Person, Unit
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.store import AnySession
from workflows.vocabulary import ROLE_UNITS

ADMINISTRATOR = "administrator"

#: Called inside the same transaction with the ids of the units touched, whenever a role is given or
#: ended or somebody who holds roles is disabled or enabled. ``create_app`` registers
#: ``signoff.assignment.reassign``, which works out anew who is asked. ``people`` is below ``signoff``
#: and must not import it: there would be a circle.
grant_listeners: list[Callable[[Session, set[int]], None]] = []


def live_grants(person_id: int, day: date | str | None = None) -> list[Grant]:
    """The roles this person holds on ``day`` (today when None), with their units, oldest first.

    Valid by their dates, not ended, the person not disabled. Within one request the answer is kept.
    """
    on = str(day) if day else clock.today().isoformat()
    if not has_request_context():
        return _query(person_id, on)
    kept: dict[tuple[int, str], list[Grant]] = g.setdefault("live_grants", {})
    if (person_id, on) not in kept:
        kept[person_id, on] = _query(person_id, on)
    return kept[person_id, on]


# Built once: every page asks it.
_LIVE = (
    select(Grant)
    .join(Grant.unit)
    .join(Grant.person)
    .options(contains_eager(Grant.unit))
    .where(Grant.person_id == bindparam("person"), *valid_on(bindparam("day")))
    .order_by(Grant.starts_on, Grant.id)
)


def _query(person_id: int, on: str) -> list[Grant]:
    return list(db.session.scalars(_LIVE, {"person": person_id, "day": on}))


def call_listeners(session: AnySession, unit_ids: set[int]) -> None:
    """Call the listeners, and forget what this request knew of roles."""
    if has_request_context():
        g.pop("live_grants", None)
    session.flush()
    if unit_ids:
        for listener in grant_listeners:
            listener(session, unit_ids)  # type: ignore[arg-type]


def give_role(
    actor_id: int | None,
    person_id: int,
    role: str,
    unit_id: int,
    starts_on: date | str,
    ends_on: date | str | None = None,
) -> Grant:
    """Give ``role`` at a unit from one day on, until another or until ended.

    Raises:
        BadInput: naming the fields ``person_id``, ``role``, ``unit_id``, ``starts_on``, ``ends_on``.
    """
    problems: dict[str, str] = {}
    role = inputs.choice(problems, "role", role, ROLE_UNITS)
    first, last = _days(problems, starts_on, ends_on)
    with changing() as session:
        person = session.get(Person, inputs.identifier(person_id) or 0)
        unit = session.get(Unit, inputs.identifier(unit_id) or 0)
        problems |= _place_problems(person, role, unit)
        if problems or not (person and unit and first):
            raise BadInput(problems)
        if clash := _clash(session, person.id, role, unit.id, first, last):
            raise BadInput({"role": clash})
        grant = Grant(
            person_id=person.id,
            role=role,
            unit_id=unit.id,
            starts_on=first,
            ends_on=last,
            given_by=actor_id,
            given_at=stamps.moment_in(session).at,
        )
        session.add(grant)
        session.flush()
        facts = {"person": person.id, "role": role, "unit": unit.id, "starts_on": first, "ends_on": last}
        write(session, actor_id, Act.GRANT_GIVE, f"grant:{grant.id}", person.id, facts)
        call_listeners(session, {unit.id})
        return grant


def _days(
    problems: dict[str, str], starts_on: date | str, ends_on: date | str | None
) -> tuple[str | None, str | None]:
    first = inputs.day(problems, "starts_on", starts_on)
    last = inputs.day(problems, "ends_on", ends_on, required=False)
    if first and last and last < first:
        problems["ends_on"] = _("结束日期不能早于开始日期。")
    return first, last


def _place_problems(person: Person | None, role: str, unit: Unit | None) -> dict[str, str]:
    problems: dict[str, str] = {}
    if person is None:
        problems["person_id"] = _("没有这个人。")
    elif person.disabled_at:
        problems["person_id"] = _("这个账号已停用，请先启用。")
    if unit is None:
        problems["unit_id"] = _("没有这个单位。")
    elif role and unit.kind not in ROLE_UNITS[role]:
        problems["unit_id"] = _("这个角色不能设在「%(unit)s」这样的单位。", unit=unit.name)
    return problems


def _clash(session: AnySession, person_id: int, role: str, unit_id: int, first: str, last: str | None) -> str:
    """Why this role does not go with what the person holds in the same days, or ''."""
    beside = session.scalars(
        select(Grant).where(
            Grant.person_id == person_id,
            Grant.ended_at.is_(None),
            or_(Grant.ends_on.is_(None), Grant.ends_on >= first),
            Grant.starts_on <= (last or "9999-12-31"),
        )
    ).all()
    if any(grant.role == role and grant.unit_id == unit_id for grant in beside):
        return str(_("此人在这个单位已有这个角色。"))
    if role == ADMINISTRATOR and any(grant.role != ADMINISTRATOR for grant in beside):
        return str(_("系统管理员不能兼任其他角色，请先结束此人的其他角色。"))
    if role != ADMINISTRATOR and any(grant.role == ADMINISTRATOR for grant in beside):
        return str(_("此人是系统管理员，不能兼任其他角色。"))
    return ""


def end_role(
    actor_id: int | None, grant_id: int, ends_on: date | str | None = None, *, of: int | None = None
) -> Grant:
    """End a role at once, or with the end of the day ``ends_on`` (today or later). The row stays.

    Ending at once also ends the person's sessions and tokens. ``of``: only when it is this person's.

    Raises:
        NotFound: no such role. BadInput: ended before; a day that will not do; the last administrator.
    """
    problems: dict[str, str] = {}
    last = inputs.day(problems, "ends_on", ends_on, required=False)
    with changing() as session:
        grant = session.get(Grant, inputs.identifier(grant_id) or 0)
        if grant is None or of not in (None, grant.person_id):
            raise NotFound(grant_id)
        problems |= _end_problems(grant, last)
        if problems:
            raise BadInput(problems)
        if last is None:
            refuse_last_administrator(session, actor_id, [grant])
            grant.ended_by, grant.ended_at = actor_id, stamps.moment_in(session).at
            grant.person.epoch += 1
        else:
            grant.ends_on = last
        facts = {"person": grant.person_id, "ends_on": last, "at_once": last is None}
        write(session, actor_id, Act.GRANT_END, f"grant:{grant.id}", grant.person_id, facts)
        call_listeners(session, {grant.unit_id})
        return grant


def _end_problems(grant: Grant, last: str | None) -> dict[str, str]:
    today = clock.today().isoformat()
    if grant.ended_at or (grant.ends_on and grant.ends_on < today):
        return {"ends_on": _("这个角色已经结束。")}
    if last and last < max(today, grant.starts_on):
        return {"ends_on": _("结束日期不能早于今天，也不能早于开始日期。")}
    if last and grant.ends_on and last > grant.ends_on:
        return {"ends_on": _("结束日期只能提前，不能推后；要延长请另给一个角色。")}
    return {}


def refuse_last_administrator(session: AnySession, actor_id: int | None, ending: list[Grant]) -> None:
    """The pages must always have somebody who can repair things; the command line (None) may do all.

    Raises:
        BadInput: when no administrator would be left.
    """
    if actor_id is None or not any(grant.role == ADMINISTRATOR for grant in ending):
        return
    today = clock.today().isoformat()
    others = session.scalars(
        select(Grant.id)
        .join(Grant.person)
        .where(
            Grant.role == ADMINISTRATOR,
            Grant.id.not_in([grant.id for grant in ending]),
            *valid_on(today),
        )
    ).first()
    if others is None:
        raise BadInput({"ends_on": _("至少要有一名系统管理员，请先指定另一名。")})
