"""Passkeys: what counts as an answer and what does not. In a real browser: journeys/test_own_access.py."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.configuring import configure
from tests.people.world import PASSWORD, Browser, World, build
from tests.second_factor.authenticator import PRESENT, Authenticator
from workflow_app import clock
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.second_factor import factors, passkeys
from workflow_app.second_factor.models import Passkey


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        made = build()
    with app.test_request_context(base_url="http://localhost"):
        yield made
        db.session.remove()


def enrol(person_id: int, key: Authenticator, label: str = "") -> list[str]:
    options, kept = passkeys.begin(db.session.get_one(Person, person_id))
    return passkeys.make(person_id, kept, key.make(_as_sent(options)), label)


def _as_sent(options: dict[str, Any]) -> dict[str, Any]:
    from flask import json as flask_json

    found: dict[str, Any] = json.loads(flask_json.dumps(options))
    return found


def show(person_id: int, key: Authenticator) -> bool:
    options, kept = passkeys.begin_proof(person_id)
    return passkeys.prove(person_id, kept, key.show(_as_sent(options)))


def test_made_and_shown(world: World) -> None:
    key = Authenticator()
    assert len(enrol(world.principal, key, "我的手机")) == 10
    assert [row.label for row in passkeys.of_person(world.principal)] == ["我的手机"]
    assert show(world.principal, key)
    assert enrol(world.principal, Authenticator(number=2)) == []  # the recovery codes there are stay
    assert factors.kinds(world.principal) == factors.Kinds(totp=False, passkey=True)


def test_an_answer_counts_once(world: World) -> None:
    key = Authenticator()
    enrol(world.principal, key)
    options, kept = passkeys.begin_proof(world.principal)
    answer = key.show(_as_sent(options))
    assert passkeys.prove(world.principal, kept, answer)
    assert not passkeys.prove(world.principal, kept, answer)


def test_a_passkey_is_made_once(world: World) -> None:
    key = Authenticator()
    options, kept = passkeys.begin(db.session.get_one(Person, world.principal))
    answer = key.make(_as_sent(options))
    passkeys.make(world.principal, kept, answer, "")
    with pytest.raises(BadInput):
        passkeys.make(world.principal, kept, answer, "")
    with pytest.raises(BadInput, match="登记过"):
        enrol(world.admin, key)  # nor by two people
    assert db.session.query(Passkey).count() == 1


def test_what_is_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Authenticator()
    enrol(world.principal, key)
    options, kept = passkeys.begin_proof(world.principal)
    right = key.show(_as_sent(options))
    assert not show(world.principal, Authenticator())  # another key that gives itself the same number
    assert not show(world.admin, key)  # another person's
    other = passkeys.begin_proof(world.principal)[1]
    assert not passkeys.prove(world.principal, other, right)  # another challenge's
    for wrong in ("", "{}", "[]", "null", "x", right[:-5], json.dumps({"id": 1})):
        assert not passkeys.prove(world.principal, kept, wrong), wrong
    for nothing in (None, {}, "x", 1, {"at": "x"}):
        assert not passkeys.prove(world.principal, nothing, right), nothing
    late = clock.now() + passkeys.OPEN_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert not passkeys.prove(world.principal, kept, right)


def test_another_site_gets_no_answer_we_take(world: World, app: Flask) -> None:
    key = Authenticator()
    enrol(world.principal, key)
    key.origin = "http://evil.example"
    assert not show(world.principal, key)
    key.origin = "http://localhost"
    key.site = "evil.example"
    assert not show(world.principal, key)
    with pytest.raises(BadInput):
        enrol(world.principal, Authenticator("http://evil.example", 3))
    configure(app, base_url="https://yanxiu.example.cn")
    with pytest.raises(BadInput):
        enrol(world.principal, Authenticator(number=4))
    enrol(world.principal, Authenticator("https://yanxiu.example.cn", 5))


def test_its_owner_must_have_been_verified(world: World) -> None:
    key = Authenticator()
    enrol(world.principal, key)
    key.flags = PRESENT
    assert not show(world.principal, key)


def test_a_copied_key_is_noticed_by_its_counter(world: World) -> None:
    key = Authenticator()
    key.count = 7
    enrol(world.principal, key)
    key.count = 8
    assert show(world.principal, key)
    assert not show(world.principal, key)
    key.count = 0
    assert not show(world.principal, key)
    key.count = 9
    assert show(world.principal, key)


def test_the_second_step_with_a_passkey(world: World, app: Flask) -> None:
    key = Authenticator()
    codes = enrol(world.principal, key)
    browser = Browser(app)
    page = browser.log_in("principal01")
    assert (page.status_code, "用通行密钥登录" in page.text) == (200, True)
    assert browser.get("/me").status_code == 302
    assert "恢复码" in page.text
    assert browser.get("/login/second").status_code == 200
    options = browser.post("/second-factor/challenge").get_json()
    sent = {"passkey": Authenticator().show(options), "next": "/me"}
    assert browser.post("/login/second", sent).status_code == 422
    options = browser.post("/second-factor/challenge").get_json()
    assert browser.post("/login/second", {"passkey": key.show(options), "next": "/me"}).location == "/me"
    assert browser.get("/me").status_code == 200
    (row,) = passkeys.of_person(world.principal)
    assert row.last_used_at
    address = f"/me/second-factor/passkeys/{row.id}/remove"
    assert browser.post(address, {"password": "wrong"}).status_code == 422
    stranger = Browser(app)
    stranger.log_in("nobody01")
    stranger.post(address, {"password": PASSWORD})
    assert len(passkeys.of_person(world.principal)) == 1
    assert browser.post(address, {"password": PASSWORD}).status_code == 303
    db.session.rollback()
    assert passkeys.of_person(world.principal) == []
    assert len(codes) == 10


def test_nobody_gets_a_challenge_without_a_first_step(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.get("/login")
    answer = browser.post("/second-factor/challenge")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "login_required")
    assert app.test_client().post("/me/second-factor/passkeys/challenge").status_code in (302, 400, 401)
