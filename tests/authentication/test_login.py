"""Who is it: right and wrong passwords, waiting, sessions that end."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.people.world import PASSWORD, Browser, World, build
from workflow_app import clock
from workflow_app.authentication import attempts, credentials, login, tokens
from workflow_app.authentication.models import EndedLogin, LoginAttempt
from workflow_app.errors import BadInput, BadPassword, LoginRefused, NotFound
from workflow_app.extensions import db
from workflow_app.people import passwords, service
from workflow_app.people.models import Person

NAMES = ["principal01", "nobody-of-this-name"]


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return build()


@pytest.fixture
def inside(world: World, app: Flask) -> object:
    with app.app_context():
        yield
        db.session.remove()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> "Watch":
    found = Watch(clock.now())
    monkeypatch.setattr(clock, "now", lambda: found.moment)
    return found


class Watch:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def later(self, **how_much: int) -> None:
        self.moment += timedelta(**how_much)


def refused(username: str, password: str = "wrong") -> LoginRefused:
    with pytest.raises(LoginRefused) as found:
        login.authenticate(username, password)
    return found.value


# --- name and password -----------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_the_right_password(world: World) -> None:
    assert login.authenticate("principal01", PASSWORD).id == world.principal
    assert login.authenticate(" Principal01 ", PASSWORD).id == world.principal


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", "x" * 100_000, "\x00", "\ud800"])
@pytest.mark.parametrize("username", [*NAMES, "", "\x00", "x" * 100_000, "\ud800", "管理员"])
def test_wrong_is_wrong_in_the_same_words(username: str, password: str) -> None:
    found = refused(username, password)
    assert (found.code, found.say("zh")) == ("wrong", "用户名或密码不对。")


@pytest.mark.usefixtures("inside")
def test_unknown_names_cost_a_verification_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords.verify

    def verify(stored: str, password: str) -> bool:
        verified.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify", verify)
    refused("nobody-of-this-name")
    refused("principal01")
    assert verified[0] == passwords.dummy_hash()
    assert len(verified) == 2
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]  # the same parameters


@pytest.mark.usefixtures("inside")
def test_disabled_is_told_only_after_the_right_password(world: World) -> None:
    service.disable(None, world.principal)
    assert refused("principal01").code == "wrong"
    assert refused("principal01", PASSWORD).code == "disabled"


@pytest.mark.usefixtures("inside")
def test_older_hashes_are_renewed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = db.session.get_one(Person, world.principal).password_hash
    monkeypatch.setattr(passwords, "needs_rehash", lambda stored: True)
    login.authenticate("principal01", PASSWORD)
    db.session.rollback()
    assert db.session.get_one(Person, world.principal).password_hash != before
    login.authenticate("principal01", PASSWORD)


# --- waiting ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("username", NAMES)
def test_five_wrong_ones_and_the_name_waits(username: str, watch: Watch) -> None:
    assert [refused(username).code for _try in range(5)] == ["wrong"] * 5
    found = refused(username)
    assert (found.code, found.retry_after) == ("locked", 60)
    assert "1 分钟" in found.say("zh")
    watch.later(seconds=61)
    assert refused(username).code == "wrong"
    assert refused(username).retry_after == 120


@pytest.mark.usefixtures("inside")
def test_even_the_right_password_waits(watch: Watch) -> None:
    for _try in range(5):
        refused("principal01")
    assert refused("principal01", PASSWORD).code == "locked"
    watch.later(seconds=60)
    login.authenticate("principal01", PASSWORD)
    assert [refused("principal01").code for _try in range(4)] == ["wrong"] * 4
    login.authenticate("principal01", PASSWORD)


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [attempts.wait_after(failures, 5) for failures in range(4, 14)]
    assert waits == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert attempts.wait_after(10**6, 5) == 3600
    assert attempts.wait_after(10**6, 0) == 0


@pytest.mark.usefixtures("inside")
def test_a_day_later_all_is_forgotten(watch: Watch) -> None:
    for _try in range(5):
        refused("someone-else")
    watch.later(hours=26)
    assert refused("someone-else").code == "wrong"
    watch.later(hours=26)
    login.authenticate("principal01", PASSWORD)
    assert db.session.query(LoginAttempt).count() == 0


@pytest.mark.usefixtures("inside")
def test_names_are_kept_as_digests() -> None:
    refused("nobody-of-this-name")
    (row,) = db.session.query(LoginAttempt)
    assert "nobody" not in row.name_digest


def test_guesses_at_the_same_instant_are_all_counted(app: Flask, world: World) -> None:
    codes: list[str] = []
    start = threading.Barrier(12)

    def guess() -> None:
        with app.app_context():
            start.wait()
            codes.append(refused("principal01").code)

    threads = [threading.Thread(target=guess) for _guess in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["locked"] * 7 + ["wrong"] * 5


@pytest.mark.usefixtures("inside")
def test_the_password_asked_before_signing_counts_alike(world: World) -> None:
    person = db.session.get_one(Person, world.principal)
    assert login.confirm_password(person, PASSWORD)
    assert not any(login.confirm_password(person, "wrong") for _try in range(5))
    with pytest.raises(LoginRefused) as found:
        login.confirm_password(person, PASSWORD)
    assert found.value.code == "locked"
    assert refused("principal01", PASSWORD).code == "locked"


@pytest.mark.usefixtures("inside")
def test_changing_the_password_is_no_way_round(world: World) -> None:
    for _try in range(5):
        with pytest.raises(BadPassword):
            credentials.change_password(world.principal, "wrong", "一个新的密码 1")
    with pytest.raises(LoginRefused):
        credentials.change_password(world.principal, PASSWORD, "一个新的密码 1")


# --- sessions --------------------------------------------------------------------------------


def logged_in(app: Flask, username: str = "principal01") -> Browser:
    browser = Browser(app)
    assert browser.log_in(username).status_code == 303
    assert browser.get("/me").status_code == 200
    return browser


def test_after_logging_out_the_old_cookie_is_refused(app: Flask, world: World) -> None:
    browser, phone = logged_in(app), logged_in(app)
    old = browser.cookie()
    assert browser.post("/logout").status_code == 303
    assert browser.get("/me").status_code == 302
    browser.client.set_cookie("yanxiu", old)
    assert browser.get("/me").status_code == 302
    assert phone.get("/me").status_code == 200
    with app.app_context():
        assert db.session.query(EndedLogin).count() == 1


def test_logging_out_needs_a_post(app: Flask, world: World) -> None:
    browser = logged_in(app)
    assert browser.get("/logout").status_code == 405
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("how", ["reset", "role", "disable"])
def test_what_ends_every_session_and_token(app: Flask, world: World, how: str) -> None:
    browser = logged_in(app)
    with app.app_context():
        key = tokens.make(None, world.principal)
        assert tokens.find(key)
        if how == "reset":
            credentials.reset_password(None, world.principal)
        elif how == "role":
            service.end_role(None, service.live_grants(world.principal)[0].id)
        else:
            service.disable(None, world.principal)
        assert tokens.find(key) is None
    assert browser.get("/me").status_code == 302


def test_a_new_password_ends_the_others_but_not_this_session(app: Flask, world: World) -> None:
    browser, phone = logged_in(app), logged_in(app)
    new = "一个新的密码 1"
    answer = browser.post("/me/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 303
    assert browser.get("/me").status_code == 200
    assert phone.get("/me").status_code == 302
    assert Browser(app).log_in("principal01", new).status_code == 303


def test_logging_in_leaves_nothing_of_the_session_before(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.get("/login")
    with browser.client.session_transaction() as session:
        session["confirmed_at"] = "planted"
        session["_user_id"] = f"{world.admin}:0"
    browser.post("/login", {"username": "principal01", "password": PASSWORD})
    with browser.client.session_transaction() as session:
        assert "confirmed_at" not in session
        assert session["_user_id"].startswith(f"{world.principal}:")
        assert session.permanent


@pytest.mark.parametrize("user_id", ["", "1", "x:y", "1:9", "-1:0", "1:0:0", f"{2**70}:0", "1:٣", "²:0"])
def test_forged_user_ids(app: Flask, world: World, user_id: str) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = user_id
    assert client.get("/me").status_code == 302


# --- tokens ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_a_token_is_found_until_it_ends(world: World, watch: Watch) -> None:
    key = tokens.make(world.admin, world.principal, may_sign=True, label="教务系统", days=2)
    found = tokens.find(key)
    assert found is not None
    assert (found.person.id, found.may_sign, found.label) == (world.principal, True, "教务系统")
    assert key not in found.digest
    for wrong in ("", "yx_", key[:-1], key + "x", key.upper(), "\x00", "yx_\ud800"):
        assert tokens.find(wrong) is None
    watch.later(days=3)
    assert tokens.find(key) is None


@pytest.mark.usefixtures("inside")
def test_a_token_taken_back(world: World) -> None:
    key = tokens.make(None, world.principal)
    number = tokens.find(key).id  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        tokens.revoke(None, number, of=world.admin)
    tokens.revoke(None, number)
    tokens.revoke(None, number)
    assert tokens.find(key) is None
    assert [usable for _token, usable in tokens.of_person(world.principal)] == [False]


@pytest.mark.usefixtures("inside")
def test_tokens_that_cannot_be(world: World) -> None:
    for given in ({"days": 0}, {"days": 10_000}, {"label": "长" * 81}):
        with pytest.raises(BadInput):
            tokens.make(None, world.principal, **given)  # type: ignore[arg-type]
    service.disable(None, world.principal)
    with pytest.raises(BadInput):
        tokens.make(None, world.principal)
