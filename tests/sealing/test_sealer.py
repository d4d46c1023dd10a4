"""Sealing: what becomes a leaf, what a checkpoint says, what the sealer refuses to sign."""

import os
import stat
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.builders import County, a_development_plan, a_plan, county
from tests.tampering import tamper
from workflow_app import clock
from workflow_app.alone import alone
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity.doctor import examine
from workflow_app.people.models import RegistryEvent
from workflow_app.sealing import leaf, sealer, stored, tree
from workflow_app.sealing.models import Checkpoint, SealKey, SealLeaf, SealTile
from workflow_app.sealing.notes import Note, VerifierKey
from workflow_app.sealing.refused import SealRefused
from workflow_app.sealing.statements import KeyStatement, TreeHead

AWAY = "off-site"


@pytest.fixture
def settings(database: Any, tmp_path: Path) -> Any:
    return database.changed(seal_dir=str(tmp_path / AWAY), base_url="https://yanxiu.example.cn")


@pytest.fixture
def away(tmp_path: Path) -> Path:
    return tmp_path / AWAY


def wrong() -> dict[str, list[str]]:
    """What doctor finds: sentences by check."""
    found = {check.name: [str(one) for one in check.offenders] for check in examine(quick=True)}
    return {name: offenders for name, offenders in found.items() if offenders}


def head_of(checkpoint: Checkpoint | None) -> TreeHead:
    assert checkpoint
    return TreeHead.parse(Note.parse(checkpoint.note).text)


def test_every_event_of_every_log_becomes_a_leaf_once(here: County) -> None:
    a_plan(here).submitted().signed()
    first = sealer.seal_now()
    events = db.session.execute(select(Event.artefact_id, Event.seq, Event.hash)).all()
    register = db.session.execute(select(RegistryEvent.seq, RegistryEvent.hash)).all()
    leaves = list(db.session.scalars(select(SealLeaf).order_by(SealLeaf.number)))
    assert [one.number for one in leaves] == list(range(len(events) + len(register)))
    assert {(one.document, one.seq, one.hash) for one in leaves if one.log == "artefact"} == set(events)
    assert {(one.seq, one.hash) for one in leaves if one.log == "registry"} == set(register)
    assert first.fresh == len(leaves)
    assert sealer.seal_now(in_full=False).fresh == 0

    a_development_plan(here).submitted()
    second = sealer.seal_now(in_full=False)
    assert second.fresh == 2
    assert db.session.query(Checkpoint).count() == 2
    assert wrong() == {}


def test_a_checkpoint_is_the_signed_root_of_all_leaves(here: County) -> None:
    a_plan(here).submitted()
    checkpoint = sealer.seal_now().checkpoint
    head = head_of(checkpoint)
    growing = tree.Growing()
    for one in db.session.scalars(select(SealLeaf).order_by(SealLeaf.number)):
        growing.add(leaf.digest(one.log, one.document, one.seq, one.hash))
    assert (head.origin, head.size, head.root) == ("yanxiu.example.cn/trail", growing.size, growing.root)
    (key,) = stored.all_keys()
    assert checkpoint
    assert Note.parse(checkpoint.note).signed_by(VerifierKey.parse(key.vkey))
    assert not Note.parse(checkpoint.note.replace("time 2", "time 3")).signed_by(VerifierKey.parse(key.vkey))


def test_without_news_there_is_no_new_checkpoint(here: County, away: Path) -> None:
    sealer.seal_now()
    again = sealer.seal_now()
    assert (again.fresh, again.written) == (0, 0)
    assert db.session.query(Checkpoint).count() == 1
    assert len(list(away.glob("checkpoint-*.txt"))) == 1


def test_nothing_is_sealed_in_an_empty_installation(office: Flask) -> None:
    assert sealer.seal_now().checkpoint is None
    assert stored.all_keys() == []
    assert wrong() == {}


