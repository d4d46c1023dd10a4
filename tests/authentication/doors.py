"""What the tests of this package share."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

from flask import Flask

from tests.people.world import Browser
from workflow_app.authentication import login
from workflow_app.errors import LoginRefused
from workflow_app.extensions import db

Given = TypeVar("Given")
Found = TypeVar("Found")


class Watch:
    """The clock, when the test moves it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def later(self, **how_much: int) -> None:
        self.moment += timedelta(**how_much)


def outcome(username: str, password: str = "wrong", *, address: str = "", browser: str = "") -> str:
    """``in``, ``wrong``, ``disabled``, or ``locked 60``."""
    try:
        login.authenticate(username, password, address=address, browser=browser)
    except LoginRefused as refused:
        return f"locked {refused.retry_after}" if refused.code == "locked" else refused.code
    return "in"


def at_one_instant(app: Flask, act: Callable[[Given], Found], given: Sequence[Given]) -> list[Found]:
    """What ``act`` finds for each, all of them begun at the same moment."""
    start = Barrier(len(given))

    def one(what: Given) -> Found:
        with app.app_context():
            start.wait()
            try:
                return act(what)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(given)) as pool:
        return list(pool.map(one, given))


def logged_in(app: Flask, username: str = "principal01", agent: str = "") -> Browser:
    browser = Browser(app)
    if agent:
        browser.client.environ_base["HTTP_USER_AGENT"] = agent
    assert browser.log_in(username).status_code == 303
    assert browser.get("/me").status_code == 200
    return browser
