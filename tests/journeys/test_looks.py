"""Every page on a wide and on a narrow screen: it fits, is quiet, can be read by everybody and by keyboard.

Also: nothing comes from another host, and in English no word of the interface stays Chinese.
"""

import itertools
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
    again: int
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
    again = a_plan(here, by=here.coordinator4)
    again.submitted().signed(here.principal4).returned().answered("已改", here.coordinator4)
    again.save(here.coordinator4, goals="每位教师每学期上两节研究课。", activities=rows)
    again.submitted().signed(here.principal4)
    event = db.session.query(Event).filter_by(artefact_id=approved.id, action="sign").one().id
    made = Papers(returned.id, approved.id, waiting.id, draft.id, reviewed.id, again.id, event)
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
        "teacher": (
            f"/artefacts/{papers.draft}",
            f"/artefacts/{papers.draft}#act-discard",
            f"/artefacts/{papers.draft}/edit",
        ),
        "principal": ("/", f"/artefacts/{papers.reviewed}", f"/artefacts/{papers.reviewed}#act-sign"),
        "lead": (
            "/",
            f"/artefacts/{papers.waiting}",
            f"/artefacts/{papers.waiting}#act-return",
            f"/artefacts/{papers.again}",
            f"/artefacts/{papers.again}#act-approve",
            f"/artefacts/{papers.again}/changes",
            "/styleguide",
        ),
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


# --- reading ------------------------------------------------------------------------------------

#: Short cells of tables that take more than one line.
BROKEN_CELLS = """() => [...document.querySelectorAll("td.short")].filter(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect().height > 1.6 * parseFloat(getComputedStyle(cell).fontSize) * 1.65;
}).map(cell => cell.textContent.trim())"""
WIDTH_OF_THEME = """() => {
    const cell = document.querySelector("#s-activities td.long");
    return cell.getBoundingClientRect().width / parseFloat(getComputedStyle(cell).fontSize);
}"""


def test_a_table_breaks_no_short_word_and_leaves_room_for_long_ones(visit: Visit, here: County) -> None:
    row = full_content()["activities"][0] | {
        "theme": "怎样分析一节课的学习时间（请进修学校的老师主讲）", "place": "录播教室", "form": "主题教研",
    }  # fmt: skip
    plan = a_plan(here, content=full_content(activities=[row] * 3)).submitted()
    path = f"/artefacts/{plan.id}"
    db.session.remove()
    page = visit("principal").go(path)
    assert page.locator("#s-activities td.short").count() >= 12
    assert page.evaluate(BROKEN_CELLS) == []
    assert page.evaluate(WIDTH_OF_THEME) >= 9


HEADINGS = "() => [...document.querySelectorAll('main h1, main h2, main h3')].map(one => +one.tagName[1])"


def test_headings_come_in_their_order(visit: Visit, here: County, papers: Papers) -> None:
    lead = visit("lead")
    for address in (f"/artefacts/{papers.again}", f"/artefacts/{papers.again}/changes"):
        levels = lead.go(address).evaluate(HEADINGS)
        assert levels[0] == 1
        assert 3 in levels
        assert all(two <= one + 1 for one, two in itertools.pairwise(levels)), (address, levels)


#: The box of each word on a picture, as Chromium has set it.
WORDS_SET = """() => [...document.querySelectorAll("svg.flow text")].map(one => {
    const box = one.getBoundingClientRect();
    return [one.textContent, box.left, box.top, box.right, box.bottom];
})"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["中文", "English"])
def test_words_on_a_picture_stand_apart(visit: Visit, here: County, size: str, language: str) -> None:
    width, height = SIZES[size]
    window = visit("lead", viewport={"width": width, "height": height})
    page = window.go("/workflows/school_plan")
    page.locator(".foot nav a", has_text=language).click()
    page = window.go("/workflows/school_plan")
    words = page.evaluate(WORDS_SET)
    assert len(words) > 12
    for (one, *a), (two, *b) in itertools.combinations(words, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 3 or b[3] <= a[1] + 3
        assert apart, f"{one} on {two}"


@pytest.mark.parametrize(
    ("username", "slots"),
    [
        ("coordinator", ["待办", "我发起的", "新建文件", "文件", "我的"]),
        ("lead", ["待办", "轨迹", "流程", "文件", "我的"]),
    ],
)
def test_on_a_phone_everything_is_within_reach(
    visit: Visit, here: County, username: str, slots: list[str]
) -> None:
    width, height = SIZES["narrow"]
    window = visit(username, viewport={"width": width, "height": height})
    page = window.go("/")
    dock = page.locator("nav.dock")
    names = "all => all.map(one => one.querySelector('[aria-label]')?.getAttribute('aria-label') || "
    found = dock.locator("a").evaluate_all(names + "one.querySelector('span').textContent.trim())")
    assert found == slots
    dock.get_by_text("文件", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("文件")
    page.locator("main").get_by_role("link", name="流程").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("流程")
    page.locator(".menu > summary").click()
    page.locator(".menu .pop").get_by_role("link", name="轨迹").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("轨迹")


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
