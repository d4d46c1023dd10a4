"""Sessions: what ends them, that an ended one never works again, and one's list of them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.authentication.doors import Watch, logged_in, outcome
from tests.browsing import log_in
from tests.builders import a_plan, county
from tests.counting import counting
from tests.people.world import PASSWORD, Browser, World, build, chain, chain_breaks
from workflow_app import security_log
from workflow_app.authentication import browsers, one_time, sessions, tokens
from workflow_app.authentication.models import LoginSession
from workflow_app.extensions import db
from workflow_app.people import service

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.49"


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


def seen(office: Flask) -> list[str]:
    db.session.rollback()
    return [row.seen_at for row in db.session.query(LoginSession)]


# --- what ends a session -------------------------------------------------------------------------


def test_after_logging_out_the_old_cookie_is_refused(app: Flask, world: World) -> None:
    browser, phone = logged_in(app), logged_in(app)
    old = browser.cookie()
    assert browser.post("/logout").status_code == 303
    assert not is_in(browser)
    browser.client.set_cookie("yanxiu", old)
    assert not is_in(browser)
    assert is_in(phone)
    with app.app_context():
        assert db.session.query(LoginSession).count() == 1


def test_logging_out_needs_a_post(app: Flask, world: World) -> None:
    browser = logged_in(app)
    assert browser.get("/logout").status_code == 405
    assert is_in(browser)


def test_logging_out_needs_the_token_of_its_page(app: Flask, world: World) -> None:
    browser = logged_in(app)
    answer = browser.post("/logout", {"csrf_token": "of an older page"})
    assert (answer.status_code, "要退出登录吗？" in answer.text) == (400, True)
    assert is_in(browser)
    assert browser.post("/logout", {"csrf_token": ""}).status_code == 400
    assert browser.post("/logout").status_code == 303
    assert not is_in(browser)
    assert browser.post("/logout", {"csrf_token": "old"}).headers["Location"] == "/login"


def test_another_site_logs_nobody_out(app: Flask, world: World) -> None:
    browser = logged_in(app)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.client.post("/logout", data={}, headers=headers)
        assert answer.status_code == 400
        assert "要退出登录吗？" not in answer.text
    assert is_in(browser)


@pytest.mark.parametrize("how", ["reset", "role", "disable", "sessions"])
def test_what_ends_every_session(app: Flask, world: World, how: str) -> None:
    browser, phone = logged_in(app), logged_in(app)
    with app.app_context():
        key = tokens.make(None, world.principal)
        assert tokens.find(key)
        if how == "reset":
            one_time.give(None, world.principal)
        elif how == "role":
            service.end_role(None, service.live_grants(world.principal)[0].id)
        elif how == "disable":
            service.disable(None, world.principal)
        else:
            sessions.end_all(world.admin, world.principal)
        assert (tokens.find(key) is not None) == (how == "sessions")
        assert sessions.of_person(world.principal) == []
    assert not is_in(browser)
    assert not is_in(phone)


def test_a_new_password_ends_the_others_but_not_this_session(app: Flask, world: World) -> None:
    browser, phone = logged_in(app), logged_in(app)
    new = "一个新的密码 1"
    answer = browser.post("/me/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 303
    assert is_in(browser)
    assert not is_in(phone)
    assert Browser(app).log_in("principal01", new).status_code == 303


def test_logging_in_leaves_nothing_of_the_session_before(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.get("/login")
    with browser.client.session_transaction() as session:
        session["confirmed_at"] = "planted"
        session["_user_id"] = f"{world.admin}:0"
        session["login"] = "planted"
    browser.post("/login", {"username": "principal01", "password": PASSWORD})
    with browser.client.session_transaction() as session:
        assert "confirmed_at" not in session
        assert session["login"] != "planted"
        assert session["_user_id"].startswith(f"{world.principal}:")
        assert session.permanent


@pytest.mark.parametrize("user_id", ["", "1", "x:y", "1:9", "-1:0", "1:0:0", f"{2**70}:0", "1:٣", "²:0"])
def test_forged_user_ids(app: Flask, world: World, user_id: str) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = user_id
    assert client.get("/me").status_code == 302


def test_the_session_of_one_is_not_that_of_another(app: Flask, world: World) -> None:
    browser = logged_in(app, "principal01")
    with browser.client.session_transaction() as session:
        session["_user_id"] = f"{world.admin}:0"
    assert not is_in(browser)


# --- time ----------------------------------------------------------------------------------------


def test_an_unused_session_ends(make_app: Callable[..., Flask], watch: Watch) -> None:
    app = make_app(session_hours=2)
    with app.app_context():
        build()
    browser = logged_in(app)
    for _hour in range(5):
        watch.later(hours=1, minutes=50)
        assert is_in(browser)
    watch.later(hours=2, minutes=6)
    assert not is_in(browser)


def test_the_longest_session_ends_however_much_it_is_used(
    make_app: Callable[..., Flask], watch: Watch
) -> None:
    app = make_app(session_hours=2, session_longest_hours=6)
    with app.app_context():
        build()
    browser = logged_in(app)
    for _hour in range(5):
        watch.later(hours=1)
        assert is_in(browser)
    watch.later(hours=1)
    assert not is_in(browser)
    with app.app_context():
        assert logged_in(app)
        assert db.session.query(LoginSession).count() == 1


def test_when_it_was_used_is_written_once_in_five_minutes(office: Flask, watch: Watch) -> None:
    build()
    browser = logged_in(office)
    (first,) = seen(office)
    watch.later(minutes=4)
    with counting() as counter:
        assert is_in(browser)
    assert counter.writes == []
    assert seen(office) == [first]
    watch.later(minutes=2)
    assert is_in(browser)
    (later,) = seen(office)
    assert later > first
    assert is_in(browser)
    assert seen(office) == [later]


def test_a_session_is_loaded_by_one_statement(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    client = log_in(office, "coordinator")
    for path in ("/", f"/artefacts/{plan.id}"):
        with counting() as counter:
            assert client.get(path).status_code == 200
        assert len([one for one in counter.texts if "login_session" in one]) == 1
        assert not [one for one in counter.writes if "login_session" in one]


# --- one's own list ------------------------------------------------------------------------------


def test_my_sessions_with_device_address_and_time(app: Flask, world: World) -> None:
    mine, phone = logged_in(app, agent=EDGE), logged_in(app, agent=PHONE)
    logged_in(app, "admin01")
    page = mine.get("/me").text
    assert "登录的设备" in page
    assert "Windows · Edge" in page
    assert "iPhone · 微信" in page
    assert page.count("127.0.0.1") == 2
    assert page.count("现在，就是这台设备") == 1
    assert "iPhone · 微信" in phone.get("/me").text


def test_ending_one_of_my_sessions(app: Flask, world: World) -> None:
    mine, phone = logged_in(app), logged_in(app)
    old = phone.cookie()
    with app.app_context():
        (_here, there) = sorted(row.id for row in sessions.of_person(world.principal))
    assert mine.post(f"/me/sessions/{there}/end").status_code == 303
    assert not is_in(phone)
    phone.client.set_cookie("yanxiu", old)
    assert not is_in(phone)
    assert is_in(mine)
    with app.app_context():
        assert "session_ended" in [one.kind for one in security_log.newest_first()]
    assert mine.post(f"/me/sessions/{there}/end", follow_redirects=True).status_code == 200


def test_ending_all_others(app: Flask, world: World) -> None:
    mine, others = logged_in(app), [logged_in(app) for _device in range(3)]
    stranger = logged_in(app, "admin01")
    assert mine.post("/me/sessions/end-others").status_code == 303
    assert is_in(mine)
    assert not any(is_in(one) for one in others)
    assert is_in(stranger)


def test_the_sessions_of_others_are_not_mine_to_end(app: Flask, world: World) -> None:
    mine, admin = logged_in(app), logged_in(app, "admin01")
    with app.app_context():
        (theirs,) = [row.id for row in sessions.of_person(world.admin)]
    mine.post(f"/me/sessions/{theirs}/end")
    mine.post("/me/sessions/end-others")
    assert is_in(admin)
    assert mine.post(f"/people/{world.admin}/sessions/end").status_code in (403, 404)
    assert is_in(admin)


def test_the_administrator_ends_the_sessions_of_somebody(app: Flask, world: World) -> None:
    mine, admin = logged_in(app, agent=PHONE), logged_in(app, "admin01")
    page = admin.get(f"/people/{world.principal}").text
    assert "iPhone · 微信" in page
    assert "127.0.0.1" not in page
    answer = admin.post(f"/people/{world.principal}/sessions/end", follow_redirects=True)
    assert "全部登录已结束" in answer.text
    assert "结束全部登录" in answer.text
    assert not is_in(mine)
    assert is_in(admin)
    with app.app_context():
        ended = next(one for one in security_log.newest_first() if one.kind == "session_ended")
        assert (ended.person_id, ended.facts) == (world.admin, {"about": world.principal, "sessions": 1})
        last = chain()[-1]
        assert (last.action, last.person_id, last.actor_id) == ("sessions:end", world.principal, world.admin)
        assert chain_breaks() == []


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, "Windows · Edge"),
        (PHONE, "iPhone · 微信"),
        ("Mozilla/5.0 (Linux; Android 14; HarmonyOS; NOH-AN00) Chrome/114 Mobile", "HarmonyOS · Chrome"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "Linux · Firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Mac · Safari"),
        ("curl/8.5", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_devices_in_words(plain_app: Flask, agent: str, words: str) -> None:
    with plain_app.app_context():
        assert browsers.in_words(agent) == words


# --- cookies and stores ----------------------------------------------------------------------------


def cookies_of(answer: Any) -> dict[str, set[str]]:
    """Name -> attributes, of every cookie that an answer sets."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = line.split("; ")
        found[pair.partition("=")[0]] = {
            one for one in attributes if not one.startswith(("Expires", "Max-Age"))
        }
    return found


