"""The clock jumps ahead and back by minutes, hours, days and years while people act at random."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tests.builders import County, Doc, a_development_plan, a_plan
from workflow_app import clock
from workflow_app.errors import ApplicationError
from workflow_app.extensions import db
from workflow_app.integrity import doctor

JUMPS = (
    timedelta(minutes=7),
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=40),
    timedelta(days=400),
    timedelta(days=1500),
)
ACTIONS = ("submit", "sign", "return", "approve", "withdraw", "take_back", "amend", "cancel_amendment")


@dataclass
class Figures:
    """What a walk came to."""

    acts: int = 0
    jumps: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, object]:
        return {
            "acts done": self.acts,
            "jumps of the clock": self.jumps,
            "refused with a reason": sum(self.refused.values()),
            "wrong": len(self.wrong),
        }


@contextmanager
def _moved(offset: list[timedelta]) -> Iterator[None]:
    """Let the clock show the real time, moved by what stands in ``offset``."""
    real = clock.now
    clock.now = lambda: real() + offset[0]
    try:
        yield
    finally:
        clock.now = real


def walk(here: County, steps: int, seed: int) -> Figures:
    """So many steps on three documents; needs an app context. The clock is right again at the end."""
    chance = random.Random(seed)
    figures = Figures()
    offset = [timedelta()]
    with _moved(offset):
        documents = [a_plan(here), a_plan(here, by=here.principal3), a_development_plan(here)]
        for _ in range(steps):
            if chance.random() < 0.2:
                offset[0] += chance.choice(JUMPS) * chance.choice((-1, 1))
                figures.jumps += 1
            elif chance.random() < 0.1:
                offset[0] = timedelta()  # somebody has put it right
                figures.jumps += 1
            try:
                _step(here, chance, chance.choice(documents))
                figures.acts += 1
            except ApplicationError as refused:
                figures.refused[refused.code] += 1
        offset[0] = timedelta()
        db.session.rollback()
        figures.wrong += [
            f"doctor: {check.title}: {one}" for check in doctor.examine() for one in check.offenders
        ]
    for doc in documents:
        stamps = [event.at for event in doc.events]
        if stamps != sorted(stamps):
            figures.wrong.append(f"the events of {doc.id} go back in time")
    return figures


def _step(here: County, chance: random.Random, doc: Doc) -> None:
    """Mostly what comes next, sometimes anything by anybody."""
    actors = {
        "draft": (doc.people["author"], ("submit", "save")),
        "returned": (doc.people["author"], ("answer", "submit", "save")),
        "school_review": (here.principal, ("sign", "sign", "return")),
        "training_review": (here.lead, ("approve", "approve", "return")),
        "approved": (doc.people["author"], ("amend",)),
    }
    who, likely = actors[doc.state]
    act = chance.choice(likely) if chance.random() < 0.85 else chance.choice(ACTIONS)
    if chance.random() < 0.1:
        who = chance.choice(list(here.people.values()))
    if act == "save" and doc.row.workflow == "school_plan":
        doc.save(who, goals=f"目标 {chance.random()}")
    elif act == "answer":
        doc.answered(who=who)
    elif act != "save":
        points = [{"section": "goals", "text": "写具体。"}] if act == "return" else []
        doc.act(who, act, points=points)
