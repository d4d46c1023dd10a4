"""An authenticator app as second factor: set up, asked for, lost; and the roles that must have one."""

import json
import re
import threading
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask

from tests.builders import County, a_plan
from tests.configuring import configure
from tests.people.world import PASSWORD, Browser, World, build, chain
from workflow_app import clock
from workflow_app.authentication import one_time, tokens
from workflow_app.errors import LoginRefused, NotAllowed
from workflow_app.extensions import db
from workflow_app.people import service
from workflow_app.people.models import Person
from workflow_app.second_factor import factors, recovery, totp
from workflow_app.second_factor.models import RecoveryCode, TotpFactor
from workflow_app.second_factor.secrets_at_rest import Unreadable


class Watch:
    """The clock of the server; telephones show what ``code`` says."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def later(self, **how_much: int) -> None:
        self.moment += timedelta(**how_much)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found = Watch(clock.now())
    monkeypatch.setattr(clock, "now", lambda: found.moment)
    return found


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return build()


class Phone:
    """An app with a secret."""

    def __init__(self, secret: str, watch: Watch) -> None:
        self.app, self.watch = pyotp.TOTP(secret.replace(" ", "")), watch

    def code(self, **shifted: int) -> str:
        return self.app.at(self.watch.moment + timedelta(**shifted))


def set_up(person_id: int, watch: Watch) -> tuple[Phone, list[str]]:
    """Through the services; a minute later, so that the next code is another one."""
    made = totp.begin(db.session.get_one(Person, person_id))
    phone = Phone(made.secret, watch)
    codes = totp.confirm(person_id, made.sealed, phone.code())
    assert codes
    watch.later(minutes=1)
    return phone, codes


def page_to_second_step(app: Flask, username: str = "principal01", **more: str) -> Browser:
    browser = Browser(app)
    page = browser.log_in(username, **more)
    assert (page.status_code, "第二道验证" in page.text) == (200, True)
    return browser


# --- setting up ------------------------------------------------------------------------------


def test_set_up_on_ones_own_page(app: Flask, world: World, watch: Watch) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    browser.get("/me/second-factor")
    assert browser.post("/me/second-factor/app", {"password": "wrong"}).status_code == 422
    shown = browser.post("/me/second-factor/app", {"password": PASSWORD})
    assert "<svg" in shown.text
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', shown.text)
    assert secret
    phone = Phone(secret[1], watch)
    again = browser.post("/me/second-factor/app/confirm", {"code": "000000"})
    assert (again.status_code, secret[1] in again.text) == (422, True)
    with app.app_context():
        assert not factors.kinds(world.principal)
    done = browser.post("/me/second-factor/app/confirm", {"code": phone.code()})
    codes = re.findall(r"<code>([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</code>", done.text)
    assert len(codes) == recovery.HOW_MANY
    assert secret[1] not in browser.get("/me/second-factor").text
    watch.later(minutes=1)
    second = page_to_second_step(app)
    assert second.post("/login/second", {"code": phone.code()}).status_code == 303
    assert second.get("/me").status_code == 200


def test_secrets_are_encrypted_and_recovery_codes_digests(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, codes = set_up(world.principal, watch)
        stored = bytes(db.session.get_one(TotpFactor, world.principal).secret)
        assert phone.app.secret.encode() not in stored
        digests = "".join(row.digest for row in db.session.query(RecoveryCode))
        assert not any(code in digests for code in codes)
        app.config["SECRET_KEY"] = "another key of this server"
        with pytest.raises(Unreadable):
            totp.verify(world.principal, phone.code())
        assert factors.prove(world.principal, codes[0]) == "recovery"


# --- the second step -------------------------------------------------------------------------


def test_the_password_alone_lets_nobody_in(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
    browser = page_to_second_step(app, next="/artefacts")
    assert browser.get("/me").status_code == 302
    assert browser.post("/me/tokens", {"password": PASSWORD}).status_code in (400, 401)
    wrong = browser.post("/login/second", {"code": "123456", "next": "/artefacts"})
    assert (wrong.status_code, 'name="next" value="/artefacts"' in wrong.text) == (422, True)
    done = browser.post("/login/second", {"code": phone.code(), "next": "/artefacts"})
    assert (done.status_code, done.location) == (303, "/artefacts")


def test_the_second_step_comes_soon_or_not_at_all(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
    browser = page_to_second_step(app)
    watch.later(minutes=11)
    answer = browser.post("/login/second", {"code": phone.code(), "next": "/me"})
    assert answer.location == "/login?next=/me"
    assert Browser(app).get("/login/second").location == "/login"


def test_what_ends_sessions_ends_the_way_between_the_steps(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
    browser = page_to_second_step(app)
    with app.app_context():
        one_time.give(None, world.principal)
    assert browser.post("/login/second", {"code": phone.code()}).location == "/login"


@pytest.mark.usefixtures("world")
def test_a_code_counts_once(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
        code = phone.code()
        assert totp.verify(world.principal, code)
        assert not totp.verify(world.principal, code)
        assert not totp.verify(world.principal, phone.code(seconds=-30))  # nor an earlier one after it
        watch.later(seconds=30)
        assert totp.verify(world.principal, f"{phone.code()[:3]} {phone.code()[3:]}")


def test_at_one_instant_a_code_counts_once(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
    code, came = phone.code(), []
    start = threading.Barrier(4)

    def show() -> None:
        with app.app_context():
            start.wait()
            came.append(totp.verify(world.principal, code))

    threads = [threading.Thread(target=show) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False, False, False, True]


@pytest.mark.parametrize(("seconds", "counts"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_one_step_of_difference_is_allowed(
    app: Flask, world: World, watch: Watch, seconds: int, counts: bool
) -> None:
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
        watch.later(minutes=5)
        assert totp.verify(world.principal, phone.code(seconds=seconds)) is counts


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\x00", "\ud800", "１２３４５６"])
def test_what_is_no_code(app: Flask, world: World, watch: Watch, typed: str) -> None:
    with app.app_context():
        set_up(world.principal, watch)
        assert factors.prove(world.principal, typed) == ""


def test_codes_are_not_guessed(app: Flask, world: World, watch: Watch) -> None:
    """Counted apart from passwords: logging in with the right one again does not begin anew."""
    with app.app_context():
        phone, _codes = set_up(world.principal, watch)
    for _try in range(5):
        browser = page_to_second_step(app)
        assert browser.post("/login/second", {"code": "000000"}).status_code == 422
    browser = page_to_second_step(app)
    assert browser.post("/login/second", {"code": phone.code()}).status_code == 429
    with app.app_context(), pytest.raises(LoginRefused):
        factors.prove(world.principal, phone.code())


def test_a_recovery_code_counts_once(app: Flask, world: World, watch: Watch) -> None:
    with app.app_context():
        _phone, codes = set_up(world.principal, watch)
    browser = page_to_second_step(app)
    assert browser.post("/login/second", {"code": codes[3].upper().replace("-", " ")}).status_code == 303
    assert "还剩 9 个" in browser.get("/me").text
    second = page_to_second_step(app)
    assert second.post("/login/second", {"code": codes[3]}).status_code == 422
    with app.app_context():
        assert "factor:recover" in [row.action for row in chain()]
        assert not recovery.use(world.admin, codes[4])
        recovery.made_anew(world.principal)
        assert not recovery.use(world.principal, codes[4])


def test_a_new_password_from_the_administrator_does_not_get_round_it(
    app: Flask, world: World, watch: Watch
) -> None:
    with app.app_context():
        set_up(world.principal, watch)
        raw = one_time.give(world.admin, world.principal).raw
    browser = Browser(app)
    browser.log_in("principal01", raw)
    page = browser.post("/set-password", {"new": "雨后 新笋 2027", "again": "雨后 新笋 2027"})
    assert (page.status_code, "第二道验证" in page.text) == (200, True)
    assert browser.get("/me").status_code == 302


# --- taking it away --------------------------------------------------------------------------


def test_taken_away_by_oneself(app: Flask, world: World, watch: Watch) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    with app.app_context():
        set_up(world.principal, watch)
    assert browser.post("/me/second-factor/app/remove", {"password": "wrong"}).status_code == 422
    assert browser.post("/me/second-factor/app/remove", {"password": PASSWORD}).status_code == 303
    assert Browser(app).log_in("principal01").status_code == 303
    with app.app_context():
        assert db.session.query(RecoveryCode).count() == 0


def test_taken_away_by_the_administrator_it_is_told_and_marked(
    app: Flask, world: World, watch: Watch
) -> None:
    phone = Browser(app)
    phone.log_in("principal01")
    with app.app_context():
        set_up(world.principal, watch)
    admin = Browser(app)
    admin.log_in("admin01")
    address = f"/people/{world.principal}"
    assert "取消第二道验证" in admin.get(address).text
    assert admin.post(f"{address}/second-factor/reset").status_code == 303
    assert "取消全部第二道验证" in admin.get(address).text
    assert admin.post(f"{address}/second-factor/reset").status_code == 422
    assert phone.get("/me").status_code == 302
    again = Browser(app)
    assert again.log_in("principal01").status_code == 303
    assert "单晓 于" in again.get("/me").text
    with app.app_context():
        person = db.session.get_one(Person, world.principal)
        assert person.reset_marked_until == clock.stamp(watch.moment + timedelta(hours=24))
    stranger = Browser(app)
    stranger.log_in("nobody01")
    assert stranger.post(f"{address}/second-factor/reset").status_code == 403


# --- roles that must have one ----------------------------------------------------------------


def test_a_role_that_needs_one_is_led_to_it(app: Flask, world: World, watch: Watch) -> None:
    configure(app, second_factor_roles="lead, principal")
    browser = Browser(app)
    assert browser.log_in("principal01", next="/artefacts").status_code == 303
    assert browser.get("/artefacts").location == "/me/second-factor?next=/artefacts"
    assert browser.post("/artefacts/new", {"workflow": "school_plan"}).location == "/me/second-factor"
    page = browser.get("/me/second-factor?next=/artefacts")
    assert "您的角色须有第二道验证" in page.text
    sent = {"password": PASSWORD, "next": "/artefacts"}
    shown = browser.post("/me/second-factor/app", sent)
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', shown.text)
    assert secret
    code = Phone(secret[1], watch).code()
    done = browser.post("/me/second-factor/app/confirm", {"code": code, "next": "/artefacts"})
    assert 'href="/artefacts"' in done.text
    assert browser.get("/artefacts").status_code == 200
    refused = browser.post("/me/second-factor/app/remove", {"password": PASSWORD})
    assert (refused.status_code, "请先加上另一种" in refused.text) == (422, True)
    assert Browser(app).log_in("nobody01").status_code == 303


def test_a_signing_token_needs_it_too(app: Flask, world: World, watch: Watch) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    configure(app, second_factor_roles="principal")
    sent = {"label": "教务", "days": "30", "password": PASSWORD}
    refused = browser.post("/me/tokens", sent | {"may_sign": "1"})
    assert (refused.status_code, "须有第二道验证" in refused.text) == (422, True)
    with app.app_context():
        assert tokens.of_person(world.principal) == []
        set_up(world.principal, watch)
    assert browser.post("/me/tokens", sent | {"may_sign": "1"}).status_code == 200


def test_without_one_nobody_of_that_role_signs(office: Flask, here: County, watch: Watch) -> None:
    """Whatever door they come through: the sign-off itself refuses."""
    plan = a_plan(here).submitted()
    configure(office, second_factor_roles="principal")
    with pytest.raises(NotAllowed) as refused:
        plan.signed()
    assert refused.value.reason.code == "second_factor_required"
    set_up(here.principal, watch)
    plan.signed().approved()  # the lead's role needs none
    assert plan.state == "approved"
    assert json.loads(plan.events[-2].body)["auth"] == "password"


def test_the_register_states_every_way_in(office: Flask, here: County, watch: Watch) -> None:
    """Whoever puts a factor or a code of their own into the database is found out."""
    from workflow_app.integrity import register

    _phone, codes = set_up(here.principal, watch)
    assert factors.prove(here.principal, codes[0]) == "recovery"
    recovery.made_anew(here.principal)
    one_time.give(here.admin, here.deputy)
    service.set_staff_number(None, here.deputy, "t-1")
    set_up(here.lead, watch)
    factors.reset(here.admin, here.lead)
    set_up(here.lead2, watch)
    factors.remove(here.lead2, "totp")
    folded = register.fold()
    assert folded.broken == []
    assert list(register.differences(folded)) == []
    with db.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.exec_driver_sql("UPDATE totp_factor SET secret = secret || secret")
        connection.exec_driver_sql(f"UPDATE person SET staff_number = 't-2' WHERE id = {here.deputy}")
        connection.exec_driver_sql("DELETE FROM one_time_access")
    db.session.rollback()
    found = "".join(map(str, register.differences(folded)))
    assert f"totp:{here.principal} " in found
    assert f"person:{here.deputy} " in found
    assert "access:" in found
