"""A database from before events and the register's log said as much: it goes on, and is as well guarded."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests import seeds
from tests.builders import County, Doc, a_development_plan, county
from tests.faults.alterations.kinds import Hands
from tests.faults.alterations.rewriting import rechain
from tests.faults.alterations.trying import findings
from tests.faults.alterations.world import everything
from tests.tampering import tamper
from workflow_app import append_only, canonical, schema
from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.people.models import Person
from workflow_app.trail import export, verification

#: What events of format 1 said.
FORMAT_1 = {
    "log", "artefact", "seq", "workflow", "action", "from", "to", "round", "revision", "actor",
    "on_behalf_of", "grant", "auth", "content_sha256", "attachments_sha256", "comment_sha256", "prev", "at",
    "key",
}  # fmt: skip
BEFORE = "0014_sessions_and_attempts"


def _as_format_1(facts: dict[str, Any]) -> None:
    for name in set(facts) - FORMAT_1:
        del facts[name]
    facts["v"] = 1


def _register_as_format_1(hands: Hands) -> None:
    prev = canonical.ZEROS
    for seq, body in hands.rows("SELECT seq, body FROM registry_event ORDER BY seq"):
        facts = canonical.loads(bytes(body))
        said = {name: facts[name] for name in ("log", "seq", "at", "actor", "action", "subject", "facts")}
        made = canonical.dumps(said | {"v": 1, "prev": prev})
        prev = canonical.sha256(made)
        hands.run(
            "UPDATE registry_event SET body = :body, hash = :hash WHERE seq = :seq",
            body=made,
            hash=prev,
            seq=seq,
        )


@pytest.fixture
def upgraded(office: Flask) -> Iterator[Flask]:
    """A county that lived before the upgrade, and has just been upgraded."""
    seeds.once(everything)
    hands = Hands(None)  # type: ignore[arg-type]
    with db.engine.begin() as connection:
        append_only.drop(connection)
    for (artefact,) in hands.rows("SELECT id FROM artefact"):
        seqs = [seq for (seq,) in hands.rows("SELECT seq FROM event WHERE artefact_id = :id", id=artefact)]
        rechain(hands, artefact, [(seq, _as_format_1) for seq in seqs])
    _register_as_format_1(hands)
    db.session.commit()
    settings = office.config["SETTINGS"]
    schema.downgrade(settings, BEFORE)
    assert schema.upgrade(settings)
    yield office
    db.session.rollback()


def _person(username: str) -> int:
    return int(db.session.query(Person.id).filter_by(username=username).scalar())


def test_it_is_sound_and_goes_on(upgraded: Flask) -> None:
    assert schema.problems(db.engine) == []
    assert findings() == set()
    row = db.session.query(Artefact).filter_by(state="school_review", teacher_id=_person("teacher")).one()
    waiting = Doc(County(), row.id, {})
    waiting.signed(_person("principal"))
    assert canonical.loads(bytes(waiting.events[-1].body))["v"] == 2
    people.disable(None, _person("assistant"))
    assert findings() == set()
    lines = [line for _said, line in export.export(export.Chosen())]
    *_, report = verification.verify(BytesIO(b"".join(lines)))
    assert report.whole, report.problems


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE artefact SET title = 'x' WHERE state = 'approved'", "state"),
        ("UPDATE artefact SET due_at = created_at WHERE state = 'school_review'", "state"),
        ("DELETE FROM artefact_author WHERE person_id = 1", "authors"),
        ("UPDATE grant_ SET role = 'auditor' WHERE role = 'reviewer'", "register"),
        ("UPDATE person SET password_hash = 'x' WHERE id = 3", "register"),
        ("UPDATE issued_paper SET sha256 = code", "register"),
    ],
)
def test_what_is_altered_after_the_upgrade_is_found(upgraded: Flask, statement: str, check: str) -> None:
    tamper(statement)
    assert check in findings()


def test_a_later_snapshot_is_none(office: Flask) -> None:
    """Whoever altered rows cannot have the log state them as found at an upgrade."""
    here = county()
    a_development_plan(here)
    last = db.session.execute(db.text("SELECT seq, hash FROM registry_event ORDER BY seq DESC")).first()
    assert last
    body = canonical.dumps(
        {
            "v": 2, "log": "registry", "seq": last.seq + 1, "at": "2099-01-01T00:00:00.000000Z",
            "clock": None, "actor": None, "action": "register:snapshot", "subject": "register:all",
            "person": None, "facts": {}, "rows": {}, "prev": last.hash,
        }
    )  # fmt: skip
    tamper(
        "INSERT INTO registry_event (seq, at, action, subject, body, hash)"
        " VALUES (:seq, '2099-01-01T00:00:00.000000Z', 'register:snapshot', 'register:all', :body, :hash)",
        seq=last.seq + 1, body=body, hash=canonical.sha256(body),
    )  # fmt: skip
    assert findings() == {"register"}
