"""What the product is for: a school's real plan is typed in, signed, returned, mended and approved.

The plans are the Word files of schools in ``../shared/samples`` beside this repository (or the
folder named in SAMPLES_DIR). Every character of them must end up in the document.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.builders import PASSWORD, County
from tests.journeys.conftest import Visitor, content_of, revision_of, saved, state_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("SAMPLES_DIR") or ROOT.parent / "shared" / "samples")

#: Where each part of a file begins: (number of the paragraph, words it begins with, section of the form).
#: A part that begins in the middle of a paragraph is cut there; no character is left out.
Cuts = Sequence[tuple[int, str, str]]
PLANS: dict[str, Cuts] = {
    "小学校本研修实施方案.docx": (
        (0, "", "basis"),
        (2, "一、指导思想", "guiding_idea"),
        (5, "二、校本研修组织管理", "organisation"),
        (6, "三、研修目标", "goals"),
        (9, "四、研修内容", "contents"),
    ),
    "农村小学校本研修计划.docx": (
        (0, "", "basis"),
        (1, "一、指导思想", "guiding_idea"),
        (2, "二、工作目标", "goals"),
        (5, "三、具体工作", "contents"),
        (11, "四、工作措施", "measures"),
    ),
    "校本研修行动方案.docx": (
        (0, "", "basis"),
        (1, "目标本校", "goals"),
        (2, "研修内容", "contents"),
        (6, "研修方式", "methods_note"),
        (10, "资源保障", "conditions"),
        (13, "评估与总结", "rules"),
        (15, "", "other"),
    ),
}
#: The leading group as the file names it, for the table; others have no names in their files.
GROUPS = {
    "小学校本研修实施方案.docx": [
        ("组长", "王鹏"),
        ("副组长", "张俊奇"),
        ("副组长", "安小艾"),
        ("组员", "孙云肖"),
        ("组员", "李丽萍"),
        ("组员", "成晓芳"),
    ],
}
ACTIVITIES = [
    ("2026年9月16日", "会议室", "研读课程标准", "专题讲座", "教研组长", "2"),
    ("2026年10月14日", "录播教室", "同课异构", "教学观摩", "骨干教师", "3"),
]


def paragraphs_of(file: Path) -> list[str]:
    docx = pytest.importorskip("docx", reason="python-docx reads the plans")
    return [unicodedata.normalize("NFC", one.text) for one in docx.Document(str(file)).paragraphs]


def into_sections(paragraphs: list[str], cuts: Cuts) -> dict[str, list[str]]:
    """Section of the form -> its pieces of the file, in order; together they are the whole file."""
    found: dict[str, list[str]] = {}
    for index, text in enumerate(paragraphs):
        rest = text
        for where, words, section in cuts:
            if where == index:
                before, _, after = rest.partition(words) if words else ("", "", rest)
                assert not words or words in rest, f"{words} is not in paragraph {index}"
                if before:
                    found[next(reversed(found))].append(before)
                rest = words + after
                found.setdefault(section, [])
        found[next(reversed(found))].append(rest)
    pieces = "".join(piece for part in found.values() for piece in part)
    assert pieces == "".join(paragraphs), "the mapping leaves something out"
    return {section: [piece for piece in part if piece] for section, part in found.items()}


# --- typing -----------------------------------------------------------------------------------


def begin(window: Visitor) -> tuple[Page, int]:
    page = window.page
    page.get_by_role("link", name="新建文件").first.click()
    kind = page.locator("section", has=page.get_by_role("heading", name="校本研修实施方案"))
    kind.get_by_role("button", name="开始起草").click()
    page.wait_for_url(re.compile(r"/artefacts/\d+/edit"))
    return page, int(re.findall(r"/artefacts/(\d+)/", page.url)[0])


def type_rows(page: Page, table: str, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
    section = page.locator(f"#s-{table}")
    for index, row in enumerate(rows):
        if index:
            section.get_by_role("button", name="加一行").click()
        for column, value in zip(columns, row, strict=True):
            cell = page.locator(f"#f-{table}-{index}-{column}")
            if cell.evaluate("field => field.tagName") == "SELECT":
                cell.select_option(value)
            else:
                cell.fill(value)


def type_plan(page: Page, sections: dict[str, list[str]], group: Sequence[Sequence[str]]) -> None:
    """The whole plan, and what the form wants besides."""
    for section, pieces in sections.items():
        page.locator(f"#f-{section}").fill("\n".join(pieces))
    type_rows(page, "leading_group", group, ("post", "name"))
    page.locator("#f-weekly_slot-weekday").select_option("3")
    page.locator("#f-weekly_slot-from").fill("15:30")
    page.locator("#f-weekly_slot-to").fill("17:00")
    page.locator("#f-weekly_slot-place").fill("会议室")
    page.locator("#s-methods").get_by_label("集体备课").check()
    page.locator("#f-planned_hours").fill("24")
    type_rows(page, "activities", ACTIVITIES, ("date", "place", "theme", "form", "leader", "hours"))
    if "rules" not in sections:
        page.locator("#f-rules").press_sequentially("签到考勤, 每学期评价一次, 成果给予奖励")
    saved(page)
    expect(page.locator("#state")).to_contain_text("必填的都填好了")


def everything_is_kept(content: dict[str, Any], sections: dict[str, list[str]]) -> None:
    for section, pieces in sections.items():
        assert content[section].split("\n") == "\n".join(pieces).split("\n"), section


# --- the steps --------------------------------------------------------------------------------


def submit(window: Visitor, artefact: int) -> None:
    page = window.page
    page.get_by_role("button", name="去提交").click()
    sheet = page.locator("#act-submit")
    sheet.wait_for(state="visible")
    window.confirm(sheet)
    window.says("已提交")
    assert state_of(artefact) == "school_review"


def open_from_desk(window: Visitor, title: str) -> Page:
    page = window.go("/")
    page.get_by_role("link", name=title).first.click()
    page.locator("#line-h").wait_for()
    return page


def sign(
    window: Visitor,
    title: str,
    action: str,
    comment: str,
    *,
    asks_password: bool = True,
    settles: bool = False,
) -> None:
    open_from_desk(window, title)
    sheet = window.sheet(action)
    sheet.locator("textarea[name=comment]").fill(comment)
    password = sheet.get_by_label("登录密码")
    if asks_password:
        password.fill(PASSWORD)
    else:
        expect(password).to_have_count(0)
    if settles:
        sheet.get_by_label("都已落实，一并关闭").check()
    window.confirm(sheet)
    window.page.wait_for_load_state()
    window.page.locator(".alert.success").first.wait_for()


def return_with_two_points(window: Visitor, title: str) -> None:
    page = open_from_desk(window, title)
    page.locator("#s-goals").get_by_role("link", name="提意见").click()
    sheet = page.locator("#act-return")
    expect(sheet.locator("select").first).to_have_value("goals")
    sheet.locator("textarea[name='points.0.text']").fill("目标请写得可以检验")
    sheet.get_by_role("button", name="再加一条").click()
    sheet.locator("select[name='points.1.section']").select_option("activities")
    sheet.locator("textarea[name='points.1.text']").fill("请补上第二学期的活动")
    sheet.locator("textarea[name=comment]").fill("方向很好")
    window.confirm(sheet)
    window.says("已退回")


def mend(window: Visitor, title: str, goals: str) -> None:
    """The coordinator finds it on the desk, answers both points, changes the goals, submits again."""
    page = open_from_desk(window, title)
    expect(page.locator("#points article")).to_have_count(2)
    expect(page.locator("#why-submit")).to_be_visible()
    page.get_by_role("link", name="编辑").first.click()
    answers = page.locator("textarea[data-answer]")
    expect(answers).to_have_count(2)
    for number, answer in enumerate(("已把目标改成可以数的", "已补上一次活动")):
        answers.nth(number).fill(answer)
        answers.nth(number).blur()
        expect(page.locator("[data-answer-state]").nth(number)).to_have_text("已保存")
    page.locator("#f-goals").fill(goals)
    page.locator("#s-activities").get_by_role("button", name="加一行").click()
    for column, value in {"date": "2027年3月17日", "theme": "作业设计"}.items():
        page.locator(f"#f-activities-2-{column}").fill(value)
    saved(page)


def close_one_point(window: Visitor, title: str) -> None:
    page = open_from_desk(window, title)
    point = page.locator("article.point").first  # beside the change it asked for
    expect(point).to_contain_text("已把目标改成可以数的")
    point.get_by_role("button", name="关闭这一条").click()
    page.wait_for_load_state()
    expect(page.locator("article.point.closed")).to_have_count(1)


STEPS = ["提交", "同意并上报", "退回", "提交", "同意并上报", "关闭意见", "同意"]


def the_auditor_sees_it_all(window: Visitor, artefact: int, first: dict[str, Any]) -> None:
    """Every step on the trail; the first signature's event shows what was signed, and the chain whole."""
    page = window.go("/trail")
    page.get_by_label("文件").first.fill(str(artefact))
    page.get_by_role("button", name="查找", exact=True).click()
    actions = page.locator("main table tbody td[data-label='动作']")
    assert [text.strip() for text in reversed(actions.all_inner_texts())][-len(STEPS) :] == STEPS
    actions.get_by_role("link", name="同意并上报").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("同意并上报")
    window.says("首尾相接")
    window.says("摘要与当时记下的一致")
    shown = squeezed(page.locator("main").inner_text())
    for value in first.values():
        for line in value.split("\n") if isinstance(value, str) else ():
            assert squeezed(line) in shown, line
    for row in first["activities"]:
        assert squeezed(row["theme"]) in shown


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# --- the journey ------------------------------------------------------------------------------


