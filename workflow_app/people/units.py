"""Units, and which departments argue the plans of which stage."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from workflow_app import inputs, stamps
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import names, sort_keys
from workflow_app.people.models import STAGES, UNIT_KINDS, Route, Unit
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.people.roles import call_listeners
from workflow_app.store import AnySession

#: What a unit may stand under; None where it may stand alone.
PARENTS: dict[str, tuple[str | None, ...]] = {
    "county": (None,),
    "bureau": (None, "county"),
    "training_school": (None, "county", "bureau"),
    "department": ("training_school",),
    "school": (None, "county", "bureau", "school"),
}
MOST_LEGS = 5


def create_unit(
    actor_id: int | None,
    kind: str,
    name: str,
    *,
    stage: str | None = None,
    parent_id: int | None = None,
) -> Unit:
    """A new unit.

    Raises:
        BadInput: naming the fields ``kind``, ``name``, ``stage``, ``parent_id``.
    """
    problems: dict[str, str] = {}
    kind = inputs.choice(problems, "kind", kind, UNIT_KINDS)
    name = inputs.line(problems, "name", name, 80)
    with changing() as session:
        stage, parent = _checked(session, problems, None, kind, stage, parent_id)
        _refuse_taken_name(session, problems, name, None)
        if problems:
            raise BadInput(problems)
        unit = Unit(kind=kind, name=name, stage=stage, parent_id=parent, sort_key=sort_keys.unit_key(name))
        session.add(unit)
        session.flush()
        facts = {"kind": kind, "stage": stage, "parent": parent}
        write(session, actor_id, Act.UNIT_CREATE, f"unit:{unit.id}", None, facts)
        return unit


def change_unit(
    actor_id: int | None, unit_id: int, name: str, *, stage: str | None = None, parent_id: int | None = None
) -> Unit:
    """Rename a unit, or give it another stage or parent. Its kind stays.

    Raises:
        NotFound: no such unit. BadInput: naming the fields ``name``, ``stage``, ``parent_id``.
    """
    problems: dict[str, str] = {}
    name = inputs.line(problems, "name", name, 80)
    with changing() as session:
        unit = session.get(Unit, inputs.identifier(unit_id) or 0)
        if unit is None:
            raise NotFound(unit_id)
        stage, parent = _checked(session, problems, unit, unit.kind, stage, parent_id)
        _refuse_taken_name(session, problems, name, unit.id)
        if problems:
            raise BadInput(problems)
        touched = {unit.id} | {item for item in (unit.parent_id, parent) if item}
        moved = (unit.stage, unit.parent_id) != (stage, parent)
        if unit.name != name:
            names.keep(session, until=stamps.moment_in(session).at, unit=unit)
        unit.name, unit.sort_key = name, sort_keys.unit_key(name)
        unit.stage, unit.parent_id = stage, parent
        facts = {"stage": stage, "parent": parent}
        write(session, actor_id, Act.UNIT_CHANGE, f"unit:{unit.id}", None, facts)
        call_listeners(session, touched if moved else set())
        return unit


def _checked(
    session: AnySession,
    problems: dict[str, str],
    unit: Unit | None,
    kind: str,
    stage: str | None,
    parent_id: object,
) -> tuple[str | None, int | None]:
    """Stage and parent as they may be for this kind of unit."""
    if kind == "school":
        stage = inputs.choice(problems, "stage", stage, STAGES)
    elif stage and kind:
        problems["stage"] = _("只有学校才有学段。")
    parent = None
    if parent_id not in (None, "", 0):
        parent = session.get(Unit, inputs.identifier(parent_id) or 0)
        if parent is None:
            problems["parent_id"] = _("没有这个单位。")
            return stage or None, None
    if kind and (parent.kind if parent else None) not in PARENTS[kind]:
        problems["parent_id"] = (
            _("这类单位不能设在「%(unit)s」之下。", unit=parent.name) if parent else _("请选择上级单位。")
        )
    above, steps = parent, 0
    while above is not None and unit is not None and steps < 50:
        if above.id == unit.id:
            problems["parent_id"] = _("单位不能设在自己之下。")
            break
        above, steps = above.parent, steps + 1
    return stage or None, parent.id if parent else None


def _refuse_taken_name(session: AnySession, problems: dict[str, str], name: str, own: int | None) -> None:
    taken = session.scalar(select(Unit.id).where(Unit.name == name)) if name else None
    if taken not in (None, own):
        problems["name"] = _("已有同名的单位。")


def set_route(actor_id: int | None, stage: str, department_ids: Sequence[int | str]) -> None:
    """Which departments argue the plans of a stage, one after the other.

    Raises:
        BadInput: naming ``stage`` or ``departments``.
    """
    problems: dict[str, str] = {}
    stage = inputs.choice(problems, "stage", stage, STAGES)
    wanted = [inputs.identifier(item) or 0 for item in department_ids]  # 0: no such department
    if not wanted:
        problems["departments"] = _("请至少选择一个部门。")
    elif len(set(wanted)) != len(wanted):
        problems["departments"] = _("同一个部门只能选一次。")
    elif len(wanted) > MOST_LEGS:
        problems["departments"] = _("最多 %(most)s 个部门。", most=MOST_LEGS)
    with changing() as session:
        known = set(session.scalars(select(Unit.id).where(Unit.kind == "department", Unit.id.in_(wanted))))
        if set(wanted) - known:
            problems.setdefault("departments", _("只能选择进修学校的部门。"))
        if problems:
            raise BadInput(problems)
        known_routes = session.scalars(select(Route).where(Route.stage == stage)).all()
        before = {route.department_id for route in known_routes}
        for route in known_routes:
            session.delete(route)
        session.flush()
        for position, department in enumerate(wanted):
            session.add(Route(stage=stage, position=position, department_id=department))
        write(session, actor_id, Act.ROUTE_SET, f"route:{stage}", None, {"departments": wanted})
        call_listeners(session, before | set(wanted))


def routes() -> dict[str, list[Unit]]:
    """Departments per stage, in order; every stage is there."""
    found: dict[str, list[Unit]] = {stage: [] for stage in STAGES}
    for route in db.session.scalars(select(Route).order_by(Route.stage, Route.position)):
        found.setdefault(route.stage, []).append(route.department)
    return found


def tree() -> list[tuple[int, Unit]]:
    """All units as (depth, unit), parents before children, by kind and 拼音."""
    units = db.session.scalars(select(Unit)).all()
    rank = {kind: place for place, kind in enumerate(UNIT_KINDS)}
    below: dict[int | None, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: (rank.get(unit.kind, 9), unit.sort_key)):
        below.setdefault(unit.parent_id, []).append(unit)
    found: list[tuple[int, Unit]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for unit in below.get(parent_id, []):
            found.append((depth, unit))
            walk(unit.id, depth + 1)

    walk(None, 0)
    return found
