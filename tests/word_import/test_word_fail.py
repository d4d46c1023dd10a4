"""Files that were once read or placed wrongly, line by line; skipped where they are not at hand."""

import docx
import pytest

from tests.word_import.measuring import Figures, measured
from tests.word_import.test_placing import EXPECTED as SAMPLE_LINES
from tests.word_import.word_files import SAMPLES, made
from workflow_app.word_reading.blocks import Paragraph
from workflow_app.word_reading.reading import read

FAILED = SAMPLES / "word-fail"
_STEPS = ("需求分析阶段", "详细设计阶段", "开发阶段", "测试与优化阶段", "发布与维护阶段")

#: File -> kind of document, and words -> sections they may stand in ("" for none), decided by hand.
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "06-一行目标吞掉后面各部分": (
        "school_plan",
        {
            "本项目旨在开发": "", **dict.fromkeys(_STEPS, ""), "目标：明确项目需求": "", "编写需求文档": "",
            "目标：完成详细设计": "", "设计数据库结构": "", "目标：完成主要功能": "", "开发日志模块": "",
            "目标：完成系统测试": "", "进行单元测试": "", "目标：发布正式版本": "", "收集用户反馈": "",
            "3. 会议安排": "", "每周例会": "", "设计评审会": "", "技术风险": "conditions",
        },
    ),
    "07-无编号标题": (
        "annual_summary",
        {
            "在本学期教学工作中，我努力遵循": "work_done", "本学期，我们重点学习了": "work_done",
            "词汇：学习了": "work_done", "教学目标是使学生能够": "work_done", "培养学生的英语": "work_done",
            "为了更好地激发": "work_done", "情景教学法：": "work_done", "多媒体教学法：": "work_done",
            "在本学期教学过程中": "work_done results", "课堂表现评价": "work_done results",
            "回顾本学期": "improvements shortcomings", "继续关注学生": "improvements",
            "深入挖掘教材": "improvements", "加强与家长": "improvements", "总之，我将继续": "improvements",
        },
    ),
    "08-合计行当成一次活动": (
        "school_plan",
        {
            "吴长海": "leading_group", "三年内80%的教师达到": "goals", "提高教师课堂教学能力": "goals",
            "新课标学习": "contents", "每周三下午15:30": "weekly_slot", "作业设计": "activities",
            "命题": "activities", "合计": "", "按县规定考核": "rules",
        },
    ),
    "09-教研活动记录表被拼错": (
        "school_plan",
        {
            "提高课堂效率": "goals", "2026年9月10日": "", "张老师": "", "李老师": "", "单元整体教学": "",
            "集体备课；2.研课磨课": "", "全体语文教师": "",
        },
    ),
    "10-个人发展规划表全进基本情况": (
        "development_plan",
        {
            "张三": "situation", "任教学科": "situation", "热爱学生": "strengths", "理论学习": "weaknesses",
            "三年内成为县级骨干": "goals", "每学期读一本专著": "goals", "坚持每周听课": "tasks",
            "外出学习机会": "support", "同意。": "",
        },
    ),
    "11-标题括号里的话丢失": (
        "school_plan",
        {
            "提高教师课堂教学能力": "goals", "共24学时，必修": "contents", "新课标学习": "contents",
            "准备阶段": "measures", "成立小组": "measures", "全年预算5万元，从公用经费列支": "conditions",
            "购买图书": "conditions", "与绩效工资挂钩": "rules", "按县规定考核": "rules",
        },
    ),
    "12-本系统导出的Word再导入审批单进条件保障": (
        "school_plan",
        {
            "县教育局要求各校": "basis", "从课堂里找问题": "guiding_idea", "校长对全校研修": "organisation",
            "周明远": "leading_group", "人均参加校内研修": "goals", "必修：师德": "contents",
            "第一学期以": "measures", "集体备课主题教研": "methods", "综合楼三楼会议室": "weekly_slot",
            "24": "planned_hours", "各组认领主题": "activities", "学年小结与学时核对": "activities",
            "签到由专管员": "rules", "公用经费中列支": "conditions", "审批单": "", "内容摘要": "",
            "主题集中，同意上报": "", "2025年9月5日": "", "可编辑的文稿": "",
        },
    ),
}  # fmt: skip


def file_of(name: str) -> bytes:
    path = FAILED / f"{name}.docx"
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside this checkout")
    return path.read_bytes()


@pytest.mark.parametrize("name", EXPECTED)
def test_lines_stand_where_a_reader_would_put_them(name: str) -> None:
    kind, expected = EXPECTED[name]
    figures = measured(file_of(name), expected, kind)
    assert figures.good, figures


@pytest.mark.parametrize("name", SAMPLE_LINES)
def test_lines_of_the_real_plans_too(name: str) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside this checkout")
    paragraphs = [one.text for one in docx.Document(str(path)).paragraphs if one.text.strip()]
    # By their last words: the first ones may be a section's name, which the form says itself.
    expected = {
        text[-12:]: wanted.split()[-1]
        for text, (_begins, wanted) in zip(paragraphs, SAMPLE_LINES[name], strict=True)
        if wanted and len(text) > 12
    }
    figures = measured(path.read_bytes(), expected)
    assert figures.good, figures
    assert figures.wrong == 0, figures
    assert figures.total >= 5


@pytest.mark.parametrize(
    ("name", "kind", "quoted"),
    [
        ("01-艺术字水印保密丢失", "word_art", "保密"),
        ("02-隐藏文字被读入", "hidden", "When you click Online Video"),
        ("03-拼音注音混入正文", "ruby", "とうきょう"),
    ],
)
def test_what_is_left_out_is_named_and_not_taken_in(name: str, kind: str, quoted: str) -> None:
    read_ = read(file_of(name))
    (notice,) = [one for one in read_.notices if one.kind == kind]
    assert any(text.startswith(quoted) for text in notice.texts)
    if kind != "word_art":
        said = "".join(block.words for block in read_.blocks if isinstance(block, Paragraph))
        assert quoted not in said


def test_numbers_of_lists_with_empty_paragraphs_and_of_linked_styles() -> None:
    counted = [
        block for block in read(file_of("04-空编号段使后面编号少一")).blocks if isinstance(block, Paragraph)
    ]
    assert any(block.words.startswith("2. CPU的数据") for block in counted)
    linked = read(file_of("05-numStyleLink项目符号全丢")).blocks
    bullets = [block for block in linked if isinstance(block, Paragraph) and block.number == "• "]
    assert len(bullets) >= 3


def test_the_figures_themselves_notice_what_is_wrong() -> None:
    data = made("一、研修目标", "人人上课。", "二、安全工作", "防火防盗。")
    expected = {"人人上课": "contents", "防火防盗": "goals", "没有这句": "goals"}
    assert measured(data, expected) == Figures(0, 1, 2, (("人人上课", "goals"), ("没有这句", "lost")))
