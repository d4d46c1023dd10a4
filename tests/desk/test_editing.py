"""The pages about documents: what they save, what they refuse, and that nothing typed is lost on the way."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browsing import log_in, post, token
from tests.builders import County, Doc, a_plan, full_content
from tests.counting import counting
from tests.desk.test_posted import names
from workflow_app.artefacts import content as contents
from workflow_app.artefacts import queries
from workflow_app.extensions import db


def put(client: FlaskClient, artefact_id: int, body: Any, **more: Any) -> TestResponse:
    headers = {"X-CSRFToken": token(client, "/me"), "Accept": "application/json"}
    sent = {"data": body} if isinstance(body, bytes | str) else {"json": body}
    path = f"/artefacts/{artefact_id}/content"
    return client.put(path, headers=headers, content_type="application/json", **sent, **more)


def typed(doc: Doc, **changes: Any) -> dict[str, Any]:
    return content(doc) | changes


def content(doc: Doc) -> dict[str, Any]:
    db.session.rollback()
    return contents.draft(doc.id).content


def page_of(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def form_of(doc: Doc, **changes: Any) -> dict[str, Any]:
    """The edit form as a browser without scripts would post it."""
    fields: dict[str, Any] = {"version": doc.row.version, "op": "save"}
    for name, value in names(typed(doc, **changes)):
        fields.setdefault(name, []).append(value)
    return fields


# --- saving as one types ---------------------------------------------------------------------


def test_saving_as_one_types(author: FlaskClient, plan: Doc) -> None:
    before = plan.row.version
    answer = put(
        author, plan.id, {"version": before, "content": typed(plan, goals="新目标", planned_hours="二十")}
    )
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["version"] == before + 1 == plan.row.version
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer.json["saved_at"])
    assert answer.json["problems"] == {"planned_hours": "「计划学时（每人）」应是数字。"}
    assert (content(plan)["goals"], content(plan)["planned_hours"]) == ("新目标", "二十")
    assert [event.action for event in plan.events] == ["create"]  # typing is no event


@pytest.mark.sqlite_only
def test_the_second_of_two_writers_is_told_and_sees_the_other_s_text(author: FlaskClient, plan: Doc) -> None:
    seen = plan.row.version
    assert put(author, plan.id, {"version": seen, "content": typed(plan, goals="先写的")}).status_code == 200
    answer = put(author, plan.id, {"version": seen, "content": typed(plan, goals="后写的")})
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["by"] == "coordinator的姓名"
    assert answer.json["version"] == seen + 1
    assert answer.json["content"]["goals"] == "先写的" == content(plan)["goals"]


BAD: list[tuple[Any, str]] = [
    ({"version": 1}, ""),
    ({"version": 1, "content": None}, ""),
    ({"version": 1, "content": []}, ""),
    ({"version": 1, "content": ""}, ""),
    ({"content": {}}, "version"),
    ({"version": -1, "content": {}}, "version"),
    ({"version": True, "content": {}}, "version"),
    ({"version": 10**30, "content": {}}, "version"),
    ([1], ""),
    ("not json", ""),
    (b"\xff\xfe", ""),
    ({"version": 1, "content": {"state": "approved"}}, "state"),
    ({"version": 1, "content": {"goals": "a\x00"}}, "goals"),
    ({"version": 1, "content": {"goals": "\ud800"}}, "goals"),
    ({"version": 1, "content": {"goals": "\u202eabc"}}, "goals"),
    ({"version": 1, "content": {"planned_hours": 10**400}}, "planned_hours"),
    (b'{"version": 1, "content": {"planned_hours": NaN}}', "planned_hours"),
    (b'{"version": 1, "content": {"planned_hours": 1e999}}', "planned_hours"),
    ({"version": 1, "content": {"activities": [{"date": "x"}] * 10_000}}, "activities"),
    ({"version": 1, "content": {"\ud800\x00": 1}}, "\ufffd\ufffd"),
]


@pytest.mark.sqlite_only
def test_bad_input_is_refused_with_a_place_and_changes_nothing(author: FlaskClient, plan: Doc) -> None:
    before, version = content(plan), plan.row.version
    for body, path in BAD:
        answer = put(author, plan.id, body)
        assert answer.status_code == 422, body
        assert answer.json is not None
        assert list(answer.json["problems"]) == [path], body
        assert answer.json["detail"], body
    assert (content(plan), plan.row.version) == (before, version)


@pytest.mark.sqlite_only
def test_json_without_end_is_refused(author: FlaskClient, plan: Doc) -> None:
    assert put(author, plan.id, b"[" * 100_000).status_code == 400
    deep = '{"version": 1, "content": {"goals": ' + "[" * 20 + "]" * 20 + "}}"
    assert put(author, plan.id, deep).status_code == 422
    digits = '{"version": 1, "content": {"planned_hours": ' + "9" * 5000 + "}}"
    assert put(author, plan.id, digits).status_code == 422


@pytest.mark.sqlite_only
def test_nobody_else_types_into_it(office: Flask, plan: Doc) -> None:
    before = content(plan)
    theirs = {"coordinator2": 404, "teacher": 404, "lead": 404, "admin": 404, "deputy": 403, "auditor": 403}
    for who, status in theirs.items():
        client = log_in(office, who)
        sent = {"version": plan.row.version, "content": full_content(goals="偷改")}
        assert put(client, plan.id, sent).status_code == status, who
        assert put(client, plan.id, {"version": 1, "content": {"goals": 5}}).status_code == status, who
        answer = post(client, f"/artefacts/{plan.id}/edit", **form_of(plan, goals="偷改"))
        assert answer.status_code == status, who
    assert content(plan) == before


@pytest.mark.sqlite_only
def test_what_is_submitted_is_typed_into_no_more(author: FlaskClient, plan: Doc) -> None:
    plan.submitted()
    answer = put(author, plan.id, {"version": plan.row.version, "content": full_content(goals="晚了")})
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["detail"]
    assert author.get(f"/artefacts/{plan.id}/edit").status_code == 303


@pytest.mark.sqlite_only
def test_without_a_login_programs_get_401_and_people_the_login_page(app: Flask, plan: Doc) -> None:
    stranger = app.test_client()
    assert put(stranger, plan.id, {"version": 1, "content": {}}).status_code == 401
    for path in (
        "/artefacts",
        "/artefacts/new",
        f"/artefacts/{plan.id}/edit",
        f"/artefacts/{plan.id}/revisions/1",
    ):
        assert "/login" in stranger.get(path).headers["Location"]


# --- the form without scripts ----------------------------------------------------------------


@pytest.mark.sqlite_only
def test_the_form_comes_back_as_it_was_posted(author: FlaskClient, plan: Doc) -> None:
    answer = post(
        author, f"/artefacts/{plan.id}/edit", **form_of(plan, goals="新\r\n目标", methods=["案例分析"])
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/artefacts/{plan.id}/edit")
    assert content(plan) == typed(plan, goals="新\n目标", methods=["案例分析"])


@pytest.mark.sqlite_only
def test_buttons_that_lead_on(author: FlaskClient, plan: Doc) -> None:
    for op, where in {"submit": "#act-submit", "preview": ""}.items():
        answer = post(author, f"/artefacts/{plan.id}/edit", **form_of(plan) | {"op": op})
        assert answer.headers["Location"].endswith(f"/artefacts/{plan.id}{where}")


@pytest.mark.sqlite_only
def test_row_buttons_keep_everything_typed(author: FlaskClient, plan: Doc) -> None:
    before = content(plan)
    for op in ("add:activities", "up:leading_group:1", "remove:activities:0"):
        answer = post(author, f"/artefacts/{plan.id}/edit", **form_of(plan, goals="打了一半") | {"op": op})
        assert answer.status_code == 200
        assert "打了一半" in page_of(answer)
        assert ("f.activities.1.date" in page_of(answer)) == (op == "add:activities")
    assert content(plan) == before


@pytest.mark.sqlite_only
def test_what_cannot_be_kept_comes_back_with_everything_typed(author: FlaskClient, plan: Doc) -> None:
    before = content(plan)
    for changes in (
        {"goals": "字" * 20_001}, {"goals": "a\u202eb"}, {"activities": [{"date": "x", "theme": "长" * 501}]},
    ):  # fmt: skip
        sent = form_of(plan, other="这一句要留着", **changes)
        answer = post(author, f"/artefacts/{plan.id}/edit", **sent)
        page = page_of(answer)
        assert answer.status_code == 422
        assert all(str(value) in page for name, values in sent.items() if "." in name for value in values)
        assert 'aria-invalid="true"' in page
    assert content(plan) == before


@pytest.mark.sqlite_only
def test_a_colleague_s_save_is_noticed_even_after_a_refusal(author: FlaskClient, plan: Doc) -> None:
    sent = form_of(plan, goals="后写的目标", other="\u202e")
    put(author, plan.id, {"version": plan.row.version, "content": typed(plan, goals="先写的目标")})
    refused = page_of(post(author, f"/artefacts/{plan.id}/edit", **sent))
    [version] = re.findall(r'name="version" value="(\d+)"', refused)
    answer = post(author, f"/artefacts/{plan.id}/edit", **sent | {"version": version, "f.other": ""})
    assert answer.status_code == 409
    assert content(plan)["goals"] == "先写的目标"


@pytest.mark.sqlite_only
def test_a_second_writer_without_scripts_sees_both_texts(author: FlaskClient, plan: Doc) -> None:
    sent = form_of(plan, goals="后写的目标")
    put(author, plan.id, {"version": plan.row.version, "content": typed(plan, goals="先写的目标")})
    answer = post(author, f"/artefacts/{plan.id}/edit", **sent)
    page = page_of(answer)
    assert answer.status_code == 409
    assert "先写的目标" in page
    assert "后写的目标" in page
    assert content(plan)["goals"] == "先写的目标"
    [version] = re.findall(r'name="version" value="(\d+)"', page)
    assert post(author, f"/artefacts/{plan.id}/edit", **sent | {"version": version}).status_code == 303
    assert content(plan)["goals"] == "后写的目标"


@pytest.mark.sqlite_only
def test_a_page_without_its_version_is_told_so(author: FlaskClient, plan: Doc) -> None:
    before = content(plan)
    for op in ("save", "add:activities"):
        sent = form_of(plan, goals="写了很久") | {"version": "x", "op": op}
        answer = post(author, f"/artefacts/{plan.id}/edit", **sent)
        assert answer.status_code == 422
        assert "写了很久" in page_of(answer)
    assert content(plan) == before


@pytest.mark.sqlite_only
def test_typed_text_is_text_in_the_page(author: FlaskClient, plan: Doc) -> None:
    nasty = "</textarea><script>alert(1)</script>{{ 7*7 }}"
    put(
        author,
        plan.id,
        {"version": plan.row.version, "content": typed(plan, goals=nasty, activities=[{"date": nasty[:40]}])},
    )
    for path in (f"/artefacts/{plan.id}/edit", f"/artefacts/{plan.id}"):
        page = author.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert html.escape(nasty, quote=False)[:40] in page


@pytest.mark.sqlite_only
def test_the_check_names_what_is_missing_and_links_to_it(author: FlaskClient, plan: Doc) -> None:
    put(
        author,
        plan.id,
        {"version": plan.row.version, "content": typed(plan, goals="", activities=[{"date": "九月"}])},
    )
    quiet = page_of(author.get(f"/artefacts/{plan.id}/edit"))
    assert "请填写「研修目标」。" not in quiet
    page = page_of(author.get(f"/artefacts/{plan.id}/edit?check=1"))
    assert '<a href="#f-goals">请填写「研修目标」。</a>' in page
    assert '<a href="#f-activities-0-theme">' in page


@pytest.mark.sqlite_only
def test_who_could_sign_is_warned_before_typing(office: Flask, plan: Doc, author: FlaskClient) -> None:
    path = f"/artefacts/{plan.id}/edit"
    assert "您就成了起草人" in page_of(log_in(office, "principal").get(path))
    assert "您就成了起草人" not in page_of(author.get(path))


@pytest.mark.sqlite_only
def test_points_of_a_return_stand_at_their_section(author: FlaskClient, plan: Doc) -> None:
    plan.submitted().signed().returned(section="goals", text="目标请写得可以检验。")
    page = page_of(author.get(f"/artefacts/{plan.id}/edit"))
    start = page.index('id="s-goals"')
    assert "目标请写得可以检验。" in page[start : page.index("</section>", start)]


# --- lists, beginning, revisions -------------------------------------------------------------


@pytest.mark.sqlite_only
def test_the_list_shows_what_one_may_see_and_filters_it(office: Flask, plan: Doc, here: County) -> None:
    other = a_plan(here, by=here.coordinator2)
    both, own = log_in(office, "auditor"), log_in(office, "coordinator")

    def found(client: FlaskClient, query: str = "") -> set[int]:
        answer = client.get(f"/artefacts?{query}")
        assert answer.status_code == 200
        return {int(one) for one in re.findall(r'class="row-link" href="/artefacts/(\d+)"', page_of(answer))}

    assert found(both) == {plan.id, other.id}
    assert found(own) == {plan.id}
    assert found(both, f"school={here.school2}") == {other.id}
    assert found(both, "workflow=school_plan&state=draft&period=2026-2027") == {plan.id, other.id}
    assert found(both, "state=approved") == set()
    assert found(both, "q=第二初级") == {other.id}
    assert found(both, "q=%25") == set()  # a percent sign is a percent sign
    assert found(both, "q=_") == set()
    assert 'name="school"' in page_of(both.get("/artefacts"))
    assert 'name="school"' not in page_of(own.get("/artefacts"))


@pytest.mark.sqlite_only
def test_a_filter_that_is_none_is_said_so(office: Flask, plan: Doc) -> None:
    auditor = log_in(office, "auditor")
    for query in ("state=nonsense", "workflow=x", "period=1999", "school=99999", "school=x", "q=%00"):
        answer = auditor.get(f"/artefacts?{query}")
        assert answer.status_code == 422, query
        assert 'aria-invalid="true"' in answer.get_data(as_text=True), query


def test_the_list_pages_by_key(
    office: Flask, plan: Doc, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    other = a_plan(here, by=here.coordinator2)
    client = log_in(office, "auditor")
    seen, path = [], "/artefacts"
    while path:
        page = page_of(client.get(path))
        seen += [int(one) for one in re.findall(r'class="row-link" href="/artefacts/(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1] if following else ""
    assert seen == [other.id, plan.id]
    assert client.get("/artefacts?cursor=nonsense").status_code == 404


@pytest.mark.sqlite_only
def test_pages_need_few_statements(office: Flask, plan: Doc, author: FlaskClient) -> None:
    auditor = log_in(office, "auditor")
    for client, path, most in [
        (auditor, "/artefacts", 12),
        (author, f"/artefacts/{plan.id}/edit", 15),
        (author, "/artefacts/new", 12),
    ]:  # fmt: skip
        client.get(path)
        with counting() as counter:
            assert client.get(path).status_code == 200
        assert counter.statements <= most, counter.texts


@pytest.mark.sqlite_only
def test_beginning_and_finding_the_one_there_is(office: Flask, here: County) -> None:
    client = log_in(office, "coordinator")
    sent = {"workflow": "school_plan", "period": "2026-2027", "school": here.school1, "key": "k1"}
    first = post(client, "/artefacts/new", **sent)
    assert first.status_code == 303
    [begun] = re.findall(r"/artefacts/(\d+)/edit$", first.headers["Location"])
    assert post(client, "/artefacts/new", **sent).headers["Location"] == first.headers["Location"]
    again = post(client, "/artefacts/new", **sent | {"key": "k2"})
    assert again.headers["Location"].endswith(f"/artefacts/{begun}")
    assert "已经有一份" in page_of(client.get(again.headers["Location"]))


@pytest.mark.sqlite_only
def test_forged_beginnings_are_refused_with_a_sentence(office: Flask, here: County) -> None:
    client = log_in(office, "coordinator")
    honest = {"workflow": "school_plan", "period": "2026-2027", "school": str(here.school1), "key": "k1"}
    for changes in (
        {"school": "99999"}, {"school": str(here.school2)}, {"period": "1999"}, {"workflow": "nonsense"},
        {"workflow": ""}, {"key": ""}, {"key": "x" * 101},
    ):  # fmt: skip
        answer = post(client, "/artefacts/new", **honest | changes)
        assert answer.status_code in (403, 404, 422), changes
    assert not re.search(r"row-link", page_of(client.get("/artefacts")))


@pytest.mark.sqlite_only
def test_a_revision_shows_what_was_signed_and_by_whom(office: Flask, plan: Doc, author: FlaskClient) -> None:
    plan.submitted().signed().approved()
    frozen = contents.revision(plan.id, 1)
    assert frozen is not None
    page = page_of(author.get(f"/artefacts/{plan.id}/revisions/1"))
    assert frozen.sha256 in page
    assert full_content()["goals"] in page
    assert "principal的姓名" in page
    assert author.get(f"/artefacts/{plan.id}/revisions/2").status_code == 404
    assert log_in(office, "coordinator2").get(f"/artefacts/{plan.id}/revisions/1").status_code == 404
