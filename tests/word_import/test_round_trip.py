"""Word to form to Word to form: nothing that was written is lost on the way."""

import io
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.word_import.test_placing import EXPECTED, machine
from tests.word_import.word_files import SAMPLES, saved
from workflow_app.artefacts import form
from workflow_app.printing import word
from workflow_app.printing.blank_form import blank, blank_sheet
from workflow_app.printing.filled_form import filled, is_empty
from workflow_app.printing.paper import Attached, Grid, Paper, Sheet
from workflow_app.word_import.composing import Composed, compose
from workflow_app.word_import.placing import lost, place, squash
from workflow_app.word_reading.reading import read


def printed(content: dict[str, Any]) -> bytes:
    """The content as the Word file one downloads."""
    return word.docx(Paper("城关小学校本研修实施方案", "", filled(machine(), content)))


def taken_in(data: bytes) -> Composed:
    blocks = read(data).blocks
    found = compose(machine(), place(machine(), blocks), headings=True)
    assert lost(blocks, found.content, [piece.words for piece in found.left]) == []
    return found


def texts(value: Any) -> list[str]:
    """Everything somebody wrote: lines of text, cells, numbers."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [line for line in str(value).splitlines() if squash(line)]


def missing(content: dict[str, Any], found: Composed) -> list[str]:
    everything = "\n".join(map(squash, [*texts(found.content), *(piece.words for piece in found.left)]))
    # A slot and choices are printed as a sentence, a number and a date as people write them.
    written = {
        key: value for key, value in content.items() if machine().field(key).kind in ("long_text", "table")
    }
    return [text for text in texts(written) if squash(text) not in everything]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_goes_round_whole(name: str) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside this checkout")
    first = taken_in(path.read_bytes())
    again = taken_in(printed(first.content))
    assert missing(first.content, again) == []
    third = taken_in(printed(again.content))
    assert missing(again.content, third) == []


WORDS = st.text(
    alphabet="研修目标内容方式考核一二三（）、.1234567890，。：每周三教师 AB", min_size=1, max_size=40
)
LINES = st.lists(WORDS, max_size=4).map("\n".join)
ROW = st.fixed_dictionaries(
    {
        "date": WORDS, "place": WORDS, "theme": WORDS, "form": WORDS, "leader": WORDS,
        "hours": st.integers(0, 40) | st.just(""),
    }
)  # fmt: skip
POST = st.sampled_from(["组长", "副组长", "组员", "专管员"])
GROUP = st.fixed_dictionaries(
    {"post": POST, "name": st.sampled_from(["王鹏", "李丽萍", "赵敏"]), "duty": WORDS}
)
CONTENT = st.fixed_dictionaries(
    {
        "guiding_idea": LINES, "goals": LINES, "contents": LINES, "rules": LINES, "conditions": LINES,
        "leading_group": st.lists(GROUP, max_size=3), "activities": st.lists(ROW, max_size=4),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(CONTENT)
def test_whatever_is_written_goes_round_whole(raw: dict[str, Any]) -> None:
    content, _problems = form.clean(machine(), raw)
    assert missing(content, taken_in(printed(content))) == []


SLOTS = st.fixed_dictionaries(
    {
        "weekday": st.sampled_from("1234567"), "from": st.sampled_from(["08:00", "15:30"]),
        "to": st.sampled_from(["17:00", "17:10"]), "place": st.sampled_from(["", "三楼会议室", "地点：不定"]),
    }
)  # fmt: skip
EVERYTHING = st.fixed_dictionaries(
    {
        "basis": LINES, "goals": LINES, "contents": LINES, "measures": LINES, "methods_note": LINES,
        "other": LINES, "activities": st.lists(ROW, max_size=4), "leading_group": st.lists(GROUP, max_size=3),
        "weekly_slot": SLOTS | st.just({}), "planned_hours": st.sampled_from(["", 24, 24.5, "约 24"]),
        "methods": st.lists(st.sampled_from(machine().field("methods").options), unique=True),
    }
)  # fmt: skip


def as_printed(content: dict[str, Any]) -> dict[str, Any]:
    """The content as a paper can say it: lines without blanks around them, no empty lines."""

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return "\n".join(line.strip() for line in value.splitlines() if line.strip())
        if isinstance(value, list):
            return [plain(one) for one in value]
        return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value

    clean, _problems = form.clean(machine(), plain(content))
    return clean


def a_sheet() -> Sheet:
    acts = grid_of(("序", "环节", "办理人", "意见"), [("1", "学校审核", "周明远", "同意上报，注意经费。")])
    return Sheet(
        "审批单", (("文件", "校本研修实施方案"), ("内容摘要", "c7a282a5")), acts, "本审批单由系统生成。"
    )


def grid_of(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Grid:
    many = len(heads)
    return Grid(heads, tuple(rows), (1 / many,) * many, (True,) * many, (False,) * len(rows))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVERYTHING)
def test_an_approved_document_comes_back_as_it_was(raw: dict[str, Any]) -> None:
    content, _problems = form.clean(machine(), raw)
    paper = Paper(
        "城关小学\n校本研修实施方案", "第1版", filled(machine(), content),
        attachments=(Attached("经费.pdf", 3, "0" * 64),), signed_off=("城关小学", "2025年9月5日"),
        sheet=a_sheet(), mark="可编辑的文稿，不作凭证",
    )  # fmt: skip
    read_ = read(word.docx(paper))
    for headings in (True, False):
        made = compose(machine(), place(machine(), read_.blocks), headings=headings)
        assert made.content == as_printed(content)
        assert made.left == []
    named = {one.kind for one in read_.notices}
    assert {"sheet", "signature", "attachments", "mark"} <= named
    assert ("unfilled" in named) == any(
        is_empty(content[field.key]) for field in machine().form if field.required
    )


@pytest.mark.parametrize("key", ["school_plan", "development_plan", "annual_summary"])
def test_a_blank_form_says_nothing(key: str) -> None:
    blocks = read(word.docx(Paper("空白表", "", blank(machine(key)), sheet=blank_sheet(machine(key))))).blocks
    made = compose(machine(key), place(machine(key), blocks), headings=True)
    assert all(value == form.empty(machine(key).field(one)) for one, value in made.content.items())
    assert made.left == []


def test_a_blank_form_filled_in_on_the_computer() -> None:
    document = docx.Document(io.BytesIO(word.docx(Paper("空白表", "", blank(machine())))))
    paragraphs = {one.text: one for one in document.paragraphs}
    options = next(one for text, one in paragraphs.items() if text.startswith("□网络平台"))
    options.runs[0].text = options.text.replace("□主题教研", "☑主题教研")
    hours = next(one for text, one in paragraphs.items() if text.startswith("＿＿＿＿"))
    hours.runs[0].text = hours.text.replace("＿＿＿＿", "24", 1)
    document.tables[0].cell(0, 0).text = "依据县里的文件制定。"
    blocks = read(saved(document)).blocks
    made = compose(machine(), place(machine(), blocks), headings=True)
    assert made.content["basis"] == "依据县里的文件制定。"
    assert made.content["methods"] == ["主题教研"]
    assert made.content["planned_hours"] == 24
    assert made.left == []


def test_what_was_added_to_a_downloaded_file_is_not_lost() -> None:
    content, _problems = form.clean(machine(), {"goals": "第一条\n第二条"})
    document = docx.Document(io.BytesIO(printed(content)))
    document.add_paragraph("后来写的一句。", style="Normal")
    document.add_paragraph("十、安全工作", style="Heading 1")
    document.add_paragraph("防火防盗。", style="Normal")
    blocks = read(saved(document)).blocks
    made = compose(machine(), place(machine(), blocks), headings=False)
    said = "".join(texts(made.content))
    assert "第一条" in said
    assert "后来写的一句。" in said
    assert [piece.words for piece in made.left] == ["十、安全工作", "防火防盗。"]


def test_what_is_missing_is_noticed() -> None:
    whole, _problems = form.clean(machine(), {"goals": "第一条\n第二条", "rules": "签到"})
    part, _problems = form.clean(machine(), {"goals": "第一条", "rules": "签到"})
    assert missing(whole, taken_in(printed(part))) == ["第二条"]
