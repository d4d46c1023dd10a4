"""The pre-check: what each check notices, what it lets pass, how a definition file may be wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_app.artefacts import form
from workflows import dates, description
from workflows.checking import CheckFacts, Finding
from workflows.checks import find
from workflows.definition import Definition
from workflows.source import Unsound, read

FOLDER = Path(__file__).resolve().parents[2] / "workflows"
FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)
TERMS = ((FIRST, date(2027, 1, 31)), (date(2027, 2, 1), LAST))
FACTS = CheckFacts(principals=("周明远",), first=FIRST, last=LAST, terms=TERMS)


def source(key: str) -> str:
    return (FOLDER / f"{key}.yaml").read_text(encoding="utf-8")


def definition(key: str) -> Definition:
    return read(source(key), f"{key}.yaml")[0]


PLAN, TEACHERS, SUMMARY = (definition(key) for key in ("school_plan", "development_plan", "annual_summary"))
ALL = {one.key: one for one in (PLAN, TEACHERS, SUMMARY)}


def rows(*cells: tuple[str, str, float | str]) -> list[dict[str, Any]]:
    return [{"date": when, "theme": "主题", "form": how, "hours": hours} for when, how, hours in cells]


def a_plan(**changes: Any) -> dict[str, Any]:
    """A plan with which the pre-check has nothing to find."""
    raw = {
        "leading_group": [{"post": "组长", "name": "周明远"}, {"post": "专管员", "name": "王静怡"}],
        "goals": "每人 24 学时。",
        "contents": "备课",
        "measures": "方案设计、组织实施、实施反馈、考核总结四个环节都有人管。",
        "weekly_slot": {"weekday": "3", "from": "15:40", "to": "17:10", "place": "会议室"},
        "planned_hours": 24,
        "activities": rows(*[("10月14日", "主题教研", 2)] * 6, *[("3月第2周", "主题教研", 2)] * 6),
        "rules": "签到",
    }
    return form.clean(PLAN, raw | changes)[0]


def noticed(content: dict[str, Any], of: Definition = PLAN, facts: CheckFacts = FACTS) -> list[Finding]:
    return find(of.form, of.checks, content, facts)


def only(content: dict[str, Any], of: Definition = PLAN, facts: CheckFacts = FACTS) -> Finding:
    (one,) = noticed(content, of, facts)
    return one


# --- the school plan -------------------------------------------------------------------------


def test_a_good_plan_has_no_findings() -> None:
    assert noticed(a_plan()) == []


def test_what_is_missing_is_an_error_at_its_field() -> None:
    found = [one for one in noticed(a_plan(goals=" ", rules="")) if one.check == "filled"]
    assert [(one.level, one.path) for one in found] == [("error", "goals"), ("error", "rules")]
    assert found[0].say("zh") == "请填写「研修目标」。"
    assert found[0].say("en") == "Please fill in “Goals”."


def test_somebody_heads_the_leading_group() -> None:
    found = only(a_plan(leading_group=[{"post": "专管员", "name": "王静怡"}]))
    assert (found.check, found.level, found.path) == ("row_where", "error", "leading_group")
    assert (found.found, found.needed) == ("0", "1")
    assert "「组长」" in found.zh


@pytest.mark.parametrize(
    ("name", "principals", "fits"),
    [
        ("周明远", ("周明远",), True),
        ("周 明远", ("周明远",), True),
        ("周明远（校长）", ("周明远",), True),
        ("李四", ("张三", "李四"), True),
        ("王静怡", ("周明远",), False),
        ("王静怡", (), True),  # nobody is known to be principal: nothing can be said
    ],
)
def test_the_head_is_the_principal(name: str, principals: tuple[str, ...], fits: bool) -> None:
    group = [{"post": "专管员", "name": "王静怡"}, {"post": "组长", "name": name}]
    found = noticed(a_plan(leading_group=group), facts=CheckFacts(principals, FIRST, LAST, TERMS))
    assert [one.path for one in found] == ([] if fits else ["leading_group.1.name"])


def test_six_themes_in_each_term() -> None:
    short = rows(*[("9月23日", "主题教研", 3)] * 7, *[("2027-03-10", "主题教研", 3)] * 2)
    found = only(a_plan(activities=short))
    assert (found.check, found.level, found.path) == ("count_rows_where", "advice", "activities")
    assert (found.found, found.needed) == ("2", "6")
    assert "第二学期" in found.zh
    assert "2 次" in found.zh


@pytest.mark.parametrize(
    "typed", ["主题\u200b教研", "\ufeff主题教研", "主\u00ad题教\u2060研", "主题教研\ufe0f"]
)
def test_words_are_counted_by_what_a_reader_sees(typed: str) -> None:
    """Also in what was saved before such characters were removed on the way in."""
    content = a_plan()
    for row in content["activities"]:
        row["form"] = typed
    content["leading_group"][0] = {"post": "组\u200b长", "name": "周明\u200b远"}
    content["measures"] = content["measures"].replace("组织", "组\u200b织")
    assert noticed(content) == []


def headed_by(name: str) -> list[dict[str, str]]:
    return [{"post": "组长", "name": name}, {"post": "专管员", "name": "王静怡"}]


@pytest.mark.parametrize("name", ["周明远校长", "周明远（校长）", "校长周明远", "周 明远", "周明远、王静怡"])
def test_the_head_is_the_principal_whatever_stands_beside_the_name(name: str) -> None:
    assert noticed(a_plan(leading_group=headed_by(name))) == []


@pytest.mark.parametrize("name", ["周明远志", "小周明远", "周明"])
def test_a_name_that_holds_the_principals_is_another_name(name: str) -> None:
    assert only(a_plan(leading_group=headed_by(name))).check == "head_is_principal"


def test_a_row_whose_term_is_unclear_may_count_for_either() -> None:
    unclear = [("每月一次", "主题教研", 3)] * 3
    enough = rows(*[("10月", "主题教研", 3)] * 4, *[("4月", "主题教研", 3)] * 5, *unclear)
    assert noticed(a_plan(activities=enough)) == []
    short = rows(*[("10月", "主题教研", 4)] * 4, *[("4月", "主题教研", 4)] * 4, *unclear)
    found = noticed(a_plan(activities=short))
    assert [one.found for one in found] == ["4", "4"]
    assert all("3 次看不出" in one.zh for one in found)


def test_a_term_may_be_named_and_the_theme_may_say_it() -> None:
    named = [("上学期", "主题教研", 2)] * 6 + [("第二学期第3周", "研讨", 2)] * 6
    content = a_plan(activities=rows(*named))
    assert [one.found for one in noticed(content)] == ["0"]
    for row in content["activities"][6:]:
        row["theme"] = "主题教研：作业设计"
    assert noticed(content) == []


def test_without_terms_the_year_is_counted_as_one() -> None:
    facts = CheckFacts(("周明远",), FIRST, LAST)
    few = rows(*[("9月", "主题教研", 5)] * 5)
    assert "全年" in only(a_plan(activities=few), facts=facts).zh
    assert noticed(a_plan(activities=rows(*[("9月", "主题教研", 5)] * 6)), facts=facts) == []


def test_hours_add_up() -> None:
    twelve = a_plan()["activities"]
    for row, hours in zip(twelve, [2] * 10 + [1.5, "半天"], strict=True):
        row["hours"] = hours
    found = only(a_plan(activities=twelve))
    assert (found.check, found.found, found.needed) == ("sum_at_least", "21.5", "24")
    assert "县里规定" in found.zh
    assert only(a_plan(planned_hours=16)).path == "planned_hours"
    assert noticed(a_plan(planned_hours="")) == []


def test_dates_within_the_year() -> None:
    activities = a_plan()["activities"] + rows(
        ("2025年9月3日", "讲座", 2), ("12月22日 周二", "讲座", 2), ("另行通知", "讲座", 2)
    )
    found = only(a_plan(activities=activities))
    assert (found.check, found.path) == ("dates_within_period", "activities.12.date")
    assert "第 13 行" in found.zh
    assert "2025年9月3日" in found.zh


def test_the_four_links() -> None:
    found = only(a_plan(measures="先制定方案，再抓好实施，最后考核总结。"))
    assert (found.check, found.found, found.needed) == ("mentions_all", "3", "4")
    assert "「实施反馈」" in found.zh
    assert "「方案设计」" not in found.zh


def test_the_slot_is_complete() -> None:
    found = only(a_plan(weekly_slot={"weekday": "3", "from": "15:40", "to": "17:10"}))
    assert (found.check, found.path, found.found) == ("slot_complete", "weekly_slot.place", "3")
    assert "地点" in found.zh


def test_what_was_taken_over_and_left_alone_is_advice() -> None:
    facts = CheckFacts(("周明远",), FIRST, LAST, TERMS, frozenset({"goals", "no_longer_there"}))
    found = only(a_plan(), facts=facts)
    assert (found.check, found.level, found.path) == ("renew", "advice", "goals")


def test_errors_come_first_then_the_order_of_the_form() -> None:
    found = noticed(a_plan(rules="", planned_hours=1, weekly_slot={"weekday": "1"}))
    assert [one.field for one in found] == ["rules", "weekly_slot", "planned_hours"]


# --- the other two ---------------------------------------------------------------------------


def test_a_development_plan_can_be_measured_and_adds_up() -> None:
    raw = {
        "strengths": "课堂稳",
        "weaknesses": "提问多",
        "goals": "全面提高。",
        "tasks": [{"task": "读书", "hours": 12, "when": "全年"}],
        "reading": [{"book": "教学勇气"}],
    }
    content = form.clean(TEACHERS, raw)[0]
    assert [one.check for one in noticed(content, TEACHERS)] == ["has_figure", "sum_at_least"]
    for goals in ("提问控制在 25 个以内", "写两篇案例", "得分率提高五成", "完成３次"):
        content["goals"] = goals
        assert [one.check for one in noticed(content, TEACHERS)] == ["sum_at_least"]


def test_a_summary_looks_at_hours_results_and_cases() -> None:
    raw = {"hours": 20, "results": "明显改善", "shortcomings": "少", "finished_on": "2028-01-01"}
    content = form.clean(SUMMARY, raw)[0]
    found = noticed(content, SUMMARY)
    assert [(one.level, one.check, one.field) for one in found] == [
        ("error", "filled", "improvements"),
        ("advice", "sum_at_least", "hours"),
        ("advice", "has_figure", "results"),
        ("advice", "filled", "cases"),
        ("advice", "dates_within_period", "finished_on"),
    ]


@pytest.mark.parametrize("key", ALL)
def test_every_check_can_be_told_in_words(key: str) -> None:
    for lang in ("zh", "en"):
        told = description.checks(ALL[key], lang)
        assert len(told) == len(ALL[key].checks) > 3
        assert all(sentence and level in ("error", "advice") for level, sentence in told)


# --- never raising ---------------------------------------------------------------------------

TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "9月9日",
            "2月30日",
            "9.31",
            "13月",
            "2026年",
            "十十月",
            "第二学期",
            "0",
            "-3",
            "1e5",
            "９月第5周",
            "二月末",
        ]
    ),
)
CELL = st.one_of(TYPED, st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6), st.none())


def a_value(field: Any) -> st.SearchStrategy[Any]:
    if field.kind == "table":
        columns = {
            column.key: CELL
            if column.kind == "number"
            else st.sampled_from(["", *column.options])
            if column.options
            else TYPED
            for column in field.columns
        }
        return st.lists(st.fixed_dictionaries({}, optional=columns), max_size=4)
    if field.kind == "slot":
        return st.fixed_dictionaries({}, optional=dict.fromkeys(form.SLOT_PARTS, TYPED))
    if field.kind == "choices":
        return st.lists(st.sampled_from(field.options))
    return CELL if field.kind == "number" else TYPED


FACTS_ANY = st.sampled_from(
    [
        FACTS,
        CheckFacts(),
        CheckFacts(("",), FIRST, LAST, TERMS, frozenset({"goals"})),
        CheckFacts((), FIRST, FIRST, TERMS[:1]),
    ]
)


@pytest.mark.parametrize("key", ALL)
@given(data=st.data(), facts=FACTS_ANY)
@settings(max_examples=150, deadline=None)
def test_no_content_that_the_form_keeps_makes_a_check_fail(
    key: str, data: st.DataObject, facts: CheckFacts
) -> None:
    one = ALL[key]
    raw = {field.key: data.draw(a_value(field)) for field in one.form}
    try:
        content, problems = form.clean(one, raw)
    except form.Unfit:
        return
    keys = {field.key for field in one.form}
    found = noticed(content, one, facts)
    for finding in found:
        assert finding.field in keys
        assert finding.zh
        assert finding.en
    errors = {finding.field for finding in found if finding.level == "error"}
    assert errors <= {problem.path.partition(".")[0] for problem in problems}  # what blocks is counted


@given(text=st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_may_stand_where_a_date_is_read(text: str) -> None:
    found = dates.read(text, FIRST, LAST)
    assert found is None or found[0] <= found[1]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("9月9日 周三", "2026-09-09", "2026-09-09"),
        ("2026年9月", "2026-09-01", "2026-09-30"),
        ("9月第2周", "2026-09-08", "2026-09-14"),
        ("9.15", "2026-09-15", "2026-09-15"),
        ("2026-10-01", "2026-10-01", "2026-10-01"),
        ("十一月二十三日", "2026-11-23", "2026-11-23"),
        ("三月中旬", "2027-03-11", "2027-03-20"),
        ("9月至次年5月", "2026-09-01", "2027-05-31"),
        ("１０月１２日", "2026-10-12", "2026-10-12"),
        ("2025年9月3日", "2025-09-03", "2025-09-03"),
        ("8月底", "2027-08-21", "2027-08-31"),
    ],
)
def test_dates_as_people_write_them(text: str, first: str, last: str) -> None:
    assert dates.read(text, FIRST, LAST) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text", ["", "全年", "每周三 15:40", "2026年", "13月", "2月30日", "1.5学时", "2026-2027"]
)
def test_what_cannot_be_read_is_no_date(text: str) -> None:
    assert dates.read(text, FIRST, LAST) is None


# --- mistakes in a file ----------------------------------------------------------------------

WRONG = [
    ("{kind: fillled, fields: [goals]}", "是不是「filled」"),
    ("{fields: [goals]}", "没有写 kind"),
    ("{kind: filled, fields: [goal]}", "没有「goal」这个字段，是不是「goals」"),
    ("{kind: filled, fields: []}", "不能是空的"),
    ("{kind: filled, fields: [goals], fieldz: 1}", "不认识「fieldz」"),
    ("{kind: filled, level: warn, fields: [goals]}", "「level」只能是"),
    ("{kind: row_where, field: leading_group, column: pst, equals: 组长, at_least: 1}", "没有「pst」这个列"),
    (
        "{kind: row_where, field: leading_group, column: post, equals: 队长, at_least: 1}",
        "没有「队长」这个选项",
    ),
    ("{kind: row_where, field: leading_group, column: post, equals: 组长}", "at_least 或 exactly"),
    ("{kind: row_where, field: goals, column: post, equals: 组长, at_least: 1}", "不是 table"),
    ("{kind: sum_at_least, field: goals, at_least: 3}", "不是数字"),
    ("{kind: sum_at_least, field: activities, at_least: 3}", "要写 column"),
    ("{kind: sum_at_least, field: activities, column: theme, at_least: 3}", "不是数字"),
    ("{kind: sum_at_least, field: planned_hours, at_least: 24.5}", "应是一个整数"),
    ("{kind: slot_complete, field: goals}", "不是 slot"),
    ("{kind: count_rows_where, field: activities, at_least: 6, per: term}", "要写 date"),
    ("{kind: count_rows_where, field: activities, at_least: 6, contains: 教研}", "要么都写，要么都不写"),
    ("{kind: mentions_all, words: []}", "不能是空的"),
    ("filled", "应是一组"),
]


@pytest.mark.parametrize(("check", "why"), WRONG)
def test_a_check_written_wrong_is_refused_with_its_line(check: str, why: str) -> None:
    text = source("school_plan")
    text = text[: text.index("\nchecks:")] + f"\nchecks:\n  - {check}\n"
    with pytest.raises(Unsound) as refused:
        read(text, "plan.yaml")
    problem = refused.value.problems[0]
    assert problem.line == len(text.splitlines())
    assert why in str(problem)


def test_a_definition_needs_no_checks() -> None:
    text = source("school_plan")
    plain = read(text[: text.index("\nchecks:")] + "\n", "plan.yaml")[0]
    assert plain.checks == ()
    assert noticed(form.clean(plain, {})[0], plain) == []