def journey(visit: Callable[..., Visitor], name: str) -> None:
    file = SAMPLES / name
    if not file.exists():
        pytest.skip(f"{name} is not in ../shared/samples (or SAMPLES_DIR)")
    sections = into_sections(paragraphs_of(file), PLANS[name])
    coordinator = visit("coordinator")
    page, artefact = begin(coordinator)
    type_plan(page, sections, GROUPS.get(name) or [("组长", "校长"), ("专管员", "专管员")])
    everything_is_kept(content_of(artefact), sections)
    submit(coordinator, artefact)
    title = coordinator.page.get_by_role("heading", level=1).inner_text().strip()
    first = revision_of(artefact, 1)
    everything_is_kept(first, sections)

    principal, lead = visit("principal"), visit("lead")
    sign(principal, title, "sign", "同意上报")
    assert state_of(artefact) == "training_review"
    return_with_two_points(lead, title)
    assert state_of(artefact) == "returned"
    goals = "\n".join([*sections["goals"], "每位教师每学期上一节研究课"])
    mend(coordinator, title, goals)
    submit(coordinator, artefact)
    sign(principal, title, "sign", "已改好", asks_password=False)
    close_one_point(lead, title)
    sign(lead, title, "approve", "同意实施", settles=True)
    assert state_of(artefact) == "approved"
    assert lead.state() == "已通过"

    everything_is_kept(revision_of(artefact, 2), sections | {"goals": [goals]})
    assert revision_of(artefact, 1) == first
    timeline = coordinator.go(f"/artefacts/{artefact}").locator("ol.line")
    line = [text.strip() for text in timeline.locator("li .meta a").all_inner_texts()]
    assert line[-len(STEPS) :] == STEPS
    for said in ("同意上报", "目标请写得可以检验", "请补上第二学期的活动", "方向很好", "同意实施"):
        expect(timeline).to_contain_text(said)
    the_auditor_sees_it_all(visit("auditor"), artefact, first)


def test_the_plan_of_a_primary_school(visit: Callable[..., Visitor], here: County) -> None:
    journey(visit, "小学校本研修实施方案.docx")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["农村小学校本研修计划.docx", "校本研修行动方案.docx"])
def test_plans_of_other_schools(visit: Callable[..., Visitor], here: County, name: str) -> None:
    journey(visit, name)
