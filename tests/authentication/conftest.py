"""A small county, its application context, and a clock that the test moves."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.authentication.doors import Watch
from tests.people.world import World, build
from workflow_app import clock
from workflow_app.extensions import db


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return build()


@pytest.fixture
def inside(world: World, app: Flask) -> Iterator[None]:
    with app.app_context():
        yield
        db.session.remove()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found = Watch(clock.now())
    monkeypatch.setattr(clock, "now", lambda: found.moment)
    return found
