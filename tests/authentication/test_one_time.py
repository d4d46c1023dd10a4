"""Access that works once, and that whoever gives it cannot quietly act in somebody's name."""

import json
import re
import threading
from datetime import timedelta

import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, a_plan
from tests.people.world import PASSWORD, Browser, World, build, chain, chain_breaks
from workflow_app import clock
from workflow_app.authentication import login, one_time, tokens
from workflow_app.errors import BadInput, LoginRefused, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.people import service
from workflow_app.people.models import Person

NEW = "雨后 新笋 2027"
OTHER = "秋收 冬藏 2028"


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return build()


def give(app: Flask, world: World, kind: one_time.Kind = "code") -> str:
    """The administrator resets the principal's password."""
    with app.app_context():
        return one_time.give(world.admin, world.principal, kind).raw


def move(monkeypatch: pytest.MonkeyPatch, **later: int) -> None:
    moment = clock.now() + timedelta(**later)
    monkeypatch.setattr(clock, "now", lambda: moment)


def with_code(app: Flask, code: str, **more: str) -> Browser:
    browser = Browser(app)
    page = browser.log_in("principal01", code, **more)
    assert (page.status_code, "设置密码" in page.text) == (200, True)
    return browser


def set_own(browser: Browser, password: str = NEW, **more: str) -> int:
    return browser.post("/set-password", {"new": password, "again": password, **more}).status_code


# --- what a code or a link opens -------------------------------------------------------------


