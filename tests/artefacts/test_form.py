"""What the form accepts, what it refuses, and what it keeps but will not let be submitted."""

import math
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import full_content, plan_of_a_teacher
from workflow_app import canonical
from workflow_app.artefacts import form
from workflows.definition import Definition
from workflows.source import read

FOLDER = Path(__file__).resolve().parents[2] / "workflows"


def definition(name: str) -> Definition:
    return read((FOLDER / f"{name}.yaml").read_text(), name)[0]


PLAN, TEACHER, SUMMARY = map(definition, ("school_plan", "development_plan", "annual_summary"))
ROW = full_content()["activities"][0]


def cleaned(raw: object, machine: Definition = PLAN) -> dict[str, Any]:
    return form.clean(machine, raw)[0]


def refusals(raw: object, machine: Definition = PLAN) -> dict[str, str]:
    with pytest.raises(form.Unfit) as caught:
        form.clean(machine, raw)
    return caught.value.problems


def missing(raw: object, machine: Definition = PLAN) -> dict[str, str]:
    return {problem.path: problem.zh for problem in form.clean(machine, raw)[1]}


# --- what is kept ----------------------------------------------------------------------------


@pytest.mark.parametrize(("machine", "content"), [(PLAN, full_content()), (TEACHER, plan_of_a_teacher())])
def test_a_complete_document_has_no_problems(machine: Definition, content: dict[str, Any]) -> None:
    clean, problems = form.clean(machine, content)
    assert not problems
    assert {key: clean[key] for key in content} == content


def test_every_field_is_there_with_its_empty_value() -> None:
    clean = cleaned({})
    assert list(clean) == [field.key for field in PLAN.form]
    assert (clean["goals"], clean["activities"], clean["methods"], clean["weekly_slot"]) == ("", [], [], {})
    assert clean == cleaned(dict.fromkeys(clean))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("20", 20), ("２０．５", 20.5), ("－5", -5), ("+3", 3), (" 20 ", 20), ("\u3000２０\u3000", 20),
        (2.0, 2), (1.5, 1.5), (-0.0, 0), ("", ""), ("二十", "二十"), ("1,000", "1,000"), ("①", "①"),
        ("²", "²"), ("٢٠", "٢٠"), ("1e5", "1e5"), ("约20", "约20"), ("NaN", "NaN"), (10**9, 10**9),
    ],
)  # fmt: skip
def test_numbers_are_read_or_kept_as_typed(typed: object, kept: object) -> None:
    found = cleaned({"planned_hours": typed})["planned_hours"]
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("一\r\n二\r三", "一\n二\n三"),
        ("一\x0b二\x0c三\u2028四\x85五", "一\n二\n三\n四\n五"),
        ("\t缩进", "\t缩进"),
        ("e\u0301", "é"),
        ("家庭👨\u200d👩\u200d👧，🇨🇳", "家庭👨\u200d👩\u200d👧，🇨🇳"),
        ("  两端的空格留着 ", "  两端的空格留着 "),
        ("=1+1", "=1+1"),
        ("<b>{{ 7 * 7 }}</b>", "<b>{{ 7 * 7 }}</b>"),
    ],
)
def test_text_is_kept_as_typed_in_form_nfc(typed: str, kept: str) -> None:
    assert cleaned({"goals": typed})["goals"] == kept


def test_days_times_and_choices_are_read_whatever_their_width() -> None:
    summary = cleaned({"finished_on": "２０２６－９－１\u200b", "sessions_held": "36\u200b"}, SUMMARY)
    assert (summary["finished_on"], summary["sessions_held"]) == ("2026-09-01", 36)
    slot = {"weekday": "３", "from": "１５：３０", "to": "17:00\ufeff", "place": "３号楼"}
    content = cleaned({"weekly_slot": slot, "methods": ["集体备课\u200b"]})
    assert content["weekly_slot"] == {"weekday": "3", "from": "15:30", "to": "17:00", "place": "３号楼"}
    assert content["methods"] == ["集体备课"]


def test_line_breaks_in_a_single_line_become_spaces() -> None:
    assert cleaned({"activities": [ROW | {"leader": "张老师\r\n李老师"}]})["activities"][0]["leader"] == (
        "张老师 李老师"
    )


def test_empty_rows_fall_out_and_a_zero_stays() -> None:
    rows = cleaned({"activities": [{}, {"date": " ", "hours": ""}, {"hours": 0}]})["activities"]
    assert [row["hours"] for row in rows] == [0]


def test_choices_stand_in_the_order_of_the_form_and_once() -> None:
    assert cleaned({"methods": ["案例分析", "集体备课", "案例分析"]})["methods"] == ["集体备课", "案例分析"]


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, [], "", 5, True, [["goals", "x"]]])
def test_content_that_is_no_form(raw: object) -> None:
    assert list(refusals(raw)) == [""]