def test_in_production_cookies_are_bound_to_this_host(make_app: Callable[..., Flask]) -> None:
    app = make_app(
        app_env="production", trusted_hosts="yanxiu.example.cn", base_url="https://yanxiu.example.cn"
    )
    with app.app_context():
        build()
    client = app.test_client()
    at = {"base_url": "https://yanxiu.example.cn"}
    page = client.get("/login", **at).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"username": "principal01", "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", data=form, headers={"Referer": "https://yanxiu.example.cn/login"}, **at)
    assert answer.status_code == 303
    strict = {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert cookies_of(answer) == {"__Host-yanxiu": strict, "__Host-browser": strict}
    assert cookies_of(client.get("/language/en", **at))["__Host-lang"] == strict
    assert client.get("/me", **at).status_code == 200
    assert '<html lang="en"' in client.get("/me", **at).text


def test_in_development_cookies_have_plain_names(app: Flask, world: World) -> None:
    browser = Browser(app)
    answer = browser.log_in("principal01")
    assert cookies_of(answer) == {
        "yanxiu": {"HttpOnly", "Path=/", "SameSite=Lax"},
        "browser": {"HttpOnly", "Path=/", "SameSite=Lax"},
    }


def test_nothing_behind_the_login_is_stored(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    client = log_in(office, "coordinator")
    pages = ("/", "/me", "/artefacts", f"/artefacts/{plan.id}", "/trail", "/search?q=x", "/login", "/nowhere")
    for path in pages:
        assert client.get(path).headers["Cache-Control"] == "no-store", path


def test_the_right_password_is_right_for_who_calls_the_service(app: Flask, world: World) -> None:
    with app.app_context():
        assert outcome("principal01", PASSWORD) == "in"
