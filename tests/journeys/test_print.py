"""Printing a document from the browser: its title, where it stands, its text and the opinions on it."""

import pytest
from playwright.sync_api import Page, expect

from tests.builders import County, a_plan
from tests.journeys.test_looks import Visit
from workflow_app.extensions import db

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def printed(visit: Visit, here: County) -> Page:
    """The page of a returned plan as it goes to the printer."""
    plan = a_plan(here).submitted().signed().returned()
    db.session.remove()
    page = visit("coordinator").go(f"/artefacts/{plan.id}")
    page.emulate_media(media="print")
    # The width of A4 without its margins, in CSS pixels.
    page.set_viewport_size({"width": 672, "height": 990})
    return page


def test_the_content_is_printed(printed: Page) -> None:
    expect(printed.locator("h1")).to_be_visible()
    expect(printed.locator(".page-head .badge")).to_be_visible()
    expect(printed.locator("#s-goals")).to_be_visible()
    expect(printed.locator("#points .point").first).to_be_visible()
    expect(printed.locator(".line li").first).to_be_visible()
    # The text comes before the opinions, and tables stay tables.
    tops = [printed.locator(name).bounding_box() for name in (".text", "#points", ".side-col")]
    assert sorted(tops, key=lambda box: box["y"] if box else 0) == tops
    assert printed.locator("#s-activities td").first.evaluate("cell => getComputedStyle(cell).display") == (
        "table-cell"
    )


def test_the_frame_and_the_buttons_are_not(printed: Page) -> None:
    for name in (".top", ".side", ".dock", ".foot", ".acts .btn", ".toc", ".steps", ".why-not", "dialog"):
        for one in printed.locator(name).all():
            expect(one).to_be_hidden()
    for one in printed.locator("button, .btn, input, select, textarea").all():
        if not one.evaluate("one => one.matches('.point textarea')"):
            expect(one).to_be_hidden()
    assert printed.evaluate("document.documentElement.scrollWidth <= innerWidth")