@pytest.mark.parametrize(
    ("raw", "path", "says"),
    [
        ({"goals": 5}, "goals", "「研修目标」应是文字。"),
        ({"goals": ["x"]}, "goals", "应是文字"),
        ({"goals": True}, "goals", "应是文字"),
        ({"goals": "字" * 20_001}, "goals", "最多 20000 个字，现在有 20001 个"),
        ({"planned_hours": True}, "planned_hours", "应是数字"),
        ({"planned_hours": math.nan}, "planned_hours", "超出范围"),
        ({"planned_hours": math.inf}, "planned_hours", "超出范围"),
        ({"planned_hours": 10**9 + 1}, "planned_hours", "超出范围"),
        ({"planned_hours": -(10**400)}, "planned_hours", "超出范围"),
        ({"planned_hours": "999999999999"}, "planned_hours", "超出范围"),
        ({"planned_hours": "9" * 41}, "planned_hours", "最多 40 个字"),
        ({"planned_hours": {}}, "planned_hours", "应是数字"),
        ({"methods": "集体备课"}, "methods", "应是一组选项"),
        ({"methods": [1]}, "methods", "应是一组选项"),
        ({"methods": ["喝茶\x00"]}, "methods", "没有「喝茶\ufffd」这个选项"),
        ({"weekly_slot": "周三"}, "weekly_slot", "应写明星期"),
        ({"weekly_slot": {"day": "3"}}, "weekly_slot", "应写明星期"),
        ({"weekly_slot": {"weekday": 0}}, "weekly_slot.weekday", "应是文字"),
        ({"weekly_slot": {"from": []}}, "weekly_slot.from", "应是文字"),
        ({"weekly_slot": {"place": "室" * 61}}, "weekly_slot.place", "最多 60 个字"),
        ({"activities": {"0": ROW}}, "activities", "应是一张表"),
        ({"activities": [ROW, "x"]}, "activities.1", "第 2 行"),
        ({"activities": [ROW | {"cost": "1"}]}, "activities.0", "第 1 行的栏目与表不符"),
        ({"activities": [ROW, ROW, ROW | {"hours": True}]}, "activities.2.hours", "第 3 行「学时」应是数字"),
        ({"activities": [ROW | {"theme": "长" * 501}]}, "activities.0.theme", "最多 500 个字"),
    ],
)  # fmt: skip
def test_wrong_shapes_are_named_by_field_row_and_column(raw: object, path: str, says: str) -> None:
    found = refusals(raw)
    assert list(found) == [path]
    assert says in found[path]


DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "\x00\x07\x08\x0e\x1b\x1f\x7f\x80\x9f\ud800\udfff\ufffe\uffff"


@pytest.mark.parametrize("char", [*DIRECTIONS, *CONTROLS], ids=lambda char: f"{ord(char):04X}")
def test_invisible_characters_are_refused_with_their_place(char: str) -> None:
    what = "方向" if char in DIRECTIONS else "控制字符"
    sentence = refusals({"activities": [ROW, ROW | {"theme": f"研读{char}课标"}]})["activities.1.theme"]
    assert "第 2 行「主题与内容」第 3 个字处" in sentence
    assert what in sentence
    assert f"U+{ord(char):04X}" in sentence
    sentence.encode()


def test_ten_thousand_rows_get_one_sentence() -> None:
    assert refusals({"activities": [ROW] * 10_000}) == {
        "activities": "「活动安排」最多 300 行，现在有 10000 行。"
    }


def test_unknown_keys_are_named_but_not_ten_thousand_of_them() -> None:
    assert refusals({"状态": "approved"}) == {"状态": "表单里没有「状态」这一项。"}
    many = refusals({f"x{number}": "" for number in range(10_000)})
    assert len(many) == form.MOST_NAMED + 1
    assert "10000" in many[""]
    [name] = refusals({"\ud800\x00" + "长" * 100: ""})
    assert name == "\ufffd\ufffd" + "长" * 38


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(refusals({"goals": 1, "rules": 2, "nonsense": 3})) == {"goals", "rules", "nonsense"}