def test_a_tree_of_many_leaves_is_the_same_whatever_the_steps(
    here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one tile of 256; sealed a few at a time, then compared with building it at once."""
    monkeypatch.setattr(sealer, "BATCH", 7)
    rows = [
        {"id": number, "artefact_id": a_plan_id, "seq": number, "hash": f"{number:064x}"}
        for a_plan_id in [a_plan(here).id]
        for number in range(100, 640)
    ]
    statement = text(
        "INSERT INTO event (id, artefact_id, seq, at, actor_id, action, from_state, to_state, round,"
        " revision, school_id, signs, handled, body, hash) SELECT :id, artefact_id, :seq, at, actor_id,"
        " action, from_state, to_state, round, revision, school_id, signs, handled, body, :hash FROM event"
        " WHERE seq = 1"
    )
    for part in (rows[:3], rows[3:300], rows[300:]):
        with db.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            connection.execute(statement, part)
        size = head_of(sealer.seal_now(in_full=False).checkpoint).size
        leaves = [
            leaf.digest(one.log, one.document, one.seq, one.hash)
            for one in db.session.scalars(select(SealLeaf).order_by(SealLeaf.number))
        ]
        growing = tree.Growing()
        for one in leaves:
            growing.add(one)
        assert (stored.size(), tree.root(size, stored.node)) == (growing.size, growing.root)
        for index in (0, 255, size // 2, size - 1):
            if index < size:
                path = tree.inclusion(index, size, stored.node)
                assert tree.included(index, size, leaves[index], path) == growing.root
    assert db.session.query(SealTile).count() == size // 256
    checkpoints = list(db.session.scalars(select(Checkpoint).order_by(Checkpoint.size)))
    for one, other in pairwise(checkpoints):
        path = tree.consistency(one.size, other.size, stored.node)
        roots = bytes.fromhex(one.root), bytes.fromhex(other.root)
        assert tree.consistent(one.size, other.size, *roots, path)


def test_an_event_that_was_committed_late_is_sealed_after_those_with_higher_numbers(here: County) -> None:
    """PostgreSQL gives numbers at the insert; a transaction with a lower one may end later."""
    late = a_plan(here).submitted().events[-1]
    other = a_development_plan(here).submitted()
    values = {column.name: getattr(late, column.name) for column in Event.__table__.columns}
    tamper("DELETE FROM event WHERE id = :id", id=late.id)
    sealer.seal_now()
    with db.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(Event.__table__.insert(), values)
    assert values["id"] < other.events[-1].id
    assert sealer.seal_now(in_full=False).fresh == 1
    assert wrong() == {}


def test_time_never_goes_back_in_checkpoints(here: County, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = clock.now() + timedelta(days=400)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: ahead)
        sealer.seal_now()
    a_plan(here)
    checkpoint = sealer.seal_now().checkpoint
    assert checkpoint
    assert checkpoint.at == clock.stamp(ahead)
    assert wrong() == {}


def test_only_one_process_seals(here: County) -> None:
    with alone("sealing") as mine:
        assert mine
        with pytest.raises(SealRefused, match="另一个进程"):
            sealer.seal_now()
    assert sealer.seal_now().checkpoint


# --- the key -----------------------------------------------------------------------------------


def key_file(office: Flask) -> Path:
    return Path(office.config["SETTINGS"].data_dir) / "seal" / "key.pem"


def test_the_key_is_for_the_worker_alone(office: Flask, here: County) -> None:
    assert not key_file(office).exists()
    sealer.seal_now()
    if os.name != "nt":
        assert stat.S_IMODE(key_file(office).stat().st_mode) == 0o600
        assert stat.S_IMODE(key_file(office).parent.stat().st_mode) == 0o700
        key_file(office).chmod(0o640)
        a_plan(here)
        with pytest.raises(SealRefused, match="chmod 600"):
            sealer.seal_now()


def test_pages_do_not_read_the_key(office: Flask, here: County) -> None:
    from tests.browsing import log_in

    sealer.seal_now()
    key_file(office).unlink()
    client = log_in(office, "auditor")
    for path in ("/trail/trust", "/trail", "/readyz"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("loss", ["missing", "another", "broken"])
def test_a_key_that_is_lost_is_told(office: Flask, here: County, loss: str) -> None:
    sealer.seal_now()
    path = key_file(office)
    if loss == "missing":
        path.unlink()
    elif loss == "broken":
        path.write_text("nothing")
    else:
        pem = path.read_bytes()
        sealer.replace_key()
        path.write_bytes(pem)
    a_plan(here)
    with pytest.raises(SealRefused, match="签名密钥文件"):
        sealer.seal_now()


def test_a_new_key_is_signed_in_by_the_old_one(office: Flask, here: County, away: Path) -> None:
    sealer.seal_now()
    old_pem = key_file(office).read_bytes()
    a_plan(here)
    sealer.replace_key()  # what is there is sealed with the old key first
    a_development_plan(here)
    sealer.seal_now()
    first, second = stored.all_keys()
    checkpoints = list(db.session.scalars(select(Checkpoint).order_by(Checkpoint.size)))
    assert [one.key_number for one in checkpoints] == [1, 1, 2]
    note = Note.parse(second.note)
    said = KeyStatement.parse(note.text)
    assert said.replaces == VerifierKey.parse(first.vkey)
    assert note.signed_by(VerifierKey.parse(first.vkey))
    assert note.signed_by(VerifierKey.parse(second.vkey))
    assert second.size == checkpoints[1].size
    assert key_file(office).read_bytes() != old_pem
    assert sorted(path.name for path in key_file(office).parent.iterdir()) == ["key.pem"]
    assert {path.name for path in away.glob("key-*")} == {"key-0001.txt", "key-0002.txt"}
    assert wrong() == {}


def test_a_compromised_key_cannot_bring_in_the_next(office: Flask, here: County) -> None:
    sealer.seal_now()
    key_file(office).unlink()  # it need not even be there
    sealer.replace_key(compromised_since=clock.stamp(clock.now()))
    a_plan(here)
    sealer.seal_now()
    first, second = stored.all_keys()
    assert not Note.parse(second.note).signed_by(VerifierKey.parse(first.vkey))
    assert second.compromised_since
    assert wrong() == {}


def test_a_rotation_that_was_interrupted_is_finished(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer.seal_now()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: pytest.fail("the power is off"))
        with pytest.raises(pytest.fail.Exception):
            sealer.replace_key()
    a_plan(here)
    sealer.seal_now()
    assert [key.number for key in stored.all_keys()] == [1, 2]
    assert wrong() == {}


# --- what is not signed ------------------------------------------------------------------------


def cut_tail(leaves: int, *, checkpoints: bool = True) -> None:
    """What somebody does who owns the database: the last leaves and their checkpoints go."""
    left = stored.size() - leaves
    statements = ["DELETE FROM seal_leaf WHERE number >= :left", "DELETE FROM seal_tile"]
    if checkpoints:
        statements.append("DELETE FROM seal_checkpoint WHERE size > :left")
    tamper(*statements, left=left)


def test_a_tree_that_was_cut_is_not_signed_again(here: County, away: Path) -> None:
    doc = a_plan(here).submitted()
    sealer.seal_now()
    doc.signed()
    sealer.seal_now()
    cut_tail(1)
    with pytest.raises(SealRefused, match="截断过"):
        sealer.seal_now()
    (found,) = wrong()["outside"]
    assert "轨迹的末尾被截断过" in found
    # Without the files outside nobody could tell: the manual says so.
    for path in away.glob("checkpoint-*"):
        path.unlink()
    assert "outside" not in wrong()


def test_a_tree_that_was_changed_is_not_signed_again(here: County) -> None:
    doc = a_plan(here).submitted()
    sealer.seal_now()
    tamper("UPDATE seal_leaf SET hash = :hash WHERE document = :id AND seq = 1", hash="0" * 64, id=doc.id)
    doc.signed()
    with pytest.raises(SealRefused, match="被改动过"):
        sealer.seal_now()


def test_what_is_in_the_folder_is_never_overwritten(here: County, away: Path) -> None:
    doc = a_plan(here)
    sealer.seal_now()
    doc.submitted()
    path = away / f"checkpoint-{stored.size() + 1:012}.txt"
    path.write_text("another")
    with pytest.raises(SealRefused, match=r"截断过|另一份内容"):
        sealer.seal_now()
    assert path.read_text() == "another"


def test_files_that_could_not_be_written_are_written_later(here: County, away: Path) -> None:
    away.write_text("no folder")
    doc = a_plan(here)
    with pytest.raises(SealRefused, match="SEAL_DIR"):
        sealer.seal_now()
    assert stored.newest() is None
    away.unlink()
    sealer.seal_now()
    doc.submitted()
    assert sealer.seal_now().written == 1
    assert wrong() == {}


def test_a_folder_named_later_gets_all_there_is(make_app: Callable[..., Flask], away: Path) -> None:
    with make_app(seal_dir="").app_context():
        here = county()
        sealer.seal_now()
        a_plan(here)
        sealer.seal_now()
    assert not away.exists()
    with make_app().app_context():
        assert sealer.seal_now().written == 2
        assert db.session.query(SealKey).count() == 1


# --- doctor ------------------------------------------------------------------------------------


def test_an_event_may_wait_a_few_minutes_and_no_longer(here: County, monkeypatch: pytest.MonkeyPatch) -> None:
    a_plan(here).submitted()
    hour = clock.now() + timedelta(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: hour)
        assert "sealed" not in wrong()  # where nothing was ever sealed, nothing is late
    sealer.seal_now()
    a_development_plan(here)
    assert wrong() == {}
    monkeypatch.setattr(clock, "now", lambda: hour)
    (found,) = wrong()["sealed"]
    assert "文件有 1 条事件一直没有封存" in found


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE seal_tile SET hash = '{zeros}'", "中间摘要"),
        ("INSERT INTO seal_tile (level, number, hash) VALUES (16, 7, '{zeros}')", "中间摘要多出 1 个"),
        ("DELETE FROM seal_leaf WHERE number = 3", "封存的第 4 条不见了"),
        (
            "UPDATE seal_checkpoint SET at = '2020-01-01T00:00:00.000000Z'"
            " WHERE size = (SELECT max(size) FROM seal_checkpoint)",
            "早于前一个",
        ),
        ("UPDATE seal_checkpoint SET root = '{zeros}'", "与它的原文不符"),
        ("UPDATE seal_checkpoint SET note = 'nothing'", "读不懂"),
        ("UPDATE seal_key SET since = '2020-01-01T00:00:00.000000Z'", "与它的声明不符"),
        ("UPDATE seal_key SET note = 'nothing'", "声明读不懂"),
        ("UPDATE seal_leaf SET hash = '{zeros}' WHERE log = 'registry' AND seq = 5", "人员变更记录第 5 条"),
        ("DELETE FROM registry_event WHERE seq = (SELECT max(seq) FROM registry_event)", "事件不见了"),
    ],
)
def test_whatever_is_done_to_the_seal_is_found(here: County, statement: str, told: str) -> None:
    with db.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(
            RegistryEvent.__table__.insert(),
            [
                {"seq": seq, "at": clock.stamp(clock.now()), "action": "person:change", "subject": "x",
                 "body": b"{}", "hash": f"{seq:064x}"}
                for seq in range(1000, 1260)
            ],
        )  # fmt: skip
    sealer.seal_now()
    a_plan(here)
    sealer.seal_now()
    assert set(wrong()) == {"register"}  # the rows above are no chain
    tamper(statement.replace("{zeros}", "0" * 64))
    assert any(told in one for one in wrong()["seal"]), wrong()["seal"]
