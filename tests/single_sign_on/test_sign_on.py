"""Logging in with the account of one's unit, against a provider on loopback."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.builders import County, a_plan, county
from tests.people.world import Browser, World, build, chain
from tests.single_sign_on.provider import CLIENT, SECRET, Provider, served
from workflow_app import clock
from workflow_app.authentication import tokens
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people import service
from workflow_app.people.models import Person

KINDS = ("oidc", "wecom", "dingtalk", "feishu")

pytestmark = pytest.mark.sqlite_only


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with served(Provider()) as made:
        yield made


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.staff_number, running.spoil, running.broken = "t-0107", {}, False
    return running


@pytest.fixture
def site(make_app: Callable[..., Flask], provider: Provider) -> Callable[[str], Flask]:
    """``site("oidc")``: an installation that logs people in with such accounts; 曾敏 has number T-0107."""

    def make(kind: str) -> Flask:
        app = make_app(
            sso=kind,
            sso_address=provider.address,
            sso_client_id=CLIENT,
            sso_client_secret=SECRET,
            sso_agent_id="1000002",
            sso_title="青禾教育云",
        )
        with app.app_context():
            world = build()
            service.set_staff_number(None, world.nobody, "T-0107")
            app.config["WORLD"] = world
        return app

    return make


def sent_away(browser: Browser, path: str = "/sso") -> str:
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    return answer.location


# --- all four --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_in_by_staff_number(site: Callable[[str], Flask], provider: Provider, kind: str) -> None:
    app = site(kind)
    browser = Browser(app)
    assert "用青禾教育云登录" in browser.get("/login?next=/artefacts").text
    back = provider.come_back(sent_away(browser, "/sso?next=/artefacts"))
    answer = browser.get(back)
    assert (answer.status_code, answer.location) == (303, "/artefacts")
    assert "任远" in browser.get("/me").text


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_number_makes_no_account(
    site: Callable[[str], Flask], provider: Provider, kind: str
) -> None:
    app = site(kind)
    with app.app_context():
        before = db.session.query(Person).count()
    provider.staff_number = "nobody01"  # a login name is no staff number, nor is a name
    browser = Browser(app)
    answer = browser.get(provider.come_back(sent_away(browser)))
    assert (answer.status_code, "没有工号「nobody01」" in answer.text) == (403, True)
    assert browser.get("/me").status_code == 302
    with app.app_context():
        assert db.session.query(Person).count() == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_strange_or_old_state_is_refused(
    site: Callable[[str], Flask], provider: Provider, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = site(kind)
    mine, other = Browser(app), Browser(app)
    back = provider.come_back(sent_away(mine))
    sent_away(other)
    assert other.get(back).status_code == 403  # somebody else's way back
    assert Browser(app).get(back).status_code == 403  # nobody was sent away
    assert mine.get(re.sub("state=[^&]*", "state=x", back)).status_code == 403
    assert mine.get(back).status_code == 403  # the state counts once
    back = provider.come_back(sent_away(mine))
    late = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert mine.get(back).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_counts_once(site: Callable[[str], Flask], provider: Provider, kind: str) -> None:
    browser = Browser(site(kind))
    back = provider.come_back(sent_away(browser))
    assert browser.get(back).status_code == 303
    state = parse_qs(urlsplit(provider.come_back(sent_away(browser))).query)["state"][0]
    assert browser.get(re.sub("state=[^&]*", f"state={state}", back)).status_code == 502


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_that_fails_is_said(site: Callable[[str], Flask], provider: Provider, kind: str) -> None:
    app = site(kind)
    browser = Browser(app)
    back = provider.come_back(sent_away(browser))
    provider.broken = True
    answer = browser.get(back)
    assert (answer.status_code, "没有成功" in answer.text) == (502, True)
    assert browser.get("/me").status_code == 302


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_who_is_no_member_has_no_number(site: Callable[[str], Flask], provider: Provider, kind: str) -> None:
    provider.staff_number = None
    browser = Browser(site(kind))
    assert browser.get(provider.come_back(sent_away(browser))).status_code == 502
    assert browser.get("/me").status_code == 302


@pytest.mark.parametrize("kind", ["oidc", "feishu"])
def test_pkce_is_asked_for_and_checked(site: Callable[[str], Flask], provider: Provider, kind: str) -> None:
    browser = Browser(site(kind))
    address = sent_away(browser)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    stolen = address.replace(asked["code_challenge"][0], "A" * 43)
    assert browser.get(provider.come_back(stolen)).status_code == 502


# --- OpenID Connect --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        {"nonce": "of another"},
        {"iss": "https://evil.example"},
        {"aud": "another application"},
        {"exp": 1_000_000_000},
        {"preferred_username": None},
        {"preferred_username": 107},
    ],
    ids=lambda spoilt: next(iter(spoilt)),
)
def test_an_id_token_that_is_not_for_us(
    site: Callable[[str], Flask], provider: Provider, spoilt: dict[str, Any]
) -> None:
    browser = Browser(site("oidc"))
    provider.spoil = spoilt
    assert browser.get(provider.come_back(sent_away(browser))).status_code == 502
    assert browser.get("/me").status_code == 302


def test_an_id_token_signed_by_another(site: Callable[[str], Flask], provider: Provider) -> None:
    from joserfc.jwk import RSAKey

    browser = Browser(site("oidc"))
    back = provider.come_back(sent_away(browser))
    published, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "one"})
    keys, provider._keys = provider._keys, lambda *_: (200, {"keys": [published.as_dict(private=False)]})  # type: ignore[method-assign]
    try:
        assert browser.get(back).status_code == 502
    finally:
        provider.key, provider._keys = published, keys  # type: ignore[method-assign]


def test_who_has_no_password_signs_after_logging_in_there_again(
    make_app: Callable[..., Flask], provider: Provider
) -> None:
    app = make_app(
        sso="oidc", sso_address=provider.address, sso_client_id=CLIENT, sso_client_secret=SECRET,
        reauth_grace_minutes=0,
    )  # fmt: skip
    with app.app_context():
        here: County = county()
        new = service.create_person(None, "head", "新校长").id
        service.give_role(None, new, "principal", here.school1, "2025-09-01")
        service.set_staff_number(None, new, "t-0107")
        plan = a_plan(here).submitted()
        row = plan.row
        form = {
            "version": row.version, "content_sha256": row.content_sha256,
            "attachments_sha256": row.attachments_sha256, "key": "k",
        }  # fmt: skip
        number = plan.id
        db.session.remove()
    browser = Browser(app)
    browser.get(provider.come_back(sent_away(browser)))
    page = browser.get(f"/artefacts/{number}").text
    assert f"/sso/confirm?next=/artefacts/{number}" in page
    act = f"/artefacts/{number}/actions/sign"
    assert browser.post(act, form).status_code == 403
    provider.spoil = {"auth_time": 1_700_000_000}  # the provider did not ask again
    address = sent_away(browser, f"/sso/confirm?next=/artefacts/{number}")
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    assert browser.get(provider.come_back(address)).status_code == 502
    provider.spoil, provider.staff_number = {}, "t-0999"  # somebody else did
    browser.get(provider.come_back(sent_away(browser, f"/sso/confirm?next=/artefacts/{number}")))
    assert "不是您本人" in browser.get(f"/artefacts/{number}").text
    assert browser.post(act, form).status_code == 403
    provider.staff_number = "T-0107"
    back = browser.get(provider.come_back(sent_away(browser, f"/sso/confirm?next=/artefacts/{number}")))
    assert back.location == f"/artefacts/{number}"
    browser.get(f"/artefacts/{number}")
    assert browser.post(act, form).status_code == 303
    with app.app_context():
        (event,) = [one for one in a_plan_events(number) if one.action == "sign"]
        assert json.loads(event.body)["auth"] == "sign_in"


def a_plan_events(number: int) -> list[Any]:
    from workflow_app.events.models import Event

    return list(db.session.query(Event).filter_by(artefact_id=number))


# --- who may come in as whom -----------------------------------------------------------------


def test_disabled_people_stay_out(site: Callable[[str], Flask], provider: Provider) -> None:
    app = site("oidc")
    with app.app_context():
        service.disable(None, app.config["WORLD"].nobody)
    browser = Browser(app)
    answer = browser.get(provider.come_back(sent_away(browser)))
    assert (answer.status_code, "已停用" in answer.text) == (403, True)


def test_a_number_given_to_somebody_is_told_and_marked(site: Callable[[str], Flask]) -> None:
    """The administrator could come in as anybody with it."""
    app = site("oidc")
    world: World = app.config["WORLD"]
    admin = Browser(app)
    admin.log_in("admin01")
    address = f"/people/{world.principal}/staff-number"
    taken = admin.post(address, {"staff_number": "t-0107"})
    assert (taken.status_code, "已有人用" in taken.text) == (422, True)
    assert admin.post(address, {"staff_number": "A" * 41}).status_code == 422
    assert admin.post(address, {"staff_number": "A-001"}).status_code == 303
    principal = Browser(app)
    principal.log_in("principal01")
    assert "改了您的工号" in principal.get("/me").text
    with app.app_context():
        person = db.session.get_one(Person, world.principal)
        assert person.staff_number == "a-001"
        assert person.reset_marked_until is not None
        assert chain()[-1].action == "person:staff_number"
        assert b"a-001" not in chain()[-1].body
        with pytest.raises(BadInput):
            service.set_staff_number(None, world.admin, "a-001")
        service.set_staff_number(None, world.principal, "")
        assert db.session.get_one(Person, world.principal).staff_number is None


def test_who_comes_by_it_needs_no_password(site: Callable[[str], Flask], provider: Provider) -> None:
    app = site("oidc")
    with app.app_context():
        new = service.create_person(None, "lichun", "李春").id
        service.set_staff_number(None, new, "t-0200")
        assert db.session.get_one(Person, new).told_from is None
    provider.staff_number = "t-0200"
    browser = Browser(app)
    browser.get(provider.come_back(sent_away(browser)))
    assert browser.get("/me").status_code == 200
    with app.app_context():
        assert tokens.make(None, new)


def test_without_a_provider_there_is_no_way(app: Flask) -> None:
    browser = Browser(app)
    assert "/sso" not in browser.get("/login").text
    assert browser.get("/sso").status_code == 404
    assert browser.get("/sso/callback?state=x").status_code == 404
