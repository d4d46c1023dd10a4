"""Does the acts of the demo county through the real services, with the clock set back.

So the trail, the tasks and the notices are what the product itself would have written. Every step
has an idempotency key: an interrupted load goes on where it stopped, a second one changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from workflow_app import canonical, clock
from workflow_app.artefacts.models import Artefact, Draft
from workflow_app.definitions import registry
from workflow_app.demo import people, texts
from workflow_app.demo.texts import Document, Step
from workflow_app.drafting.create import create
from workflow_app.drafting.points import answer_point
from workflow_app.drafting.save import save_content
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import transition
from workflow_app.signoff.models import Answered, Point


class DemoRefused(Exception):
    """The demo county may not be loaded here; the message says why."""


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let ``clock.now`` say ``moment``. For the whole process: only while nothing is served."""
    real = clock.now
    clock.now = lambda: moment.astimezone(UTC)
    try:
        yield
    finally:
        clock.now = real


@contextmanager
def _before_second_factors(app: Flask) -> Iterator[None]:
    """Nobody in the county has one yet: what SECOND_FACTOR_ROLES asks holds for who logs in."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.changed(second_factor_roles="")
    try:
        yield
    finally:
        app.config["SETTINGS"] = settings


def is_loaded() -> bool:
    """Whether all acts are in this database."""
    return _is_played(texts.steps()[-1])


def is_begun() -> bool:
    """Whether any of it has."""
    return _is_played(texts.steps()[0])


def _is_played(step: Step) -> bool:
    query = select(Answered.key).join(Person, Person.id == Answered.person_id)
    found = db.session.scalar(query.where(Person.username == step.who, Answered.key == step.key))
    return found is not None


def lacking(app: Flask) -> bool:
    """Whether the county may be loaded here and is not there yet, or not all of it.

    Raises:
        DemoRefused: in production, or where other people's data lives.
    """
    if app.config["SETTINGS"].production:
        raise DemoRefused("正式环境（APP_ENV=production）不能装入示例县。")
    if is_loaded():
        return False
    if set(db.session.scalars(select(Person.username))) - people.USERNAMES:
        raise DemoRefused("数据库里已有别的人员，示例县只能装入空的数据库。")
    return True


def load(app: Flask, password: str) -> bool:
    """Load the county; False when it was there already.

    Raises:
        DemoRefused: in production, or where other people's data lives.
    """
    with app.app_context():
        if not lacking(app):
            return False
        with _before_second_factors(app):
            with clock_at(people.BEGINNING):
                people.settle(password)
            _Loader().run(texts.steps())
        return True


class _Loader:
    """Plays steps in order; knows the people by username and the documents by name."""

    def __init__(self) -> None:
        self._people = people.ids()
        self._units = people.unit_ids()
        done = db.session.execute(select(Answered.person_id, Answered.key)).all()
        self._done = {(person_id, key) for person_id, key in done}
        self._do: dict[str, Callable[[Step, int], None]] = {
            "save": self._save,
            "answer": self._answer,
        }

    def run(self, steps: list[Step]) -> None:
        for step in steps:
            me = self._people[step.who]
            if (me, step.key) in self._done:
                continue
            with clock_at(step.at):
                if step.do == "create":
                    self._create(step, me)
                else:
                    self._do.get(step.do, self._act)(step, me)

    def _create(self, step: Step, me: int) -> None:
        document = step.document
        teacher = document.place in people.USERNAMES
        create(
            me,
            document.workflow,
            document.period,
            school_id=None if teacher else self._units[document.place],
            teacher_id=self._people[document.place] if teacher else None,
            title=document.title,
            content=self._content(document, document.content),
            key=step.key,
        )

    def _save(self, step: Step, me: int) -> None:
        row = self._row(step.document)
        typed = canonical.loads(bytes(db.session.get_one(Draft, row.id).content))
        typed |= self._content(step.document, step.change)
        save_content(me, row.id, row.version, typed, key=step.key)

    def _answer(self, step: Step, me: int) -> None:
        row = self._row(step.document)
        query = select(Point.id).where(Point.artefact_id == row.id, Point.state == "open").order_by(Point.id)
        points = db.session.scalars(query).all()
        for point_id, answer in zip(points, step.answers, strict=bool(points)):
            answer_point(me, row.id, point_id, answer)

    def _act(self, step: Step, me: int) -> None:
        row = self._row(step.document)
        transition.take_action(
            me,
            row.id,
            step.do,
            version=row.version,
            content_sha256=row.content_sha256,
            attachments_sha256=row.attachments_sha256,
            comment=step.say,
            points=step.points,
            key=step.key,
            auth="password",
        )

    def _row(self, document: Document) -> Artefact:
        db.session.rollback()  # see what the step before has committed
        teacher = self._people.get(document.place)
        subject = f"person:{teacher}" if teacher else f"school:{self._units[document.place]}"
        query = select(Artefact).filter_by(
            workflow=document.workflow, period_key=document.period, subject=subject
        )
        return db.session.execute(query).scalar_one()

    @staticmethod
    def _content(document: Document, written: Mapping[str, Any]) -> dict[str, Any]:
        return texts.as_content(registry.current()[document.workflow].definition, written)
