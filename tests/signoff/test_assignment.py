"""Whose turn it is, when people and units change: one question, answered from roles as they are now."""

from datetime import timedelta

import pytest
from sqlalchemy import event as events

from tests.builders import County, a_development_plan, a_plan, end_role
from workflow_app import clock
from workflow_app.demo.loader import clock_at
from workflow_app.desk import inbox
from workflow_app.errors import NotAllowed, NotFound
from workflow_app.events.view import of_document
from workflow_app.extensions import db
from workflow_app.integrity.doctor import examine
from workflow_app.people import service as people
from workflow_app.signoff import assignment, policy
from workflow_app.signoff.models import Notice


def todo(who: int) -> set[int]:
    """The documents in somebody's 待我处理."""
    db.session.rollback()
    rows, _next = inbox.page(who, "todo")
    return {row.id for row in rows}


def violations() -> dict[str, list[str]]:
    assignment.up_to_date()
    return {one.name: [str(each) for each in one.offenders] for one in examine() if one.offenders}


def ends_today(person_id: int, role: str) -> None:
    grant = next(grant for grant in people.live_grants(person_id) if grant.role == role)
    people.end_role(None, grant.id, clock.today())


def test_a_role_that_ended_by_its_date_leaves_nothing_on_nobody_s_desk(here: County) -> None:
    ends_today(here.principal, "principal")
    plan = a_plan(here).submitted()
    assert todo(here.principal) == {plan.id}
    assert todo(here.deputy) == set()
    with clock_at(clock.now() + timedelta(days=2)):
        assert todo(here.deputy) == {plan.id}
        assert todo(here.principal) == set()
        assert violations() == {}
        plan.signed(here.deputy)


def test_a_role_that_begins_by_its_date_is_asked_from_that_day(here: County) -> None:
    here.person("next_principal")
    end_role(here.principal, "principal")
    tomorrow = clock.today() + timedelta(days=1)
    people.give_role(None, here.next_principal, "principal", here.school1, tomorrow)
    plan = a_plan(here).submitted()
    assert todo(here.deputy) == {plan.id}
    with clock_at(clock.now() + timedelta(days=1)):
        assert todo(here.next_principal) == {plan.id}
        assert todo(here.deputy) == set()
        assert violations() == {}


def test_each_day_is_worked_out_once(here: County) -> None:
    a_plan(here).submitted()
    with clock_at(clock.now() + timedelta(days=2)):
        assignment.up_to_date()
        seen: list[str] = []

        def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        events.listen(db.engine, "before_cursor_execute", note)
        try:
            assignment.up_to_date()
        finally:
            events.remove(db.engine, "before_cursor_execute", note)
        assert seen == []


def test_a_returned_plan_goes_to_the_successor_of_whoever_wrote_it(here: County) -> None:
    plan = a_plan(here).submitted().returned(here.principal)
    assert todo(here.coordinator) == {plan.id}
    here.person("successor", ("coordinator", "school1"))
    end_role(here.coordinator, "coordinator")
    assert todo(here.successor) == {plan.id}
    assert todo(here.coordinator) == set()
    assert violations() == {}


def test_a_plan_returned_after_its_writer_had_left_goes_to_the_successor(here: County) -> None:
    plan = a_plan(here).submitted()
    here.person("successor", ("coordinator", "school1"))
    end_role(here.coordinator, "coordinator")
    plan.returned(here.principal)
    assert todo(here.successor) == {plan.id}
    assert violations() == {}


def test_whoever_has_signed_in_this_round_is_not_asked_again(here: County) -> None:
    """The lead of both departments of a nine-year school signs for one of them only."""
    people.give_role(None, here.lead, "lead", here.middle_department, "2025-09-01")
    plan = a_plan(here, by=here.coordinator4).submitted().signed(here.principal4)
    assert todo(here.lead) == {plan.id}
    plan.act(here.lead, "approve")
    assert plan.state == "training_review"
    assert todo(here.lead) == set()
    assert inbox.counts(here.lead)["todo"] == 0
    assert todo(here.lead2) == {plan.id}


