"""The county as tests speak of it: ``county()``, then ``a_plan(here).submitted().signed().approved()``.

Everything goes through the services, as people would do it. Who does a step unless the test says:
the coordinator drafts and submits, the principal signs, the lead of the department concludes.
"""

import itertools
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests import seeds
from tests.accounts import an_account
from workflow_app import clock
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting import points, save
from workflow_app.drafting.create import create
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.periods import service as periods
from workflow_app.signoff.models import Point
from workflow_app.signoff.transition import take_action
from workflow_app.signoff.writer import Outcome
from workflow_app.store import writing

PASSWORD = "教研相长 2026"
YEAR = "2026-2027"
_keys = itertools.count(1)


def a_key() -> str:
    return f"key-{next(_keys)}"


@dataclass
class County:
    """Ids of units and people by the names tests use."""

    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> int:
        for known in (self.__dict__.get("people", {}), self.__dict__.get("units", {})):
            if name in known:
                return known[name]
        raise AttributeError(name)

    def unit(
        self, name: str, kind: str, title: str, stage: str | None = None, parent: str | None = None
    ) -> None:
        parent_id = self.units[parent] if parent else None
        self.units[name] = people.create_unit(None, kind, title, stage=stage, parent_id=parent_id).id

    def person(self, username: str, *roles: tuple[str, str], starts: str = "2025-09-01") -> int:
        self.people[username] = an_account(username, f"{username}的姓名"[:20], PASSWORD)
        for role, unit in roles:
            people.give_role(None, self.people[username], role, self.units[unit], starts)
        return self.people[username]


def county() -> County:
    """Three schools and the training school, with everybody the chains need."""
    return seeds.once(_county)


def _county() -> County:
    here = County()
    here.unit("the_county", "county", "青禾县")
    here.unit("bureau", "bureau", "教育局", parent="the_county")
    here.unit("training_school", "training_school", "教师进修学校", parent="the_county")
    here.unit("primary_department", "department", "小学部", parent="training_school")
    here.unit("middle_department", "department", "中学部", parent="training_school")
    here.unit("school1", "school", "城关小学", "小学", "the_county")
    here.unit("school2", "school", "第二初级中学", "初中", "the_county")
    here.unit("school3", "school", "柳河小学", "小学", "school1")
    here.unit("school4", "school", "青禾九年一贯制学校", "九年一贯", "the_county")
    primary, middle = here.primary_department, here.middle_department
    for stage, route in {"小学": [primary], "初中": [middle], "九年一贯": [primary, middle]}.items():
        people.set_route(None, stage, route)
    here.person("coordinator", ("coordinator", "school1"))
    here.person("principal", ("principal", "school1"))
    here.person("deputy", ("deputy", "school1"))
    here.person("teacher", ("teacher", "school1"))
    here.person("colleague", ("teacher", "school1"))
    here.person("coordinator2", ("coordinator", "school2"))
    here.person("principal2", ("principal", "school2"))
    here.person("principal3", ("principal", "school3"))
    here.person("teacher3", ("teacher", "school3"))
    here.person("coordinator4", ("coordinator", "school4"))
    here.person("principal4", ("principal", "school4"))
    here.person("lead", ("lead", "primary_department"))
    here.person("lead2", ("lead", "middle_department"))
    here.person("reviewer", ("reviewer", "primary_department"))
    here.person("reviewer2", ("reviewer", "middle_department"))
    here.person("inspector", ("inspector", "bureau"))
    here.person("auditor", ("auditor", "the_county"))
    here.person("admin", ("administrator", "the_county"))
    with writing() as session:
        periods.seed_defaults(session)
    return here


def full_content(**changes: Any) -> dict[str, Any]:
    """A school plan with everything that must be there."""
    content = {
        "goals": "每位教师每学期上一节研究课，课后写出改进。",
        "contents": "单元整体备课；作业设计；课堂提问。",
        "leading_group": [
            {"post": "组长", "name": "校长", "duty": "统筹"},
            {"post": "专管员", "name": "专管员", "duty": "日常"},
        ],
        "weekly_slot": {"weekday": "3", "from": "15:30", "to": "17:00", "place": "会议室"},
        "activities": [
            {
                "date": "2026年9月16日",
                "place": "会议室",
                "theme": "研读课标",
                "form": "专题讲座",
                "leader": "教研组长",
                "hours": 2,
            }
        ],
        "rules": "签到考勤；每学期评一次；成果给予奖励。",
    }
    return content | changes


