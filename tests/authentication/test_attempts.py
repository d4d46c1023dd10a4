"""Wrong passwords: who has to wait, who has not, and that nobody slips past."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.accounts import an_account
from tests.authentication.doors import Watch, at_one_instant, logged_in, outcome
from tests.browsing import log_in, post
from tests.builders import PASSWORD as SIGNER
from tests.builders import a_key, a_plan, county
from tests.people.world import PASSWORD, Browser, World
from workflow_app import security_log
from workflow_app.authentication import attempts, credentials, login, tokens
from workflow_app.authentication.attempts import Rule
from workflow_app.authentication.models import LoginAttempt
from workflow_app.errors import BadPassword, LoginRefused
from workflow_app.extensions import db
from workflow_app.people.models import Person

MakeApp = Callable[..., Flask]
NAMES = ["principal01", "nobody-of-this-name"]
SCHOOL = "203.0.113.7"


def guess(username: str, times: int, address: str = "") -> list[str]:
    return [outcome(username, address=address) for _try in range(times)]


# --- one name at one address -------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("username", NAMES)
def test_after_five_wrong_ones_one_waits_and_longer_each_time(username: str, watch: Watch) -> None:
    assert guess(username, 6) == ["wrong"] * 5 + ["locked 60"]
    watch.later(seconds=61)
    assert guess(username, 2) == ["wrong", "locked 120"]
    watch.later(seconds=121)
    assert guess(username, 2) == ["wrong", "locked 240"]


@pytest.mark.usefixtures("inside")
def test_even_the_right_password_waits(watch: Watch) -> None:
    guess("principal01", 5)
    assert outcome("principal01", PASSWORD) == "locked 60"
    watch.later(seconds=60)
    assert outcome("principal01", PASSWORD) == "in"
    assert guess("principal01", 4) == ["wrong"] * 4
    assert outcome("principal01", PASSWORD) == "in"


@pytest.mark.usefixtures("inside")
def test_guesses_at_one_address_do_not_stop_the_name_at_another() -> None:
    assert guess("principal01", 6, "198.51.100.1")[-1] == "locked 60"
    assert outcome("principal01", PASSWORD, address=SCHOOL) == "in"


def test_the_wait_grows_up_to_an_hour() -> None:
    pair = Rule(5, 60, 3600, 1, timedelta(hours=1))
    assert [pair.wait(wrong) for wrong in range(4, 14)] == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert pair.wait(10**6) == 3600
    address = Rule(10, 5, 300, 5, timedelta(minutes=3))
    assert [address.wait(wrong) for wrong in (9, 10, 14, 15, 20, 40, 400)] == [0, 5, 5, 10, 20, 300, 300]


@pytest.mark.usefixtures("inside")
def test_a_day_later_all_is_forgotten_and_no_row_is_left(watch: Watch) -> None:
    assert guess("someone-else", 6)[-1] == "locked 60"
    watch.later(hours=26)
    assert outcome("someone-else") == "wrong"
    watch.later(hours=26)
    assert outcome("principal01", PASSWORD) == "in"
    assert db.session.query(LoginAttempt).count() == 0


@pytest.mark.usefixtures("inside")
def test_right_passwords_leave_no_rows() -> None:
    assert guess("principal01", 2) == ["wrong"] * 2
    assert db.session.query(LoginAttempt).count() == 4
    assert outcome("principal01", PASSWORD) == "in"
    db.session.rollback()
    assert db.session.query(LoginAttempt).count() == 0


@pytest.mark.usefixtures("inside")
def test_a_refused_try_writes_nothing(watch: Watch) -> None:
    guess("principal01", 5)
    before = [(row.fades_at, row.locked_until) for row in db.session.query(LoginAttempt)]
    assert set(guess("principal01", 20)) == {"locked 60"}
    db.session.rollback()
    assert [(row.fades_at, row.locked_until) for row in db.session.query(LoginAttempt)] == before


@pytest.mark.usefixtures("inside")
def test_neither_names_nor_addresses_are_kept() -> None:
    guess("nobody-of-this-name", 1, SCHOOL)
    rows = db.session.query(LoginAttempt).all()
    assert len(rows) == 4
    assert all(len(row.digest) == 64 and row.digest.isalnum() for row in rows)


# --- at one instant ----------------------------------------------------------------------------


def test_two_hundred_guesses_at_one_instant_are_five(app: Flask, world: World) -> None:
    found = at_one_instant(app, outcome, ["principal01"] * 200)
    assert Counter(one.split()[0] for one in found) == {"wrong": 5, "locked": 195}


def test_a_hundred_names_sprayed_at_one_instant_are_ten(app: Flask, world: World) -> None:
    def spray(name: str) -> str:
        return outcome(name, "woaini1314", address=SCHOOL)

    found = at_one_instant(app, spray, [f"teacher{number}" for number in range(100)])
    assert Counter(one.split()[0] for one in found) == {"wrong": 10, "locked": 90}


def test_a_school_behind_one_address_gets_in_at_one_instant(app: Flask, world: World) -> None:
    names = [f"teacher{number}" for number in range(40)]
    with app.app_context():
        for name in names:
            an_account(name, "王老师", PASSWORD)

    def enter(name: str) -> str:
        return outcome(name, PASSWORD, address=SCHOOL)

    assert set(at_one_instant(app, enter, names)) == {"in"}


# --- one password over many names --------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_one_password_sprayed_over_many_names_is_slowed(watch: Watch) -> None:
    found = [outcome(f"teacher{number}", "woaini1314", address=SCHOOL) for number in range(21)]
    assert found == ["wrong"] * 10 + ["locked 5"] * 11
    tried = 0
    for minute in range(120):
        watch.later(seconds=30)
        tried += outcome(f"another{minute}", "woaini1314", address=SCHOOL) == "wrong"
    assert tried < 60


@pytest.mark.usefixtures("inside")
def test_wrong_ones_that_become_right_cost_the_school_nothing(world: World) -> None:
    for number in range(12):
        username = f"teacher{number}"
        an_account(username, "王老师", PASSWORD)
        assert guess(username, 2, SCHOOL) == ["wrong"] * 2
        assert outcome(username, PASSWORD, address=SCHOOL) == "in"
    assert outcome("principal01", PASSWORD, address=SCHOOL) == "in"


@pytest.mark.usefixtures("inside")
def test_who_cannot_remember_costs_the_school_one_name(watch: Watch) -> None:
    assert guess("principal01", 5, SCHOOL) == ["wrong"] * 5
    names = [f"teacher{number}" for number in range(9)]
    assert [outcome(name, address=SCHOOL) for name in names] == ["wrong"] * 9
    assert outcome("nobody01", PASSWORD, address=SCHOOL) == "locked 5"
    watch.later(seconds=5)
    assert outcome("nobody01", PASSWORD, address=SCHOOL) == "in"


@pytest.mark.usefixtures("inside")
def test_a_right_password_does_not_keep_the_school_waiting(watch: Watch) -> None:
    for number in range(14):
        watch.later(seconds=6)
        assert outcome(f"teacher{number}", address=SCHOOL) == "wrong"
    watch.later(seconds=6)
    assert [outcome(name, PASSWORD, address=SCHOOL) for name in ("principal01", "nobody01")] == ["in"] * 2


@pytest.mark.usefixtures("inside")
def test_a_home_is_a_network_of_64_bits(watch: Watch) -> None:
    addresses = [f"2001:db8:1:2::{number}" for number in range(1, 12)]
    found = [outcome(f"teacher{number}", address=address) for number, address in enumerate(addresses)]
    assert found == ["wrong"] * 10 + ["locked 5"]
    assert outcome("teacher99", address="2001:db8:1:3::1") == "wrong"
    assert outcome("teacher98", address="::ffff:203.0.113.7") == "wrong"


@pytest.mark.usefixtures("inside")
def test_guesses_from_everywhere_slow_one_name(watch: Watch) -> None:
    found = [outcome("principal01", address=f"198.51.{number}.1") for number in range(26)]
    assert found == ["wrong"] * 25 + ["locked 60"]


def test_guesses_from_everywhere_at_everybody_are_slowed(make_app: MakeApp, watch: Watch) -> None:
    with make_app(lockout_after=1).app_context():
        found = [outcome(f"t{number}", address=f"198.51.{number}.1") for number in range(61)]
    assert found == ["wrong"] * 60 + ["locked 1"]


# --- the usual browser ---------------------------------------------------------------------------


def fail(app: Flask, username: str, times: int) -> int:
    """The status of the last of so many wrong passwords from a strange browser at the same address."""
    stranger = Browser(app)
    return [stranger.log_in(username, "wrong").status_code for _try in range(times)][-1]


def test_the_right_password_at_the_usual_browser_passes_while_strangers_guess(
    app: Flask, world: World
) -> None:
    mine = logged_in(app)
    mine.post("/logout")
    assert fail(app, "principal01", 6) == 429
    assert Browser(app).log_in("principal01").status_code == 429
    assert mine.log_in("principal01").status_code == 303
    for number in range(10):
        fail(app, f"teacher{number}", 1)
    assert Browser(app).log_in("nobody01").status_code == 429
    mine.post("/logout")
    assert mine.log_in("principal01").status_code == 303


def test_the_usual_browser_of_one_is_not_that_of_another(app: Flask, world: World) -> None:
    mine = logged_in(app, "principal01")
    mine.post("/logout")
    assert fail(app, "nobody01", 6) == 429
    assert mine.log_in("nobody01").status_code == 429


def test_a_shared_computer_is_usual_for_all_who_use_it(app: Flask, world: World) -> None:
    shared = logged_in(app, "principal01")
    for who in ("nobody01", "admin01"):
        shared.post("/logout")
        assert shared.log_in(who).status_code == 303
    shared.post("/logout")
    assert fail(app, "principal01", 6) == 429
    assert shared.log_in("principal01").status_code == 303


def test_guesses_at_the_usual_browser_are_counted_too(app: Flask, world: World) -> None:
    mine = logged_in(app)
    mine.post("/logout")
    assert [mine.log_in("principal01", "wrong").status_code for _try in range(6)] == [401] * 5 + [429]
    assert mine.log_in("principal01").status_code == 429
    assert Browser(app).log_in("principal01").status_code == 303


def test_a_forged_or_borrowed_mark_is_none(app: Flask, world: World) -> None:
    mine = logged_in(app)
    cookie = mine.client.get_cookie("browser")
    assert cookie is not None
    assert "principal01" not in cookie.value
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/")
    fail(app, "principal01", 6)
    for forged in ("", "x", cookie.value[:-3], cookie.value.replace("W", "X")):
        stranger = Browser(app)
        stranger.client.set_cookie("browser", forged)
        assert stranger.log_in("principal01").status_code == 429


# --- those who are logged in ---------------------------------------------------------------------


def test_strangers_who_guess_do_not_stop_who_is_logged_in(app: Flask, world: World) -> None:
    mine = logged_in(app)
    assert fail(app, "principal01", 8) == 429
    answer = mine.post("/me/tokens", {"label": "教务系统", "days": "30", "password": PASSWORD})
    assert answer.status_code == 200
    with app.app_context():
        person = db.session.get_one(Person, world.principal)
        assert login.confirm_password(person, PASSWORD)


def test_a_principal_signs_while_strangers_guess(office: Flask) -> None:
    plan = a_plan(county()).submitted()
    principal, row = log_in(office, "principal"), plan.row
    sent = {
        "version": row.version,
        "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256,
        "key": a_key(),
        "password": SIGNER,
    }
    assert fail(office, "principal", 8) == 429
    assert post(principal, f"/artefacts/{plan.id}/actions/sign", **sent).status_code == 303


@pytest.mark.usefixtures("inside")
def test_the_password_asked_before_signing_is_counted_for_itself(world: World, watch: Watch) -> None:
    person = db.session.get_one(Person, world.principal)
    assert login.confirm_password(person, PASSWORD)
    assert not any(login.confirm_password(person, "wrong") for _try in range(5))
    with pytest.raises(LoginRefused) as found:
        login.confirm_password(person, PASSWORD)
    assert (found.value.code, found.value.retry_after) == ("locked", 60)
    assert outcome("principal01", PASSWORD) == "in"
    watch.later(seconds=60)
    assert login.confirm_password(person, PASSWORD)


def test_a_hundred_confirmations_at_one_instant_are_five(app: Flask, world: World) -> None:
    def confirm(number: int) -> str:
        try:
            return str(login.confirm_password(db.session.get_one(Person, number), "wrong"))
        except LoginRefused as refused:
            return refused.code

    found = at_one_instant(app, confirm, [world.principal] * 100)
    assert Counter(found) == {"False": 5, "locked": 95}


@pytest.mark.usefixtures("inside")
def test_changing_the_password_is_no_way_round(world: World) -> None:
    for _try in range(5):
        with pytest.raises(BadPassword):
            credentials.change_password(world.principal, "wrong", "一个新的密码 1")
    with pytest.raises(LoginRefused):
        credentials.change_password(world.principal, PASSWORD, "一个新的密码 1")


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (1, "密码输错次数太多，请 1 秒后再试。"),
        (59, "密码输错次数太多，请 59 秒后再试。"),
        (60, "密码输错次数太多，请 1 分钟后再试。"),
        (61, "密码输错次数太多，请 2 分钟后再试。"),
    ],
)
def test_the_sentence_says_how_long(plain_app: Flask, seconds: int, sentence: str) -> None:
    with plain_app.app_context():
        assert LoginRefused("locked", seconds).say("zh") == sentence


@pytest.mark.parametrize("username", NAMES)
def test_the_page_answers_alike_for_names_that_do_not_exist(app: Flask, world: World, username: str) -> None:
    stranger = Browser(app)
    answers = [stranger.log_in(username, "wrong") for _try in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 58 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "密码输错次数太多" in answers[-1].text
    assert f'value="{username}"' in answers[-1].text


# --- the security log ----------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_the_security_log_tells_of_each_wait_once(world: World) -> None:
    guess("principal01", 9, SCHOOL)
    told = [(one.kind, one.person_id, one.facts) for one in reversed(list(security_log.newest_first()))]
    failed = ("login_failed", world.principal, {"reason": "wrong"})
    assert told == [failed] * 5 + [("login_locked", world.principal, {"seconds": 60})]


@pytest.mark.usefixtures("inside")
def test_the_security_log_tells_of_spraying_without_the_names(watch: Watch) -> None:
    for number in range(12):
        outcome(f"a-password-{number}", address=SCHOOL)
    told = list(security_log.newest_first())
    assert [one.kind for one in told] == ["login_throttled", *["login_failed"] * 10]
    assert told[0].facts["seconds"] == 5
    assert "a-password" not in str(told)


@pytest.mark.usefixtures("inside")
def test_the_security_log_tells_of_passwords_guessed_at_somebody_elses_desk(world: World) -> None:
    person = db.session.get_one(Person, world.principal)
    assert not any(login.confirm_password(person, "wrong") for _try in range(5))
    told = [(one.kind, one.person_id) for one in security_log.newest_first()]
    assert told == [("login_locked", world.principal)] + [("confirmation_failed", world.principal)] * 5


# --- keys to the API -----------------------------------------------------------------------------


def test_guessed_keys_are_slowed_and_right_ones_pass(app: Flask, world: World) -> None:
    client = app.test_client()
    with app.app_context():
        key = tokens.make(None, world.principal)

    def ask(raw: str) -> int:
        return client.get("/api/v1/me", headers={"Authorization": f"Bearer {raw}"}).status_code

    assert [ask(f"yx_{number}") for number in range(21)] == [401] * 20 + [429]
    answer = client.get("/api/v1/me", headers={"Authorization": "Bearer yx_x"})
    assert answer.get_json()["code"] == "too_many_requests"
    assert 50 <= int(answer.headers["Retry-After"]) <= 60
    assert ask(key) == 200
    assert client.get("/api/v1/me").status_code == 401


def test_hundred_keys_guessed_at_one_instant_are_twenty(app: Flask, world: World) -> None:
    def guessed(_number: int) -> str:
        try:
            attempts.wrong_key(SCHOOL)
        except LoginRefused as refused:
            return refused.code
        return "wrong"

    assert Counter(at_one_instant(app, guessed, range(100))) == {"wrong": 20, "locked": 80}
