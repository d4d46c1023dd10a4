"""The form as a browser without scripts posts it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artefacts.test_form import PLAN, ROW, SUMMARY, TEACHER, _plausible
from tests.builders import full_content
from workflow_app.artefacts import form
from workflow_app.desk import posted
from workflows.definition import Definition


def names(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Clean content as the names and values the edit page gives its controls."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from ((f"f.{key}.{part}", text) for part, text in value.items())
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from ((f"f.{key}.{index}.{column}", str(cell)) for column, cell in item.items())
                else:
                    yield f"f.{key}", item
        else:
            yield f"f.{key}", str(value)


@pytest.mark.parametrize("machine", [PLAN, TEACHER, SUMMARY], ids=lambda machine: machine.key)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_content_survives_the_way_through_html_names(machine: Definition, data: st.DataObject) -> None:
    try:
        clean, problems = form.clean(machine, data.draw(_plausible(machine)))
    except form.Unfit:
        return
    if any("e" in value for name, value in names(clean) if _is_number(machine, name)):
        return  # a browser shows 0.0000001, Python writes 1e-07
    assert form.clean(machine, posted.content(machine, names(clean))) == (clean, problems)


def _is_number(machine: Definition, name: str) -> bool:
    key, _, rest = name.removeprefix("f.").partition(".")
    field = machine.field(key)
    column = rest.rpartition(".")[2]
    return field is not None and (
        field.kind == "number" or any(c.key == column and c.kind == "number" for c in field.columns)
    )


def test_rows_keep_their_order_whatever_the_order_of_names() -> None:
    pairs = [("f.activities.10.date", "三"), ("f.activities.2.date", "二"), ("f.activities.0.date", "一")]
    assert [row["date"] for row in posted.content(PLAN, pairs)["activities"]] == ["一", "二", "三"]


@pytest.mark.parametrize(
    "name",
    ["f.activities.-1.date", "f.activities.x.date", "f.activities.٣.date", "f.activities.99999999.date",
     "f.activities", "f.weekly_slot.day", "csrf_token", "op", "version"],
)  # fmt: skip
def test_names_that_are_not_the_form_s_are_passed_over(name: str) -> None:
    assert posted.content(PLAN, [(name, "x")]) == posted.content(PLAN, [])


@pytest.mark.parametrize(("name", "path"), [("f.state", "state"), ("f.activities.0.cost", "activities.0")])
def test_forged_fields_reach_the_form_and_are_refused_there(name: str, path: str) -> None:
    with pytest.raises(form.Unfit) as caught:
        form.clean(PLAN, posted.content(PLAN, [(name, "x")]))
    assert list(caught.value.problems) == [path]


def test_a_choice_that_is_not_one_is_refused() -> None:
    with pytest.raises(form.Unfit) as caught:
        form.clean(PLAN, posted.content(PLAN, [("f.methods", "集体备课"), ("f.methods", "喝茶")]))
    assert "喝茶" in caught.value.problems["methods"]


# --- row buttons -----------------------------------------------------------------------------


def dates_after(operation: str) -> list[str] | None:
    raw = full_content(activities=[ROW | {"date": date} for date in "甲乙丙"])
    if not posted.with_row_operation(PLAN, raw, operation):
        return None
    return [row["date"] for row in raw["activities"]]


@pytest.mark.parametrize(
    ("operation", "dates"),
    [
        ("add:activities", ["甲", "乙", "丙", ""]),
        ("remove:activities:1", ["甲", "丙"]),
        ("up:activities:2", ["甲", "丙", "乙"]),
        ("up:activities:0", ["甲", "乙", "丙"]),
        ("down:activities:0", ["乙", "甲", "丙"]),
        ("down:activities:2", ["甲", "乙", "丙"]),
        ("remove:activities:3", None),
        ("remove:activities:-1", None),
        ("remove:activities:", None),
        ("remove:activities:²", None),
        ("remove:activities:9999999999999", None),
        ("swap:activities:1", None),
        ("add:goals", None),
        ("add:nothing", None),
        ("save", None),
        ("", None),
    ],
)
def test_row_buttons(operation: str, dates: list[str] | None) -> None:
    assert dates_after(operation) == dates


def test_what_differs_between_two_writers() -> None:
    mine, theirs = form.clean(PLAN, full_content())[0], form.clean(PLAN, full_content(goals="别的"))[0]
    assert [field.key for field in posted.differing(PLAN, mine, theirs)] == ["goals"]
