"""The pages as a browser without scripts sees them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.configuring import configure
from tests.people.world import PASSWORD, Browser, World, build
from workflow_app.authentication import resubmission
from workflow_app.extensions import db
from workflow_app.people import service
from workflow_app.people.models import Grant, Person
from workflow_app.periods import service as periods
from workflow_app.store import writing

LONG = "课堂提问要留出思考的时间。" * 500


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        with writing() as session:
            periods.seed_defaults(session)
        return build()


@pytest.fixture
def admin(app: Flask, world: World) -> Browser:
    browser = Browser(app)
    assert browser.log_in("admin01").status_code == 303
    return browser


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


# --- logging in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "goes_to"),
    [
        ("/people?q=a", "/people?q=a"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        (" //evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/people\\..\\x", "/"),
        ("", "/"),
        ("people", "/"),
        ("/" + "x" * 3000, "/"),
    ],
)
def test_next_leads_nowhere_else(app: Flask, world: World, given: str, goes_to: str) -> None:
    answer = Browser(app).log_in("principal01", next=given)
    assert answer.status_code == 303
    assert answer.location == goes_to


def test_the_login_page_keeps_the_name_and_the_way(app: Flask, world: World) -> None:
    browser = Browser(app)
    assert browser.get("/people?role=lead").location == "/login?next=/people?role%3Dlead"
    page = browser.get("/login?next=/people")
    assert hidden(page.text, "next") == "/people"
    page = browser.post("/login", {"username": "principal01", "password": "wrong", "next": "/people"})
    assert page.status_code == 401
    assert "用户名或密码不对" in page.text
    assert 'value="principal01"' in page.text
    assert hidden(page.text, "next") == "/people"
    assert "wrong" not in page.text


def test_waiting_is_told_with_a_header(app: Flask, world: World) -> None:
    browser = Browser(app)
    for _try in range(5):
        assert browser.log_in("principal01", "wrong").status_code == 401
    answer = browser.log_in("principal01")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "1 分钟" in answer.text


def test_the_cookie_is_guarded(app: Flask, world: World) -> None:
    cookie = Browser(app).log_in("principal01").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires=" in cookie


def test_who_is_logged_in_is_sent_on(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    assert browser.get("/login?next=/me").location == "/me"
    assert browser.get("/login?next=//evil.example").location == "/"


def test_a_password_from_others_is_changed_first(app: Flask, world: World) -> None:
    """As there were before: whoever has one can do nothing else, and goes on where they wanted to."""
    with app.app_context(), writing() as session:
        session.get_one(Person, world.principal).must_change_password = True
    browser = Browser(app)
    browser.log_in("principal01")
    assert browser.get("/people?q=a").location == "/me?next=/people?q%3Da#password"
    assert browser.post("/artefacts/new", {"workflow": "school_plan"}).location == "/me#password"
    assert browser.post("/me/tokens", {"password": PASSWORD}).location == "/me#password"
    page = browser.get("/me?next=/people?q%3Da")
    assert hidden(page.text, "next") == "/people?q=a"
    new = "一个新的密码 1"
    sent = {"old": PASSWORD, "new": new, "again": new, "next": "/people?q=a"}
    assert browser.post("/me/password", sent).location == "/people?q=a"
    assert browser.get("/people").status_code == 403


def test_demo_accounts_are_shown_only_in_the_demo(app: Flask, world: World) -> None:
    page = app.test_client().get("/login").text
    assert "示例账号" not in page
    app.config["DEMO_ACCOUNTS"] = [("teacher01", "李春", "城关小学 教师")]
    app.config["DEMO_PASSWORD_SHOWN"] = "shown-here"
    page = app.test_client().get("/login").text
    assert 'data-username="teacher01"' in page
    assert "shown-here" in page
    configure(app, app_env="production")
    assert "shown-here" not in app.test_client().get("/login").text


# --- nothing typed is lost -------------------------------------------------------------------


def expired(app: Flask, world: World) -> Browser:
    """A browser whose session an administrator has ended while its owner was typing."""
    browser = Browser(app)
    browser.log_in("admin01")
    with app.app_context(), writing() as session:
        session.get_one(Person, world.admin).epoch += 1
    return browser


def test_a_form_sent_too_late_is_sent_again_after_login(app: Flask, world: World) -> None:
    browser = expired(app, world)
    typed = {"kind": "school", "name": "新学校 <b>", "stage": "小学", "parent_id": str(world.county)}
    page = browser.post("/people/units", typed | {"password": "geheim"})
    assert page.status_code == 401
    assert "geheim" not in page.text
    carried = hidden(page.text, "carried")
    wrong = browser.post("/login", {"username": "admin01", "password": "wrong", "carried": carried})
    assert hidden(wrong.text, "carried") == carried
    page = browser.post("/login", {"username": "admin01", "password": PASSWORD, "carried": carried})
    assert page.status_code == 200
    assert 'action="/people/units"' in page.text
    assert "新学校 &lt;b&gt;" in page.text
    for name, value in typed.items():
        assert f'name="{name}"' in page.text, value
    assert browser.post("/people/units", typed).status_code == 303
    with app.app_context():
        assert any(unit.name == "新学校 <b>" for _depth, unit in service.tree())


def test_without_any_session_too(app: Flask, world: World) -> None:
    page = app.test_client().post("/people/units", data={"name": LONG, "csrf_token": "old"})
    assert page.status_code == 401
    with app.test_request_context():
        carried = resubmission.unpack(hidden(page.text, "carried"))
    assert carried is not None
    assert carried == resubmission.Resubmission("/people/units", (("name", LONG),))


def test_a_form_is_not_carried_to_another_person(app: Flask, world: World) -> None:
    browser = expired(app, world)
    page = browser.post("/people/units", {"kind": "school", "name": "只有我知道"})
    carried = hidden(page.text, "carried")
    answer = browser.post("/login", {"username": "principal01", "password": PASSWORD, "carried": carried})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "另一位用户" in browser.get("/me").text


def test_a_page_of_another_person_is_not_sent_on(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.log_in("admin01")
    browser.get("/people/units")
    old = browser.token
    browser.log_in("principal01")
    browser.token = old
    answer = browser.post("/people/units", {"kind": "school", "name": "只有我知道"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "另一位用户" in browser.get("/me").text


def test_after_the_login_one_is_where_one_was(app: Flask, world: World) -> None:
    browser = expired(app, world)
    page = browser.client.post(
        "/people/units",
        data={"csrf_token": browser.token},
        headers={"Referer": "http://localhost/people/units?edit=2"},
    )
    assert hidden(page.text, "next") == "/people/units?edit=2"
    foreign = browser.client.post(
        "/people/units", data={}, headers={"Referer": "http://elsewhere.example/people/units"}
    )
    assert 'name="next"' not in foreign.text


def test_the_browser_is_told_which_form_was_taken(app: Flask, world: World, admin: Browser) -> None:
    def told(**typed: str) -> list[str]:
        answer = admin.post("/people/units", {"kind": "school", "name": "新学校", "stage": "小学"} | typed)
        return [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("taken=")]

    above = {"parent_id": str(world.county)}
    assert told(kept="a1", name="") == []  # refused
    assert told(kept="x;y", name="第一所", **above) == []
    [cookie] = told(kept="a1", name="第二所", **above)
    assert cookie.startswith("taken=a1;")
    assert "HttpOnly" not in cookie


def test_programs_get_a_problem_document(app: Flask, world: World) -> None:
    client = app.test_client()
    for sent in ({"headers": {"Accept": "application/json"}, "data": {"a": "b"}}, {"json": {"a": "b"}}):
        answer = client.post("/people/units", **sent)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json["code"]) == (401, "login_required")  # type: ignore[index]
        assert answer.content_type == "application/problem+json"


def test_a_page_from_an_earlier_login(app: Flask, world: World, admin: Browser) -> None:
    admin.token = "of another session"
    typed = {"kind": "school", "name": "新学校", "stage": "小学", "parent_id": str(world.county)}
    page = admin.post("/people/units", typed)
    assert page.status_code == 400
    assert 'action="/people/units"' in page.text
    assert "新学校" in page.text
    assert admin.post("/people/units", typed).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_forms_of_other_sites_are_not_carried(
    app: Flask, world: World, admin: Browser, headers: dict[str, str]
) -> None:
    admin.token = ""
    for client in (admin.client, app.test_client()):
        answer = client.post("/people/units", data={"name": "给攻击者"}, headers=headers)
        assert answer.status_code == 400
        assert "给攻击者" not in answer.text


def test_a_stale_login_page_asks_again(app: Flask, world: World) -> None:
    page = app.test_client().post("/login", data={"username": "principal01", "password": PASSWORD})
    assert page.status_code == 400
    assert 'value="principal01"' in page.text
    assert PASSWORD not in page.text


def test_carried_forms_are_signed_and_limited(app: Flask) -> None:
    with app.test_request_context():
        packed = resubmission.pack(
            "/x", [("a", "1"), ("csrf_token", "t"), ("new_password", "p"), ("old", "p")]
        )
        assert resubmission.unpack(packed) == resubmission.Resubmission("/x", (("a", "1"),))
        assert packed is not None
        for forged in ("", "x", packed[:-1], packed + "x", "." + packed):
            assert resubmission.unpack(forged) is None
        assert resubmission.pack("//evil.example", [("a", "1")]) is None
        assert resubmission.pack("/x", [("a", "x" * 2_000_000)]) is None
        assert resubmission.pack("/x", [("csrf_token", "t")]) is None


# --- oneself ---------------------------------------------------------------------------------


def test_ones_own_page(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    page = browser.get("/me").text
    for shown in ("曾敏", "principal01", "城关小学", "校长"):
        assert shown in page
    for sent, sentence in (
        ({"old": "wrong", "new": "一个新的密码 1", "again": "一个新的密码 1"}, "现在的密码不对"),
        ({"old": PASSWORD, "new": "一个新的密码 1", "again": "另一个"}, "两次输入"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "至少 8 个字符"),
    ):
        answer = browser.post("/me/password", sent)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_own_tokens_cost_the_password(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    sent = {"label": "教务系统", "days": "30", "may_sign": "1"}
    refused = browser.post("/me/tokens", sent | {"password": "wrong"})
    assert refused.status_code == 422
    assert 'value="教务系统"' in refused.text
    made = browser.post("/me/tokens", sent | {"password": PASSWORD})
    key = re.search(r"yx_[\w-]{43}", made.text)
    assert key
    page = browser.get("/me").text
    assert key[0] not in page
    assert "教务系统" in page
    number = re.search(r"/me/tokens/(\d+)/revoke", page)
    assert number
    assert browser.post(f"/me/tokens/{number[1]}/revoke").status_code == 303
    assert browser.post("/me/tokens/99999/revoke").status_code == 404
    for days in ("0", "-1", "many", "99999"):
        assert browser.post("/me/tokens", sent | {"password": PASSWORD, "days": days}).status_code == 422


# --- the administrator's pages ---------------------------------------------------------------

PAGES = ("/people", "/people/new", "/people/1", "/people/units", "/people/periods")
POSTS = (
    "/people/new", "/people/1", "/people/1/roles", "/people/1/roles/1/end", "/people/1/disable",
    "/people/1/enable",
    "/people/1/password", "/people/1/tokens/1/revoke", "/people/units", "/people/units/1", "/people/routes",
    "/people/periods", "/people/periods/holidays", "/people/periods/holidays/2026-10-01/remove",
)  # fmt: skip


def test_only_administrators_see_and_change(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.log_in("principal01")
    assert [browser.get(path).status_code for path in PAGES] == [403] * len(PAGES)
    token = browser.token
    for path in POSTS:
        assert browser.client.post(path, data={"csrf_token": token}).status_code == 403, path
    assert [app.test_client().get(path).status_code for path in PAGES] == [302] * len(PAGES)


def test_every_page_opens(admin: Browser) -> None:
    assert [admin.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    for path in ("/people/99999", f"/people/{2**70}"):
        assert admin.get(path).status_code == 404


def test_finding_people(admin: Browser) -> None:
    page = admin.get("/people?q=zm").text
    assert "曾敏" in page
    assert "任远" not in page
    for strange in (
        "?unit=x&role=y&after=z",
        "?q=%00",
        "?q=" + "x" * 5000,
        f"?after={2**70}",
        "?after=99999",
    ):
        assert admin.get("/people" + strange).status_code == 200, strange


def test_new_person_with_a_code_shown_once(app: Flask, admin: Browser) -> None:
    refused = admin.post(
        "/people/new", {"name": "李\u202e春", "username": "lichun", "phone": "139 0000 1111"}
    )
    assert refused.status_code == 422
    assert "改变文字方向的不可见字符" in refused.text
    assert 'value="lichun"' in refused.text
    made = admin.post("/people/new", {"name": "李春", "username": "lichun"})
    code = re.search(r"\w{4}-\w{4}-\w{4}", made.text)
    assert code
    with app.app_context():
        person = service.by_username("lichun")
        assert person is not None
        number = person.id
    assert code[0] not in admin.get(f"/people/{number}").text
    page = Browser(app).log_in("lichun", code[0])
    assert (page.status_code, "设置密码" in page.text) == (200, True)


def test_correcting_a_name_and_a_phone_number(app: Flask, world: World, admin: Browser) -> None:
    address = f"/people/{world.nobody}"
    refused = admin.post(address, {"name": "任\u202e远", "phone": "打我手机"})
    assert refused.status_code == 422
    assert re.search(r'id="name-error">.*?改变文字方向', refused.text, re.DOTALL)
    assert re.search(r'id="phone-error">.*?只含数字', refused.text, re.DOTALL)
    assert 'value="打我手机"' in refused.text
    assert "任远</h1>" in re.sub(r"</?bdi>", "", refused.text)
    done = admin.post(address, {"name": "任致远", "phone": "138 0000 6021"})
    assert done.status_code == 303
    page = admin.get(address).text
    assert "任致远" in page
    assert "修改姓名或电话" in page
    assert 'value="138 0000 6021"' in page
    assert "任致远" in admin.get("/people?q=rzy").text
    assert admin.post("/people/99999", {"name": "某人"}).status_code == 404
    browser = Browser(app)
    browser.log_in("principal01")
    stranger = browser.client.post(address, data={"csrf_token": browser.token, "name": "外人"})
    assert stranger.status_code == 403


def test_giving_and_ending_a_role(app: Flask, world: World, admin: Browser) -> None:
    address = f"/people/{world.nobody}"
    wanted = {"role": "lead", "unit_id": str(world.school), "starts_on": "2026-09-01", "ends_on": ""}
    refused = admin.post(f"{address}/roles", wanted)
    assert refused.status_code == 422
    assert "这个角色不能设在" in refused.text
    assert 'value="2026-09-01"' in refused.text
    assert admin.post(f"{address}/roles", wanted | {"unit_id": str(world.department)}).status_code == 303
    with app.app_context():
        (grant,) = service.live_grants(world.nobody)
        assert grant.given_by == world.admin
        number = grant.id
    assert admin.post(f"{address}/roles/{number}/end", {"ends_on": "2020-01-01"}).status_code == 422
    assert admin.post(f"/people/{world.principal}/roles/{number}/end").status_code == 404
    assert admin.post(f"{address}/roles/{number}/end").status_code == 303
    page = admin.get(address).text
    assert "已结束" in page
    assert "单晓" in page
    with app.app_context():
        assert db.session.get_one(Grant, number).ended_by == world.admin


def test_disabling_and_enabling(app: Flask, world: World, admin: Browser) -> None:
    address = f"/people/{world.principal}"
    assert admin.post(f"{address}/disable").status_code == 303
    assert "已停用" in admin.get(address).text
    assert Browser(app).log_in("principal01").status_code == 401
    assert admin.post(f"{address}/disable").status_code == 422
    assert admin.post(f"{address}/enable").status_code == 303
    assert Browser(app).log_in("principal01").status_code == 303
    assert "不能停用自己" in admin.post(f"/people/{world.admin}/disable").text


def test_units_and_routes(app: Flask, world: World, admin: Browser) -> None:
    refused = admin.post("/people/units", {"kind": "school", "name": "城关小学", "stage": "初中"})
    assert refused.status_code == 422
    assert "已有同名的单位" in refused.text
    assert re.search(r'<option value="初中"\s+selected', refused.text)
    changed = {"name": "柳河学校", "stage": "九年一贯", "parent_id": str(world.school)}
    assert admin.post(f"/people/units/{world.other_school}", changed).status_code == 303
    assert "柳河学校" in admin.get(f"/people/units?edit={world.other_school}").text
    assert admin.post("/people/units/99999", changed).status_code == 404
    route = {"stage": "九年一贯", "department": [str(world.department), ""]}
    assert admin.post("/people/routes", route).status_code == 303
    assert admin.post("/people/routes", {"stage": "九年一贯", "department": "7777"}).status_code == 422
    with app.app_context():
        assert [unit.name for unit in service.routes()["九年一贯"]] == ["小学部"]


def test_periods_and_holidays(app: Flask, admin: Browser) -> None:
    wanted = {
        "key": "2027-2028", "kind": "school_year", "name": "2027—2028 学年",
        "starts_on": "2027-08-01", "ends_on": "2028-08-31", "gate": "auto",
    }  # fmt: skip
    refused = admin.post("/people/periods", wanted)
    assert refused.status_code == 422
    assert "重叠" in refused.text
    assert 'value="2027-2028"' in refused.text
    assert admin.post("/people/periods", wanted | {"starts_on": "2027-09-01"}).status_code == 303
    assert "2027—2028 学年" in admin.get("/people/periods?edit=2027-2028").text
    assert "还没有录入" in admin.get("/people/periods?year=2027").text
    assert admin.post("/people/periods/holidays", {"day": "2027-01-01", "name": "元旦"}).status_code == 303
    assert "还没有录入" not in admin.get("/people/periods?year=2027").text
    assert admin.post("/people/periods/holidays", {"day": "soon", "name": "元旦"}).status_code == 422
    for day, status in (("2027-01-01", 303), ("2027-01-01", 404), ("x", 404)):
        assert admin.post(f"/people/periods/holidays/{day}/remove").status_code == status


def test_posts_need_the_token(world: World, admin: Browser) -> None:
    client: FlaskClient = admin.client
    for path in POSTS:
        answer = client.post(path, data={"name": "x"}, headers={"Accept": "application/json"})
        assert answer.status_code == 400, path
