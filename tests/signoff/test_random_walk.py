"""Random walks, legal and illegal, against a model written from the county's rules, not from the code.

The model knows people by what they are to one school, and keeps its own idea of state, authors,
signatures, points and seats. Every step is tried for real; the answer and the state must agree.
"""

import itertools
from dataclasses import dataclass, field

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.builders import County, Doc, a_key, county, full_content
from workflow_app.drafting import points
from workflow_app.drafting.create import create
from workflow_app.errors import NotAllowed, NotFound
from workflow_app.events import chain
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.periods.models import Period
from workflow_app.signoff.models import Point, Task
from workflow_app.store import writing

_years = itertools.count(1)
ACTIONS = (
    "submit", "sign", "approve", "return", "withdraw", "take_back", "amend", "cancel_amendment", "archive",
    "discard",
)  # fmt: skip


@dataclass(frozen=True)
class School:
    """A school as the rules see it: who drafts, and who is asked, in order."""

    author: str
    drafters: tuple[str, ...]
    first: tuple[str, ...]
    departments: tuple[tuple[str, ...], ...]


SCHOOLS = {
    "school1": School(
        "coordinator", ("coordinator", "principal"), ("principal", "deputy", "lead"), (("lead", "lead2"),)
    ),
    "school3": School(
        "principal3", ("principal3",), ("principal3", "principal", "lead"), (("lead", "lead2"),)
    ),
    "school4": School(
        "coordinator4",
        ("coordinator4", "principal4"),
        ("principal4", "lead"),
        (("lead", "lead2"), ("lead2", "lead")),
    ),
}
PEOPLE = (
    "coordinator", "principal", "deputy", "principal3", "coordinator4", "principal4", "lead", "lead2",
    "reviewer", "teacher", "inspector", "auditor", "admin", "principal2",
)  # fmt: skip


@dataclass
class Model:
    """What the rules say of one plan."""

    school: School
    state: str = "draft"
    authors: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    submitter: str = ""
    last_signer: str = ""
    leg: int = 0
    acted: bool = False
    unanswered: int = 0
    in_force: bool = False
    submitted: bool = False
    deputy_there: bool = True

    def there(self, who: str) -> bool:
        return who != "deputy" or self.deputy_there

    def asked(self) -> str:
        """Whose turn it is; nobody in a state that waits for none."""
        ladder: tuple[str, ...] = ()
        if self.state == "school_review":
            ladder = self.school.first
        elif self.state == "training_review":
            ladder = self.school.departments[self.leg]
        free = (who for who in ladder if self.there(who) and who not in self.authors | self.signed)
        return next(free, "")

    def somebody_concludes(self, out: set[str]) -> bool:
        return any(who not in self.authors | out for who in self.school.departments[0])

    def allows(self, who: str, action: str) -> bool:
        drafts = who in self.school.drafters
        editable = self.state in ("draft", "returned")
        if action == "submit":
            first = [x for x in self.school.first if self.there(x) and x not in self.authors | {who}]
            return drafts and editable and not self.unanswered and bool(first)
        if action == "sign":
            turn = self.state == "school_review" and who == self.asked()
            return turn and self.somebody_concludes(self.signed | {who})
        if action == "approve":
            return self.state == "training_review" and who == self.asked()
        if action == "return":
            return self.state in ("school_review", "training_review") and who == self.asked()
        if action == "withdraw":
            waiting = self.state in ("school_review", "training_review")
            return waiting and who == self.submitter and not self.acted
        if action == "take_back":
            return self.state == "training_review" and who == self.last_signer and not self.acted
        if action == "amend":
            return drafts and self.state == "approved"
        if action == "cancel_amendment":
            return drafts and editable and self.in_force
        if action == "discard":
            return drafts and self.state == "draft" and not self.submitted
        return False  # archive: the year is not over

    def does(self, who: str, action: str) -> None:
        if action == "submit":
            self.state, self.submitter, self.leg, self.submitted = "school_review", who, 0, True
            self.authors.add(who)
            self.signed.clear()
        elif action == "sign":
            self.state = "training_review"
            self.signed.add(who)
        elif action == "approve":
            self.signed.add(who)
            if self.leg + 1 < len(self.school.departments):
                self.leg, self.acted, self.last_signer = self.leg + 1, True, who
                self.unanswered = 0
                return
            self.state, self.in_force, self.unanswered = "approved", True, 0
        elif action == "return":
            self.state, self.unanswered = "returned", self.unanswered + 1
        elif action == "take_back":
            self.state, self.leg = "school_review", 0
            self.signed.clear()
        elif action == "discard":
            self.state = "discarded"
            self.authors.add(who)
        else:
            self.state = {"withdraw": "draft", "amend": "draft", "cancel_amendment": "approved"}[action]
        self.acted = False
        self.last_signer = who if action in ("sign", "approve") else ""


