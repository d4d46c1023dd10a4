"""A first code, an authenticator app and a passkey, in a real browser at both widths."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.builders import PASSWORD, County, a_plan
from tests.configuring import configure
from tests.journeys.conftest import Visitor, state_of
from workflow_app import clock
from workflow_app.events.models import Event
from workflow_app.extensions import db

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Visit = Callable[..., Visitor]
NEW = "雨后 新笋 2027"
WIDTHS = ({"width": 1280, "height": 800}, {"width": 390, "height": 844})

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def at_localhost(browser: "Browser", live: str, here: County) -> Iterator[Callable[..., Visitor]]:
    """Windows at a name: passkeys are for names, not for numbers."""
    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, live.replace("127.0.0.1", "localhost"), **options))
        return visitors[-1]

    yield make
    trouble = [line for visitor in visitors for line in visitor.trouble]
    for visitor in visitors:
        visitor.context.close()
    assert not trouble, "\n".join(trouble)


def fits(page: "Page") -> None:
    """Nothing reaches beyond the right edge."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def first_step(page: "Page", password: str) -> None:
    """Name and password (or code); a further step follows."""
    page.get_by_label("用户名").fill("principal")
    page.get_by_label("密码", exact=True).fill(password)
    page.locator("#login-form button[type=submit]").click()


@pytest.mark.parametrize("viewport", WIDTHS, ids=("wide", "phone"))
def test_from_a_code_on_paper_to_ones_own_password(
    visit: Visit, here: County, viewport: dict[str, int]
) -> None:
    admin = visit("admin", viewport=viewport)
    page = admin.go(f"/people/{here.principal}")
    page.locator("details.sure > summary", has_text="重设密码").click()
    page.get_by_label("一次性代码，写在纸上").check()
    page.locator("details.sure[open] button[type=submit]").click()
    code = page.locator("#given").inner_text()
    fits(page)

    principal = visit(viewport=viewport)
    principal.expects(422)
    page = principal.go("/trail")
    first_step(page, code)
    expect(page.get_by_role("heading", name="设置密码")).to_be_visible()
    fits(page)
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输一次新密码").fill("short")
    page.get_by_role("button", name="设置并登录").click()
    expect(page.locator("#new-error")).to_contain_text("至少 8 个字符")
    page.get_by_label("新密码", exact=True).fill(NEW)
    page.get_by_label("再输一次新密码").fill(NEW)
    page.get_by_role("button", name="设置并登录").click()
    page.wait_for_url("**/trail")
    news = page.get_by_role("alert").filter(has_text="重设了您的密码")
    expect(news).to_contain_text("admin的姓名")
    fits(page)
    news.get_by_role("button", name="我知道了").click()
    expect(page.get_by_text("重设了您的密码")).to_have_count(0)


@pytest.mark.parametrize("viewport", WIDTHS, ids=("wide", "phone"))
def test_an_app_is_set_up_where_the_role_asks_for_it(
    visit: Visit, here: County, office: Flask, viewport: dict[str, int]
) -> None:
    configure(office, second_factor_roles="principal")
    principal = visit(viewport=viewport)
    page = principal.go("/artefacts")
    principal.log_in("principal")
    page.wait_for_url("**/me/second-factor?next=/artefacts")
    fits(page)
    page.get_by_label("您的密码").first.fill(PASSWORD)
    page.get_by_role("button", name="设置验证器").click()
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    expect(page.locator(".qr svg")).to_be_visible()
    fits(page)
    page.get_by_label("验证器上的 6 位数").fill(app.at(clock.now()))
    page.get_by_role("button", name="启用").click()
    codes = page.locator("ul.chips code").all_inner_texts()
    assert len(codes) == 10
    fits(page)
    page.get_by_role("link", name="继续").click()
    page.wait_for_url("**/artefacts")

    again = visit(viewport=viewport)
    again.expects(422)
    page = again.go("/artefacts")
    first_step(page, PASSWORD)
    expect(page.get_by_role("heading", name="第二道验证")).to_be_visible()
    fits(page)
    page.get_by_label("恢复码").fill("abcd-abcd-abcd")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("#code-error")).to_contain_text("不对")
    page.get_by_label("恢复码").fill(codes[0])
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/artefacts")


@pytest.mark.parametrize("viewport", WIDTHS, ids=("wide", "phone"))
def test_a_passkey_logs_in_and_signs(at_localhost: Visit, here: County, viewport: dict[str, int]) -> None:
    plan = a_plan(here).submitted()
    number = plan.id
    db.session.remove()
    principal = at_localhost(viewport=viewport)
    page = principal.page
    devices = principal.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]
    principal.log_in("principal")
    page = principal.go("/me/second-factor")
    form = page.locator("form[data-passkey-make]")
    form.get_by_label("名称").fill("办公室的电脑")
    principal.expects(422)
    form.get_by_label("您的密码").fill("不是这个")
    form.get_by_role("button", name="登记通行密钥").click()
    expect(form.locator("[data-passkey-error]")).to_contain_text("密码不对")
    form.get_by_label("您的密码").fill(PASSWORD)
    form.get_by_role("button", name="登记通行密钥").click()
    expect(page.locator("ul.rows")).to_contain_text("办公室的电脑")
    expect(page.locator("ul.chips code")).to_have_count(10)
    fits(page)

    page.locator("form[data-logout]").evaluate("form => form.submit()")
    page.wait_for_url("**/login")
    first_step(page, PASSWORD)
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(lambda url: "/login" not in url)

    principal.go(f"/artefacts/{number}")
    sheet = principal.sheet("sign")
    fits(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    sheet.get_by_role("button", name="用通行密钥确认").click()
    expect(sheet.locator("[data-passkey-error]")).to_contain_text("没有通过")
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    sheet.get_by_role("button", name="用通行密钥确认").click()
    principal.says("进修学校论证")
    assert state_of(number) == "training_review"
    event = db.session.query(Event).filter_by(artefact_id=number, action="sign").one()
    assert json.loads(event.body)["auth"] == "passkey"
