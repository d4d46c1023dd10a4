"""What the main pages and the sign-off may ask of the database, however many documents there are."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in
from tests.builders import County, Doc, a_development_plan, a_plan, county
from tests.counting import Counter, counting
from workflow_app.extensions import db
from workflow_app.signoff.transition import take_action


def page_statements(app: Flask, client: FlaskClient, path: str) -> Counter:
    with counting() as counter:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return counter


def crowd(here: County) -> list[Doc]:
    """A desk with something in every box."""
    return [
        a_plan(here).submitted().signed().returned().answered().submitted(),
        a_plan(here, by=here.principal3).submitted(),
        a_development_plan(here).submitted(),
        a_development_plan(here, by=here.colleague).submitted().signed(),
    ]


@pytest.mark.parametrize(("who", "most"), [("principal", 12), ("lead", 12), ("coordinator", 12)])
def test_the_desk_needs_few_statements(office: Flask, who: str, most: int) -> None:
    here = county()
    crowd(here)
    client = log_in(office, who)
    for box in ("todo", "mine", "done", "copied"):
        page_statements(office, client, f"/?box={box}")
        counter = page_statements(office, client, f"/?box={box}")
        assert counter.statements <= most, counter.texts


def test_the_desk_needs_no_more_with_more_documents(office: Flask) -> None:
    here = county()
    a_development_plan(here).submitted()
    client = log_in(office, "principal")
    page_statements(office, client, "/")
    few = page_statements(office, client, "/").statements
    a_plan(here).submitted()
    a_plan(here, by=here.principal3).submitted()
    a_development_plan(here, by=here.colleague).submitted()
    assert page_statements(office, client, "/").statements == few


def test_the_document_page_needs_few_statements(office: Flask) -> None:
    here = county()
    plan, tiny, *_others = crowd(here)
    for who, doc in (("principal", plan), ("coordinator", plan), ("principal", tiny), ("lead", plan)):
        client = log_in(office, who)
        page_statements(office, client, f"/artefacts/{doc.id}")
        counter = page_statements(office, client, f"/artefacts/{doc.id}")
        assert counter.statements <= 15, (who, counter.texts)


def test_a_sign_off_needs_few_statements(office: Flask) -> None:
    here = county()
    a_plan(here, by=here.principal3).submitted()  # the machine and the holidays are read once per process
    plan = a_plan(here)
    steps = [
        (here.coordinator, "submit", {"comment": "请审核。"}),
        (here.principal, "sign", {"comment": "同意上报。"}),
        (here.lead, "return", {"comment": "请改。", "points": [{"section": "goals", "text": "写具体。"}]}),
        (here.coordinator, "submit", {"comment": "已改。"}),
        (here.principal, "sign", {"comment": "同意。"}),
        (here.lead, "approve", {"comment": "同意。"}),
    ]
    for who, action, given in steps:
        if plan.state == "returned":
            plan.answered()
        row = plan.row
        sent = {
            "version": row.version, "content_sha256": row.content_sha256,
            "attachments_sha256": row.attachments_sha256, "key": f"{action}-{row.version}",
            "auth": "password",
        }  # fmt: skip
        db.session.rollback()
        with counting() as counter:
            take_action(who, plan.id, action, **sent, **given)
        assert counter.statements <= 12, (action, counter.statements, counter.texts)
    assert plan.state == "approved"
