"""The pre-check through the services, the pages and the API; beginning with last year's document."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in, post
from tests.builders import County, Doc, a_key, a_plan, county, end_role, full_content
from tests.desk.test_editing import content, form_of, page_of, put, typed
from workflow_app.artefacts import content as contents
from workflow_app.artefacts.models import Artefact, CarriedOver
from workflow_app.authentication import tokens
from workflow_app.drafting import carry_over, precheck, save
from workflow_app.drafting.create import create
from workflow_app.errors import BadInput, Conflict, NotAllowed, NotFound
from workflow_app.events.models import Opinion
from workflow_app.extensions import db
from workflow_app.periods import service as periods
from workflow_app.signoff import policy
from workflows.machine import Answer

LAST_YEAR = "2025-2026"


def findings_of(doc: Doc, who: int) -> precheck.Findings:
    db.session.rollback()
    return precheck.review(policy.readable(who, doc.id), content(doc))


def test_the_page_remembers_findings_only_as_long_as_they_hold(here: County, plan: Doc) -> None:
    def shown() -> precheck.Findings:
        db.session.rollback()
        context = policy.readable(here.coordinator, plan.id)
        return precheck.for_reader(context, contents.shown(plan.id, context.shown_revision()))

    def heads(findings: precheck.Findings) -> bool:
        return any(one.check == "head_is_principal" for one in findings)

    before = shown()
    assert heads(before)
    assert shown() == before == findings_of(plan, here.coordinator)
    end_role(here.principal, "principal")  # nobody has typed: the facts have changed
    assert not heads(shown())
    here.person("newcomer", ("principal", "school1"))
    assert heads(shown())
    plan.save(here.coordinator, leading_group=[{"post": "组长", "name": "newcomer的姓名"}])
    assert not heads(shown())
    assert shown() == findings_of(plan, here.coordinator)


def asked(who: int, doc: Doc) -> dict[str, Answer]:
    """The answer for every action, by name."""
    context = policy.readable(who, doc.id)
    return {answer.name: answer for answer in context.machine.ask(context.case)}


def checks_of(doc: Doc) -> set[tuple[str, str]]:
    return {(one.check, one.path) for one in findings_of(doc, doc.people["author"])}


def api(app: Flask, person: int) -> tuple[FlaskClient, dict[str, str]]:
    raw = tokens.make(None, person)
    return app.test_client(), {"Authorization": f"Bearer {raw}"}


# --- what the application adds --------------------------------------------------------------------


def test_the_office_knows_the_principal_and_the_terms(here: County, plan: Doc) -> None:
    assert ("head_is_principal", "leading_group.0.name") in checks_of(plan)
    group = full_content()["leading_group"]
    group[0]["name"] = "principal的姓名"
    plan.save(here.coordinator, leading_group=group)
    assert not any(check == "head_is_principal" for check, _path in checks_of(plan))
    counts = [one for one in findings_of(plan, here.coordinator) if one.check == "count_rows_where"]
    assert [one.found for one in counts] == ["0", "0"]  # two terms, no 主题教研 in either
    end_role(here.principal, "principal")
    assert not any(check == "head_is_principal" for check, _path in checks_of(plan))  # nobody to compare with


def test_errors_block_and_advice_does_not(here: County, plan: Doc) -> None:
    assert {one.level for one in findings_of(plan, here.coordinator)} == {"advice"}
    saved = plan.save(here.coordinator, leading_group=[{"post": "组员", "name": "某人"}])
    assert [problem.path for problem in saved.problems] == ["leading_group"]
    first = saved.findings[0]
    assert (first.level, first.check) == ("error", "row_where")
    with pytest.raises(NotAllowed) as refused:
        plan.submitted()
    assert refused.value.reason.code == "form_incomplete"
    assert refused.value.reason.facts["count"] == 1
    submit = asked(here.coordinator, plan)["submit"]
    assert not submit.allowed
    assert submit.reason == refused.value.reason
    plan.save(here.coordinator)
    assert plan.submitted().state == "school_review"


def test_what_the_form_says_already_is_not_said_twice(here: County, plan: Doc) -> None:
    saved = plan.save(
        here.coordinator, goals="", weekly_slot={"weekday": "9", "from": "15:00", "to": "14:00"}
    )
    paths = [one.path for one in saved.findings if one.level == "error"]
    assert sorted(paths) == ["goals", "weekly_slot.to", "weekly_slot.weekday"]
    assert all(one.check == "form" for one in saved.findings if one.level == "error")


STRICT = """
checks:
  - kind: head_is_principal
    level: error
    field: leading_group
    column: post
    equals: 组长
    name_column: name
