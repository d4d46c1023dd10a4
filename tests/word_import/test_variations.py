"""The same kinds of trouble in many shapes: made by chance, placed line by line."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import docx
import pytest

from tests.word_import.measuring import Figures, measured
from tests.word_import.word_files import add_table, made, saved

CHANCES = 60
HAN = "一二三四五六七八九十"

#: Section -> headings schools write for it.
SCHOOL = {
    "basis": ["研修背景", "学校现状", "问题定义", "需求分析"],
    "guiding_idea": ["指导思想", "工作思路", "总体要求", "理论框架"],
    "organisation": ["组织管理", "组织机构", "领导小组"],
    "goals": ["研修目标", "工作目标", "目标设定", "目标要求", "活动目标"],
    "contents": ["研修内容", "主要内容", "研修主题", "主要任务"],
    "measures": ["实施步骤", "重点工作", "主要措施", "实施路径", "持续发展", "专业学习社区建设"],
    "methods_note": ["研修方式", "活动形式", "研修途径"],
    "rules": ["考核评价", "管理制度", "评估与总结"],
    "conditions": ["保障措施", "条件保障", "资源与支持", "资源需求", "经费保障"],
    "other": ["其他", "注意事项", "工作要求"],
}
UNKNOWN = ["安全工作", "家校共育", "校园文化", "招生宣传", "后勤维修", "德育活动", "食堂管理"]
SENTENCES = [
    "全体教师每人每学期上一节公开课，课后集体评议。", "以老带新，结对帮扶，学期末检查一次。",
    "利用每周的教研时间开展课例研讨，写出反思。", "校长负总责，教导处抓落实，各组按计划进行。",
    "购买教学书刊，支持教师外出学习。", "把签到和作业记入教师的档案，作为评优的依据。",
]  # fmt: skip
SHAPES: list[Callable[[int, str], str]] = [
    lambda n, name: f"{HAN[n]}、{name}",
    lambda n, name: f"（{HAN[n]}）{name}",
    lambda n, name: f"{n + 1}. {name}",
    lambda n, name: f"{n + 1}、{name}",
    lambda n, name: f"第{HAN[n]}部分 {name}",
]


class Made:
    """A file in the making, with what is expected of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.parts: list[Any] = []
        self.expected: dict[str, str] = {}
        self._count = 0

    def sentence(self, section: str) -> str:
        """A sentence no other one is like, expected in ``section``."""
        self._count += 1
        text = f"{self._count}号{self.chance.choice(SENTENCES)}"
        text = f"本校{text}"
        self.expected[text] = section
        return text

    def say(self, section: str, most: int = 3) -> None:
        for _ in range(self.chance.randint(1, most)):
            self.parts.append(self.sentence(section))

    def figures(self, key: str = "school_plan") -> Figures:
        return measured(made(*self.parts), self.expected, key)


def headings_of_all_ranks(one: Made) -> None:
    """Known and unknown headings in one way of numbering, each with text and lists below it."""
    shape = one.chance.choice(SHAPES)
    one.parts.append("某某小学校本研修实施方案")
    if one.chance.random() < 0.5:
        one.say("basis", 1)
    names = [(key, one.chance.choice(SCHOOL[key])) for key in one.chance.sample(list(SCHOOL), 5)]
    names += [("", name) for name in one.chance.sample(UNKNOWN, 2)]
    one.chance.shuffle(names)
    if shape is SHAPES[2] or shape is SHAPES[3]:
        # Numbered as lists are: an unknown heading first of all may as well be text.
        names.sort(key=lambda name: not name[0] and one.chance.random() < 2)
    for number, (key, name) in enumerate(names):
        one.parts.append(shape(number, name))
        one.say(key)
        if one.chance.random() < 0.4:
            inner = one.chance.choice(["（1）", "①", "• ", "● ", "1）"])
            one.parts += [f"{inner}{one.sentence(key)}" for _ in range(2)]


