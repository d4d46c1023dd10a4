"""Who sees what changed, and that a reviewer of a second submission sees it first."""

from flask import Flask

from tests.api.test_api import Program, is_problem
from tests.browsing import log_in
from tests.builders import Doc, a_plan, county


def mended(here) -> Doc:  # type: ignore[no-untyped-def]
    """A plan returned once by the lead, one sentence mended, answered, sent up again."""
    plan = a_plan(here).submitted().signed().returned()
    plan.answered("改成了可以检验的。")
    plan.save(here.coordinator, goals="每位教师每学期上两节研究课，课后写出改进。")
    return plan.submitted().signed()


def test_the_reviewer_of_a_second_submission_lands_on_the_changes(office: Flask) -> None:
    here = county()
    plan = mended(here)
    lead = log_in(office, "lead")
    page = lead.get(f"/artefacts/{plan.id}").get_data(as_text=True)
    text = page[page.index('id="text-h"') :]
    assert "<del>一</del><ins>两</ins>" in text
    # The point stands beside its answer and its change, and what did not change is not shown.
    assert text.index("目标请写得可以检验。") < text.index("改成了可以检验的。") < text.index("<ins>两</ins>")
    assert "签到考勤" not in text
    whole = lead.get(f"/artefacts/{plan.id}?view=full").get_data(as_text=True)
    assert "签到考勤" in whole
    assert "<ins>" not in whole


def test_on_a_first_submission_the_whole_text_is_shown(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    page = log_in(office, "lead").get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "签到考勤" in page
    assert "<ins>" not in page


def test_a_point_without_a_change_says_so(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned(section="rules", text="写明奖励的标准。")
    plan.answered("已有说明。")
    plan.save(here.coordinator, goals="新的目标。")
    plan.submitted().signed()
    page = log_in(office, "lead").get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert page.index("写明奖励的标准。") < page.index("这一部分没有改动")


def test_the_author_sees_what_the_draft_changes(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned()
    plan.save(here.coordinator, rules="签到考勤；每学期评两次；成果给予奖励。")
    page = log_in(office, "coordinator").get(f"/artefacts/{plan.id}/changes").get_data(as_text=True)
    assert "<del>一</del><ins>两</ins>" in page


def test_the_changes_follow_the_readers_of_the_document(office: Flask) -> None:
    here = county()
    plan = mended(here)
    path = f"/artefacts/{plan.id}/changes?from=1&to=2"
    readers = {"coordinator", "principal", "deputy", "lead", "reviewer", "inspector", "auditor"}
    for who in sorted(readers | {"coordinator2", "principal2", "lead2", "teacher", "teacher3", "admin"}):
        assert log_in(office, who).get(path).status_code == (200 if who in readers else 404), who
    lead = log_in(office, "lead")
    # A draft is its authors' until it is submitted.
    for query in ("to=draft", "from=0", "from=9", "from=x", "to=-1", "from=1&to=99999999999"):
        assert lead.get(f"/artefacts/{plan.id}/changes?{query}").status_code == 404, query


def test_the_draft_is_not_compared_for_those_who_may_not_see_it(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().returned()
    plan.save(here.coordinator, goals="还没想好。")
    lead = Program(office, here.lead)
    is_problem(lead.call("GET", f"/artefacts/{plan.id}/changes?from=1"), 404, "not_found")


def test_the_changes_for_programs(office: Flask) -> None:
    here = county()
    plan = mended(here)
    lead = Program(office, here.lead)
    found = lead.get(f"/artefacts/{plan.id}/changes?from=1&to=2")
    assert [(one["section"], one["removed"], one["added"]) for one in found["sections"]] == [
        ("goals", ["一"], ["两"])
    ]
    is_problem(lead.call("GET", f"/artefacts/{plan.id}/changes?from=1&to=7"), 404, "not_found")
    is_problem(lead.call("GET", f"/artefacts/{plan.id}/changes?from=0&to=2"), 422, "bad_input")
    stranger = Program(office, here.coordinator2)
    is_problem(stranger.call("GET", f"/artefacts/{plan.id}/changes?from=1&to=2"), 404, "not_found")