"""


@pytest.fixture
def strict(make_app: Any, tmp_path: Path) -> Iterator[Flask]:
    """A county where the principal must head the group: a kind of document of its own."""
    source = (Path(__file__).resolve().parents[2] / "workflows" / "school_plan.yaml").read_text("utf-8")
    source = source[: source.index("\n# 自查")] + STRICT
    folder = tmp_path / "workflows"
    folder.mkdir()
    text = source.replace("key: school_plan", "key: strict_plan", 1)
    (folder / "strict_plan.yaml").write_text(text, encoding="utf-8")
    app = make_app(workflows_dir=str(folder))
    with app.app_context():
        yield app
        db.session.remove()


def test_an_error_that_only_the_office_can_see_blocks_as_long_as_it_holds(strict: Flask) -> None:
    here = county()
    group = [{"post": "组长", "name": "principal的姓名"}]
    made = create(
        here.coordinator, "strict_plan", "2026-2027", content=full_content(leading_group=group), key=a_key()
    )
    plan = Doc(here, made.artefact_id, {"author": here.coordinator})

    def may_submit() -> bool:
        db.session.rollback()
        return asked(here.coordinator, plan)["submit"].allowed

    assert may_submit()
    end_role(here.principal, "principal")
    here.person("newcomer", ("principal", "school1"))
    assert not may_submit()  # nobody has typed: the principal has changed
    with pytest.raises(NotAllowed) as refused:
        plan.submitted()
    assert refused.value.reason.code == "form_incomplete"
    sent = full_content(leading_group=[{"post": "组长", "name": "newcomer的姓名"}])
    save.save_content(here.coordinator, plan.id, plan.row.version, sent)
    assert may_submit()
    assert plan.submitted().state == "school_review"


# --- pages and API ---------------------------------------------------------------------------


def test_the_edit_page_lists_errors_and_advice_with_links(author: FlaskClient, plan: Doc) -> None:
    assert "自查建议" in page_of(author.get(f"/artefacts/{plan.id}/edit"))  # there, but hidden
    plan.save(plan.people["author"], goals="", planned_hours=16)
    page = re.sub(
        r">\s+|\s+<", lambda gap: gap[0].strip(), page_of(author.get(f"/artefacts/{plan.id}/edit?check=1"))
    )
    assert '<a href="#f-goals">请填写「研修目标」。</a>' in page
    assert '<a href="#f-planned_hours">「计划学时（每人）」现在是 16，至少要 24（' in page
    assert '<a href="#f-leading_group-0-name">' in page
    assert 'id="f-leading_group-0-name"' in page


def test_saving_as_one_types_answers_with_the_findings(author: FlaskClient, plan: Doc) -> None:
    body = {"version": plan.row.version, "content": typed(plan, planned_hours=16)}
    answer = put(author, plan.id, body).json
    assert answer
    hours = next(one for one in answer["findings"] if one["field"] == "planned_hours")
    assert (hours["level"], hours["check"], hours["found"], hours["needed"]) == (
        "advice", "sum_at_least", "16", "24",
    )  # fmt: skip
    body = {"version": answer["version"], "content": typed(plan, planned_hours=30)}
    answer = put(author, plan.id, body).json
    assert answer
    assert "planned_hours" not in {one["field"] for one in answer["findings"]}


@pytest.mark.sqlite_only
def test_the_check_button_works_without_scripts(author: FlaskClient, plan: Doc) -> None:
    answer = post(author, f"/artefacts/{plan.id}/edit", **(form_of(plan, goals="新目标") | {"op": "check"}))
    assert answer.status_code == 303
    assert answer.location.endswith(f"/artefacts/{plan.id}/edit?check=1")
    assert content(plan)["goals"] == "新目标"


def test_who_is_shown_the_findings_on_the_document(office: Flask, here: County, plan: Doc) -> None:
    path = f"/artefacts/{plan.id}"
    page = page_of(log_in(office, "coordinator").get(path))
    assert "自查：" in page
    assert f'href="/artefacts/{plan.id}/edit?check=1#f-planned' not in page
    plan.submitted()
    for who in ("coordinator", "principal", "lead", "reviewer", "auditor"):
        page = page_of(log_in(office, who).get(path))
        assert 'id="precheck"' in page, who
        assert "「主题教研」" in page, who
    plan.signed().approved()
    for who in ("coordinator", "lead", "teacher"):
        assert 'id="precheck"' not in page_of(log_in(office, who).get(path)), who


def test_the_api_gives_the_findings(office: Flask, here: County, plan: Doc) -> None:
    client, headers = api(office, here.coordinator)
    shown = client.get(f"/api/v1/artefacts/{plan.id}", headers=headers).json
    assert shown
    assert {"level", "check", "field", "detail", "found", "needed"} == set(shown["findings"][0])
    assert any(one["check"] == "mentions_all" for one in shown["findings"])
    plan.submitted().signed().approved()
    teacher, teacher_headers = api(office, here.teacher)
    approved = teacher.get(f"/api/v1/artefacts/{plan.id}", headers=teacher_headers).json
    assert approved
    assert approved["findings"] == []


@pytest.mark.sqlite_only
def test_the_flow_page_says_what_is_checked(office: Flask, here: County) -> None:
    client = log_in(office, "teacher")
    page = page_of(client.get("/workflows/school_plan"))
    assert "「活动安排」里「主题教研」每学期至少 6 次" in page
    client.get("/language/en")
    assert "is headed by the principal" in html.unescape(
        client.get("/workflows/school_plan").get_data(as_text=True)
    )


# --- beginning with last year's --------------------------------------------------------------


@pytest.fixture
def old(here: County) -> Doc:
    """Last year's plan, approved."""
    periods.set_period(None, LAST_YEAR, "school_year", "2025—2026 学年", "2025-09-01", "2026-08-31", "open")
    return a_plan(here, year=LAST_YEAR).submitted().signed().approved()