class Walk(RuleBasedStateMachine):
    """One plan of one school, walked at random."""

    here: County
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.school = "school1"
        self.doc: Doc | None = None
        self.model = Model(SCHOOLS["school1"])
        self.deputy_there = True

    def _begin(self) -> Doc:
        if self.doc is None:
            school = SCHOOLS[self.school]
            year = f"walk-{next(_years)}"
            _open_year(year)
            author = self.here.people[school.author]
            made = create(author, "school_plan", year, content=full_content(), key=a_key())
            self.doc = Doc(self.here, made.artefact_id, {"author": author})
            self.model = Model(school, authors={school.author}, deputy_there=_deputy_there(self.here))
        return self.doc

    @rule(school=st.sampled_from(sorted(SCHOOLS)))
    def another_school(self, school: str) -> None:
        """Before anything has happened, choose where."""
        if self.doc is None:
            self.school = school

    @rule(who=st.sampled_from(PEOPLE), action=st.sampled_from(ACTIONS))
    def anybody_tries_anything(self, who: str, action: str) -> None:
        self._try(who, action)

    @rule(action=st.sampled_from(ACTIONS))
    def whoever_is_asked_acts(self, action: str) -> None:
        self._begin()
        self._try(self.model.asked() or self.model.school.author, action)

    @rule(step=st.sampled_from(("submit", "sign", "approve", "return")))
    def the_usual_way(self, step: str) -> None:
        self._begin()
        who = self.model.school.author if step == "submit" else self.model.asked()
        if who:
            self._try(who, step)

    def _try(self, who: str, action: str) -> None:
        doc = self._begin()
        Walk.steps += 1
        allowed = self.model.allows(who, action)
        points = [{"section": "goals", "text": "请写具体。"}] if action == "return" else []
        before = len(doc.events)
        try:
            doc.act(self.here.people[who], action, points=points)
        except (NotAllowed, NotFound):
            assert not allowed, (who, action, self.model)
            assert len(doc.events) == before
        else:
            assert allowed, (who, action, self.model)
            assert len(doc.events) == before + 1
            self.model.does(who, action)

    @rule(who=st.sampled_from(PEOPLE), word=st.sampled_from(("甲", "乙", "丙")))
    def somebody_types(self, who: str, word: str) -> None:
        doc = self._begin()
        may = who in self.model.school.drafters and self.model.state in ("draft", "returned")
        before = doc.row.content_sha256
        try:
            doc.save(self.here.people[who], goals=f"目标{word}")
        except (NotAllowed, NotFound):
            assert not may
        else:
            assert may
            if doc.row.content_sha256 != before:
                self.model.authors.add(who)

    @rule()
    def the_author_answers(self) -> None:
        doc = self._begin()
        if self.model.state != "returned":
            return
        author = self.here.people[self.model.school.author]
        for point in db.session.query(Point).filter_by(artefact_id=doc.id, state="open").all():
            points.answer_point(author, doc.id, point.id, "已改。")
        self.model.unanswered = 0

    @rule()
    def the_deputy_comes_or_goes(self) -> None:
        self._begin()
        deputy = self.here.people["deputy"]
        if self.model.deputy_there:
            grant = next(grant for grant in people.live_grants(deputy) if grant.role == "deputy")
            people.end_role(None, grant.id)
        else:
            people.give_role(None, deputy, "deputy", self.here.school1, "2026-09-01")
        self.model.deputy_there = not self.model.deputy_there

    @invariant()
    def the_record_agrees(self) -> None:
        if self.doc is None:
            return
        row, events = self.doc.row, self.doc.events
        assert row.state == self.model.state
        assert not chain.breaks(self.doc.id, [(e.seq, e.body, e.hash) for e in events])
        assert (events[-1].to_state, events[-1].hash, events[-1].seq) == (
            row.state,
            row.head_hash,
            row.head_seq,
        )
        signatures = [(event.round, event.actor_id) for event in events if event.signs]
        assert len(signatures) == len(set(signatures))
        tasks = db.session.query(Task).filter_by(artefact_id=self.doc.id, closed_at=None).all()
        asked = self.model.asked()
        if asked:
            seats = {(task.role, task.unit_id) for task in tasks}
            mine = {(g.role, g.unit_id) for g in people.live_grants(self.here.people[asked])}
            assert seats, asked
            assert seats <= mine, (asked, seats)


def _open_year(key: str) -> None:
    """A year of its own for each walk; real years may not overlap, so it is put in by hand."""
    with writing() as session:
        session.add(
            Period(
                key=key,
                kind="school_year",
                name=key,
                starts_on="2026-09-01",
                ends_on="2027-08-31",
                gate="open",
            )
        )


def _deputy_there(here: County) -> bool:
    return any(grant.role == "deputy" for grant in people.live_grants(here.people["deputy"]))


def _walk(here: County, examples: int) -> int:
    Walk.here, Walk.steps = here, 0
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
    return Walk.steps


@pytest.mark.sqlite_only
def test_a_thousand_steps(office: Flask) -> None:
    assert _walk(county(), 130) >= 1000


@pytest.mark.postgresql_only
def test_some_hundred_steps_on_postgresql(office: Flask) -> None:
    assert _walk(county(), 25) >= 200
