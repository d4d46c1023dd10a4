"""Readers of what is in force learn nothing of what goes on; the API tells nobody more than the pages."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.builders import YEAR, County, Doc, a_key, a_plan, county, full_content, plan_of_a_teacher
from tests.security.walking import Visitor, addresses, said
from workflow_app.attachments import attach
from workflow_app.drafting.create import create
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.review import remarks

EVERYBODY = (
    "teacher", "colleague", "coordinator", "principal", "deputy", "coordinator2", "principal2",
    "principal3", "lead", "lead2", "reviewer", "reviewer2", "inspector", "auditor", "admin",
)  # fmt: skip
#: Who reads the plan of school 1 only because it is in force: its teachers, and the county where plans
#: are shared.
ONLY_IN_FORCE = ("teacher", "principal2", "reviewer2")

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    made = make_app(share_approved=True)
    with made.app_context():
        yield made
        db.session.remove()


@pytest.fixture
def here(app: Flask) -> County:
    return county()


# --- an amendment that nobody outside hears of -----------------------------------------------


def amendment(here: County, plan: Doc) -> Iterator[str]:
    """From approved to approved again, stage by stage."""
    plan.act(here.coordinator, "amend")
    plan.save(here.coordinator, goals="变更后的目标")
    attach.attach(here.coordinator, plan.id, io.BytesIO("变更的依据".encode()), "依据.txt")
    remarks.write(here.principal, plan.id, section="goals", body="再想想")
    yield "typed"
    plan.submitted()
    yield "submitted"
    plan.signed()
    yield "signed by the school"
    plan.returned(text="变更还不够具体")
    plan.answered("已改具体")
    yield "returned and answered"
    plan.act(here.coordinator, "cancel_amendment", comment="不改了")
    yield "cancelled"


def attempts(visitor: Visitor, plan: Doc) -> Iterator[Any]:
    """What somebody gets who tries to write all the same."""
    row = plan.row
    body = {"version": row.version, "content_sha256": row.content_sha256, "attachments_sha256": "0" * 64}
    for action in ACTIONS:
        yield said(visitor.send("POST", f"/api/v1/artefacts/{plan.id}/actions/{action}", body))
    for version in (1, row.version):
        yield said(
            visitor.send("POST", f"/api/v1/artefacts/{plan.id}/actions/amend", body | {"version": version})
        )
        content, header = {"content": full_content()}, f'"{version}"'
        yield said(visitor.send("PUT", f"/api/v1/artefacts/{plan.id}/content", content, If_Match=header))
    yield said(visitor.send("PUT", f"/api/v1/artefacts/{plan.id}/points/1", {"answer": "x"}))
    yield said(visitor.send("PUT", f"/api/v1/artefacts/{plan.id}/points/1", {"closed": True}))
    yield said(visitor.send("DELETE", f"/api/v1/artefacts/{plan.id}/attachments/1"))


ACTIONS = (
    "submit", "sign", "approve", "return", "withdraw", "take_back", "amend", "cancel_amendment", "archive",
    "discard",
)  # fmt: skip
LISTS = ("/artefacts?state=approved", "/artefacts?state=draft", "/artefacts?state=school_review")


def test_who_reads_what_is_in_force_learns_nothing_of_an_amendment(app: Flask, here: County) -> None:
    plan = a_plan(here).submitted().signed().approved()
    first = db.session.query(Event.id).filter_by(artefact_id=plan.id).order_by(Event.seq).all()
    visitors = [Visitor(app, here.people[name]) for name in ONLY_IN_FORCE]
    values = {
        "artefact_id": plan.id, "number": [1, 2], "event_id": [row[0] for row in first], "key": "school_plan",
        "person_id": here.coordinator, "kind": "jsonl", "code": "0000",
    }  # fmt: skip
    paths = [path for path in addresses(app, values) if not path.startswith("/people")]
    paths += [*LISTS, *(f"/api/v1{path}" for path in LISTS), "/search?q=目标"]
    paths += [f"/artefacts/{plan.id}?on=2030-01-01", "/api/v1/search?q=目标", "/artefacts?q=城关"]

    def told() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for visitor in visitors:
            found |= {f"{visitor.name} {path}": said(visitor.get(path)) for path in paths}
            found |= {
                f"{visitor.name} tries {number}": one for number, one in enumerate(attempts(visitor, plan))
            }
        return found

    before = told()
    assert before[f"principal2 /artefacts/{plan.id}"][0] == 200
    assert before[f"principal2 /api/v1/artefacts/{plan.id}/events"][0] == 200
    for stage in amendment(here, plan):
        after = told()
        changed = [where for where, answer in before.items() if after[where] != answer]
        assert not changed, (stage, changed[:5])


# --- the API and the pages say the same -------------------------------------------------------


SENTENCES = {
    "draft's content": "草稿里的一句",
    "submitted content": "送审里的一句",
    "opinion of a return": "退回时说的话",
    "point": "退回的那一点",
    "answer": "作者的答复",
    "content typed after the return": "退回后改的一句",
    "remark within the school": "校内的批注",
    "teacher's draft": "教师草稿一句",
    "opinion of an approval": "通过时说的话",
    "approved content": "通过的那一句",
    "amended content": "变更里的一句",
    "phone": "13912345678",
}


def documents(here: County) -> dict[str, Doc]:
    """One of each kind of situation; every sentence of ``SENTENCES`` stands in one place of them."""
    db.session.get_one(Person, here.coordinator).phone = "13912345678"
    db.session.commit()
    draft = a_plan(here, content=full_content(goals="草稿里的一句"))
    returned = a_plan(here, by=here.principal3, content=full_content(goals="送审里的一句"))
    returned.submitted().signed()
    section = {"section": "goals", "text": "退回的那一点"}
    returned.act(here.lead, "return", comment="退回时说的话", points=[section])
    returned.answered("作者的答复")
    returned.save(here.principal3, goals="退回后改的一句")
    remarks.write(here.principal3, returned.id, section="goals", body="校内的批注", audience="school")
    amended = a_plan(here, by=here.coordinator2, content=full_content(goals="通过的那一句"))
    amended.submitted().signed(here.principal2)
    amended.act(here.lead2, "approve", comment="通过时说的话")
    amended.act(here.coordinator2, "amend")
    amended.save(here.coordinator2, goals="变更里的一句")
    made = create(
        here.teacher, "development_plan", YEAR, content=plan_of_a_teacher(goals="教师草稿一句"), key=a_key()
    )
    plan = Doc(here, made.artefact_id, {"author": here.teacher})
    return {"draft": draft, "returned": returned, "amended": amended, "teacher's": plan}


#: What is searched for: parts, for a page repeats what was typed.
PARTS = ("一句", "的话", "一点", "答复", "批注")

#: Who reads which of them, written from the guidance: the school its own, the department what was handed in,
#: the whole county what is in force, the auditor everything; the administrator nothing but the phone.
_SCHOOL1 = {"draft's content"}
_DEPARTMENT1 = {"submitted content", "opinion of a return", "point", "answer"}
_PARENT_SCHOOL = _DEPARTMENT1 | {"remark within the school"}
_ALL_OF_SCHOOL3 = _PARENT_SCHOOL | {"content typed after the return"}
_COUNTY = {"approved content"}
_SCHOOL2 = _COUNTY | {"opinion of an approval", "amended content"}
_DEPARTMENT2 = _COUNTY | {"opinion of an approval"}
EXPECTED: dict[str, set[str]] = {
    "teacher": _COUNTY | {"teacher's draft"},
    "coordinator": _COUNTY | _SCHOOL1,
    "principal": _COUNTY | _SCHOOL1 | _PARENT_SCHOOL,
    "principal2": _SCHOOL2,
    "principal3": _COUNTY | _ALL_OF_SCHOOL3,
    "lead": _COUNTY | _DEPARTMENT1,
    "lead2": _DEPARTMENT2,
    "reviewer2": _DEPARTMENT2,
    "inspector": _DEPARTMENT1 | _DEPARTMENT2,
    "auditor": set(SENTENCES) - {"phone"},
    "admin": {"phone"},
}
#: What the API has no route for.
ONLY_ON_PAGES = {"remark within the school", "phone"}


def test_the_api_tells_nobody_more_and_nobody_less_than_the_pages(app: Flask, here: County) -> None:
    plans = documents(here)
    events = [row[0] for row in db.session.query(Event.id)]
    values = {
        "artefact_id": [doc.id for doc in plans.values()], "number": [1, 2], "event_id": events,
        "key": "school_plan", "kind": "csv", "person_id": here.coordinator,
    }  # fmt: skip
    paths = list(addresses(app, values))
    paths += [f"{start}?q={word}" for start in ("/search", "/api/v1/search") for word in PARTS]
    for name, expected in EXPECTED.items():
        visitor = Visitor(app, here.people[name])
        told = {path: said(visitor.get(path)) for path in paths}
        assert not [path for path, (status, _text) in told.items() if status >= 500], name

        def heard(prefix: str, told: dict[str, Any] = told) -> set[str]:
            texts = [
                text
                for path, (_status, text) in told.items()
                if path.startswith("/api/") == (prefix == "/api/")
            ]
            return {what for what, word in SENTENCES.items() if any(word in text for text in texts)}

        on_pages, in_api = heard("/"), heard("/api/")
        assert on_pages == expected, (name, on_pages ^ expected)
        assert in_api == on_pages - ONLY_ON_PAGES, (name, in_api ^ on_pages)


def test_what_a_program_is_told_of_a_document_stands_on_its_page(app: Flask, here: County) -> None:
    plans = documents(here)
    for name in EVERYBODY:
        visitor = Visitor(app, here.people[name])
        for kind, doc in plans.items():
            api, page = visitor.get(f"/api/v1/artefacts/{doc.id}"), visitor.get(f"/artefacts/{doc.id}")
            assert api.status_code == page.status_code, (name, kind)
            if api.status_code != 200:
                continue
            shown, text = api.get_json(), re.sub(r"\s+", " ", page.text)
            for field in ("title", "state_title", "content_sha256"):
                assert shown[field] in text, (name, kind, field)
            assert shown["teacher"] is None or shown["teacher"]["name"] in text, (name, kind)
            allowed = {one["name"] for one in shown["actions"] if one["allowed"]}
            offered = set(re.findall(rf'action="/artefacts/{doc.id}/actions/(\w+)"', text))
            assert offered == allowed, (name, kind)
