"""A small county for the tests of this package, and a browser that logs in to it."""

import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import seeds
from tests.accounts import an_account
from workflow_app.extensions import db
from workflow_app.people import registry_log, service
from workflow_app.people.models import RegistryEvent, Unit

PASSWORD = "春风 化雨 2026"


@dataclass
class World:
    """Ids of a county, two schools, a department, and three people."""

    county: int
    school: int
    department: int
    other_school: int
    admin: int
    principal: int
    nobody: int


def build() -> World:
    """Needs an application context."""
    return seeds.once(_build)


def _build() -> World:
    county = service.create_unit(None, "county", "青禾县").id
    training = service.create_unit(None, "training_school", "进修学校", parent_id=county).id
    department = service.create_unit(None, "department", "小学部", parent_id=training).id
    school = service.create_unit(None, "school", "城关小学", stage="小学", parent_id=county).id
    other = service.create_unit(None, "school", "柳河小学", stage="小学", parent_id=school).id
    ids = [
        an_account(username, name, PASSWORD)
        for username, name in (("admin01", "单晓"), ("principal01", "曾敏"), ("nobody01", "任远"))
    ]
    service.give_role(None, ids[0], "administrator", county, "2025-09-01")
    service.give_role(None, ids[1], "principal", school, "2025-09-01")
    return World(county, school, department, other, *ids)


def unit_named(name: str) -> Unit:
    return db.session.query(Unit).filter_by(name=name).one()


def chain() -> list[RegistryEvent]:
    db.session.rollback()
    return list(db.session.query(RegistryEvent).order_by(RegistryEvent.seq))


def chain_breaks() -> list[tuple[int, str]]:
    return registry_log.breaks((row.seq, row.body, row.hash) for row in chain())


class Browser:
    """A person's browser: sends the CSRF token of the page it has last looked at."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def keep(self, answer: TestResponse) -> TestResponse:
        if found := re.search(r'name="?csrf_token"?[^>]*value="([^"]+)"', answer.text):
            self.token = found[1]
        return answer

    def get(self, path: str, **more: object) -> TestResponse:
        return self.keep(self.client.get(path, **more))  # type: ignore[arg-type]

    def post(self, path: str, data: dict[str, object] | None = None, **more: object) -> TestResponse:
        sent = {"csrf_token": self.token} | (data or {})
        return self.keep(self.client.post(path, data=sent, **more))  # type: ignore[arg-type]

    def log_in(self, username: str, password: str = PASSWORD, **more: object) -> TestResponse:
        self.get("/login")
        answer = self.post("/login", {"username": username, "password": password} | more)
        if answer.status_code == 303:
            self.get("/me")
        return answer

    def cookie(self) -> str:
        found = self.client.get_cookie("yanxiu")
        return found.value if found else ""
