"""Who may do what, walked through pages and API: every person, every situation, every action.

What is right is said by the oracle of ``tests/workflows``, written from the guidance; what the state machine
makes of far more situations is compared with it there. Here the application puts the cases itself.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from flask import Flask

from tests.browsing import token
from tests.builders import PASSWORD, County, Doc, a_key, full_content
from tests.security.walking import Visitor
from tests.workflows.oracle import ACTIONS, World, allowed, leads_to
from workflow_app.artefacts.models import Artefact
from workflow_app.drafting.create import create
from workflow_app.extensions import db
from workflow_app.periods.models import Period
from workflow_app.signoff import policy, reading_rights
from workflow_app.store import writing
from workflows.guards import SENTENCES

#: Who they are to a plan of school 1, as the oracle calls them.
PEOPLE = {
    "coordinator": "coordinator", "principal": "principal", "deputy": "deputy", "teacher": "teacher",
    "lead": "lead", "lead2": "other lead", "reviewer": "reviewer", "inspector": "inspector",
    "auditor": "auditor", "admin": "administrator", "principal2": "stranger", "coordinator2": "stranger",
}  # fmt: skip
BY_COORDINATOR = frozenset({"coordinator"})

pytestmark = pytest.mark.sqlite_only


# --- situations ------------------------------------------------------------------------------


def begin(here: County, who: int, content: dict[str, Any] | None = None) -> Doc:
    """A plan of school 1 in a year of its own."""
    with writing() as session:
        key = f"year-{session.query(Period).count()}"
        dates = {"starts_on": "2026-09-01", "ends_on": "2027-08-31"}
        session.add(Period(key=key, kind="school_year", name=key, gate="open", **dates))
    content = full_content() if content is None else content
    made = create(who, "school_plan", key, content=content, key=a_key())
    return Doc(here, made.artefact_id, {"author": who, "principal": here.principal, "lead": here.lead})


def situations(here: County) -> Iterator[tuple[Doc, World]]:
    """Documents, each with what the oracle must know of it; ``me`` is filled in later."""

    def world(state: str, *flags: str, authors: frozenset[str] = BY_COORDINATOR, **more: Any) -> World:
        gone = frozenset({"parent principal"})
        return World("school_plan", state, "", authors, gone, flags=frozenset(flags), **more)

    mine = here.coordinator
    signed = {"signed": frozenset({"principal"}), "submitter": "coordinator", "last_signer": "principal"}
    both = frozenset({"coordinator", "principal"})
    yield begin(here, mine), world("draft")
    yield begin(here, mine, {}), world("draft", "problems")
    yield begin(here, here.principal), world("draft", authors=frozenset({"principal"}))
    shut = begin(here, mine)
    with writing() as session:
        session.get_one(Period, session.get_one(Artefact, shut.id).period_key).gate = "closed"
    yield shut, world("draft", "closed")
    yield begin(here, mine).submitted(), world("school_review", submitter="coordinator")
    typed = begin(here, mine)
    typed.save(here.principal, goals="校长也写了一句。")
    yield typed.submitted(), world("school_review", authors=both, submitter="coordinator")
    withdrawn = begin(here, mine).submitted()
    withdrawn.act(mine, "withdraw")
    yield withdrawn, world("draft", "submitted")
    yield begin(here, mine).submitted().signed(), world("training_review", **signed)
    yield begin(here, mine).submitted().signed().returned(), world("returned", "submitted", "unanswered")
    yield begin(here, mine).submitted().signed().returned().answered(), world("returned", "submitted")
    approved = begin(here, mine).submitted().signed().approved()
    yield approved, world("approved", "submitted", last_signer="lead")
    amended = begin(here, mine).submitted().signed().approved()
    amended.act(mine, "amend")
    yield amended, world("draft", "submitted", "amending")
    discarded = begin(here, mine)
    discarded.act(mine, "discard")
    yield discarded, world("discarded")


def as_person(world: World, name: str) -> World:
    return replace(world, me=PEOPLE[name])


def right(world: World, name: str) -> set[str]:
    return {action for action in ACTIONS if allowed(as_person(world, name), action)}


# --- the walk --------------------------------------------------------------------------------


def form_of(doc: Doc) -> dict[str, Any]:
    row = doc.row
    return {
        "version": row.version, "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256,
    }  # fmt: skip


class Walker(Visitor):
    """A visitor who posts to pages as well, with the token of one session."""

    def __init__(self, app: Flask, person_id: int) -> None:
        super().__init__(app, person_id)
        self.csrf = token(self.browser, "/me")

    def act(self, doc: Doc, action: str, way: Literal["api", "page"], *, password: str = "") -> Any:
        sent = form_of(doc)
        if way == "api":
            points = [{"section": "goals", "text": "请写具体。"}] if action == "return" else []
            body = sent | {"points": points, "comment": "说明"}
            return self.send("POST", f"/api/v1/artefacts/{doc.id}/actions/{action}", body)
        form = {**sent, "csrf_token": self.csrf, "key": a_key(), "comment": "说明", "password": password}
        if action == "return":
            form |= {"points.0.section": "goals", "points.0.text": "请写具体。"}
        return self.browser.post(f"/artefacts/{doc.id}/actions/{action}", data=form)


def stands() -> list[tuple[Any, ...]]:
    db.session.rollback()
    columns = (Artefact.id, Artefact.state, Artefact.version, Artefact.head_seq, Artefact.updated_at)
    return [tuple(row) for row in db.session.query(*columns).order_by(Artefact.id)]


def test_what_is_offered_is_what_is_right_and_all_else_is_refused(office: Flask, here: County) -> None:
    every = list(situations(here))
    before, refused = stands(), 0
    for name in PEOPLE:
        walker = Walker(office, here.people[name])
        for doc, world in every:
            told = walker.get(f"/api/v1/artefacts/{doc.id}")
            offered = {one["name"] for one in told.get_json().get("actions", ()) if one["allowed"]}
            assert offered == right(world, name), (name, world)
            for number, action in enumerate(sorted(set(ACTIONS) - offered)):
                ways: tuple[Literal["api", "page"], ...] = ("api",) if number % 3 else ("api", "page")
                for way in ways:
                    answer = walker.act(doc, action, way)
                    assert answer.status_code in (403, 404), (name, world, action, way, answer.text)
                    if way == "api":
                        body = answer.get_json()
                        assert body["code"] in ("not_found", "not_allowed"), body
                        assert body.get("reason_code", "no_right") in SENTENCES
                        assert set(body) <= {"type", "title", "status", "code", "detail", "reason_code"}
                    assert (answer.status_code == 404) == (told.status_code == 404), (name, world, way)
                    refused += 1
    assert refused >= 2000
    assert stands() == before


def test_everything_that_is_right_can_be_done_by_page_and_by_program(office: Flask, here: County) -> None:
    every = list(situations(here))
    walkers = {name: Walker(office, here.people[name]) for name in PEOPLE}
    live = sqlite3.connect(office.config["SETTINGS"].data_dir / "signoff.sqlite3")
    kept = sqlite3.connect(":memory:")
    live.backup(kept)
    done: set[tuple[str, str]] = set()
    for number, (doc, world) in enumerate(every):
        for name, walker in walkers.items():
            for action in sorted(right(world, name)):
                way: Literal["api", "page"] = "api" if (number + len(done)) % 2 else "page"
                answer = walker.act(doc, action, way, password=PASSWORD)
                assert answer.status_code in (200, 303), (name, world, action, way, answer.text)
                assert doc.state == leads_to(as_person(world, name), action), (name, world, action)
                done.add((name, action))
                db.session.rollback()
                db.engine.dispose()
                kept.backup(live)
    assert {action for _name, action in done} >= set(ACTIONS) - {"archive"}


# --- each rule counts ------------------------------------------------------------------------

#: What each may read of a plan of school 1, written from the guidance.
OWN = {"coordinator", "principal", "deputy"}
COUNTY = {"lead", "reviewer", "inspector"}


def reads(world: World, name: str) -> str:
    """The level: the school its own from the start (what was discarded its authors alone), the department
    and the inspector what was handed in, teachers what is in force, the auditor everything.
    """
    who = PEOPLE[name]
    if who in world.authors or who == "auditor":
        return "draft" if who in world.authors or world.state != "discarded" else ""
    if world.state == "discarded":
        return ""
    handed_in = world.state not in ("draft", "discarded") or "amending" in world.flags
    if name in OWN:
        return "draft"
    if name in COUNTY:
        return "submitted" if handed_in else ""
    if name == "teacher":
        return "approved" if world.state == "approved" or "amending" in world.flags else ""
    return ""


def misread(here: County, every: list[tuple[Doc, World]]) -> list[tuple[str, str, str]]:
    """(who, state, level) wherever the application says something else than the guidance."""
    found = []
    for name in PEOPLE:
        for doc, world in every:
            try:
                level: str = policy.readable(here.people[name], doc.id).level
            except policy.NotFound:
                level = ""
            if level != reads(world, name):
                found.append((name, world.state, level))
    return found


def test_everybody_reads_what_the_guidance_says(office: Flask, here: County) -> None:
    assert misread(here, list(situations(here))) == []


@pytest.mark.parametrize("kind", ["Writing", "NamedSeat"])
def test_a_reason_to_read_taken_away_is_noticed(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    every = list(situations(here))
    left = tuple(one for one in reading_rights.REASONS if type(one).__name__ != kind)
    assert len(left) == len(reading_rights.REASONS) - 1
    monkeypatch.setattr(policy, "REASONS", left)
    assert misread(here, every)


def test_a_reason_to_read_that_always_holds_is_noticed(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = list(situations(here))
    for reason in reading_rights.REASONS:
        with monkeypatch.context() as patch:
            patch.setattr(type(reason), "level", lambda _self, _context: "submitted")
            assert misread(here, every), reason


def edits(world: World, name: str) -> bool:
    """Whoever drafts for the school types into what is with its authors, while the period is open."""
    drafts = PEOPLE[name] in ("coordinator", "principal")
    return drafts and world.state in ("draft", "returned") and "closed" not in world.flags


def settles(world: World, name: str) -> bool:
    """A point raised by somebody else in this step: whoever is asked now."""
    return any(allowed(as_person(world, name), action) for action in ("return",))


def test_typing_answering_and_settling_are_refused_as_the_guidance_says(office: Flask, here: County) -> None:
    for doc, world in situations(here):
        for name in PEOPLE:
            if not reads(world, name):
                continue
            context = policy.readable(here.people[name], doc.id)
            assert (policy.edit_refusal(context) is None) == edits(world, name), (name, world)
            assert policy.answer_refusal(context, context.me) is not None, "nobody answers their own point"
            answers = policy.answer_refusal(context, here.lead2) is None
            assert answers == (edits(world, name) and name != "lead2"), (name, world)
            settled = policy.settle_refusal(context, here.lead2, world.state) is None
            assert settled == settles(world, name), (name, world)