def test_too_much_altogether(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MAX_BYTES", 1000)
    assert list(refusals({"goals": "字" * 400})) == [""]


# --- what may not be submitted ---------------------------------------------------------------


def test_what_is_required_and_empty_is_named_in_both_languages() -> None:
    found = {problem.path: problem for problem in form.clean(PLAN, {"goals": " \n"})[1]}
    assert set(found) == {field.key for field in PLAN.form if field.required}
    assert (found["goals"].zh, found["goals"].en) == ("请填写「研修目标」。", "Please fill in “Goals”.")


@pytest.mark.parametrize(
    ("machine", "changes", "path"),
    [
        (PLAN, {"planned_hours": "二十"}, "planned_hours"),
        (PLAN, {"planned_hours": -1}, "planned_hours"),
        (PLAN, {"planned_hours": 2001}, "planned_hours"),
        (PLAN, {"activities": [ROW, ROW | {"hours": "两节"}]}, "activities.1.hours"),
        (PLAN, {"activities": [ROW | {"theme": ""}]}, "activities.0.theme"),
        (PLAN, {"leading_group": [{"post": "书记", "name": "甲"}]}, "leading_group.0.post"),
        (PLAN, {"weekly_slot": {"weekday": "8", "from": "15:30", "to": "17:00"}}, "weekly_slot.weekday"),
        (PLAN, {"weekly_slot": {"weekday": "3", "from": "25:30", "to": "17:00"}}, "weekly_slot.from"),
        (PLAN, {"weekly_slot": {"weekday": "3", "from": "17:00", "to": "15:30"}}, "weekly_slot.to"),
        (PLAN, {"weekly_slot": {"weekday": "3", "from": "15:30", "to": "三点"}}, "weekly_slot.to"),
        (TEACHER, {"span": "五年"}, "span"),
        (SUMMARY, {"finished_on": "明年"}, "finished_on"),
        (SUMMARY, {"finished_on": "2026-02-30"}, "finished_on"),
        (SUMMARY, {"finished_on": "9999-12-31"}, "finished_on"),
        (SUMMARY, {"attendance": 101}, "attendance"),
    ],
)
def test_a_draft_keeps_what_may_not_be_submitted(
    machine: Definition, changes: dict[str, Any], path: str
) -> None:
    base = {PLAN.key: full_content(), TEACHER.key: plan_of_a_teacher(), SUMMARY.key: {}}[machine.key]
    clean, problems = form.clean(machine, base | changes)
    [said] = [problem for problem in problems if problem.path in (path, path.split(".")[0])]
    assert said.path == path
    assert said.zh
    assert said.en
    [key] = changes
    assert clean[key] or clean[key] == 0


def test_a_row_is_counted_from_one_in_both_languages() -> None:
    [problem] = form.clean(PLAN, full_content(activities=[ROW, ROW, ROW | {"hours": "x"}]))[1]
    assert problem.zh == "「活动安排」第 3 行「学时」应是数字。"
    assert "row 3" in problem.en


# --- whatever comes --------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec=None), max_size=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _plausible(machine: Definition) -> st.SearchStrategy[dict[str, Any]]:
    """Contents with the right keys and mostly the right shapes."""
    texts = st.text(max_size=12)
    cells = texts | st.none() | st.integers(-(10**10), 10**10) | st.floats()
    shapes: dict[str, Any] = {}
    for field in machine.form:
        if field.kind == "table":
            row = st.fixed_dictionaries({}, optional={column.key: cells for column in field.columns})
            shapes[field.key] = st.lists(row, max_size=3)
        elif field.kind == "slot":
            parts = st.sampled_from(form.SLOT_PARTS)
            shapes[field.key] = st.dictionaries(parts, texts | st.sampled_from(["3", "15:30"]))
        elif field.kind == "choices":
            shapes[field.key] = st.lists(st.sampled_from(field.options))
        else:
            shapes[field.key] = cells if field.kind == "number" else texts
    return st.fixed_dictionaries({}, optional=shapes)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _strings(item)]


@pytest.mark.parametrize("machine", [PLAN, TEACHER, SUMMARY], ids=lambda machine: machine.key)
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_clean_content_is_a_fixed_point_that_json_keeps(machine: Definition, data: st.DataObject) -> None:
    keys = st.sampled_from([field.key for field in machine.form])
    raw = data.draw(_plausible(machine) | _JSON | st.dictionaries(keys, _JSON))
    refused: dict[str, str] = {}
    try:
        clean, problems = form.clean(machine, raw)
    except form.Unfit as unfit:
        refused = unfit.problems
    for path, sentence in refused.items():
        assert f"{path}{sentence}".encode()  # fit to be sent, whatever was in it
    if refused:
        return
    assert form.clean(machine, clean) == (clean, problems)
    assert canonical.loads(canonical.dumps(clean)) == clean
    assert all(unicodedata.is_normalized("NFC", text) for text in _strings(clean))


def test_a_typical_plan_is_cleaned_in_no_time() -> None:
    """Not a measurement: it only notices a slip into the tens of milliseconds."""
    content = full_content(activities=[ROW] * 30)
    form.clean(PLAN, content)
    best = min(_took(content) for _ in range(5))
    assert best < 0.05


def _took(content: dict[str, Any]) -> float:
    before = time.perf_counter()
    form.clean(PLAN, content)
    return time.perf_counter() - before
