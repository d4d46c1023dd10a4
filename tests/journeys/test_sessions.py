"""One's devices on 我的账号, wide and narrow: seen, ended, and what the ended one shows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.builders import County
from tests.journeys.conftest import Visitor

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.sqlite_only
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.49"
SIZES = [(1280, 800), (390, 844)]


def confirm(page: Page, text: str) -> None:
    """Press what asks first, and then its own button."""
    fold = page.locator("#sessions details.sure").filter(has_text=text).first
    fold.locator("summary").click()
    fold.get_by_role("button", name=text).click()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_lost_phone_is_logged_out(visit: Visit, here: County, width: int, height: int) -> None:
    phone = visit("coordinator", user_agent=PHONE)
    mine = visit("coordinator", viewport={"width": width, "height": height})
    page = mine.go("/me")
    sessions = page.locator("#sessions")
    expect(sessions.locator("tbody tr")).to_have_count(2)
    expect(sessions.locator("tbody tr").first).to_contain_text("现在，就是这台设备")
    expect(sessions.locator("tbody tr").nth(1)).to_contain_text("iPhone · 微信")
    expect(sessions.locator("tbody tr").nth(1)).to_contain_text("127.0.0.1")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    confirm(page, "结束")
    mine.says("已结束这个登录")
    expect(sessions.locator("tbody tr")).to_have_count(1)
    expect(sessions.get_by_text("结束其他全部登录")).to_have_count(0)
    phone.go("/me")
    expect(phone.page.get_by_role("heading", level=1, name="登录")).to_be_visible()


def test_all_others_are_ended_at_once(visit: Visit, here: County) -> None:
    others = [visit("coordinator") for _device in range(2)]
    mine = visit("coordinator")
    page = mine.go("/me")
    confirm(page, "结束其他全部登录")
    mine.says("其他设备上的登录都已结束")
    for other in others:
        other.go("/")
        expect(other.page.get_by_role("heading", level=1, name="登录")).to_be_visible()


def test_leaving_on_a_page_out_of_date_asks_once_more(visit: Visit, here: County) -> None:
    window = visit("coordinator")
    window.expects(400)
    page = window.go("/me")
    page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(one => one.value = 'old')")
    page.locator("#main").get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", level=1, name="要退出登录吗？")).to_be_visible()
    page.locator("#main").get_by_role("button", name="退出登录").click()
    window.says("您已退出登录")
