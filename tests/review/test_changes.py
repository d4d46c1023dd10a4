"""What changed between two contents: nothing is lost in telling it, and little is told."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow_app.review import changes
from workflow_app.review.changes import Segment, attachments, sections, words
from workflows.definition import Definition
from workflows.source import build

FORM: list[dict[str, Any]] = [
    {"key": "goals", "title": {"zh": "目标", "en": "Goals"}, "kind": "long_text"},
    {
        "key": "methods", "title": {"zh": "方式", "en": "Methods"}, "kind": "choices",
        "options": ["集体备课", "专题讲座"],
    },
    {"key": "slot", "title": {"zh": "固定时间", "en": "Slot"}, "kind": "slot"},
    {
        "key": "activities", "title": {"zh": "活动", "en": "Activities"}, "kind": "table",
        "columns": [
            {"key": "date", "title": {"zh": "时间", "en": "When"}},
            {"key": "theme", "title": {"zh": "主题", "en": "Theme"}},
            {"key": "hours", "title": {"zh": "学时", "en": "Hours"}, "kind": "number"},
        ],
    },
]  # fmt: skip


def _built() -> Definition:
    title = {"zh": "样本", "en": "Sample"}
    return build(
        {
            "key": "sample", "title": title, "subject": "school", "period": "school_year",
            "drafted_by": [{"role": "coordinator", "at": "school"}], "path": ["draft"], "initial": "draft",
            "states": {"draft": {"title": title, "tone": "draft"}}, "actions": {}, "form": FORM,
        }
    )  # fmt: skip


SAMPLE = _built()


def kept(segments: list[Segment], *kinds: str) -> str:
    return "".join(segment.text for segment in segments if segment.kind in kinds)


LETTERS = st.text(alphabet="研修计划教师每周三下午 abcXYZ012\n，。", max_size=200)


@given(LETTERS, LETTERS)
def test_the_segments_hold_both_texts_whole(old: str, new: str) -> None:
    segments = words(old, new)
    assert kept(segments, "same", "removed") == old
    assert kept(segments, "same", "added") == new


def test_words_are_chinese_characters_and_whole_latin_words() -> None:
    assert words("每周三下午研修 24 学时", "每周四下午研修 36 学时") == [
        ("same", "每周"), ("removed", "三"), ("added", "四"), ("same", "下午研修 "),
        ("removed", "24"), ("added", "36"), ("same", " 学时"),
    ]  # fmt: skip


def test_a_long_text_with_one_sentence_changed_says_only_that() -> None:
    lines = [f"第{number}条，教师应当按时参加第{number}次研修活动。" for number in range(600)]
    other = [*lines]
    other[300] = other[300].replace("按时", "准时")
    segments = words("\n".join(lines), "\n".join(other))
    assert kept(segments, "removed") == "按"
    assert kept(segments, "added") == "准"


def test_equal_contents_have_no_changes() -> None:
    content = {
        "goals": "一\n二",
        "methods": ["集体备课"],
        "slot": {"weekday": "3"},
        "activities": [{"date": "9月"}],
    }
    assert sections(SAMPLE, content, dict(content)) == []


def test_empty_and_missing_are_the_same() -> None:
    assert sections(SAMPLE, {}, {"goals": "", "methods": [], "slot": {}, "activities": []}) == []


def test_values_are_compared_as_one_reads_them() -> None:
    old = {
        "methods": ["集体备课"],
        "slot": {"weekday": "3", "from": "15:00", "to": "17:00", "place": "会议室"},
    }
    new = {
        "methods": ["集体备课", "专题讲座"],
        "slot": {"weekday": "4", "from": "15:00", "to": "17:00", "place": "会议室"},
    }
    methods, slot = sections(SAMPLE, old, new)
    assert methods.texts("added") == ["、专题讲座"]
    assert (slot.texts("removed"), slot.texts("added")) == (["三"], ["四"])


def rows(*themes: tuple[str, str, Any]) -> dict[str, Any]:
    return {"activities": [dict(zip(("date", "theme", "hours"), row, strict=True)) for row in themes]}


def test_a_row_with_one_cell_changed_is_one_changed_row() -> None:
    old = rows(("9月", "师德专题学习", 2), ("10月", "集体备课与磨课", 2), ("11月", "课堂观摩", 2))
    new = rows(
        ("9月", "师德专题学习", 2),
        ("10月", "集体备课与磨课", 4),
        ("11月", "课堂观摩", 2),
        ("12月", "总结", 1),
    )
    (change,) = sections(SAMPLE, old, new)
    assert [(row.kind, row.number) for row in change.rows] == [("changed", 2), ("added", 4)]
    assert change.rows[0].cells["hours"] == (("removed", "2"), ("added", "4"))
    assert change.rows[0].cells["theme"] == (("same", "集体备课与磨课"),)


def test_rows_that_went_keep_the_place_they_had() -> None:
    old = rows(("9月", "师德专题学习", 2), ("10月", "集体备课", 2), ("11月", "课堂观摩", 2))
    new = rows(("9月", "师德专题学习", 2), ("11月", "课堂观摩", 2))
    (change,) = sections(SAMPLE, old, new)
    assert [(row.kind, row.number) for row in change.rows] == [("removed", 2)]
    assert change.texts("removed") == ["10月", "集体备课", "2"]


CELL = st.sampled_from(["", "9月", "10月", "集体备课", "课堂观摩", "师德专题学习"])
ROW = st.fixed_dictionaries({"date": CELL, "theme": CELL, "hours": st.sampled_from(["", 1, 2])})
TABLE = st.lists(ROW, max_size=8)


@given(TABLE, TABLE)
def test_removed_and_added_rows_lead_from_one_table_to_the_other(old: list[Any], new: list[Any]) -> None:
    found = sections(SAMPLE, {"activities": old}, {"activities": new})
    come = sum(row.kind == "added" for change in found for row in change.rows)
    gone = sum(row.kind == "removed" for change in found for row in change.rows)
    blank = {"date": "", "theme": "", "hours": ""}
    if found:
        assert len(old) - gone + come == len(new)
    else:
        assert [row for row in old if row != blank] == [row for row in new if row != blank]


def test_three_hundred_changed_rows_are_told_in_order() -> None:
    old = rows(*((f"{number}", f"第{number}次研修的主题", 1) for number in range(300)))
    new = rows(*((f"{number}", f"第{number}次研修的题目", 2) for number in range(300)))
    (change,) = sections(SAMPLE, old, new)
    assert [row.number for row in change.rows] == list(range(1, 301))
    assert {row.kind for row in change.rows} == {"changed"}


def test_attachments_by_name_and_digest() -> None:
    old = [{"name": "课表.pdf", "sha256": "a"}, {"name": "名单.xlsx", "sha256": "b"}]
    new = [{"name": "课表.pdf", "sha256": "c"}, {"name": "名单.xlsx", "sha256": "b"}]
    assert [(one.kind, one.name) for one in attachments(old, new)] == [
        ("removed", "课表.pdf"),
        ("added", "课表.pdf"),
    ]


def test_unchanged_lines_are_folded() -> None:
    old = "\n".join(f"第{number}行" for number in range(10))
    lines = changes._lines(words(old, old.replace("第5行", "第五行")))
    assert [(changed, len(run)) for changed, run in changes.folded(lines)] == [
        (False, 5),
        (True, 1),
        (False, 4),
    ]