def begun(here: County, old: Doc, **more: Any) -> Doc:
    made = create(here.coordinator, "school_plan", "2026-2027", source_id=old.id, key=a_key(), **more)
    return Doc(
        here, made.artefact_id, {"author": here.coordinator, "principal": here.principal, "lead": here.lead}
    )


def unrenewed(doc: Doc) -> set[str]:
    return {path for check, path in checks_of(doc) if check == "renew"}


def test_last_year_s_plan_as_a_start(here: County, old: Doc) -> None:
    (offer,) = carry_over.offers(here.coordinator)
    assert (offer.artefact_id, offer.workflow, offer.revision) == (old.id, "school_plan", 1)
    new = begun(here, old)
    assert content(new) == content(old)
    assert unrenewed(new) == {"goals", "weekly_slot", "activities"}
    said = db.session.get_one(Opinion, (new.id, 1)).body
    assert said
    assert f"以2025—2026 学年第 1 版为底稿（编号 {old.id}）。" in bytes(said).decode()
    assert new.submitted().state == "school_review"  # it is advice, no more


def test_a_section_is_renewed_by_changing_or_by_confirming_it(here: County, old: Doc) -> None:
    new = begun(here, old)
    new.save(here.coordinator, goals="今年的目标：每人三节研究课。")
    assert unrenewed(new) == {"weekly_slot", "activities"}
    new.save(here.coordinator)  # back to last year's words
    assert unrenewed(new) == {"goals", "weekly_slot", "activities"}
    carry_over.confirm(here.coordinator, new.id, "weekly_slot")
    carry_over.confirm(here.coordinator, new.id, "weekly_slot")
    assert unrenewed(new) == {"goals", "activities"}
    confirmed = db.session.get_one(CarriedOver, (new.id, "weekly_slot"))
    assert (confirmed.confirmed_by, confirmed.source_id) == (here.coordinator, old.id)
    with pytest.raises(NotFound):
        carry_over.confirm(here.coordinator, new.id, "no_such_field")
    with pytest.raises(NotFound):
        carry_over.confirm(here.coordinator2, new.id, "goals")
    new.submitted()
    with pytest.raises(Conflict):
        carry_over.confirm(here.coordinator, new.id, "goals")


