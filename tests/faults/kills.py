"""Whatever is killed in the middle: what was acknowledged is there, once; what was not becomes definite.

Clients draft, submit, sign, return, answer, close and approve through pages and API, each act under a
key of its own, while the server (or PostgreSQL) dies at any moment and comes back. A client without an
answer sends the same bytes again until it has one.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from tests.builders import full_content
from tests.faults.serving import PATIENCE_SECONDS, Answer, InDoubt, Sent
from tests.faults.world import People
from workflow_app import canonical
from workflow_app.artefacts.models import Artefact, Draft
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity import doctor

#: How often a document goes round before its client begins the next.
ROUNDS = 20
_PAUSE = 0.02


@dataclass(frozen=True)
class Act:
    """One request of a client. ``event``: the action its event must name; '' for what has none."""

    who: str
    door: str
    sent: Sent
    event: str = ""
    artefact: int = 0
    content: dict[str, Any] | None = None
    #: by how much the document's version rises
    step: int = 0


@dataclass
class Ledger:
    """What the clients were told, and what they had to ask twice."""

    acknowledged: list[Act] = field(default_factory=list)
    versions: Counter[int] = field(default_factory=Counter)
    contents: dict[int, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    in_doubt: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, act: Act, artefact: int) -> None:
        with self.lock:
            self.acknowledged.append(act)
            self.versions[artefact] += act.step
            if act.content is not None:
                self.contents[artefact] = canonical.sha256(canonical.dumps(act.content))


class Client:
    """One document after the other, each act sent until it has a definite answer."""

    def __init__(self, number: int, people: People, years: Iterator[str], ledger: Ledger) -> None:
        self.number, self.people, self.years, self.ledger = number, people, years, ledger
        self.ending = threading.Event()
        self._keys = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """End after the act under way, once that has its answer."""
        self.ending.set()
        self._thread.join(2 * PATIENCE_SECONDS)
        if self._thread.is_alive():
            self.ledger.wrong.append(f"client {self.number} never got its answer")

    def _run(self) -> None:
        try:
            while not self.ending.is_set():
                self._document(next(self.years))
        except Exception as error:
            self.ledger.wrong.append(f"client {self.number}: {error!r}")

    def _document(self, year: str) -> None:
        script = self._script(year)
        artefact = 0
        act = next(script)
        while True:
            answer = self._definite(act)
            keyed = bool(act.sent.key)
            if not answer.done:
                told = f"{act.who} {act.event or act.sent.path}: {answer.status} {answer.words[:300]}"
                raise AssertionError(told)
            if keyed:
                artefact = act.artefact or answer.json["id"]
                self.ledger.acknowledge(act, artefact)
                if self.ending.is_set():
                    return
            try:
                act = script.send(answer)
            except StopIteration:
                return

    def _definite(self, act: Act) -> Answer:
        """Send it until it is answered; the same bytes under the same key."""
        caller = self.people.at(act.door, act.who, self.number)
        self.ledger.sent.add(act.sent.key)
        give_up = time.monotonic() + PATIENCE_SECONDS
        doubtful = False
        while True:
            try:
                return caller.send(act.sent)
            except InDoubt:
                if act.sent.key and not doubtful:
                    doubtful = True
                    with self.ledger.lock:
                        self.ledger.in_doubt += 1
                if time.monotonic() > give_up:
                    raise
                time.sleep(_PAUSE)

    # --- what a client does ------------------------------------------------------------------

    def _key(self) -> str:
        self._keys += 1
        return f"client-{self.number}-{self._keys}"

    def _script(self, year: str) -> Generator[Act, Answer, None]:
        program = self.people.program
        body = {"workflow": "school_plan", "period": year, "content": full_content()}
        sent = program("coordinator").request("POST", "/artefacts", body, self._key())
        made = yield Act("coordinator", "api", sent, "create", 0, None, 1)
        artefact = made.json["id"]
        for number in range(ROUNDS):
            yield from self._save(artefact, f"{year} 第 {number} 次")
            yield from self._act(artefact, "coordinator", "submit")
            yield from self._act(artefact, "principal", "sign")
            point = {"section": "goals", "text": "目标请写得可以检验。"}
            yield from self._act(artefact, "lead", "return", points=[point])
            point_id = yield from self._point(artefact)
            path = f"/artefacts/{artefact}/points/{point_id}"
            sent = program("coordinator").request("PUT", path, {"answer": "已改。"}, self._key())
            yield Act("coordinator", "api", sent, "", artefact)
            yield from self._save(artefact, f"{year} 第 {number} 次，改过")
            yield from self._act(artefact, "coordinator", "submit")
            yield from self._act(artefact, "principal", "sign")
            sent = program("lead").request("PUT", path, {"closed": True}, self._key())
            yield Act("lead", "api", sent, "close_point", artefact, None, 1)
            yield from self._act(artefact, "lead", "approve")
            yield from self._act(artefact, "coordinator", "amend")

    def _read(self, artefact: int, what: str = "") -> Generator[Act, Answer, Any]:
        answer = yield Act("lead", "api", Sent("GET", f"/api/v1/artefacts/{artefact}{what}"))
        return answer.json

    def _point(self, artefact: int) -> Generator[Act, Answer, int]:
        points = yield from self._read(artefact, "/points")
        return next(int(one["id"]) for one in points["items"] if one["state"] == "open")

    def _save(self, artefact: int, goals: str) -> Generator[Act, Answer, None]:
        answer = yield Act("coordinator", "api", Sent("GET", f"/api/v1/artefacts/{artefact}"))
        content = answer.json["content"] | {"goals": goals}
        sent = self.people.program("coordinator").request(
            "PUT", f"/artefacts/{artefact}/content", {"content": content}, self._key(),
            If_Match=f'"{answer.json["version"]}"',
        )  # fmt: skip
        yield Act("coordinator", "api", sent, "", artefact, content, 1)

    def _act(
        self, artefact: int, who: str, action: str, points: list[dict[str, str]] | None = None
    ) -> Generator[Act, Answer, None]:
        """By a page's form or through the API, in turn."""
        answer = yield Act(who, "api", Sent("GET", f"/api/v1/artefacts/{artefact}"))
        document = answer.json
        seen = {name: document[name] for name in ("version", "content_sha256", "attachments_sha256")}
        key = self._key()
        door = ("api", "page")[self._keys % 2]
        sent = self.people.action(door, who, artefact, action, seen, key, points or [], self.number)
        yield Act(who, door, sent, action, artefact, None, 1)


