"""What comes in one value at a time: text, lines, numbers, keys, days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_app import inputs
from workflow_app.errors import BadInput


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("7", 7), (7, 7), ("７", 7), (" 7\u200b", 7), ("007", 7), (2**31 - 1, 2**31 - 1),
        ("", None), (None, None), ("-1", None), ("+1", None), ("1.0", None), (1.0, None), (True, None),
        ("一", None), ("²", None), ("٧", None), ("①", None), ("1e3", None), ("0x1", None), ("1_0", None),
        ("9" * 5000, None), ("7 8", None), ([7], None), ("\x007", None),
    ],
)  # fmt: skip
def test_keys_and_versions_are_read_alike_everywhere(typed: object, found: int | None) -> None:
    assert inputs.identifier(typed) == inputs.version(typed) == found


def test_keys_begin_at_one_and_fit_the_databases_versions_begin_at_zero() -> None:
    assert (inputs.identifier("0"), inputs.version("0")) == (None, 0)
    assert (inputs.identifier(str(inputs.MOST)), inputs.identifier(inputs.MOST + 1)) == (inputs.MOST, None)
    assert (inputs.version(inputs.MOST_VERSION), inputs.version(inputs.MOST_VERSION + 1)) == (2**31 - 1, None)


@given(st.text(max_size=30) | st.integers() | st.none() | st.booleans())
def test_a_key_is_one_or_none(value: object) -> None:
    found = inputs.identifier(value)
    assert found is None or 1 <= found <= inputs.MOST


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("20", 20),
        ("２０．５", 20.5),
        ("－5", -5),
        ("36\u200b", 36),
        ("+3", 3),
        ("", None),
        ("①", None),
        ("1,000", None),
    ],
)
def test_numbers(typed: str, found: float | None) -> None:
    assert inputs.number(typed) == found


@given(st.floats(-(10**9), 10**9, allow_nan=False).filter(lambda number: "e" not in repr(number)))
def test_a_number_survives_the_way_through_a_form(number: float) -> None:
    assert inputs.number(str(number)) == number


def read(value: object, **more: bool) -> tuple[str | None, dict[str, str]]:
    problems: dict[str, str] = {}
    return inputs.day(problems, "on", value, **more), problems


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-09-01", "2026-09-01"), ("2026-9-1", "2026-09-01"), ("２０２６－０９－０１", "2026-09-01"),
        (" 2026-09-01\u200b", "2026-09-01"), (date(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1, 8, tzinfo=UTC), "2026-09-01"), ("1950-01-01", "1950-01-01"),
        ("2150-12-31", "2150-12-31"),
    ],
)  # fmt: skip
def test_days(typed: object, found: str) -> None:
    assert read(typed) == (found, {})


@pytest.mark.parametrize(
    "typed",
    [
        "昨天",
        "2026-02-30",
        "2026-13-01",
        "20260901",
        "2026-W36-2",
        "09-01",
        "2026-09-01T00:00",
        "-2026-09-01",
        "٢٠٢٦-٠٩-٠١",
    ],
)
def test_what_is_no_day(typed: str) -> None:
    assert read(typed) == (None, {"on": "日期请写成 2026-09-01 这样。"})


@pytest.mark.parametrize(
    "typed", ["0001-01-01", "1949-12-31", "2151-01-01", "9999-12-31", date.min, date.max]
)
def test_a_day_no_calendar_reaches(typed: object) -> None:
    assert read(typed) == (None, {"on": "日期应在 1950 年到 2150 年之间。"})


@given(st.dates())
def test_the_clock_can_handle_every_day_that_is_read(day: date) -> None:
    from workflow_app import clock

    found, problems = read(day)
    if found:
        assert clock.day_start(day) < clock.day_start(day + timedelta(days=1)) < clock.NEVER
    else:
        assert problems


def test_no_day_is_missed_only_where_one_is_required() -> None:
    assert read("") == (None, {"on": "请填写日期。"})
    assert read(" ", required=False) == read(None, required=False) == (None, {})


def test_lines_have_single_spaces_and_no_breaks() -> None:
    problems: dict[str, str] = {}
    assert inputs.line(problems, "name", "\u3000欧阳 \u3000兰\u200b\n", 40) == "欧阳 兰"
    assert inputs.code(problems, "username", " Ｚｈａｏ．01\u200b", 40) == "Zhao.01"
    assert not problems
    assert inputs.line(problems, "name", "赵\n一", 40) == "赵 一"
    assert inputs.line(problems, "unit", "\ufeff\u3164 ", 40) == ""
    assert inputs.line(problems, "title", "字" * 41, 40) == ""
    assert inputs.line(problems, "label", "甲\u202e乙", 40) == ""
    assert problems == {
        "name": "请写在一行里。",
        "unit": "请填写。",
        "title": "最多 40 个字，现在有 41 个。",
        "label": "第 2 个字处有改变文字方向的不可见字符（U+202E），请删去后再试。",
    }


@pytest.mark.parametrize("key", ["", "键", "a\n", "k" * 101, None, 5, "\x7f"])
def test_keys_of_requests(key: object) -> None:
    assert inputs.key("k" * 100) == "k" * 100
    with pytest.raises(BadInput):
        inputs.key(key)