def words_in_brackets(one: Made) -> None:
    """Headings with words in brackets: kept, in their own section."""
    shape = one.chance.choice(SHAPES[:2])
    one.parts.append("校本研修实施方案")
    for number, key in enumerate(one.chance.sample(list(SCHOOL), 5)):
        figure = one.chance.randint(100, 999)
        aside = one.chance.choice(
            ["共{}学时，必修", "全年预算{}元", "{}分钟", "见第{}号文件", "含网络研修{}学时"]
        )
        words = aside.format(figure)
        bracket = one.chance.choice(["（{}）", "({})", "（{}）："])
        one.expected[words] = key
        one.parts.append(shape(number, one.chance.choice(SCHOOL[key])) + bracket.format(words))
        one.say(key)


def bullets_with_names(one: Made) -> None:
    """Steps whose bullets begin with the names of sections."""
    one.parts.append("校本研修行动方案")
    one.parts.append("一、实施步骤")
    for step in range(one.chance.randint(2, 4)):
        one.parts.append(f"（{HAN[step]}）第{step + 1}阶段")
        mark = one.chance.choice(["• ", "● ", "■ ", "◆ ", "➢ ", "- ", "· "])
        for name in one.chance.sample(["时间", "目标", "任务", "内容", "形式", "要求", "措施"], 4):
            words = one.sentence("measures")
            one.parts.append(f"{mark}{name}：{words}")
    one.parts.append("二、考核评价")
    one.say("rules")


def typed_contents(one: Made) -> None:
    """A table of contents, typed, before the plan itself."""
    shape = one.chance.choice(SHAPES)
    keys = one.chance.sample(list(SCHOOL), 5)
    heads = [shape(number, one.chance.choice(SCHOOL[key])) for number, key in enumerate(keys)]
    one.parts.append("校本研修实施方案")
    dots = one.chance.choice(["……", "......", " ", "\t", "·····"])
    if one.chance.random() < 0.6:
        one.parts.append(one.chance.choice(["目录", "目 录", "目　录"]))
    one.parts += [f"{head}{dots}{page + 1}" for page, head in enumerate(heads)]
    for head, key in zip(heads, keys, strict=True):
        one.parts.append(head)
        one.say(key)


def totals_and_notes(one: Made) -> None:
    """An activity table with sums in it."""
    head = ["序号", "时间", "地点", "内容", "形式", "主讲人", "学时"]
    rows = [head]
    for number in range(one.chance.randint(2, 5)):
        theme = (
            f"专题{number}：{one.chance.choice(['作业设计', '新课标', '命题'])}{one.chance.randint(100, 999)}"
        )
        one.expected[theme] = "activities"
        rows.append([str(number + 1), f"{9 + number % 4}月", "会议室", theme, "主题教研", "张老师", "4"])
        if one.chance.random() < 0.2:
            rows.append(head)
    name = one.chance.choice(
        ["合计", "总计", "小计", "合 计", "共计", "合计：", "学时合计", "本学期合计", "累计"]
    )
    total = str(one.chance.randint(30, 99)) + "77"
    row = (
        [name, "", "", "", "", "", total] if one.chance.random() < 0.5 else ["", name, "", "", "", "", total]
    )
    rows.append(row)
    one.expected[total] = ""
    one.parts += ["校本研修实施方案", "一、活动安排", rows, "二、考核评价"]
    one.say("rules")


def record_forms(one: Made) -> None:
    """Record forms, whose labels are the names of an activity table's columns."""
    when = one.chance.choice(["2026年9月10日", "第三周", "周三下午", "9.10", "开学初"])
    labels = [
        ("时间", when), ("地点", "会议室"), ("主持人", "张老师"), ("记录人", "李老师"), ("参加", "语文教师"),
        ("活动主题", "单元整体教学"), ("形式", "集体备课"), ("主讲人", "王老师"),
    ]  # fmt: skip
    head, rest = labels[:2], labels[2:]
    one.chance.shuffle(rest)
    pairs = [*head, *rest]
    rows = [[*pairs[at], *pairs[at + 1]] for at in range(0, len(pairs), 2)]
    if one.chance.random() < 0.5:
        rows.append(["活动内容", one.sentence(""), "", ""])
    one.parts += ["教研活动方案", "一、活动目标"]
    one.say("goals")
    one.parts += ["二、活动记录", rows]
    for value in ("会议室", "张老师", "李老师", "单元整体教学", "王老师"):
        one.expected[value] = ""
    if one.chance.random() < 0.5:
        one.parts.append("三、考核评价")
        one.say("rules")