def test_new_assignees_are_told_once(here: County) -> None:
    plan = a_plan(here).submitted()
    end_role(here.principal, "principal")
    people.give_role(None, here.colleague, "deputy", here.school1, "2025-09-01")
    told = db.session.query(Notice).filter_by(artefact_id=plan.id, purpose="todo", role="deputy").count()
    assert told == 1


@pytest.mark.parametrize("waiting", [3, 12])
def test_a_change_of_roles_takes_as_many_statements_however_many_documents_wait(
    here: County, waiting: int
) -> None:
    for number in range(waiting):
        name = f"teacher_{number}"
        here.person(name, ("teacher", "school1"))
        a_development_plan(here, by=here.people[name]).submitted()
    statements = 0

    def count(*_args: object) -> None:
        nonlocal statements
        statements += 1

    events.listen(db.engine, "before_cursor_execute", count)
    try:
        end_role(here.principal, "principal")
    finally:
        events.remove(db.engine, "before_cursor_execute", count)
    assert statements <= 30
    assert len(todo(here.deputy)) == waiting


def move(here: County, teacher: int, to: str) -> None:
    end_role(teacher, "teacher")
    people.give_role(None, teacher, "teacher", here.units[to], "2025-09-01")


def test_a_plan_follows_its_teacher_to_another_school(here: County) -> None:
    plan = a_development_plan(here)
    move(here, here.teacher, "school2")
    assert plan.row.school_id == here.school2
    context = policy.readable(here.teacher, plan.id)
    assert policy.edit_refusal(context) is None
    last = of_document(plan.id, "draft")[-1]
    assert last.action == "follow"
    assert "城关小学" in last.comment
    assert "第二初级中学" in last.comment
    plan.submitted()
    assert todo(here.principal2) == {plan.id}
    plan.signed(here.principal2).approved(here.lead2)
    assert violations() == {}


def test_a_plan_in_review_follows_too_and_the_old_school_reads_it_no_longer(here: County) -> None:
    plan = a_development_plan(here).submitted()
    assert todo(here.principal) == {plan.id}
    move(here, here.teacher, "school2")
    assert todo(here.principal) == set()
    assert todo(here.principal2) == {plan.id}
    with pytest.raises(NotFound):
        policy.readable(here.principal, plan.id)
    assert violations() == {}


def test_a_teacher_of_two_schools_keeps_the_plan_where_it_is(here: County) -> None:
    plan = a_development_plan(here)
    people.give_role(None, here.teacher, "teacher", here.school2, "2025-09-01")
    assert plan.row.school_id == here.school1
    end_role(here.teacher, "teacher")
    assert plan.row.school_id == here.school2


def test_a_move_by_its_date_takes_effect_on_that_day(here: County) -> None:
    plan = a_development_plan(here)
    ends_today(here.teacher, "teacher")
    tomorrow = clock.today() + timedelta(days=1)
    people.give_role(None, here.teacher, "teacher", here.school2, tomorrow)
    assert plan.row.school_id == here.school1
    with clock_at(clock.now() + timedelta(days=1)):
        assignment.up_to_date()
        assert plan.row.school_id == here.school2


def test_what_is_withdrawn_is_no_longer_read_by_reviewers(here: County) -> None:
    plan = a_plan(here).submitted()
    assert policy.readable(here.lead, plan.id).shown_revision() == 1
    plan.act(here.coordinator, "withdraw")
    with pytest.raises(NotFound):
        policy.readable(here.lead, plan.id)
    plan.submitted().signed().returned().answered().submitted()
    assert policy.readable(here.lead, plan.id).shown_revision() == 3
    plan.act(here.coordinator, "withdraw")
    context = policy.readable(here.lead, plan.id)
    assert context.shown_revision() == 2
    assert not context.opens(3)


def test_a_role_that_ended_between_reading_and_signing_is_refused_with_its_reason(here: County) -> None:
    plan = a_plan(here).submitted()
    end_role(here.principal, "principal")
    with pytest.raises((NotAllowed, NotFound)):
        plan.signed(here.principal)


def test_own_drafts_with_a_deadline_are_to_do(here: County) -> None:
    plan = a_plan(here)
    assert todo(here.coordinator) == {plan.id}
    plan.submitted()
    assert todo(here.coordinator) == set()