# --- the run -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What a run came to."""

    kills: int
    acknowledged: int
    in_doubt: int
    lost: list[str]
    doubled: list[str]
    wrong: list[str]

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def row(self) -> dict[str, object]:
        return {
            "kills": self.kills,
            "acknowledged": self.acknowledged,
            "in doubt, then definite": self.in_doubt,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "otherwise wrong": len(self.wrong),
        }


class Audit:
    """Compares the events in the database with what the clients were told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.written: Counter[tuple[str, str]] = Counter()
        self._read: Counter[int] = Counter()
        self._judged = 0
        self.lost: list[str] = []

    def take(self) -> None:
        """Read the events that are new; what was acknowledged since the last time must be among them."""
        db.session.rollback()
        with self.ledger.lock:
            news = self.ledger.acknowledged[self._judged :]
            self._judged += len(news)
        latest = select(Artefact.id, Artefact.head_seq)
        for artefact, head in db.session.execute(latest).all():
            if head > self._read[artefact]:
                self._events(artefact)
        self.lost += [act.sent.key for act in news if act.event and not self.written[act.sent.key, act.event]]

    def _events(self, artefact: int) -> None:
        query = select(Event.seq, Event.action, Event.body).where(
            Event.artefact_id == artefact, Event.seq > self._read[artefact]
        )
        for seq, action, body in db.session.execute(query.order_by(Event.seq)):
            self.written[canonical.loads(bytes(body))["key"], action] += 1
            self._read[artefact] = seq

    def figures(self, kills: int) -> Figures:
        """Judge all of it, once no client is at work any more."""
        self.take()
        keys = Counter({key: 0 for key, _action in self.written})
        for (key, _action), times in self.written.items():
            keys[key] += times
        ledger = self.ledger
        doubled = [key for key, times in keys.items() if times > 1]
        wrong = [*ledger.wrong, *(f"nobody sent {key}" for key in keys if key not in ledger.sent)]
        told = {act.sent.key for act in ledger.acknowledged if act.event}
        wrong += [f"{key} was done and never acknowledged" for key in keys if key not in told]
        for artefact, version, draft in db.session.execute(
            select(Artefact.id, Artefact.version, Draft.content).join(Draft, Draft.artefact_id == Artefact.id)
        ):
            if version != ledger.versions[artefact]:
                doubled.append(f"{artefact}: version {version}, told {ledger.versions[artefact]}")
            if canonical.sha256(bytes(draft)) != ledger.contents.get(
                artefact, canonical.sha256(bytes(draft))
            ):
                self.lost.append(f"the last save of {artefact}")
        db.session.rollback()
        wrong += [f"doctor: {check.title}: {one}" for check in doctor.examine() for one in check.offenders]
        return Figures(kills, len(ledger.acknowledged), ledger.in_doubt, self.lost, doubled, wrong)


def run(
    people: People,
    years: Iterator[str],
    *,
    kill: Callable[[], None],
    revive: Callable[[], object],
    kills: int,
    acts: tuple[int, int],
    clients: int,
    seed: int,
) -> Figures:
    """Kill so many times, each time after a random number of acts between ``acts``; needs an app context.

    The server runs when this is called, and when it returns.
    """
    chance = random.Random(seed)
    ledger = Ledger()
    audit = Audit(ledger)
    at_work = [Client(number, people, years, ledger) for number in range(clients)]
    for client in at_work:
        client.start()
    for _ in range(kills):
        wait_for(ledger, len(ledger.acknowledged) + chance.randint(*acts))
        time.sleep(chance.random() * 0.01)
        kill()
        db.engine.dispose()
        revive()
        audit.take()
        db.session.remove()
        if ledger.wrong:
            break
    for client in at_work:
        client.finish()
    return audit.figures(kills)


def wait_for(ledger: Ledger, acknowledged: int) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while len(ledger.acknowledged) < acknowledged and not ledger.wrong:
        if time.monotonic() > give_up:
            ledger.wrong.append("no act was acknowledged any more")
        time.sleep(0.002)