@pytest.mark.parametrize(
    "kind",
    [
        headings_of_all_ranks,
        words_in_brackets,
        bullets_with_names,
        typed_contents,
        totals_and_notes,
        record_forms,
    ],
)
def test_plans_of_each_kind(kind: Callable[[Made], None]) -> None:
    figures = Figures()
    for seed in range(CHANCES):
        one = Made(seed)
        kind(one)
        found = one.figures()
        assert found.good, (seed, found, one.parts)
        figures += found
    assert figures.unplaced <= 0.05 * figures.total, figures


# --- forms to fill in ------------------------------------------------------------------------

PERSONAL = {
    "strengths": ["优势", "我的优势", "个人优势", "优势挖掘"],
    "weaknesses": ["不足", "存在的不足", "存在问题", "短板识别"],
    "goals": ["发展目标", "总目标", "职业定位"],
    "tasks": ["具体措施", "研修任务", "学习与培训计划", "路径设计"],
    "support": ["需要的支持", "需要学校提供的支持"],
    "self_review": ["自我评价", "自评"],
}


def personal_form(seed: int) -> tuple[bytes, dict[str, str]]:
    """A personal plan as a table of labels and texts, with merged first columns."""
    chance = random.Random(seed)
    one = Made(seed)
    document = docx.Document()
    document.add_paragraph("教师个人专业发展规划表")
    rows = [["姓名", "张三", "性别", "女", "任教学科", "语文"]]
    for value in ("张三", "语文"):
        one.expected[value] = "situation"
    outer = chance.choice(["自我分析", "自我认知", "自我剖析", "现状分析"])
    for key in ("strengths", "weaknesses"):
        rows.append([outer, chance.choice(PERSONAL[key]), one.sentence(key), "", "", ""])
    for key in chance.sample(["goals", "tasks", "support", "self_review"], 3):
        name = chance.choice(PERSONAL[key])
        rows.append([name, one.sentence(key), "", "", "", ""])
    if chance.random() < 0.7:
        rows.append([chance.choice(["学校意见", "教研组意见", "备注"]), one.sentence(""), "", "", "", ""])
    table = add_table(document, rows)
    if chance.random() < 0.7:
        table.cell(2, 0).text = ""
        table.cell(1, 0).merge(table.cell(2, 0))
    for index in range(1, len(rows)):
        begin = 2 if index in (1, 2) else 1
        if chance.random() < 0.7:
            table.cell(index, begin).merge(table.cell(index, 5))
    return saved(document), one.expected


def test_personal_plans_on_forms() -> None:
    for seed in range(CHANCES):
        data, expected = personal_form(seed)
        figures = measured(data, expected, "development_plan")
        assert figures.good, (seed, figures)
        assert figures.unplaced == 0, (seed, figures)


def names_of_schools() -> Iterator[tuple[str, str, str]]:
    """Kind of document, heading, and the section it means."""
    words = {
        "school_plan": {
            "goals": "目标要求 目标设定 活动目标", "basis": "问题定义", "guiding_idea": "理论框架",
            "measures": "实施路径 时间规划 实践与反思 专业学习社区建设 持续发展",
            "conditions": "风险评估 资源需求 资源与支持", "other": "结论",
        },
        "development_plan": {
            "strengths": "自我认知 优势挖掘", "weaknesses": "短板识别", "goals": "职业定位",
            "situation": "环境分析", "tasks": "路径设计 学习与培训计划",
        },
        "annual_summary": {"improvements": "改进与展望 未来计划", "results": "经验总结"},
    }  # fmt: skip
    for kind, sections in words.items():
        for section, names in sections.items():
            for name in names.split():
                yield kind, name, section


@pytest.mark.parametrize(("kind", "name", "section"), names_of_schools())
def test_words_real_schools_use(kind: str, name: str, section: str) -> None:
    data = made("总体计划", f"一、{name}", "这一句话应当放对。")
    assert measured(data, {"这一句话应当放对": section}, kind) == Figures(1, 0, 0)