def test_what_is_sent_goes_over_what_is_taken(here: County, old: Doc) -> None:
    new = begun(here, old, content={"goals": "新的目标"})
    assert content(new)["goals"] == "新的目标"
    assert content(new)["rules"] == content(old)["rules"]
    assert unrenewed(new) == {"weekly_slot", "activities"}


def test_the_revision_in_force_is_taken_not_the_draft_of_an_amendment(here: County, old: Doc) -> None:
    old.act(here.coordinator, "amend")
    old.save(here.coordinator, goals="还没通过的目标")
    assert "还没通过" not in content(begun(here, old))["goals"]


def test_only_an_older_one_of_the_same_school_and_kind(here: County, old: Doc) -> None:
    def refused(who: int, source: int, year: str = "2026-2027") -> str:
        with pytest.raises(BadInput) as bad:
            create(who, "school_plan", year, source_id=source, key=a_key())
        return bad.value.problems["source"]

    missing = refused(here.coordinator2, old.id)  # another school's: nothing says whether it is there
    assert missing == refused(here.coordinator, 10**9)
    plan = a_plan(here, by=here.principal3)
    assert refused(here.principal3, plan.id, LAST_YEAR) == missing  # never submitted
    plan.submitted()
    assert "更早" in refused(here.principal3, plan.id, LAST_YEAR)  # a younger one
    assert carry_over.offers(here.coordinator2) == []
    assert carry_over.offers(here.lead) == []


def test_the_same_key_twice_begins_one_document(here: County, old: Doc) -> None:
    key = a_key()
    first = create(here.coordinator, "school_plan", "2026-2027", source_id=old.id, key=key)
    again = create(here.coordinator, "school_plan", "2026-2027", source_id=old.id, key=key)
    assert again.replayed
    assert again.artefact_id == first.artefact_id


def test_beginning_with_last_year_s_through_the_pages(office: Flask, here: County, old: Doc) -> None:
    client = log_in(office, "coordinator")
    page = page_of(client.get("/artefacts/new"))
    assert f'<option value="{old.id}">以2025—2026 学年第 1 版为底稿</option>' in page
    form = {"workflow": "school_plan", "period": "2026-2027", "school": here.school1, "source": old.id}
    answer = post(client, "/artefacts/new", key=a_key(), **form)
    assert answer.status_code == 303
    db.session.rollback()
    new = db.session.query(Artefact).filter_by(period_key="2026-2027").one()
    doc = Doc(here, new.id, {"author": here.coordinator})
    page = page_of(client.get(f"/artefacts/{doc.id}/edit?check=1"))
    assert page.count("需更新") == 3
    assert "「研修目标」还和上一份一样" in page
    sent = form_of(doc, rules="新的制度") | {"op": "keep:goals"}
    answer = post(client, f"/artefacts/{doc.id}/edit", **sent)
    assert answer.location.endswith("/edit#s-goals")
    assert content(doc)["rules"] == "新的制度"  # what was typed was saved as well
    assert unrenewed(doc) == {"weekly_slot", "activities"}
    answer = post(client, f"/artefacts/{doc.id}/renewals/activities")
    assert answer.json == {"field": "activities"}
    assert unrenewed(doc) == {"weekly_slot"}
    assert post(client, f"/artefacts/{doc.id}/renewals/nothing").status_code == 404


def test_beginning_with_last_year_s_through_the_api(office: Flask, here: County, old: Doc) -> None:
    client, headers = api(office, here.coordinator)
    body = {"workflow": "school_plan", "period": "2026-2027", "source": old.id}
    made = client.post("/api/v1/artefacts", json=body, headers=headers | {"Idempotency-Key": "k1"})
    assert made.status_code == 201
    assert made.json
    assert made.json["content"]["goals"] == full_content()["goals"]
    assert {one["field"] for one in made.json["findings"] if one["check"] == "renew"} == {
        "goals", "weekly_slot", "activities",
    }  # fmt: skip
