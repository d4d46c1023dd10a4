"""The main job and its rules, through the service, on both databases."""

import threading

import pytest
from flask import Flask

from tests.builders import a_development_plan, a_key, a_plan, county, end_role
from workflow_app import canonical
from workflow_app.artefacts.models import Draft, Revision
from workflow_app.desk import inbox
from workflow_app.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound, UnknownAction
from workflow_app.events import chain
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.signoff import policy
from workflow_app.signoff.models import Notice, Point, Task
from workflow_app.signoff.transition import take_action


def reason_of(refused: pytest.ExceptionInfo[NotAllowed]) -> str:
    return refused.value.reason.code


def test_a_plan_goes_from_draft_to_approved(office: Flask) -> None:
    plan = a_plan(county()).submitted().signed().returned().answered().submitted().signed().approved()
    assert plan.state == "approved"
    assert [event.action for event in plan.events] == [
        "create", "submit", "sign", "return", "submit", "sign", "approve",
    ]  # fmt: skip
    assert plan.row.in_force_revision == plan.row.revision == 2
    assert not chain.breaks(plan.id, [(event.seq, event.body, event.hash) for event in plan.events])
    assert plan.row.head_hash == plan.events[-1].hash
    assert db.session.query(Point).filter_by(artefact_id=plan.id, state="closed").count() == 1


def test_what_is_signed_is_what_was_submitted(office: Flask) -> None:
    plan = a_plan(county()).submitted().signed()
    revision = db.session.query(Revision).filter_by(artefact_id=plan.id).one()
    signed = canonical.loads(plan.events[-1].body)
    assert signed["content_sha256"] == revision.content_sha256 == canonical.sha256(revision.content)
    assert signed["grant"]["role"] == "principal"
    assert signed["auth"] == "password"


def test_principal_cannot_sign_own_plan(office: Flask) -> None:
    here = county()
    plan = a_plan(here, by=here.principal).submitted()
    with pytest.raises(NotAllowed) as refused:
        plan.signed(here.principal)
    assert reason_of(refused) == "own_document"
    assert plan.signed(here.deputy).state == "training_review"


