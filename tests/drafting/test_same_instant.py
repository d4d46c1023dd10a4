"""Two requests at the same instant: one is done, the other is told so; equal ones are answered equally."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from tests.builders import YEAR, County, a_key, a_plan, full_content
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting.create import create
from workflow_app.drafting.save import save_content
from workflow_app.errors import AlreadyThere, ApplicationError, Conflict
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.signoff.transition import take_action

ROUNDS = 8


def at_once(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """What each call came to: its result, or the error it raised."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[index] = call()
            except Exception as error:
                results[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return results


def test_two_who_begin_the_same_plan_get_one(office: Flask, here: County) -> None:
    for number in range(ROUNDS):
        year = f"{2020 + number}-{2021 + number}"
        with office.app_context():
            from workflow_app.periods.service import set_period

            set_period(
                None, year, "school_year", year, f"{2020 + number}-09-01", f"{2021 + number}-08-31", "open"
            )
        results = at_once(
            office,
            lambda year=year: create(here.coordinator, "school_plan", year, key=a_key()),
            lambda year=year: create(here.principal, "school_plan", year, key=a_key()),
        )
        made = [one for one in results if not isinstance(one, Exception)]
        assert len(made) == 1, results
        assert any(isinstance(one, AlreadyThere) for one in results), results
    assert db.session.scalar(select(func.count()).select_from(Artefact)) == ROUNDS


def test_the_same_beginning_twice_is_one_document(office: Flask, here: County) -> None:
    key = a_key()
    one, two = at_once(
        office,
        lambda: create(here.coordinator, "school_plan", YEAR, key=key),
        lambda: create(here.coordinator, "school_plan", YEAR, key=key),
    )
    assert one.artefact_id == two.artefact_id
    assert {one.replayed, two.replayed} == {True, False}


def test_the_same_text_saved_twice_with_one_key_is_saved_once(office: Flask, here: County) -> None:
    plan = a_plan(here)
    for number in range(ROUNDS):
        key, version = a_key(), plan.row.version
        content = full_content(goals=f"第 {number} 次改动。")

        def save(key: str = key, version: int = version, content: dict[str, Any] = content) -> Any:
            return save_content(here.coordinator, plan.id, version, content, key=key)

        one, two = at_once(office, save, save)
        assert (one.version, one.content_sha256) == (two.version, two.content_sha256)
        assert plan.row.version == version + 1


def test_the_same_signature_twice_is_one_event(office: Flask, here: County) -> None:
    plan = a_plan(here).submitted()
    row, key = plan.row, a_key()

    def sign() -> Any:
        return take_action(
            here.principal, plan.id, "sign", version=row.version, content_sha256=row.content_sha256,
            attachments_sha256=row.attachments_sha256, key=key, auth="password",
        )  # fmt: skip

    one, two = at_once(office, sign, sign)
    assert (one.seq, one.to_state) == (two.seq, two.to_state)
    signatures = select(func.count()).where(Event.artefact_id == plan.id, Event.signs)
    assert db.session.scalar(signatures) == 1


def test_whoever_comes_second_is_told_who_was_faster(office: Flask, here: County) -> None:
    """Submitting while a colleague saves: the loser hears of the other, not of a wrong state."""
    plan = a_plan(here)
    for number in range(ROUNDS):
        row = plan.row

        def submit(row: Any = row) -> Any:
            return take_action(
                here.coordinator, plan.id, "submit", version=row.version,
                content_sha256=row.content_sha256, attachments_sha256=row.attachments_sha256, key=a_key(),
            )  # fmt: skip

        def save(version: int = row.version, text: str = f"改动 {number}。") -> Any:
            return save_content(here.principal, plan.id, version, full_content(goals=text))

        results = at_once(office, submit, save)
        lost = [one for one in results if isinstance(one, ApplicationError)]
        assert len(lost) == 1, results
        assert isinstance(lost[0], Conflict), results
        if plan.state != "draft":
            plan.act(here.coordinator, "withdraw")
