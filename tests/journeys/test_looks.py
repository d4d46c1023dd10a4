"""Every page on a wide and on a narrow screen: it fits, is quiet, can be read by everybody and by keyboard.

Also: nothing comes from another host, and in English no word of the interface stays Chinese.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.builders import County, a_development_plan, a_plan, full_content
from tests.journeys.conftest import Visitor
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Person, Unit
from workflow_app.periods.models import Period

pytestmark = pytest.mark.sqlite_only
Visit = Callable[..., Visitor]
SIZES = {"wide": (1280, 800), "narrow": (360, 740)}
#: Words no browser can break by itself, as people paste them.
UNBREAKABLE = "https://example.test/" + "a" * 90
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Papers:
    """Numbers of documents in several states."""

    returned: int
    approved: int
    waiting: int
    draft: int
    reviewed: int
    event: int


@pytest.fixture
def papers(here: County) -> Iterator[Papers]:
    rows = [full_content()["activities"][0] | {"theme": UNBREAKABLE}]
    returned = a_plan(here, content=full_content(basis=UNBREAKABLE, activities=rows))
    returned.submitted().signed().returned()
    approved = a_plan(here, by=here.coordinator2)
    approved.submitted().signed(here.principal2).approved(here.lead2)
    waiting = a_plan(here, by=here.principal3)
    waiting.submitted().signed(here.principal)
    draft = a_development_plan(here)
    reviewed = a_development_plan(here, by=here.colleague).submitted()
    event = db.session.query(Event).filter_by(artefact_id=approved.id, action="sign").one().id
    made = Papers(returned.id, approved.id, waiting.id, draft.id, reviewed.id, event)
    db.session.remove()
    yield made
    db.session.rollback()


def pages_of(papers: Papers, here: County) -> dict[str, Sequence[str]]:
    """Who looks at which addresses; ``#act-…`` opens that panel."""
    return {
        "": ("/login",),
        "coordinator": (
            "/",
            *(f"/?box={box}" for box in ("mine", "done", "copied")),
            "/artefacts",
            "/artefacts/new",
            f"/artefacts/{papers.returned}",
            f"/artefacts/{papers.returned}/edit",
            f"/artefacts/{papers.returned}/edit?check=1",
            f"/artefacts/{papers.returned}/revisions/1",
            "/me",
            "/nowhere",
        ),
        "principal2": (f"/artefacts/{papers.approved}", "/?box=copied"),
        "teacher": (f"/artefacts/{papers.draft}", f"/artefacts/{papers.draft}/edit"),
        "principal": ("/", f"/artefacts/{papers.reviewed}", f"/artefacts/{papers.reviewed}#act-sign"),
        "lead": ("/", f"/artefacts/{papers.waiting}", f"/artefacts/{papers.waiting}#act-return"),
        "auditor": ("/trail", f"/trail/{papers.event}", "/workflows", "/workflows/school_plan"),
        "admin": (
            "/",
            "/people",
            "/people/new",
            f"/people/{here.coordinator}",
            "/people/units",
            "/people/periods",
        ),
    }


#: What makes the page scroll sideways, and what is cut off without a way to scroll to it.
TOO_WIDE = """() => {
    const name = one => `${one.tagName}.${one.className}`;
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll("body *")].filter(
            one => one.getBoundingClientRect().right > innerWidth + 1);
        wrong.push(`wider than ${innerWidth}: ${wide.slice(0, 3).map(name)}`);
    }
    for (const one of document.querySelectorAll("main, main *:not(input, textarea, .sr, .vh)")) {
        const style = getComputedStyle(one);
        const cuts = ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis";
        if (cuts && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
            wrong.push(`cut off in ${name(one)}: ${one.scrollWidth} of ${one.clientWidth}`);
    }
    return wrong;
}"""


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong; all that it finds right stays in the browser."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(Axe().axe_script)
    options = "{resultTypes: ['violations']}"
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({options}).then(result => result.violations)")
    return found


def faults(window: Visitor, *, known: bool = False) -> list[str]:
    """What is wrong with the page as it stands; a ``known`` one needs no second reading by axe."""
    page = window.page
    found = list(window.trouble)
    window.trouble.clear()
    found += page.evaluate(TOO_WIDE)
    for rule in [] if known else violations(page):
        if rule["impact"] in ("serious", "critical"):
            places = "; ".join(
                f"{' '.join(map(str, node['target']))} ({node['failureSummary'][-140:].strip()})"
                for node in rule["nodes"][:3]
            )
            found.append(f"axe {rule['id']}: {places}")
    return found