def test_principal_who_edited_the_draft_is_an_author_too(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    plan.save(here.principal, goals="校长改过的目标。")
    plan.submitted()
    with pytest.raises(NotAllowed) as refused:
        plan.signed(here.principal)
    assert reason_of(refused) == "own_document"


def test_principal_who_submits_cannot_sign(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted(here.principal)
    with pytest.raises(NotAllowed):
        plan.signed(here.principal)
    assert [(row.role, row.unit_id) for row in _open_tasks(plan.id)] == [("deputy", here.school1)]


def test_in_the_tiny_school_the_parent_school_signs(office: Flask) -> None:
    here = county()
    plan = a_plan(here, by=here.principal3).submitted()
    assert [(row.role, row.unit_id) for row in _open_tasks(plan.id)] == [("principal", here.school1)]
    with pytest.raises(NotAllowed):
        plan.signed(here.principal3)
    plan.signed(here.principal).approved()
    assert plan.state == "approved"


def test_in_the_tiny_school_without_parent_the_lead_signs_and_another_lead_concludes(office: Flask) -> None:
    here = county()
    end_role(here.principal, "principal")
    plan = a_plan(here, by=here.principal3).submitted().signed(here.lead)
    assert [(row.role, row.unit_id) for row in _open_tasks(plan.id)] == [("lead", here.middle_department)]
    with pytest.raises(NotAllowed) as refused:
        plan.approved(here.lead)
    assert reason_of(refused) == "signed_already"
    assert plan.approved(here.lead2).state == "approved"


def test_a_nine_year_school_passes_both_departments_in_order(office: Flask) -> None:
    here = county()
    plan = a_plan(here, by=here.coordinator4).submitted().signed(here.principal4)
    with pytest.raises(NotAllowed):
        plan.approved(here.lead2)
    plan.approved(here.lead)
    assert plan.state == "training_review"
    assert plan.row.in_force_revision is None
    assert [(row.role, row.unit_id) for row in _open_tasks(plan.id)] == [("lead", here.middle_department)]
    assert plan.approved(here.lead2).state == "approved"


def test_role_ended_between_page_and_click(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    end_role(here.principal, "principal")
    with pytest.raises((NotAllowed, NotFound)):
        plan.signed(here.principal)
    assert plan.state == "school_review"
    assert [(row.role, row.unit_id) for row in _open_tasks(plan.id)] == [("deputy", here.school1)]


def test_somebody_was_faster(office: Flask) -> None:
    here = county()
    plan = a_development_plan(here).submitted()
    seen = plan.row
    sent = {"version": seen.version, "content_sha256": seen.content_sha256}
    plan.signed(here.deputy)
    with pytest.raises(Conflict) as lost:
        plan.act(here.principal, "sign", **sent)
    assert lost.value.by == "deputy的姓名"
    assert lost.value.action == "sign"
    assert lost.value.state == "training_review"


def test_the_same_key_twice_is_one_event(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    row = plan.row
    sent = {
        "version": row.version, "content_sha256": row.content_sha256, "key": a_key(), "comment": "同意",
    }  # fmt: skip
    first = plan.act(here.principal, "sign", **sent)
    again = plan.act(here.principal, "sign", **sent)
    assert again.replayed
    assert (again.seq, again.version) == (first.seq, first.version)
    assert len(plan.events) == 3
    with pytest.raises(KeyReused):
        plan.act(here.principal, "sign", **{**sent, "comment": "另一句话"})


def test_a_return_says_what_must_change(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed()
    with pytest.raises(NotAllowed) as refused:
        plan.act(here.lead, "return")
    assert reason_of(refused) == "points_required"
    with pytest.raises(BadInput) as bad:
        plan.act(here.lead, "return", points=[{"section": "no_such", "text": "改"}])
    assert "points.0.section" in bad.value.problems
    with pytest.raises(BadInput):
        plan.act(here.lead, "return", points=[{"section": "goals", "text": " "}])
    assert plan.state == "training_review"


def test_every_point_is_answered_before_it_goes_up_again(office: Flask) -> None:
    plan = a_plan(county()).submitted().signed().returned()
    with pytest.raises(NotAllowed) as refused:
        plan.submitted()
    assert reason_of(refused) == "points_unanswered"
    assert plan.answered().submitted().state == "school_review"


def test_signing_needs_the_password(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    with pytest.raises(NotAllowed) as refused:
        plan.act(here.principal, "sign", auth="session")
    assert reason_of(refused) == "reauthentication_required"


def test_signing_other_content_than_shown(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    with pytest.raises(NotAllowed) as refused:
        plan.act(here.principal, "sign", content_sha256="0" * 64)
    assert reason_of(refused) == "content_changed"


def test_an_incomplete_form_is_not_submitted(office: Flask) -> None:
    plan = a_plan(county(), content={"goals": "只有目标"})
    with pytest.raises(NotAllowed) as refused:
        plan.submitted()
    assert reason_of(refused) == "form_incomplete"


def test_withdraw_and_take_back(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    plan.act(here.coordinator, "withdraw")
    assert plan.state == "draft"
    plan.submitted().signed()
    plan.act(here.principal, "take_back")
    assert plan.state == "school_review"
    plan.signed()
    assert plan.state == "training_review"
    with pytest.raises(NotAllowed):
        plan.act(here.deputy, "take_back")
    plan.approved()
    with pytest.raises(NotAllowed):
        plan.act(here.principal, "take_back")


def test_an_approved_plan_stays_in_force_while_amended(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="变更后的目标。")
    plan.submitted()
    assert plan.row.in_force_revision == 1
    plan.signed().approved()
    assert plan.row.in_force_revision == 2


def test_a_cancelled_amendment_restores_what_is_in_force(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted().signed().approved()
    before = plan.row.content_sha256
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="不想要的改动。")
    plan.act(here.coordinator, "cancel_amendment")
    row = plan.row
    assert (row.state, row.content_sha256, row.in_force_revision) == ("approved", before, 1)
    draft = db.session.get_one(Draft, plan.id)
    assert canonical.sha256(draft.content) == before


def test_another_school_sees_nothing(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    for stranger in (here.principal2, here.coordinator2, here.lead2, here.admin, here.teacher3):
        assert not policy.may_read(stranger, plan.id)
        with pytest.raises(NotFound):
            plan.act(stranger, "sign")


def test_unknown_action_and_unknown_document(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    with pytest.raises(UnknownAction):
        plan.act(here.coordinator, "explode")
    plan.id += 1000
    nothing = {"version": 1, "content_sha256": "", "attachments_sha256": "", "key": a_key()}
    with pytest.raises(NotFound):
        take_action(here.coordinator, plan.id, "submit", **nothing)


def test_the_boxes_follow_the_document(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    assert [row.id for row in inbox.page(here.principal, "todo")[0]] == [plan.id]
    assert [row.id for row in inbox.page(here.coordinator, "mine")[0]] == [plan.id]
    plan.signed()
    assert inbox.page(here.principal, "todo")[0] == []
    assert [row.id for row in inbox.page(here.principal, "done")[0]] == [plan.id]
    plan.returned()
    assert [row.id for row in inbox.page(here.coordinator, "todo")[0]] == [plan.id]
    assert [row.id for row in inbox.page(here.principal, "copied")[0]] == [plan.id]
    assert inbox.counts(here.coordinator)["todo"] == 1
    assert db.session.query(Notice).filter_by(artefact_id=plan.id, purpose="told").count() > 0


def test_two_at_the_same_instant_one_wins(office: Flask) -> None:
    here = county()
    plan = a_development_plan(here).submitted()
    row = plan.row
    sent = {
        "version": row.version,
        "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256,
    }
    ready, results = threading.Barrier(2), []

    def sign(who: int) -> None:
        with office.app_context():
            ready.wait()
            try:
                results.append(take_action(who, plan.id, "sign", **sent, key=a_key(), auth="password"))
            except Conflict as conflict:
                results.append(conflict)
            db.session.remove()

    threads = [threading.Thread(target=sign, args=(who,)) for who in (here.principal, here.deputy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Outcome"]
    assert [event.action for event in plan.events].count("sign") == 1


def test_a_new_principal_finds_what_waits(office: Flask) -> None:
    here = county()
    end_role(here.deputy, "deputy")
    end_role(here.principal, "principal")
    plan = a_plan(here).submitted()
    assert {(row.role, row.unit_id) for row in _open_tasks(plan.id)} == {("lead", here.primary_department)}
    people.give_role(None, here.colleague, "principal", here.school1, "2026-09-01")
    assert {(row.role, row.unit_id) for row in _open_tasks(plan.id)} == {("principal", here.school1)}


def _open_tasks(artefact_id: int) -> list[Task]:
    db.session.rollback()
    return db.session.query(Task).filter_by(artefact_id=artefact_id, closed_at=None).all()
