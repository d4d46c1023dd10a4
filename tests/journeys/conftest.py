"""Journeys: a real Chromium walks through the served product as people do.

``here`` is the county of ``tests.builders`` in the served database, ``visit("lead")`` a browser
window in which that person has logged in. At the end of a test every window must have been quiet:
no error on the console, no answer of 400 or above that the test did not expect (``expects``), no
request to another host.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.browsing import TOKEN
from tests.builders import PASSWORD, County, county
from workflow_app.artefacts import content as contents
from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

WAIT_MS = 15_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)


class Visitor:
    """One browser window and what went wrong in it."""

    def __init__(self, browser: "Browser", address: str, **options: Any) -> None:
        self.address = address
        settings = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}} | options
        self.context: BrowserContext = browser.new_context(base_url=address, **settings)
        self.context.set_default_timeout(WAIT_MS)
        self.trouble: list[str] = []
        self.allowed: set[int] = set()
        self.offline = False
        self.page: Page = self.tab()

    def tab(self) -> "Page":
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.trouble.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        return page

    def _console(self, message: Any) -> None:
        # What Chromium says of answers and of lost connections is judged by status and by ``offline``.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.trouble.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self.trouble.append(f"another host: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.trouble.append(f"{response.status} {response.request.method} {response.url}")

    def expects(self, *statuses: int) -> None:
        """Answers of these statuses belong to the journey."""
        self.allowed.update(statuses)

    def is_logged_in(self, username: str) -> None:
        """Give this window the cookie of a login; the login page itself is walked by ``log_in``."""
        request = self.context.request
        token = TOKEN.search(request.get("/login").text())
        assert token
        form = {"username": username, "password": PASSWORD, "csrf_token": token[1]}
        assert request.post("/login", form=form, max_redirects=0).status == 303
        self.page.goto("/")

    def log_in(self, username: str, page: "Page | None" = None) -> None:
        page = page or self.page
        if "/login" not in page.url:
            page.goto("/login")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.locator("#login-form button[type=submit]").click()
        page.wait_for_url(lambda url: not url.endswith("/login"))

    def go(self, path: str) -> "Page":
        self.page.goto(path)
        return self.page

    # --- on a document's page ---------------------------------------------------------------

    def sheet(self, action: str) -> "Locator":
        """Open the panel of an action by the button that leads to it."""
        page = self.page
        opener = page.locator(f".acts a[href='#act-{action}']")
        if not opener.is_visible():
            page.locator("details.more > summary").click()
        opener.click()
        sheet = page.locator(f"#act-{action}")
        sheet.wait_for(state="visible")
        return sheet

    def confirm(self, sheet: "Locator") -> None:
        sheet.locator("button[type=submit]").click()

    def says(self, text: str) -> None:
        """The page tells so in one of its notes."""
        self.page.locator(".alert, .note").filter(has_text=text).first.wait_for()

    def state(self) -> str:
        return self.page.locator(".page-head .badge").first.inner_text().strip()


@pytest.fixture
def here(office: Flask) -> County:
    made = county()
    db.session.remove()
    return made


@pytest.fixture
def visit(browser: "Browser", live: str, here: County) -> Iterator[Callable[..., Visitor]]:
    """``visit("lead")``: a window with that person logged in; ``visit()``: with nobody."""
    visitors: list[Visitor] = []

    def make(username: str = "", **options: Any) -> Visitor:
        visitor = Visitor(browser, live, **options)
        visitors.append(visitor)
        if username:
            visitor.is_logged_in(username)
        return visitor

    yield make
    trouble = [line for visitor in visitors for line in visitor.trouble]
    for visitor in visitors:
        visitor.context.close()
    assert not trouble, "\n".join(trouble)


def content_of(artefact_id: int) -> dict[str, Any]:
    """The draft as it stands in the database."""
    db.session.rollback()
    content = contents.draft(artefact_id).content
    db.session.rollback()
    return content


def revision_of(artefact_id: int, number: int) -> dict[str, Any]:
    db.session.rollback()
    found = contents.revision(artefact_id, number)
    db.session.rollback()
    assert found is not None
    return found.content


def state_of(artefact_id: int) -> str:
    db.session.rollback()
    state = db.session.get_one(Artefact, artefact_id).state
    db.session.rollback()
    return state


def saved(page: "Page") -> None:
    """Wait until the edit page says that everything is saved."""
    page.wait_for_function(
        "() => { const s = document.getElementById('state');"
        " return s.classList.contains('good') && s.textContent.startsWith('已保存'); }"
    )
