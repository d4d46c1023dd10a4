"""Words of a file in the right sections, and none of them lost."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.word_import.word_files import SAMPLES, add_table, made, saved
from workflow_app.artefacts import form
from workflow_app.word_import.composing import compose
from workflow_app.word_import.placing import Piece, lost, place, squash
from workflow_app.word_import.proposals import proposed, slot
from workflow_app.word_reading.reading import Block, Cell, Paragraph, Table, read, words
from workflows import source as definitions
from workflows.characters import legible
from workflows.definition import Definition

LAWS = Path(__file__).resolve().parents[2] / "workflows"

#: Every paragraph of the samples by its first words, with the section a reader would put it in;
#: None for a title. Read and decided by hand.
EXPECTED: dict[str, list[tuple[str, str | None]]] = {
    "农村小学校本研修计划.docx": [
        ("农村小学校本研修计划", None),
        ("农村小学校本研修计划6篇", "guiding_idea"),
        ("二、工作目标", "goals"), ("2.加强业务培训", "goals"), ("3.加强师德建设", "goals"),
        ("三、具体工作", "measures"), ("2、开展校际交流", "measures"), ("3、抓好教师基本功", "measures"),
        ("4、以区十三届", "measures"), ("5、抓好教师队伍", "measures"), ("6、抓好教研组", "measures"),
        ("四、工作措施", "measures"), ("“在研讨中发展", "measures"), ("”这是我校", "measures"),
        ("组织教师开展立足", "measures"), ("在校本教研开展中", "measures"), ("我们要求各教研组", "measures"),
        ("针对本学年热点", "measures"), ("大家实实在在", "measures"),
    ],
    "小学校本研修实施方案.docx": [
        ("小学校本研修实施方案", None),
        ("第1篇", "basis"),
        ("一、指导思想", "guiding_idea"), ("以我校教师专业发展", "guiding_idea"),
        ("完善以校为本", "guiding_idea"),
        ("二、校本研修组织管理", "organisation"), ("校本研修工作领导小组", "organisation goals"),
        ("2、突出一个中心", "goals"), ("努力使我校形成", "goals"),
        ("四、研修内容", "contents"), ("1、新课程教材教法", "contents"), ("主要是研究各学科", "contents"),
        ("2、课程开发研究", "contents"), ("包括校本课程的开发", "contents"), ("3、学校德育工作", "contents"),
        ("包括班主任工作", "contents"), ("4、开放多媒体教室", "contents"), ("充分利用网络资源", "contents"),
        ("5、开展有效课堂", "contents"), ("课堂教学的活动", "contents"),
    ],
    "校本研修行动方案.docx": [
        ("校本研修行动方案", None),
        ("校本研修行动方案目标", "goals"),
        ("研修内容1. 教师专业", "contents"), ("2. 教学方法创新", "contents"),
        ("3. 学科教研活动", "contents"), ("4. 教育技术应用", "contents"),
        ("研修方式1. 内部培训", "methods_note"), ("2. 外部培训", "methods_note"),
        ("3. 教学观摩", "methods_note"), ("4. 学科教研", "methods_note"),
        ("资源保障1. 活动经费", "conditions"), ("2. 专家支持", "conditions"),
        ("3. 教育技术设施", "conditions"),
        ("评估与总结1. 定期评估", "rules"), ("2. 汇总经验", "rules"),
        ("以上是本校", "other"),
    ],
}  # fmt: skip


@cache
def machine(key: str = "school_plan") -> Definition:
    return definitions.read((LAWS / f"{key}.yaml").read_text(encoding="utf-8"), key)[0]


def filled(data: bytes, key: str = "school_plan") -> tuple[dict[str, Any], list[str]]:
    """Content and unplaced texts of a file; nothing of it may be lost."""
    blocks = read(data).blocks
    made_ = compose(machine(key), place(machine(key), blocks), headings=True)
    left = [piece.words for piece in made_.left]
    assert lost(blocks, made_.content, left) == []
    return made_.content, left


def sections(data: bytes, key: str = "school_plan") -> list[tuple[str, str | None]]:
    """First words and section of every piece that is no heading."""
    pieces = place(machine(key), read(data).blocks)
    return [(piece.text[:6], piece.section) for piece in pieces if piece.kind in ("text", "row")]


# --- the samples -----------------------------------------------------------------------------


def test_every_sample_is_expected() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("no samples beside this checkout")
    assert {path.name for path in SAMPLES.glob("*.docx")} <= set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_of_a_sample_is_lost_and_nine_tenths_are_right(name: str) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside this checkout")
    data = path.read_bytes()
    content, left = filled(data)
    paragraphs = [one.text for one in docx.Document(str(path)).paragraphs if one.text.strip()]
    assert len(paragraphs) == len(EXPECTED[name])
    everything = squash("".join(map(str, [*content.values(), *left])))
    wrong = []
    for text, (begins, wanted) in zip(paragraphs, EXPECTED[name], strict=True):
        assert text.startswith(begins)
        assert squash(text)[-12:] in everything
        where = (
            [squash(text)[-12:]] if wanted and " " not in wanted else [squash(text)[:8], squash(text)[-8:]]
        )
        kept = [squash(content[key]) for key in wanted.split()] if wanted else [squash("".join(left))]
        if len(kept) == 1:
            where = where[-1:]
        if not all(part in one for part, one in zip(where, kept, strict=True)):
            wrong.append(begins)
    assert len(wrong) <= len(paragraphs) / 10, wrong
    assert wrong == []  # more than asked, and so it shall stay


# --- headings --------------------------------------------------------------------------------


def numbered_as(heading: str) -> str:
    """The next heading, numbered as this one is."""
    number = re.match(r"\W?(?:第一部分 |一[、 ]|1[.、] ?|一\W)?", heading)
    assert number
    return number[0].replace("一", "二").replace("1", "2").strip("【") + "研修目标"


@pytest.mark.parametrize(
    "heading",
    [
        "一、指导思想",
        "（一）指导思想",
        "1. 指导思想",
        "1、工作思路",
        "第一部分 指导思想",
        "指导思想：",
        "一、校本研修指导思想",
        "【指导思想】",
        "一 指导思想",
        "一、本学年工作思路",
        "指导思想",
        "总体思路",
    ],
)
def test_headings_as_schools_write_them(heading: str) -> None:
    data = made(
        "校本研修计划",
        heading,
        "以学生发展为本。",
        numbered_as(heading),
        "人人上课。",
    )
    content, _left = filled(data)
    assert "以学生发展为本。" in content["guiding_idea"]
    assert "人人上课。" in content["goals"]


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("一、指导思想：以人为本。", "guiding_idea"),
        ("研修内容：读书。", "contents"),
        ("三、培训形式 1、讲座。", "methods_note"),
        ("考核评价：看过程。", "rules"),
    ],
)
def test_headings_with_text_on_the_same_line(line: str, section: str) -> None:
    content, _left = filled(made("计划", line))
    assert content[section] == line


def test_smaller_headings_stay_within_their_section() -> None:
    data = made(
        "一、保障措施",
        "（一）组织保障",
        "校长负责。",
        "（二）制度保障",
        "按制度办。",
        "1、考核",
        "看过程。",
        "二、研修目标",
        "人人上课。",
    )
    content, _left = filled(data)
    assert content["conditions"].splitlines()[1:] == [
        "（一）组织保障",
        "校长负责。",
        "（二）制度保障",
        "按制度办。",
        "1、考核",
        "看过程。",
    ]
    assert content["goals"].endswith("人人上课。")


def test_a_heading_of_two_sections_is_parted_by_the_smaller_ones() -> None:
    content, _left = filled(
        made("一、指导思想与研修目标", "（一）指导思想", "以人为本。", "（二）研修目标", "人人上课。")
    )
    assert "以人为本。" in content["guiding_idea"]
    assert "人人上课。" in content["goals"]
    content, _left = filled(
        made("一、自我分析", "（一）优势", "课堂稳。", "（二）不足", "分层少。"), "development_plan"
    )
    assert "课堂稳。" in content["strengths"]
    assert "分层少。" in content["weaknesses"]


def test_what_stands_under_an_unknown_heading_waits_for_its_author() -> None:
    content, left = filled(
        made("一、研修目标", "人人上课。", "二、安全工作", "防火防盗。", "三、研修内容", "读书。")
    )
    assert left == ["二、安全工作", "防火防盗。"]
    assert content["contents"].endswith("读书。")
    assert "防火" not in content["goals"]


def test_sentences_are_no_headings() -> None:
    data = made(
        "一、研修目标",
        "目标要切实可行，不求多。",
        "内容：分三块。",
        "一、是读书；二、是上课。",
        "二、研修内容",
        "课例。",
    )
    content, left = filled(data)
    assert content["goals"].count("\n") == 3
    assert left == []


def test_headings_in_the_styles_of_word() -> None:
    document = docx.Document()
    document.add_heading("城关小学校本研修方案", 0)
    for heading, text in {"指导思想": "以人为本。", "具体要求": "认真。", "研修目标": "人人上课。"}.items():
        document.add_heading(heading, 2 if heading == "具体要求" else 1)
        document.add_paragraph(text)
    content, left = filled(saved(document))
    assert content["guiding_idea"].endswith("具体要求\n认真。")
    assert content["goals"] == "研修目标\n人人上课。"
    assert left == ["城关小学校本研修方案"]


# --- tables ----------------------------------------------------------------------------------

PLAN = [
    ["序号", "活动时间", "研修内容", "地点", "主讲人", "课时", "备注"],
    ["1", "9月", "学课标", "会议室", "王鹏", "2", "带书"],
    ["2", "10月", "上研究课", "阶梯教室", "安小艾", "3学时", ""],
]


def test_a_table_becomes_rows_by_the_names_of_its_columns() -> None:
    content, left = filled(made("一、活动安排", PLAN, "二、研修目标", "人人上课。"))
    first, second = content["activities"]
    assert first == {
        "date": "9月",
        "place": "会议室",
        "theme": "学课标\n备注：带书",
        "form": "",
        "leader": "王鹏",
        "hours": 2,
    }
    assert second["hours"] == "3学时"
    assert left == ["一、活动安排", "序号 | 活动时间 | 研修内容 | 地点 | 主讲人 | 课时 | 备注", "1 2"]


def test_a_column_the_form_has_not_does_not_push_out_one_it_has() -> None:
    content, _left = filled(made([["备注", "时间", "主题"], ["带书", "9月", "学课标"]]))
    assert content["activities"][0]["theme"] == "学课标\n备注：带书"


def test_merged_cells_are_said_in_every_row() -> None:
    document = docx.Document()
    table = add_table(document, [["时间", "内容"], ["九月", "甲"], ["", "乙"]])
    table.cell(1, 0).merge(table.cell(2, 0))
    content, _left = filled(saved(document))
    assert [row["date"] for row in content["activities"]] == ["九月", "九月"]


def test_the_leading_group_as_a_table_and_as_text() -> None:
    content, _left = filled(
        made("一、领导小组", [["职务", "姓名", "职责"], ["组长", "王鹏", "统筹"], ["组员", "安小艾", ""]])
    )
    assert [row["name"] for row in content["leading_group"]] == ["王鹏", "安小艾"]
    blocks = read(made("一、组织领导", "组长：王鹏", "副组长：张俊奇、安小艾", "专管员：李萍")).blocks
    pieces = place(machine(), blocks)
    also = proposed(machine(), pieces, compose(machine(), pieces, headings=True).content)
    assert [(row["post"], row["name"]) for row in also["leading_group"]] == [
        ("组长", "王鹏"),
        ("副组长", "张俊奇"),
        ("副组长", "安小艾"),
        ("专管员", "李萍"),
    ]
    glued = place(machine(), read(made("一、组织领导", "组长：王鹏副组长：张俊奇安小艾")).blocks)
    assert "leading_group" not in proposed(machine(), glued, {})


def test_a_plan_in_a_form_of_labels_and_texts() -> None:
    data = made(
        "个人专业发展计划",
        [
            ["姓名", "王芳", "学科", "语文"],
            ["自身优势", "课堂稳。"],
            ["存在的不足", "分层少。"],
            ["发展目标", "上六节课。"],
        ],
        [["研修任务", "具体措施", "完成时间", "预期成果"], ["读两本书", "每周一次", "全年", "笔记"]],
        [["书目", "作者"], ["给教师的建议", "苏霍姆林斯基"]],
    )
    content, left = filled(data, "development_plan")
    assert content["situation"] == "姓名 | 王芳 | 学科 | 语文"
    assert content["strengths"] == "自身优势\n课堂稳。"
    assert content["weaknesses"].endswith("分层少。")
    assert content["goals"].endswith("上六节课。")
    assert content["tasks"][0]["evidence"] == "笔记"
    assert content["reading"][0]["book"] == "给教师的建议"
    assert left[0] == "个人专业发展计划"


def test_an_annual_summary() -> None:
    data = made(
        "2026—2027学年校本研修工作总结",
        "本学年我校开展研修活动，现总结如下。",
        "一、主要做法",
        "集体备课。",
        "二、取得的成效",
        "人均学时：26学时。",
        "三、存在的问题",
        "时间紧。",
        "四、今后努力方向",
        "早安排。",
        "青禾县城关小学",
        "2027年6月30日",
    )
    content, left = filled(data, "annual_summary")
    assert content["work_done"].startswith("本学年我校")
    assert content["shortcomings"].endswith("时间紧。")
    assert content["improvements"].endswith("早安排。")
    assert left[1:] == ["青禾县城关小学", "2027年6月30日"]
    pieces = place(machine("annual_summary"), read(data).blocks)
    assert proposed(machine("annual_summary"), pieces, content) == {"hours": 26, "finished_on": "2027-06-30"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("每周三下午3:00-5:00在会议室集中。", ("3", "15:00", "17:00", "会议室")),
        ("每周星期五下午 3 点半至 5 点，地点：二楼会议室", ("5", "15:30", "17:00", "二楼会议室")),
        ("每周一上午9：00—10：30", ("1", "09:00", "10:30", "")),
        ("每周围绕专题研讨。", None),
        ("每周二15:00-16:00，每周四15:00-16:00", None),
        ("每周三25:00-26:00", None),
    ],
)
def test_the_weekly_slot_is_read_out_of_the_text(text: str, found: tuple[str, ...] | None) -> None:
    read_ = slot(text)
    assert (tuple(read_.values()) if read_ else None) == found


# --- limits ----------------------------------------------------------------------------------


def test_what_is_too_long_for_its_place_is_left_over() -> None:
    long_ = "很长的一段话。" * 2000
    content, left = filled(
        made("一、研修目标", long_, long_, PLAN[0], [PLAN[0], ["1", "九" * 50, "学", "", "", "", ""]])
    )
    assert len(content["goals"]) < 20_000
    assert left.count(long_) == 1
    assert "九" * 50 in left


# --- anything --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "一、指导思想",
        "二、研修目标",
        "（一）要求",
        "1、读书",
        "研修内容：课例",
        "三、安全",
        "时间",
        "内容",
        "组长：王鹏",
        "主题",
        "地点",
        "2026年9月",
        "以上是全部。",
        "备注",
        "序号",
        "1",
        "总之，努力。",
        "目标",
        "某小学",
    ]
) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), min_size=1, max_size=40
)
#: As it is read out of a file.
TEXT = WORDS.map(lambda text: " ".join(legible(text).split())).filter(bool)
PARAGRAPH = st.builds(
    Paragraph,
    st.lists(TEXT, min_size=1, max_size=3).map("\n".join),
    level=st.none() | st.integers(0, 3),
    number=st.sampled_from(["", "一、", "1. "]),
    strong=st.booleans(),
    centred=st.booleans(),
    source=st.sampled_from(["body", "box", "note", "contents", "margin"]),
)


def tables_of(blocks: st.SearchStrategy[Any]) -> st.SearchStrategy[Table]:
    row = st.lists(st.lists(blocks, max_size=2).map(tuple), min_size=1, max_size=5)
    return st.lists(row, min_size=1, max_size=4).map(
        lambda rows: Table(tuple(tuple(Cell(cell, at) for at, cell in enumerate(row)) for row in rows))
    )


BLOCKS = st.lists(st.recursive(PARAGRAPH, tables_of, max_leaves=12), max_size=10)


def characters(texts: Any) -> Counter[str]:
    return Counter(char for text in texts for char in squash(text) if char != "|")


@given(BLOCKS, st.sampled_from(["school_plan", "development_plan", "annual_summary"]))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_comes_nothing_is_lost(blocks: list[Block], key: str) -> None:
    pieces = place(machine(key), blocks)
    assert characters(words(blocks)) - characters(piece.words for piece in pieces) == Counter()
    made_ = compose(machine(key), pieces, headings=True)
    assert lost(blocks, made_.content, [piece.words for piece in made_.left]) == []
    assert form.clean(machine(key), made_.content)[0] == made_.content
    said = [text for piece in made_.left for text in [piece.words]]
    kept = characters([*said, *map(str, values(made_.content))])
    assert characters(words(blocks)) - kept == Counter()


def values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for inner in value.values() for one in values(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in values(inner)]
    return [value]


def test_the_check_itself_notices_a_loss() -> None:
    blocks = [Paragraph("一、研修目标"), Paragraph("人人上一节研究课，写出改进。")]
    assert lost(blocks, {"goals": "人人上一节研究课"}, ["一、研修目标"]) == ["人人上一节研究课，写出改进。"]
    assert lost(blocks, {"goals": "人人上一节研究课，写出改进。"}, []) == ["一、研修目标"]
    assert Piece("文").words == "文"
