"""School years, terms and holidays, all from the tables: nothing is guessed from the month."""

import re
import time
from datetime import date, timedelta
from typing import Protocol

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from workflow_app import clock, inputs
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.periods import defaults
from workflow_app.periods.models import Holiday, Period
from workflow_app.store import AnySession

KINDS = ("school_year", "term")
GATES = ("auto", "open", "closed")
#: How long a process may go on with the holidays it has read; they are changed once a year.
HOLIDAYS_KEPT = 60.0
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}")


class Span(Protocol):
    """A period, or a row with its dates and gate."""

    @property
    def starts_on(self) -> str: ...
    @property
    def ends_on(self) -> str: ...
    @property
    def gate(self) -> str: ...


# --- reading ---------------------------------------------------------------------------------


def period(key: str) -> Period | None:
    """The period of that key."""
    return db.session.get(Period, key)


_PERIODS = select(Period).order_by(Period.starts_on.desc(), Period.key)
_OF_KIND = _PERIODS.where(Period.kind == bindparam("kind"))


def periods(kind: str | None = None) -> list[Period]:
    """All periods (of one kind), newest first."""
    return list(db.session.scalars(_OF_KIND, {"kind": kind}) if kind else db.session.scalars(_PERIODS))


def current(kind: str = "school_year", day: date | None = None) -> Period | None:
    """The period of ``day`` (today): the one around it, else the last before it, else the first."""
    on = (day or clock.today()).isoformat()
    known = sorted(periods(kind), key=lambda item: item.starts_on)
    begun = [item for item in known if item.starts_on <= on]
    if begun:
        return begun[-1]
    return known[0] if known else None


def is_open(span: Span, day: date | None = None) -> bool:
    """Whether documents of this period may be worked on: the administrator's word, else the dates."""
    if span.gate != "auto":
        return span.gate == "open"
    return span.starts_on <= (day or clock.today()).isoformat() <= span.ends_on


def is_over(span: Span, day: date | None = None) -> bool:
    """Whether its last day is past."""
    return span.ends_on < (day or clock.today()).isoformat()


def holidays() -> tuple[set[date], set[date]]:
    """(days off, weekend days that are worked). Kept for a minute per process.

    Read on a connection of its own: the caller may be in the middle of a transaction, and the
    session must not come by a snapshot of the time before it.
    """
    kept: tuple[float, tuple[set[date], set[date]]] | None = current_app.extensions.get("holidays")
    if kept and time.monotonic() - kept[0] < HOLIDAYS_KEPT:
        return kept[1]
    off: set[date] = set()
    worked: set[date] = set()
    with db.engine.connect() as connection:
        for day, working in connection.execute(select(Holiday.day, Holiday.working)):
            (worked if working else off).add(date.fromisoformat(day))
    current_app.extensions["holidays"] = (time.monotonic(), (off, worked))
    return off, worked


def announced(year: int) -> bool:
    """Whether the holidays of that year have been entered."""
    query = select(Holiday.day).where(Holiday.day.between(f"{year}-01-01", f"{year}-12-31")).limit(1)
    return db.session.scalar(query) is not None


def holiday_list(year: int) -> list[Holiday]:
    query = select(Holiday).where(Holiday.day.between(f"{year}-01-01", f"{year}-12-31"))
    return list(db.session.scalars(query.order_by(Holiday.day)))


# --- changing --------------------------------------------------------------------------------


