"""Every page for every role: the status, and nothing of another school's."""

import pytest
from flask import Flask

from tests.browsing import log_in, post
from tests.builders import County, Doc, a_development_plan, a_plan, county, full_content
from workflow_app.events.models import Event
from workflow_app.extensions import db

EVERYBODY = (
    "teacher", "colleague", "coordinator", "principal", "deputy", "coordinator2", "principal2",
    "principal3", "teacher3", "lead", "lead2", "reviewer", "reviewer2", "inspector", "auditor", "admin",
)  # fmt: skip
SCHOOL1 = {"coordinator", "principal", "deputy"}
SECRET = "只有本校知道的一句话"


def documents(here: County) -> dict[str, Doc]:
    """School 1 in every situation; each says something nobody else should read."""
    secret = full_content(goals=SECRET)
    return {
        "draft": a_plan(here, content=secret),
        "submitted": a_plan(here, by=here.principal3, content=secret).submitted(),
        "teacher's draft": a_development_plan(here),
        "teacher's, submitted": a_development_plan(here, by=here.colleague).submitted(),
    }


#: Who may open which document, written from domain.md; everybody else gets 404.
READERS: dict[str, set[str]] = {
    "draft": SCHOOL1 | {"auditor"},
    "submitted": {"principal3", "principal", "lead", "reviewer", "inspector", "auditor"},
    "teacher's draft": {"teacher", "auditor"},
    "teacher's, submitted": SCHOOL1 | {"colleague", "lead", "reviewer", "auditor"},
}
EDITORS: dict[str, set[str]] = {
    "draft": {"coordinator", "principal"},
    "submitted": set(),
    "teacher's draft": {"teacher"},
    "teacher's, submitted": set(),
}


def test_documents_open_only_to_those_who_may_read_them(office: Flask) -> None:
    here = county()
    docs = documents(here)
    for who in EVERYBODY:
        client = log_in(office, who)
        for name, doc in docs.items():
            answer = client.get(f"/artefacts/{doc.id}")
            assert answer.status_code == (200 if who in READERS[name] else 404), (who, name)
            edit = client.get(f"/artefacts/{doc.id}/edit")
            expected = 200 if who in EDITORS[name] else {404, 303}
            assert edit.status_code in ({expected} if isinstance(expected, int) else expected), (who, name)
            number = doc.row.revision
            revision = client.get(f"/artefacts/{doc.id}/revisions/{number or 1}")
            readable = number and who in READERS[name]
            assert revision.status_code == (200 if readable else 404), (who, name)


def test_lists_trail_and_search_show_nothing_foreign(office: Flask) -> None:
    here = county()
    docs = documents(here)
    plan_events = db.session.query(Event.id).filter_by(artefact_id=docs["draft"].id).all()
    for who in EVERYBODY:
        client = log_in(office, who)
        for path in ("/", "/?box=mine", "/?box=done", "/?box=copied", "/artefacts", "/artefacts?q=城关"):
            page = client.get(path).get_data(as_text=True)
            assert SECRET not in page, (who, path)
            for name, doc in docs.items():
                if who not in READERS[name]:
                    assert f'/artefacts/{doc.id}"' not in page, (who, path, name)
        for (event_id,) in plan_events:
            status = client.get(f"/trail/{event_id}").status_code
            assert status == (200 if who in READERS["draft"] else 404), who
        trail = client.get("/trail").get_data(as_text=True)
        for name, doc in docs.items():
            if who not in READERS[name]:
                assert f"#{doc.id}<" not in trail, (who, name)


@pytest.mark.parametrize("who", EVERYBODY)
def test_common_pages_open_for_everybody_and_people_only_for_the_administrator(
    plain_app: Flask, who: str
) -> None:
    with plain_app.app_context():
        here = county()
        db.session.remove()
    client = log_in(plain_app, who)
    for path in (
        "/",
        "/me",
        "/trail",
        "/workflows",
        "/workflows/school_plan",
        "/artefacts",
        "/artefacts/new",
    ):
        assert client.get(path).status_code == 200, path
    admin_only = ("/people", "/people/new", "/people/units", f"/people/{here.teacher}")
    for path in admin_only:
        assert client.get(path).status_code == (200 if who == "admin" else 403), path
    assert client.get("/no-such-page").status_code == 404
    assert client.get("/workflows/no_such").status_code == 404


def test_nobody_is_let_in_without_a_login(plain_app: Flask) -> None:
    client = plain_app.test_client()
    paths = (
        "/",
        "/artefacts",
        "/artefacts/1",
        "/artefacts/1/edit",
        "/trail",
        "/trail/1",
        "/workflows",
        "/people",
        "/me",
    )
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login"), path


def test_posts_by_strangers_change_nothing(office: Flask) -> None:
    here = county()
    plan = a_plan(here).submitted()
    row = plan.row
    form = {
        "version": row.version, "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256, "key": "stranger", "password": "x",
    }  # fmt: skip
    for who in ("coordinator2", "principal2", "lead2", "teacher3", "admin", "teacher"):
        client = log_in(office, who)
        for action in ("sign", "approve", "return", "withdraw", "explode"):
            answer = post(client, f"/artefacts/{plan.id}/actions/{action}", **form | {"password": ""})
            assert answer.status_code == 404, (who, action)
        assert post(client, f"/artefacts/{plan.id}/edit", version="1", op="save").status_code == 404
    assert plan.state == "school_review"
    assert len(plan.events) == 2


def test_a_forged_school_and_an_unknown_kind_are_refused(office: Flask) -> None:
    here = county()
    client = log_in(office, "coordinator")
    for sent in (
        {"workflow": "school_plan", "period": "2026-2027", "school": str(here.school2)},
        {"workflow": "no_such", "period": "2026-2027"},
        {"workflow": "school_plan", "period": "1999-2000"},
        {"workflow": "school_plan", "period": "2025-2026"},
        {"workflow": "annual_summary", "period": "2026-2027", "school": "99999"},
    ):
        answer = post(client, "/artefacts/new", key="forged", **sent)
        assert answer.status_code in (403, 422), sent
        assert 'role="alert"' in answer.get_data(as_text=True), sent
