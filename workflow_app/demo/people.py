"""The people, units, roles and routes of the demo county. All names are invented."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from workflow_app.clock import SHANGHAI
from workflow_app.extensions import db
from workflow_app.people import passwords, service
from workflow_app.people.models import Person, Route, Unit
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.periods import service as periods
from workflow_app.store import writing
from workflows.vocabulary import ROLES

COUNTY = "青禾县"
#: When the county was set up, and from which day the roles hold.
BEGINNING = datetime(2025, 8, 25, 9, 0, tzinfo=SHANGHAI)
SINCE = "2025-08-25"

#: key: (kind, name, stage, key of the parent)
UNITS: dict[str, tuple[str, str, str | None, str | None]] = {
    "county": ("county", COUNTY, None, None),
    "bureau": ("bureau", "青禾县教育局", None, "county"),
    "training_school": ("training_school", "青禾县教师进修学校", None, "county"),
    "training": ("department", "培训部", None, "training_school"),
    "primary": ("department", "小学部", None, "training_school"),
    "middle": ("department", "中学部", None, "training_school"),
    "general": ("department", "综合部", None, "training_school"),
    "minorities": ("department", "民教部", None, "training_school"),
    "research": ("department", "教科所", None, "training_school"),
    "media": ("department", "电教部", None, "training_school"),
    "school1": ("school", "青禾县城关小学", "小学", "county"),
    "school2": ("school", "青禾县第二初级中学", "初中", "county"),
    "school3": ("school", "青禾县柳河小学", "小学", "school1"),
}

#: Every school has its plan for this year; next year's is open, so that one can be begun or imported.
NEXT_YEAR = ("2027-2028", "school_year", "2027—2028 学年", "2027-09-01", "2028-08-31")
#: Which departments argue the documents of a stage, in order.
ROUTES: dict[str, tuple[str, ...]] = {
    "小学": ("primary",),
    "初中": ("middle",),
    "高中": ("middle",),
    "九年一贯": ("primary", "middle"),
    "民族学校": ("minorities",),
    "幼儿园": ("general",),
    "职业": ("general",),
}


@dataclass(frozen=True, slots=True)
class One:
    """One account of the demo county."""

    username: str
    name: str
    role: str
    unit: str

    @property
    def label(self) -> str:
        """``城关小学 校长``: unit and role as people say them."""
        return f"{UNITS[self.unit][1].removeprefix(COUNTY) or COUNTY} {ROLES[self.role]['zh']}"


PEOPLE = (
    One("coordinator01", "王静怡", "coordinator", "school1"),
    One("principal01", "周明远", "principal", "school1"),
    One("deputy01", "何秀兰", "deputy", "school1"),
    One("teacher01", "陈雨桐", "teacher", "school1"),
    One("teacher02", "马文博", "teacher", "school1"),
    One("teacher03", "刘思源", "teacher", "school1"),
    One("coordinator02", "郑国栋", "coordinator", "school2"),
    One("principal02", "韩建军", "principal", "school2"),
    One("teacher04", "赵启明", "teacher", "school2"),
    One("teacher05", "孙雅楠", "teacher", "school2"),
    One("principal03", "吴长海", "principal", "school3"),
    One("teacher06", "李桂芳", "teacher", "school3"),
    One("reviewer01", "林晓燕", "reviewer", "primary"),
    One("reviewer02", "高志强", "reviewer", "primary"),
    One("reviewer03", "宋佳", "reviewer", "primary"),
    One("reviewer04", "唐立新", "reviewer", "middle"),
    One("lead01", "杜文清", "lead", "primary"),
    One("lead02", "冯海涛", "lead", "middle"),
    One("expert01", "沈敬之", "expert", "training_school"),
    One("inspector01", "曹振华", "inspector", "bureau"),
    One("auditor01", "许慎言", "auditor", "county"),
    One("admin01", "罗一帆", "administrator", "county"),
)
USERNAMES = frozenset(one.username for one in PEOPLE)


def ids() -> dict[str, int]:
    """Person ids by username."""
    return {row.username: row.id for row in db.session.execute(select(Person.username, Person.id))}


def unit_ids() -> dict[str, int]:
    """Unit ids by the keys of ``UNITS``."""
    by_name = {row.name: row.id for row in db.session.execute(select(Unit.name, Unit.id))}
    return {key: by_name[unit[1]] for key, unit in UNITS.items() if unit[1] in by_name}


def settle(password: str) -> None:
    """Make whatever of units, routes, periods and people is not there yet."""
    units = unit_ids()
    for key, (kind, name, stage, parent) in UNITS.items():
        if key not in units:
            parent_id = units[parent] if parent else None
            units[key] = service.create_unit(None, kind, name, stage=stage, parent_id=parent_id).id
    routed = set(db.session.scalars(select(Route.stage)))
    for stage, departments in ROUTES.items():
        if stage not in routed:
            service.set_route(None, stage, [units[key] for key in departments])
    with writing() as session:
        periods.seed_defaults(session)
    if periods.period(NEXT_YEAR[0]) is None:
        periods.set_period(None, *NEXT_YEAR, gate="open")
    _people(units, password)


def _people(units: dict[str, int], password: str) -> None:
    """A password too weak for people is good enough for the demo."""
    known = ids()
    for one in PEOPLE:
        if one.username not in known:
            known[one.username] = service.create_person(None, one.username, one.name).id
        if not service.live_grants(known[one.username]):
            service.give_role(None, known[one.username], one.role, units[one.unit], SINCE)
    set_passwords(password)


def set_passwords(password: str) -> None:
    """Give everybody in the demo county this password, whatever it is."""
    hashes = {username: passwords.hash_password(password) for username in USERNAMES}
    with changing() as session:
        for person in session.scalars(select(Person).where(Person.username.in_(USERNAMES))):
            person.password_hash = hashes[person.username]
            person.must_change_password, person.had_password = False, True
            person.epoch += 1
            write(session, None, Act.PASSWORD_RESET, f"person:{person.id}", person.id, {})