def set_period(
    actor_id: int | None,
    key: str,
    kind: str,
    name: str,
    starts_on: date | str,
    ends_on: date | str,
    gate: str = "auto",
) -> Period:
    """Make a period, or change the one of that key (its kind stays).

    Raises:
        BadInput: naming the fields ``key``, ``kind``, ``name``, ``starts_on``, ``ends_on``, ``gate``.
    """
    problems: dict[str, str] = {}
    key = inputs.code(problems, "key", key, 20)
    if key and not _KEY.fullmatch(key):
        problems["key"] = _("编号只用数字、字母和连字符，例如 2026-2027。")
    kind = inputs.choice(problems, "kind", kind, KINDS)
    name = inputs.line(problems, "name", name, 80)
    first = inputs.day(problems, "starts_on", starts_on)
    last = inputs.day(problems, "ends_on", ends_on)
    gate = inputs.choice(problems, "gate", gate, GATES)
    if first and last and last < first:
        problems["ends_on"] = _("结束日期不能早于开始日期。")
    with changing() as session:
        found = session.get(Period, key) if key else None
        if found and kind and found.kind != kind:
            problems["kind"] = _("已有的学年或学期不能改成另一种。")
        if not problems and first and last:
            _refuse_overlap(session, problems, key, kind, first, last)
        if problems or not (first and last):
            raise BadInput(problems)
        if found is None:
            found = Period(key=key, kind=kind, name=name, starts_on=first, ends_on=last, gate=gate)
            session.add(found)
        found.name, found.starts_on, found.ends_on, found.gate = name, first, last, gate
        facts = {"kind": kind, "starts_on": first, "ends_on": last, "gate": gate}
        write(session, actor_id, Act.PERIOD_SET, f"period:{key}", None, facts)
        return found


def _refuse_overlap(
    session: AnySession, problems: dict[str, str], key: str, kind: str, first: str, last: str
) -> None:
    other = session.scalar(
        select(Period.name)
        .where(Period.kind == kind, Period.key != key, Period.starts_on <= last, Period.ends_on >= first)
        .limit(1)
    )
    if other:
        problems["starts_on"] = _("日期与「%(other)s」重叠。", other=other)


def set_holiday(actor_id: int | None, day: date | str, name: str, *, working: bool = False) -> Holiday:
    """A day off, or a weekend day that is worked; replaces what stood for that day.

    Raises:
        BadInput: naming ``day`` or ``name``.
    """
    problems: dict[str, str] = {}
    on = inputs.day(problems, "day", day)
    name = inputs.line(problems, "name", name, 40)
    if on and working and date.fromisoformat(on).weekday() < 5:
        problems["working"] = _("这一天本来就是工作日。")
    if problems or on is None:
        raise BadInput(problems)
    with changing() as session:
        found = session.get(Holiday, on)
        if found is None:
            found = Holiday(day=on, name=name, working=working)
            session.add(found)
        found.name, found.working = name, working
        write(session, actor_id, Act.HOLIDAY_SET, f"holiday:{on}", None, {"working": working})
    _forget_holidays()
    return found


def remove_holiday(actor_id: int | None, day: date | str) -> bool:
    """Make the day an ordinary one again; False when it was."""
    with changing() as session:
        found = session.get(Holiday, str(day)[:10])
        if found is None:
            return False
        session.delete(found)
        write(session, actor_id, Act.HOLIDAY_REMOVE, f"holiday:{found.day}", None, {"working": found.working})
    _forget_holidays()
    return True


def _forget_holidays() -> None:
    current_app.extensions.pop("holidays", None)


def seed_defaults(session: AnySession) -> bool:
    """Enter what ``defaults`` knows, in the caller's transaction; False when nothing was lacking.

    What is there stays as the administrator has made it: of the years and terms only lacking keys
    are added, and days only while the table of holidays is empty.
    """
    known = set(session.scalars(select(Period.key)))
    for key, kind, name, first, last in defaults.PERIODS:
        if key not in known:
            session.add(Period(key=key, kind=kind, name=name, starts_on=first, ends_on=last, gate="auto"))
            facts = {"kind": kind, "starts_on": first, "ends_on": last, "gate": "auto"}
            write(session, None, Act.PERIOD_SET, f"period:{key}", None, facts)
    if lacking := session.scalar(select(Holiday.day).limit(1)) is None:
        _seed_holidays(session)
    _forget_holidays()
    return lacking or len(known) < len(defaults.PERIODS)


def _seed_holidays(session: AnySession) -> None:
    for name, first, last in defaults.DAYS_OFF:
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        while day <= end:
            session.add(Holiday(day=day.isoformat(), name=name, working=False))
            day += timedelta(days=1)
    for on, name in defaults.WORKED:
        session.add(Holiday(day=on, name=name, working=True))
    write(session, None, Act.HOLIDAY_SET, "holiday:2026", None, {"days": "defaults"})
