"""Every place that takes a day: pages, programs, the command line. None of them breaks on one."""

from urllib.parse import quote

import pytest
from flask import Flask

from tests.api.test_api import Program, is_problem
from tests.browsing import log_in
from tests.builders import a_plan, county

FAR = ("9999-12-31", "0001-01-01", "9999-12-30", "2151-01-01", "1949-12-31")
NONE = ("昨天", "2026-02-30", "20260901", "2026-W36-2", "2026-09-01T00:00:00", "\x00")
WIDE = "２０２６－０９－０１"


@pytest.mark.parametrize("field", ["since", "until"])
def test_the_trail(office: Flask, field: str) -> None:
    here = county()
    a_plan(here).submitted()
    client, program = log_in(office, "auditor"), Program(office, here.auditor)
    for day in FAR + NONE:
        answer = client.get("/trail", query_string={field: day})
        assert answer.status_code == 422, day
        said = "日期应在 1950 年到 2150 年之间。" if day in FAR else "日期请写成 2026-09-01 这样。"
        assert said in answer.get_data(as_text=True)
        for kind in ("csv", "jsonl"):
            assert client.get(f"/trail/export.{kind}", query_string={field: day}).status_code in (404, 422)
        is_problem(program.call("GET", f"/trail?{field}={quote(day)}"), 422, "bad_input")
    for day in (WIDE, "2150-12-31", "1950-01-01"):
        assert client.get("/trail", query_string={field: day}).status_code == 200, day
        exported = client.get("/trail/export.csv", query_string={field: day}, buffered=True).get_data(
            as_text=True
        )
        items = program.call("GET", f"/trail?{field}={day}").get_json()["items"]
        assert len(exported.splitlines()) == 1 + len(items)


def test_the_day_asked_about_on_a_document(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    client, program = log_in(office, "lead"), Program(office, here.lead)
    for day in FAR + NONE:
        page = client.get(f"/artefacts/{plan.id}", query_string={"on": day})
        assert page.status_code == 200
        assert ("日期应在 1950 年" if day in FAR else "日期请写成") in page.get_data(as_text=True), day
        is_problem(program.call("GET", f"/artefacts/{plan.id}/in-force?on={quote(day)}"), 422, "bad_input")
    assert client.get(f"/artefacts/{plan.id}", query_string={"on": WIDE}).status_code == 200


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_the_command_line(office: Flask, option: str) -> None:
    from workflow_app.trail.commands import trail

    a_plan(county())
    run = office.test_cli_runner()
    for day in FAR + NONE[:-1]:
        done = run.invoke(trail, ["export", option, day])
        assert done.exit_code == 2, day
        assert ("1950 年到 2150 年" if day in FAR else "2026-09-01 这样") in done.output
    assert run.invoke(trail, ["export", option, WIDE]).exit_code == 0


def test_roles_periods_and_holidays(office: Flask) -> None:
    from workflow_app.errors import BadInput
    from workflow_app.people import service as people
    from workflow_app.periods import service as periods

    here = county()
    unit = people.live_grants(here.teacher)[0].unit_id
    for day in FAR + NONE:
        for field, act in (
            ("starts_on", lambda day=day: people.give_role(None, here.teacher, "deputy", unit, day)),
            ("starts_on", lambda day=day: periods.set_period(None, "x", "term", "新学期", day, "2030-01-31")),
            ("ends_on", lambda day=day: periods.set_period(None, "x", "term", "新学期", "2030-01-01", day)),
            ("day", lambda day=day: periods.set_holiday(None, day, "放假")),
        ):
            with pytest.raises(BadInput) as refused:
                act()
            assert field in refused.value.problems, (field, day)
    first = WIDE.replace("２６", "３０")
    made = periods.set_period(None, "２０３０－２０３１", "school_year", "二〇三〇学年", first, "2031-07-31")
    assert (made.key, made.starts_on) == ("2030-2031", "2030-09-01")