def test_a_code_opens_nothing_but_the_page_to_set_a_password(app: Flask, world: World) -> None:
    browser = with_code(app, give(app, world))
    for path in ("/", "/me", "/artefacts", "/artefacts/1", "/trail", "/people"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (302, f"/set-password?next={path}"), path
    for path in ("/me/tokens", "/me/password", "/artefacts/new", "/artefacts/1/actions/sign"):
        answer = browser.post(path, {"password": "x", "label": "y"})
        assert answer.status_code in (400, 401), path
        assert "设置密码" in answer.text, path
    with app.app_context():
        assert tokens.of_person(world.principal) == []


def test_a_link_opens_the_same_and_looking_does_not_use_it_up(app: Flask, world: World) -> None:
    raw = give(app, world, "link")
    for _look in range(2):
        assert Browser(app).get(f"/access/{raw}").location == "/set-password"
    browser = Browser(app)
    browser.get(f"/access/{raw}")
    assert "曾敏" in browser.get("/set-password").text
    assert browser.get("/me").location == "/set-password?next=/me"
    assert set_own(browser) == 303
    assert browser.get("/me").status_code == 200


def test_it_works_once(app: Flask, world: World) -> None:
    raw = give(app, world, "link")
    first, second = Browser(app), Browser(app)
    for browser in (first, second):
        browser.get(f"/access/{raw}")
        browser.get("/set-password")
    assert set_own(first) == 303
    assert set_own(second, OTHER) == 410
    late = Browser(app).get(f"/access/{raw}")
    assert (late.status_code, "只能用一次" in late.text) == (410, True)
    assert Browser(app).log_in("principal01", NEW).status_code == 303


def test_used_twice_at_one_instant_it_works_once(app: Flask, world: World) -> None:
    with app.app_context():
        access = one_time.by_code("principal01", one_time.give(None, world.principal).raw)
        assert access
        digest = access.digest
    came: list[str] = []
    start = threading.Barrier(4)

    def use(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                one_time.set_password(digest, f"{NEW}{number}")
                came.append("set")
            except NotFound:
                came.append("useless")

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["set", "useless", "useless", "useless"]


@pytest.mark.parametrize(("kind", "hours"), [("link", 24), ("code", 7 * 24)])
def test_it_expires(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, kind: one_time.Kind, hours: int
) -> None:
    with app.app_context():
        raw = one_time.give(world.admin, world.principal, kind).raw
        find = one_time.by_link if kind == "link" else lambda one: one_time.by_code("principal01", one)
        access = find(raw)
        assert access
        digest = access.digest
        move(monkeypatch, hours=hours)
        assert find(raw) is None
        with pytest.raises(NotFound):
            one_time.set_password(digest, NEW)


def test_a_code_is_of_one_person_and_may_be_typed_as_one_types(app: Flask, world: World) -> None:
    raw = give(app, world)
    with app.app_context():
        assert one_time.by_code("principal01", raw.upper().replace("-", " "))
        for username, code in (
            ("admin01", raw),
            ("nobody", raw),
            ("principal01", raw[:-1]),
            ("principal01", ""),
        ):
            assert one_time.by_code(username, code) is None
        assert one_time.by_link(raw) is None
        later = one_time.give(world.admin, world.principal).raw
        assert one_time.by_code("principal01", raw) is None
        assert one_time.by_code("principal01", later)
        service.disable(None, world.principal)
        assert one_time.by_code("principal01", later) is None
        with pytest.raises(BadInput):
            one_time.give(world.admin, world.principal)


def test_only_digests_are_kept(app: Flask, world: World) -> None:
    raw = give(app, world)
    with app.app_context():
        access = one_time.by_code("principal01", raw)
        assert access
        kept = json.dumps([access.digest, [row.body.decode() for row in chain()]])
        assert raw not in kept
        assert raw.replace("-", "") not in kept
        assert chain_breaks() == []


def test_a_password_that_will_not_do_is_said_beside_its_field(app: Flask, world: World) -> None:
    browser = with_code(app, give(app, world), next="/artefacts")
    different = browser.post("/set-password", {"new": NEW, "again": OTHER, "next": "/artefacts"})
    assert (different.status_code, "两次输入" in different.text) == (422, True)
    weak = browser.post("/set-password", {"new": "short", "again": "short", "next": "/artefacts"})
    assert weak.status_code == 422
    assert re.search(r'id="new-error">.*?至少 8 个字符', weak.text, re.DOTALL)
    assert 'name="next" value="/artefacts"' in weak.text


def test_where_one_was_going_is_kept(app: Flask, world: World) -> None:
    browser = with_code(app, give(app, world), next="/artefacts?q=a")
    assert 'name="next" value="/artefacts?q=a"' in browser.get("/set-password?next=/artefacts?q%3Da").text
    sent = {"new": NEW, "again": NEW, "next": "/artefacts?q=a"}
    assert browser.post("/set-password", sent).location == "/artefacts?q=a"
    evil = with_code(app, give(app, world))
    assert (
        evil.post("/set-password", {"new": OTHER, "again": OTHER, "next": "//evil.example"}).location == "/"
    )


def test_what_was_typed_before_is_kept_through_it(app: Flask, world: World) -> None:
    browser = Browser(app)
    page = browser.client.post("/artefacts/new", data={"title": "我写的", "csrf_token": "old"})
    carried = re.search(r'name="carried" value="([^"]+)"', page.text)
    assert carried
    browser.get("/login")
    sent = {"username": "principal01", "password": give(app, world), "carried": carried[1]}
    assert carried[1] in browser.post("/login", sent).text
    page = browser.post("/set-password", {"new": NEW, "again": NEW, "carried": carried[1]})
    assert 'name="title" value="我写的"' in page.text


def test_nobody_but_the_person_knows_a_password(app: Flask, world: World) -> None:
    """A reset ends the password; neither the old one nor the code logs anybody in."""
    raw = give(app, world)
    with app.app_context():
        for guess in (PASSWORD, raw, ""):
            with pytest.raises(LoginRefused):
                login.authenticate("principal01", guess)


def test_before_the_own_password_there_is_no_token(app: Flask, world: World) -> None:
    give(app, world)
    with app.app_context(), pytest.raises(BadInput, match="自己的密码"):
        tokens.make(None, world.principal)


def test_nobody_makes_a_token_for_another(app: Flask, world: World) -> None:
    with app.app_context(), pytest.raises(NotAllowed):
        tokens.make(world.admin, world.principal, may_sign=True)
    admin = Browser(app)
    admin.log_in("admin01")
    assert admin.post(f"/people/{world.principal}/tokens", {"may_sign": "1"}).status_code == 404


# --- the person is told ----------------------------------------------------------------------


def test_the_person_is_told_until_they_say_they_know(app: Flask, world: World) -> None:
    admin = Browser(app)
    admin.log_in("admin01")
    given = admin.post(f"/people/{world.principal}/password", {"kind": "link"})
    link = re.search(r"/access/([\w-]+)<", given.text)
    assert link
    assert "重设密码" in admin.get(f"/people/{world.principal}").text
    browser = Browser(app)
    browser.get(f"/access/{link[1]}")
    browser.get("/set-password")
    set_own(browser)
    for _login in range(2):
        page = browser.get("/").text
        assert "单晓 于" in page
        assert "重设了您的密码" in page
        browser = Browser(app)
        browser.log_in("principal01", NEW)
    page = browser.get("/me").text
    up_to = re.search(r'name="up_to" value="(\d+)"', page)
    assert up_to
    admin.post("/me/news/dismiss", {"up_to": up_to[1]})
    assert "重设了您的密码" in browser.get("/").text  # not the administrator's to dismiss
    with app.app_context():
        raw = one_time.give(None, world.principal).raw
    browser = with_code(app, raw)
    set_own(browser, OTHER)
    browser.get("/me")
    assert browser.post("/me/news/dismiss", {"up_to": up_to[1]}).status_code == 303
    page = browser.get("/").text
    assert "系统管理员在服务器上" in page  # what came after the page was opened is still shown
    last = re.search(r'name="up_to" value="(\d+)"', page)
    assert last
    browser.post("/me/news/dismiss", {"up_to": last[1]})
    assert "重设了您的密码" not in browser.get("/").text


def test_the_first_access_of_a_new_person_is_no_reset(app: Flask, world: World) -> None:
    with app.app_context():
        person = service.create_person(world.admin, "lichun", "李春").id
        raw = one_time.give(world.admin, person).raw
        access = one_time.by_code("lichun", raw)
        assert access
        done = one_time.set_password(access.digest, NEW)
        assert (done.reset_at, done.told_from, done.must_change_password) == (None, None, False)
        assert [row.action for row in chain()][-3:] == ["person:create", "access:give", "password:set"]


# --- what is signed afterwards carries the mark ----------------------------------------------


def reset(here: County, who: str) -> None:
    access = one_time.by_code(who, one_time.give(here.admin, here.people[who]).raw)
    assert access
    one_time.set_password(access.digest, NEW)


def test_sign_offs_after_a_reset_by_another_say_so(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later = a_plan(here).submitted(), a_plan(here, by=here.principal3).submitted()
    reset(here, "principal")
    first.signed()
    event = first.events[-1]
    since = db.session.get_one(Person, here.principal).reset_at
    assert json.loads(event.body)["auth"] == {"method": "password", "reset_by_other": since}
    assert json.loads(first.events[-2].body)["auth"] == "password"
    mark = "此前 24 小时内，本人的登录方式由他人重设过"
    lead = log_in(office, "lead")
    assert mark in lead.get(f"/artefacts/{first.id}").get_data(as_text=True)
    assert mark in lead.get(f"/trail/{event.id}").get_data(as_text=True)
    assert mark in lead.get("/trail").get_data(as_text=True)
    move(monkeypatch, hours=25)
    later.signed()
    assert json.loads(later.events[-1].body)["auth"] == "password"
    assert lead.get(f"/trail/{later.events[-1].id}").get_data(as_text=True).count(mark) == 0


def test_a_code_that_lies_for_a_day_does_not_escape_the_mark(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan(here).submitted()
    access = one_time.by_code("principal", one_time.give(here.admin, here.principal).raw)
    assert access
    move(monkeypatch, hours=48)
    one_time.set_password(access.digest, NEW)
    plan.signed()
    assert "reset_by_other" in json.loads(plan.events[-1].body)["auth"]


def test_a_password_changed_by_its_owner_leaves_no_mark(office: Flask, here: County) -> None:
    from tests.builders import PASSWORD as OWN
    from workflow_app.authentication import credentials

    plan = a_plan(here).submitted()
    credentials.change_password(here.principal, OWN, NEW)
    plan.signed()
    assert json.loads(plan.events[-1].body)["auth"] == "password"