@pytest.mark.parametrize("size", SIZES)
def test_every_page(visit: Visit, here: County, papers: Papers, size: str) -> None:
    width, height = SIZES[size]
    wrong: list[str] = []
    seen: list[str] = []
    for username, addresses in pages_of(papers, here).items():
        window = visit(username, viewport={"width": width, "height": height})
        window.expects(404)
        for address in addresses:
            if "#" in address:
                window.go("about:blank")  # an address that differs after its # only would not load again
            answer = window.page.goto(address)
            assert answer is not None
            expected = 404 if address == "/nowhere" else 200
            if answer.status != expected:
                wrong.append(f"{size} {username} {address}: {answer.status}")
            if "#act-" in address:
                window.page.locator("dialog.sheet:modal").wait_for()
            found = faults(window, known=(address in seen))
            wrong += [f"{size} {username} {address}: {fault}" for fault in found]
            seen.append(address)
        window.context.close()
    assert len(seen) > 30
    assert not wrong, "\n" + "\n".join(wrong)


# --- the keyboard -----------------------------------------------------------------------------

#: A link that covers its whole line is marked by its ::after; of the parts of a date field Chromium
#: marks the last one, its picker, by itself.
LOOK_AT_FOCUS = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const box = at.getBoundingClientRect();
    const label = at.labels && at.labels.length ? at.labels[0] : null;
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    const marked = (one, part) => {
        const style = getComputedStyle(one, part);
        return style.outlineStyle !== "none" && style.outlineWidth !== "0px" || style.boxShadow !== "none";
    };
    const picker = at.matches("input[type=date], input[type=time]") && !at.matches(":focus-visible");
    return {
        name: `${at.tagName}#${at.id}.${at.className} ${at.textContent.trim().slice(0, 20)}`,
        small: box.width < 2 || box.height < 2,
        outside: box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth,
        covered: !(top && (at.contains(top) || top.contains(at) || (label && label.contains(top)))),
        unmarked: !(picker || marked(at) || marked(at, "::after") || marked(at.parentElement)),
    };
}"""


def walk(page: Page, most: int = 120) -> tuple[int, list[str]]:
    """Tab through the page: how many places it stops at, and which of them cannot be seen."""
    wrong: list[str] = []
    for stops in range(most):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        look: dict[str, Any] | None = page.evaluate(LOOK_AT_FOCUS)
        if look is None:
            return stops, wrong
        faults = [fault for fault in ("small", "outside", "covered", "unmarked") if look[fault]]
        if faults:
            wrong.append(f"{look['name']!r}: {', '.join(faults)}")
    return most, wrong


@pytest.mark.parametrize("size", SIZES)
def test_the_focus_is_always_seen(visit: Visit, here: County, papers: Papers, size: str) -> None:
    width, height = SIZES[size]
    window = visit("coordinator", viewport={"width": width, "height": height})
    wrong: list[str] = []
    for address in ("/", f"/artefacts/{papers.returned}", f"/artefacts/{papers.returned}/edit", "/trail"):
        page = window.go(address)
        page.locator("main").wait_for()
        stops, unseen = walk(page)
        assert stops > 8, address
        wrong += [f"{size} {address}: {fault}" for fault in unseen]
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_skip_link_leads_to_the_text(visit: Visit, papers: Papers) -> None:
    window = visit("coordinator")
    page = window.go("/")
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.getElementById('main').contains(document.activeElement)")


# --- English ----------------------------------------------------------------------------------

WORDS = """() => {
    const words = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("script, style, template")) words.push(walker.currentNode.textContent);
    }
    for (const one of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
        for (const name of ["aria-label", "placeholder", "title", "alt"])
            if (one.hasAttribute(name)) words.push(one.getAttribute(name));
    words.push(document.title);
    return words;
}"""


def names_of_data() -> set[str]:
    """What stays as it was entered: names of people, units, periods and documents."""
    from workflow_app.artefacts.models import Artefact

    names = {"中文"}
    for column in (Person.name, Unit.name, Period.name, Artefact.title):
        names |= set(db.session.scalars(db.select(column)))
    db.session.rollback()
    return names


@pytest.mark.parametrize("username", ["", "coordinator", "lead"])
def test_english_is_english(visit: Visit, papers: Papers, username: str) -> None:
    window = visit(username)
    page = window.go("/" if username else "/login")
    page.get_by_role("navigation", name="语言").get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    data = sorted(names_of_data(), key=len, reverse=True)
    left = []
    for address in ("/", "/?box=mine", "/?box=done", "/?box=copied") if username else ("/login",):
        window.go(address)
        for text in page.evaluate(WORDS):
            rest = text
            for name in data:
                rest = rest.replace(name, "")
            if username:  # the circle with the first character of a name
                rest = "" if len(rest.strip()) == 1 else rest
            if CHINESE.search(rest):
                left.append(f"{address}: {text.strip()}")
    assert not left, "\n" + "\n".join(left)