def plan_of_a_teacher(**changes: Any) -> dict[str, Any]:
    """A development plan with everything that must be there."""
    content = {
        "span": "一年",
        "strengths": "课堂组织稳。",
        "weaknesses": "作业分层做得少。",
        "goals": "设计六份分层作业。",
        "tasks": [
            {"task": "读两本书", "how": "每周一次", "when": "全年", "evidence": "读书笔记", "hours": 12}
        ],
    }
    return content | changes


class Doc:
    """A document in a test, moved on by one word per step."""

    def __init__(self, here: County, artefact_id: int, people_: dict[str, int]) -> None:
        self.here, self.id, self.people = here, artefact_id, people_

    @property
    def row(self) -> Artefact:
        db.session.rollback()
        return db.session.get_one(Artefact, self.id)

    @property
    def state(self) -> str:
        return self.row.state

    @property
    def events(self) -> list[Event]:
        db.session.rollback()
        return list(db.session.query(Event).filter_by(artefact_id=self.id).order_by(Event.seq))

    @property
    def points(self) -> list[Point]:
        db.session.rollback()
        return list(db.session.query(Point).filter_by(artefact_id=self.id).order_by(Point.id))

    def act(self, who: int, action: str, **given: Any) -> Outcome:
        """``action`` as somebody who has just looked at the page; ``given`` overrides what is sent."""
        row = self.row
        sent = {
            "version": row.version,
            "content_sha256": row.content_sha256,
            "attachments_sha256": row.attachments_sha256,
            "key": a_key(),
            "auth": "password",
        } | given
        return take_action(who, self.id, action, **sent)

    def save(self, who: int, **changes: Any) -> save.Saved:
        return save.save_content(who, self.id, self.row.version, full_content(**changes))

    def submitted(self, who: int | None = None) -> "Doc":
        self.act(who or self.people["author"], "submit")
        return self

    def signed(self, who: int | None = None) -> "Doc":
        self.act(who or self.people["principal"], "sign")
        return self

    def approved(self, who: int | None = None) -> "Doc":
        self.act(who or self.people["lead"], "approve", comment="同意。")
        return self

    def returned(
        self, who: int | None = None, section: str = "goals", text: str = "目标请写得可以检验。"
    ) -> "Doc":
        self.act(who or self.people["lead"], "return", points=[{"section": section, "text": text}])
        return self

    def answered(self, answer: str = "已改。", who: int | None = None) -> "Doc":
        for point in db.session.query(Point).filter_by(artefact_id=self.id, state="open").all():
            points.answer_point(who or self.people["author"], self.id, point.id, answer)
        return self


def a_plan(
    here: County, *, by: int | None = None, content: dict[str, Any] | None = None, year: str = YEAR
) -> Doc:
    """The school plan of school 1 in draft, complete, begun by its coordinator (or ``by``)."""
    author = by or here.coordinator
    content = full_content() if content is None else content
    made = create(author, "school_plan", year, content=content, key=a_key())
    return Doc(here, made.artefact_id, {"author": author, "principal": here.principal, "lead": here.lead})


def a_development_plan(here: County, *, by: int | None = None) -> Doc:
    """The development plan of a teacher of school 1, complete."""
    author = by or here.teacher
    made = create(author, "development_plan", YEAR, content=plan_of_a_teacher(), key=a_key())
    return Doc(here, made.artefact_id, {"author": author, "principal": here.principal, "lead": here.lead})


def end_role(person_id: int, role: str) -> None:
    """End that role of the person now."""
    grant = next(grant for grant in people.live_grants(person_id) if grant.role == role)
    people.end_role(None, grant.id)


def today() -> date:
    return clock.today()
