"""Two people act on one document at one instant: one of them does, the other is told who was faster.

Also the same person in two windows, and the same request twice. Both requests are made from what the
page showed, wait for each other, and go out together, by pages and API in turn.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.builders import County, Doc, a_key, a_plan, full_content
from tests.faults.serving import Answer, Sent
from tests.faults.world import People
from workflow_app.artefacts import content as contents
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.people import service as people_service
from workflow_app.signoff import waiting
from workflow_app.signoff.models import Point

PEOPLE = ("coordinator", "coordinator_b", "principal", "principal_b", "lead", "lead_b")
#: Pairs on one document; then comes the next.
EACH = 200
#: What the page calls what somebody else did.
SAVE = "修改内容"


@dataclass(frozen=True)
class Kind:
    """Two acts on a document in ``state``, each ``(who, act)``.

    ``both``: whether both may be done when they happen to come one after the other.
    ``same_key``: they are one request sent twice.
    """

    state: str
    one: tuple[str, str]
    two: tuple[str, str]
    both: bool = False
    same_key: bool = False


KINDS: dict[str, Kind] = {
    "two leads approve": Kind("training_review", ("lead", "approve"), ("lead_b", "approve")),
    "two principals sign": Kind("school_review", ("principal", "sign"), ("principal_b", "sign")),
    "two drafters submit": Kind("draft", ("coordinator", "submit"), ("coordinator_b", "submit")),
    "two drafters save": Kind("draft", ("coordinator", "save"), ("coordinator_b", "save")),
    "submit, save": Kind("draft", ("coordinator", "submit"), ("coordinator_b", "save")),
    "return, approve": Kind("training_review", ("lead", "return"), ("lead_b", "approve")),
    "two leads return": Kind("training_review", ("lead", "return"), ("lead_b", "return")),
    "withdraw, sign": Kind("school_review", ("coordinator", "withdraw"), ("principal", "sign")),
    "two drafters amend": Kind("approved", ("coordinator", "amend"), ("coordinator_b", "amend")),
    "one lead approves twice": Kind("training_review", ("lead", "approve"), ("lead", "approve")),
    "one principal signs and returns": Kind("school_review", ("principal", "sign"), ("principal", "return")),
    "one drafter saves twice": Kind("draft", ("coordinator", "save"), ("coordinator", "save")),
    "one signature sent twice": Kind("school_review", *[("principal", "sign")] * 2, same_key=True),
    "one return sent twice": Kind("training_review", *[("lead", "return")] * 2, same_key=True),
    "one submission sent twice": Kind("draft", *[("coordinator", "submit")] * 2, same_key=True),
    "one closing sent twice": Kind("settling", *[("lead", "close")] * 2, same_key=True),
    "two leads close a point": Kind("settling", ("lead", "close"), ("lead_b", "close"), both=True),
    "close a point, approve": Kind("settling", ("lead", "close"), ("lead_b", "approve")),
    "two drafters answer": Kind("returned", ("coordinator", "answer"), ("coordinator_b", "answer")),
    "submit, answer": Kind("returned", ("coordinator", "submit"), ("coordinator_b", "answer"), both=True),
    "sign, role ended": Kind("school_review", ("principal_b", "sign"), ("", "principal_b ends"), both=True),
    "submit, role ended": Kind("draft", ("coordinator", "submit"), ("", "principal_b ends"), both=True),
    "sign, lead's role ended": Kind("school_review", ("principal", "sign"), ("", "lead_b ends"), both=True),
}


@dataclass
class Figures:
    """What so many pairs came to."""

    pairs: int = 0
    done: Counter[int] = field(default_factory=Counter)
    doubled: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.doubled or self.untold or self.wrong)

    def row(self) -> dict[str, object]:
        return {
            "pairs": self.pairs,
            "one done, the other told who and what": self.done[1],
            "both, one after the other, or one sent twice": self.done[2],
            "two effects": len(self.doubled),
            "not told who was faster": len(self.untold),
            "otherwise wrong": len(self.wrong),
        }


@dataclass(frozen=True)
class _Before:
    """A document as both saw it."""

    version: int
    head_seq: int
    seen: Mapping[str, Any]
    content: Mapping[str, Any]
    point: Point | None


def signers(here: County) -> County:
    """The county with a second one for every role."""
    here.person("coordinator_b", ("coordinator", "school1"))
    here.person("principal_b", ("principal", "school1"))
    here.person("lead_b", ("lead", "primary_department"))
    return here


class Arena:
    """A document, brought to where each pair begins."""

    _doc: Doc

    def __init__(
        self, app: Any, here: County, sides: tuple[People, People], seed: int, years: Iterator[str]
    ) -> None:
        self.app, self.here, self.sides = app, here, sides
        self.figures = Figures()
        self._chance = random.Random(seed)
        self._hands = ThreadPoolExecutor(2)
        self._years = years

    def run(self, many: int, only: tuple[str, ...] = ()) -> Figures:
        """``many`` pairs of all kinds in turn; needs an app context."""
        names = only or tuple(KINDS)
        for number in range(many):
            if number % EACH == 0:
                self._doc = a_plan(self.here, year=next(self._years))
            name = names[number % len(names)]
            self._pair(name, KINDS[name])
        db.session.rollback()
        self.figures.wrong += [
            f"doctor: {check.title}: {one}" for check in doctor.examine() for one in check.offenders
        ]
        self._hands.shutdown()
        return self.figures

    # --- one pair ----------------------------------------------------------------------------

    def _pair(self, name: str, kind: Kind) -> None:
        self._bring_to(kind.state)
        before = self._look()
        keys = [a_key()] * 2 if kind.same_key else [a_key(), a_key()]
        doors = [self._chance.choice(("api", "page")) for _ in range(2)]
        if kind.same_key:
            doors[1] = doors[0]
        calls = [
            self._call(index, who, act, doors[index], keys[index], before)
            for index, (who, act) in enumerate((kind.one, kind.two))
        ]
        answers = self._at_once(*calls)
        self.figures.pairs += 1
        told = f"{name} ({doors[0]}, {doors[1]}): " + " | ".join(map(_shown, answers))
        self._judge(kind, before, answers, told)
        self._whole_again()

    def _at_once(self, *calls: Callable[[], Answer | Exception | None]) -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def together(call: Callable[[], Any]) -> Any:
            barrier.wait()
            try:
                return call()
            except Exception as error:
                return error

        return list(self._hands.map(together, calls))

    def _judge(self, kind: Kind, before: _Before, answers: list[Any], told: str) -> None:
        if failed := [one for one in answers if isinstance(one, Exception)]:
            self.figures.wrong.append(f"{told}: {failed}")
            return
        done = [one is None or one.done for one in answers]
        self.figures.done[sum(done)] += 1
        row = self._doc.row
        moved, events = row.version - before.version, row.head_seq - before.head_seq
        if moved > 1 or events > 1:
            self.figures.doubled.append(f"{told}: {moved} versions, {events} events")
        if not any(done):
            self.figures.wrong.append(f"{told}: neither was done")
        elif kind.same_key and not all(done):
            self.figures.wrong.append(f"{told}: the same request was answered in two ways")
        elif all(done) and not (kind.both or kind.same_key):
            self.figures.doubled.append(f"{told}: both were told that it is done")
        elif not all(done):
            lost = done.index(False)
            self._judge_loser(kind, answers[lost], (kind.one, kind.two)[1 - lost], told)
        for one in waiting.differences(db.session):
            self.figures.wrong.append(f"{told}: the wrong are asked: {one.surplus} {one.lacking}")

    def _judge_loser(self, kind: Kind, answer: Answer, winner: tuple[str, str], told: str) -> None:
        who, act = winner
        if act.endswith(" ends"):
            # The role is gone, and with it the token, the login, the right to act or to read.
            if answer.status not in (401, 403, 404):
                self.figures.untold.append(told)
            return
        name, title = f"{who}的姓名", self._title(act)
        if answer.status not in (409, 412) or name not in answer.words or title not in answer.words:
            self.figures.untold.append(f"{told}: should name {name}, {title}")

    def _title(self, act: str) -> str:
        names = {"save": SAVE, "close": "关闭意见", "answer": "答复意见"}
        definition = registry.machine(self._doc.row.definition_id).definition
        return names.get(act) or definition.actions[act].title.zh

    # --- the two acts ------------------------------------------------------------------------

    def _call(
        self, index: int, who: str, act: str, door: str, key: str, before: _Before
    ) -> Callable[[], Answer | None]:
        if act.endswith(" ends"):
            return self._end_role(act.removesuffix(" ends"))
        people = self.sides[index]
        sent = self._request(people, index, door, who, act, key, before)
        caller = people.at(door, who, index)
        return lambda: caller.send(sent)

    def _request(
        self, people: People, index: int, door: str, who: str, act: str, key: str, before: _Before
    ) -> Sent:
        path = f"/artefacts/{self._doc.id}"
        if act == "save":
            content = {**before.content, "goals": f"目标 {key}"}
            return self._save(people, index, door, who, key, before.version, content)
        if act in ("close", "answer"):
            assert before.point
            path += f"/points/{before.point.id}"
            if door == "api":
                program, version = people.program(who, index), f'"{before.version}"'
                if act == "close":
                    return program.request("PUT", path, {"closed": True}, key, If_Match=version)
                body = {"answer": f"答复 {key}", "before": before.point.answer}
                return program.request("PUT", path, body, key)
            fields: dict[str, object] = {"closed": "1", "version": before.version}
            if act == "answer":
                fields = {"answer": f"答复 {key}", "before": before.point.answer}
            return people.browser(who, index).form(path, fields, key)
        points = [{"section": "goals", "text": f"意见 {key}"}] if act == "return" else []
        sent = people.action(door, who, self._doc.id, act, dict(before.seen), key, points, index)
        if door == "page" and act == "approve" and before.point:
            return Sent(sent.method, sent.path, sent.body + b"&settled=1", sent.headers, key)
        return sent

    def _save(
        self, people: People, index: int, door: str, who: str, key: str, version: int, content: dict[str, Any]
    ) -> Sent:
        path = f"/artefacts/{self._doc.id}/content"
        if door == "api":
            program = people.program(who, index)
            return program.request("PUT", path, {"content": content}, key, If_Match=f'"{version}"')
        return people.browser(who, index).script("PUT", path, {"version": version, "content": content})

    def _end_role(self, who: str) -> Callable[[], None]:
        grant = people_service.live_grants(self.here.people[who])[0].id
        db.session.rollback()

        def end() -> None:
            with self.app.app_context():
                try:
                    people_service.end_role(None, grant)
                finally:
                    db.session.remove()

        return end

    # --- between two pairs -------------------------------------------------------------------

    def _look(self) -> _Before:
        row = self._doc.row
        point = next((one for one in self._doc.points if one.state != "closed"), None)
        seen = {name: getattr(row, name) for name in ("version", "content_sha256", "attachments_sha256")}
        found = _Before(row.version, row.head_seq, seen, contents.draft(row.id).content, point)
        db.session.expunge_all()
        db.session.rollback()
        return found

    def _whole_again(self) -> None:
        """Whoever has lost the role gets it back, with a new token and login."""
        for who, role, unit in (
            ("principal_b", "principal", self.here.school1),
            ("lead_b", "lead", self.here.primary_department),
        ):
            if not people_service.live_grants(self.here.people[who]):
                people_service.give_role(None, self.here.people[who], role, unit, "2025-09-01")
                for people in self.sides:
                    people.renew(self.here, who)

    def _bring_to(self, state: str) -> None:
        """On to the state by the usual steps; ``settling``: the lead has it again, its point answered."""
        doc, here = self._doc, self.here
        if state == "settling":
            self._bring_to("returned")
            doc.submitted(here.coordinator).signed(here.principal)
            return
        if state == "returned":
            self._bring_to("training_review")
            doc.returned(here.lead).answered(who=here.coordinator)
            return
        while doc.state != state or (state == "draft" and self._has_points()):
            self._step()

    def _has_points(self) -> bool:
        return any(one.state != "closed" for one in self._doc.points)

    def _step(self) -> None:
        doc, here = self._doc, self.here
        now = doc.state
        if now in ("draft", "returned"):
            doc.answered(who=here.coordinator)
            if not doc.row.head_seq % 5:
                doc.save(here.coordinator, **{**full_content(), "other": f"第 {doc.row.version} 次"})
            doc.submitted(here.coordinator)
        elif now == "school_review":
            doc.signed(here.principal)
        elif now == "training_review":
            doc.approved(here.lead)
        else:
            doc.act(here.coordinator, "amend")


def _shown(answer: Answer | Exception | None) -> str:
    if isinstance(answer, Answer):
        return f"{answer.status} {'' if answer.done else answer.words[:300]}"
    return "done" if answer is None else repr(answer)
