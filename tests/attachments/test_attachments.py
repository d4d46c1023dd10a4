"""Attachments of a draft: guarded like typing, signed with the content, readable as the content is."""

import json
import os
import socket
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.test_api import Program
from tests.browsing import log_in, token
from tests.builders import Doc, a_development_plan, a_key, a_plan, county
from tests.configuring import configure
from tests.files.clamd import EICAR, scanner
from tests.files.examples import GOOD, jpg, pdf, png
from tests.files.hostile import CORPUS
from workflow_app import canonical
from workflow_app.artefacts.models import Author
from workflow_app.attachments import access, lists
from workflow_app.attachments import attach as attaching
from workflow_app.attachments.models import Attachment
from workflow_app.errors import (
    Conflict,
    FileRefused,
    FileUnavailable,
    KeyReused,
    NotAllowed,
    NotFound,
)
from workflow_app.extensions import db
from workflow_app.files import storage
from workflow_app.files.models import StoredFile
from workflow_app.files.storage import Folder, TooLarge
from workflow_app.integrity import doctor

TEXT = "第一次活动：研读课标。\n".encode()


def attach(
    plan: Doc, name: str = "说明.txt", data: bytes = TEXT, who: int | None = None, **given
) -> attaching.Changed:  # type: ignore[no-untyped-def]
    return attaching.attach(who or plan.people["author"], plan.id, BytesIO(data), name, **given)


def names(plan: Doc, digest: str | None = None) -> list[str]:
    return [item.name for item in lists.items(plan.id, digest or plan.row.attachments_sha256)]


def refusal(plan: Doc, name: str, data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        attach(plan, name, data)
    return refused.value


# --- the list --------------------------------------------------------------------------------


def test_the_list_is_canonical_and_in_the_order_of_arrival(office: Flask) -> None:
    plan = a_plan(county())
    before = plan.row.version
    attach(plan, "乙.png", png())
    done = attach(plan, "甲.txt")
    assert (done.version, plan.row.version) == (before + 2, before + 2)
    lines = [
        {"kind": "png", "name": "乙.png", "sha256": canonical.sha256(png()), "size": len(png())},
        {"kind": "txt", "name": "甲.txt", "sha256": canonical.sha256(TEXT), "size": len(TEXT)},
    ]
    assert plan.row.attachments_sha256 == canonical.sha256(canonical.dumps(lines))
    assert lists.listed(plan.id, plan.row.attachments_sha256) == lines


def test_taking_one_off_leaves_the_others_in_order(office: Flask) -> None:
    plan = a_plan(county())
    made = [attach(plan, f"{number}.txt", f"{number}\n".encode()) for number in range(3)]
    attaching.detach(plan.people["author"], plan.id, made[1].attachment_id)
    assert names(plan) == ["0.txt", "2.txt"]
    for one in (made[0], made[2]):
        attaching.detach(plan.people["author"], plan.id, one.attachment_id)
    assert plan.row.attachments_sha256 == canonical.EMPTY_LIST_SHA256
    with pytest.raises(NotFound):
        attaching.detach(plan.people["author"], plan.id, made[0].attachment_id)


def test_the_same_file_sent_again_changes_nothing(office: Flask) -> None:
    """A connection lost after the last byte: the browser sends it again."""
    plan = a_plan(county())
    first = attach(plan)
    assert attach(plan) == first
    assert names(plan) == ["说明.txt"]


def test_another_file_under_the_same_name_gets_a_number(office: Flask) -> None:
    plan = a_plan(county())
    for number in range(3):
        attach(plan, "image.jpg", jpg(8, 8 + number))
    assert names(plan) == ["image.jpg", "image (2).jpg", "image (3).jpg"]
    attach(plan, "image.jpg", jpg(8, 9))
    assert len(names(plan)) == 3


def test_the_same_bytes_are_stored_once(office: Flask) -> None:
    here = county()
    plan, other = a_plan(here), a_development_plan(here)
    attach(plan, "甲.png", png())
    attach(plan, "乙.png", png())
    attach(other, "丙.png", png())
    db.session.rollback()
    assert db.session.query(StoredFile).count() == 1
    assert list(lists.store().digests()) == [canonical.sha256(png())]
    assert names(plan) == ["甲.png", "乙.png"]


def test_a_key_sent_twice_is_answered_twice_and_done_once(office: Flask) -> None:
    plan, key = a_plan(county()), a_key()
    done = attach(plan, key=key)
    again = attach(plan, key=key)
    assert (again.version, again.attachment_id, again.replayed) == (done.version, done.attachment_id, True)
    with pytest.raises(KeyReused):
        attach(plan, "另一个.png", png(), key=key)


def test_a_version_that_has_passed_is_a_conflict(office: Flask) -> None:
    plan = a_plan(county())
    old = plan.row.version
    attach(plan, version=old)
    with pytest.raises(Conflict) as conflict:
        attach(plan, "二.png", png(), version=old)
    assert (conflict.value.by, conflict.value.version) == ("coordinator的姓名", old + 1)
    assert names(plan) == ["说明.txt"]


def test_uploads_at_the_same_time_all_arrive(office: Flask) -> None:
    plan = a_plan(county())
    author, number = plan.people["author"], plan.id
    failed: list[BaseException] = []

    def send(index: int) -> None:
        with office.app_context():
            try:
                attaching.attach(author, number, BytesIO(f"{index}\n".encode()), f"{index}.txt")
            except BaseException as error:
                failed.append(error)
            finally:
                db.session.remove()

    before = plan.row.version
    db.session.remove()
    threads = [threading.Thread(target=send, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert sorted(names(plan)) == [f"{index}.txt" for index in range(6)]
    assert plan.row.version == before + 6


# --- who, and when ---------------------------------------------------------------------------


def test_whoever_attaches_becomes_an_author_and_may_not_sign(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    attach(plan, who=here.principal)
    assert {row.person_id for row in db.session.query(Author).filter_by(artefact_id=plan.id)} == {
        here.coordinator, here.principal,
    }  # fmt: skip
    plan.submitted()
    with pytest.raises(NotAllowed):
        plan.signed(here.principal)


def test_only_those_who_may_edit_may_attach(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    done = attach(plan)
    for who, error in ((here.auditor, NotAllowed), (here.coordinator2, NotFound), (here.admin, NotFound)):
        with pytest.raises(error):
            attach(plan, who=who)
        with pytest.raises(error):
            attaching.detach(who, plan.id, done.attachment_id)
    assert names(plan) == ["说明.txt"]


def test_nothing_is_attached_to_what_has_been_submitted(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    done = attach(plan)
    plan.submitted()
    with pytest.raises(Conflict) as conflict:
        attach(plan, "另一个.png", png())
    assert (conflict.value.by, conflict.value.action) == ("coordinator的姓名", "submit")
    with pytest.raises(Conflict):
        attaching.detach(here.coordinator, plan.id, done.attachment_id)
    assert names(plan) == ["说明.txt"]


# --- what is signed --------------------------------------------------------------------------


def test_the_list_is_frozen_with_the_revision_and_named_in_every_event(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    attach(plan, "一.png", png())
    first = plan.row.attachments_sha256
    plan.submitted().signed().returned()
    attach(plan, "二.txt")
    second = plan.row.attachments_sha256
    plan.answered().submitted().signed().approved()
    assert (lists.digest_of(plan.id, 1), lists.digest_of(plan.id, 2)) == (first, second)
    assert (names(plan, first), names(plan, second)) == (["一.png"], ["一.png", "二.txt"])
    told = [json.loads(bytes(event.body))["attachments_sha256"] for event in plan.events]
    assert told == [canonical.EMPTY_LIST_SHA256, first, first, first, second, second, second]
    wrong = [f"{checked.name}: {one}" for checked in doctor.examine() for one in checked.offenders]
    assert not wrong


def test_a_signer_who_saw_other_attachments_signs_nothing(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    attach(plan)
    plan.submitted()
    with pytest.raises(NotAllowed) as no:
        plan.act(here.principal, "sign", attachments_sha256=canonical.EMPTY_LIST_SHA256)
    assert no.value.reason.code == "content_changed"
    assert plan.state == "school_review"


def test_cancelling_an_amendment_brings_the_old_list_back(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    attach(plan, "一.png", png())
    plan.submitted().signed().approved()
    in_force = plan.row.attachments_sha256
    plan.act(here.coordinator, "amend")
    attach(plan, "二.txt")
    plan.act(here.coordinator, "cancel_amendment")
    assert plan.row.attachments_sha256 == in_force
    assert names(plan) == ["一.png"]


# --- who may read ----------------------------------------------------------------------------


def readable(plan: Doc, attachment_id: int, *people: int) -> list[bool]:
    found = []
    for person in people:
        try:
            access.opened(person, plan.id, attachment_id)
            found.append(True)
        except NotFound:
            found.append(False)
    return found


def test_a_file_is_read_by_those_who_read_the_content_it_belongs_to(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    kept, dropped = attach(plan, "一.png", png()), attach(plan, "丢.txt")
    attaching.detach(here.coordinator, plan.id, dropped.attachment_id)
    asked = (here.coordinator, here.deputy, here.lead, here.coordinator2)
    assert readable(plan, kept.attachment_id, *asked) == [True, True, False, False]
    assert readable(plan, dropped.attachment_id, here.coordinator) == [False]
    plan.submitted().signed()
    assert readable(plan, kept.attachment_id, here.lead, here.coordinator2, here.lead2) == [
        True,
        False,
        False,
    ]
    plan.returned()
    new = attach(plan, "新.txt", b"new\n")
    assert readable(plan, new.attachment_id, here.coordinator, here.lead) == [True, False]


def test_a_file_of_another_document_is_not_found(office: Flask) -> None:
    here = county()
    plan, other = a_plan(here), a_development_plan(here)
    done = attach(other)
    with pytest.raises(NotFound):
        access.opened(here.teacher, plan.id, done.attachment_id)
    with pytest.raises(NotFound):
        access.opened(here.coordinator, plan.id, 10**9)


def test_approved_plans_are_shared_with_the_files_in_force_only(make_app: Callable[..., Flask]) -> None:
    with make_app(share_approved=True).app_context():
        here = county()
        plan = a_plan(here)
        old = attach(plan, "旧.txt")
        plan.submitted().signed().returned()
        attaching.detach(here.coordinator, plan.id, old.attachment_id)
        new = attach(plan, "新.png", png())
        plan.answered().submitted().signed().approved()
        assert readable(plan, new.attachment_id, here.coordinator2) == [True]
        assert readable(plan, old.attachment_id, here.coordinator2, here.lead) == [False, True]


# --- limits ----------------------------------------------------------------------------------


def test_limits_are_settings_and_say_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(attachment_mb=1, attachments_most=2, attachments_mb=1)
    with app.app_context():
        plan = a_plan(county())
        large = refusal(plan, "大.txt", b"x" * (1024 * 1024 + 1))
        assert (large.code, large.say("zh")) == (
            "file_too_large", "文件超过 1 MB，没有收。请压缩图片或分成几个文件再传。",
        )  # fmt: skip
        attach(plan, "半.txt", b"x" * 700_000)
        assert refusal(plan, "再半.txt", b"y" * 700_000).code == "files_too_large"
        attach(plan, "小.txt", b"x")
        assert refusal(plan, "三.txt", b"z").code == "too_many_files"
        assert names(plan) == ["半.txt", "小.txt"]
        assert not list((lists.store().root / "arriving").iterdir())


@pytest.mark.sqlite_only
def test_what_is_refused_leaves_nothing_behind(office: Flask) -> None:
    plan = a_plan(county())
    for name, data, code in list(CORPUS.values())[::25]:
        if code != "harmless":
            refusal(plan, name, data)
    assert plan.row.attachments_sha256 == canonical.EMPTY_LIST_SHA256
    assert list(lists.store().digests()) == []
    assert not list((lists.store().root / "arriving").iterdir())
    assert db.session.query(Attachment).count() == 0


def test_a_stream_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 300_000:
                raise ConnectionError
            return super().read(size)

    store = Folder(tmp_path)
    with pytest.raises(ConnectionError), store.receiving(Broken(bytes(600_000)), 10**6):
        raise AssertionError
    with pytest.raises(TooLarge), store.receiving(BytesIO(bytes(600_000)), 500_000):
        raise AssertionError
    assert not list((tmp_path / "arriving").iterdir())


def test_a_digest_is_the_only_way_into_the_store(tmp_path: Path) -> None:
    for odd in ("../../etc/passwd", "", "ab", "G" * 64, "a" * 63 + "/", "A" * 64):
        with pytest.raises(ValueError, match="no digest"):
            Folder(tmp_path).path(odd)


@pytest.mark.sqlite_only
def test_damaged_and_forgotten_files_are_listed(office: Flask) -> None:
    plan = a_plan(county())
    attach(plan)
    digest = canonical.sha256(TEXT)
    assert (lists.damaged(), lists.orphans()) == ([], [])
    store = lists.store()
    with store.receiving(BytesIO(b"left over"), 100) as arrived:
        store.keep(arrived)
    store.path(digest).write_bytes(b"altered")
    assert lists.damaged() == [digest]
    assert lists.orphans() == [canonical.sha256(b"left over")]
    store.path(digest).unlink()
    with pytest.raises(FileUnavailable, match="file_missing"):
        access.opened(plan.people["author"], plan.id, attach_id(plan))


@pytest.mark.sqlite_only
@pytest.mark.parametrize("size", [20, storage.ALWAYS_DIGESTED + 20])
def test_a_file_altered_at_the_same_length_is_not_given_out(office: Flask, size: int) -> None:
    here = county()
    plan, data = a_plan(here), b"x" * size
    done = attach(plan, "长文.txt", data)
    path = f"/artefacts/{plan.id}/attachments/{done.attachment_id}"
    client = log_in(office, "principal")
    kept = lists.store().path(canonical.sha256(data))
    for _ in range(2):
        assert client.get(path).get_data() == data
    before = kept.stat()
    kept.write_bytes(b"y" + data[1:])
    os.utime(kept, ns=(before.st_atime_ns, before.st_mtime_ns))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "与签字时登记的摘要不符" in answer.get_data(as_text=True)
    with pytest.raises(FileUnavailable, match="file_altered"):
        access.opened(here.principal, plan.id, done.attachment_id)
    # Whoever has the file sends it again, and it is whole.
    attach(plan, "长文.txt", data)
    assert client.get(path).get_data() == data


@pytest.mark.sqlite_only
def test_a_large_file_is_digested_once_until_it_changes(
    office: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan(county())
    author, large = plan.people["author"], b"x" * (storage.ALWAYS_DIGESTED + 1)
    read: list[int] = []
    whole = storage._digest

    def counted(reading: Callable[[], bytes]) -> str:
        read.append(1)
        return whole(reading)

    for name, data, times in (("大.txt", large, 1), ("小.txt", TEXT, 3)):
        done = attach(plan, name, data)
        read.clear()
        monkeypatch.setattr(storage, "_digest", counted)
        for _ in range(3):
            access.opened(author, plan.id, done.attachment_id)
        monkeypatch.setattr(storage, "_digest", whole)
        assert len(read) == times


def attach_id(plan: Doc) -> int:
    return lists.items(plan.id, plan.row.attachments_sha256)[0].id


@pytest.mark.sqlite_only
def test_a_paper_issued_here_can_be_attached(office: Flask) -> None:
    """Sealed, with links and fonts: nothing in it is taken for a danger."""
    here = county()
    approved = a_plan(here).submitted().signed().approved()
    paper = log_in(office, "coordinator").get(f"/artefacts/{approved.id}/paper.pdf")
    assert paper.mimetype == "application/pdf"
    other = a_development_plan(here)
    attach(other, "方案.pdf", paper.data)
    assert names(other) == ["方案.pdf"]


# --- viruses ---------------------------------------------------------------------------------


def test_without_a_scanner_files_are_unscanned_and_open(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    done = attach(plan)
    item, _path = access.opened(here.principal, plan.id, done.attachment_id)
    assert item.scan == "unscanned"


def test_with_a_scanner_the_infected_are_refused(make_app: Callable[..., Flask]) -> None:
    with scanner() as address, make_app(clamd_address=address).app_context():
        plan = a_plan(county())
        bad = refusal(plan, "坏.txt", EICAR.encode())
        assert (bad.code, "Eicar-Test" in bad.say("zh")) == ("file_infected", True)
        attach(plan)
        assert lists.items(plan.id, plan.row.attachments_sha256)[0].scan == "clean"
        assert names(plan) == ["说明.txt"]


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_while_the_scanner_is_down_only_the_sender_opens_the_file(make_app: Callable[..., Flask]) -> None:
    port = a_free_port()
    with make_app(clamd_address=f"127.0.0.1:{port}").app_context():
        here = county()
        plan = a_plan(here)
        good, bad = attach(plan), attach(plan, "坏.txt", EICAR.encode())
        access.opened(here.coordinator, plan.id, good.attachment_id)
        with pytest.raises(FileUnavailable, match="file_unscanned"):
            access.opened(here.principal, plan.id, good.attachment_id)
        with scanner(port):
            # The next one who wants it has it scanned.
            access.opened(here.principal, plan.id, good.attachment_id)
            for who in (here.principal, here.coordinator):
                with pytest.raises(FileUnavailable, match="file_infected"):
                    access.opened(who, plan.id, bad.attachment_id)
        states = [item.scan for item in lists.items(plan.id, plan.row.attachments_sha256)]
        assert states == ["clean", "infected"]
        access.opened(here.deputy, plan.id, good.attachment_id)


def test_the_command_scans_what_waits(make_app: Callable[..., Flask]) -> None:
    from workflow_app.attachments.commands import attachments_

    port = a_free_port()
    app = make_app(clamd_address=f"127.0.0.1:{port}")
    with app.app_context():
        plan = a_plan(county())
        attach(plan)
        attach(plan, "坏.txt", EICAR.encode())
        db.session.remove()
    runner = app.test_cli_runner()
    down = runner.invoke(attachments_, ["scan", "--json"])
    assert (down.exit_code, len(json.loads(down.output)["unscanned"])) == (1, 2)
    with scanner(port):
        up = runner.invoke(attachments_, ["scan", "--json"])
        assert {state: len(found) for state, found in json.loads(up.output).items()} == {
            "clean": 1, "infected": 1, "unscanned": 0,
        }  # fmt: skip
        assert up.exit_code == 1
        assert "有病毒 0 个" in runner.invoke(attachments_, ["scan"]).output
    configure(app, clamd_address="")
    assert "未启用查毒" in runner.invoke(attachments_, ["scan"]).output
    assert "缺失或被改动 0 个" in runner.invoke(attachments_, ["check"]).output


# --- pages -----------------------------------------------------------------------------------


def send(client: FlaskClient, plan: Doc, *files: tuple[bytes, str], script: bool = False):  # type: ignore[no-untyped-def]
    data = {"csrf_token": token(client, "/me"), "file": [(BytesIO(body), name) for body, name in files]}
    headers = {"Accept": "application/json"} if script else {}
    return client.post(
        f"/artefacts/{plan.id}/attachments", data=data, headers=headers, content_type="multipart/form-data"
    )


def test_the_plain_form_takes_several_files_and_says_what_came_of_each(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    coordinator = log_in(office, "coordinator")
    answer = send(coordinator, plan, (png(), "一.png"), (b"MZ\x90", "坏.exe"), (TEXT, "二.txt"))
    assert answer.status_code == 303
    page = coordinator.get(answer.headers["Location"]).get_data(as_text=True)
    assert "已添加附件：一.png" in page
    assert "坏.exe：程序不收。" in page
    assert names(plan) == ["一.png", "二.txt"]
    assert "未启用查毒" in page
    removed = coordinator.post(
        f"/artefacts/{plan.id}/attachments/{attach_id(plan)}/remove",
        data={"csrf_token": token(coordinator, "/me")},
    )
    assert removed.status_code == 303
    assert names(plan) == ["二.txt"]


def test_the_script_gets_the_new_version_and_the_rows(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    coordinator = log_in(office, "coordinator")
    answer = send(coordinator, plan, (png(), "<img src=x>.png"), script=True)
    body = answer.get_json()
    assert (answer.status_code, body["version"], body["count"]) == (201, plan.row.version, 1)
    assert body["attachments_sha256"] == plan.row.attachments_sha256
    assert body["attachment"]["name"] == "_img src=x_.png"
    assert "<img src=x>" not in body["rows"]
    refused = send(coordinator, plan, (b"", "空.txt"), script=True)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "file_empty")
    stranger = log_in(office, "coordinator2")
    assert send(stranger, plan, (TEXT, "x.txt"), script=True).status_code == 404
    assert send(log_in(office, "auditor"), plan, (TEXT, "x.txt"), script=True).status_code == 403


SERVED = {what: given for what, given in CORPUS.items() if given[2] == "harmless"}


@pytest.mark.sqlite_only
def test_whatever_was_accepted_is_served_harmlessly(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    client = log_in(office, "principal")
    sent = {name: data for name, data, _code in SERVED.values()} | GOOD
    for name, data in sent.items():
        done = attach(plan, name, data)
        path = f"/artefacts/{plan.id}/attachments/{done.attachment_id}"
        for query in ("", "?download=1"):
            answer = client.get(path + query)
            assert (answer.status_code, answer.get_data()) == (200, data)
            policy = answer.headers["Content-Security-Policy"]
            assert "sandbox" in policy.split("; ")
            assert "default-src 'none'" in policy
            assert "allow-scripts" not in policy
            assert "script-src" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            shown, _semicolon, _rest = answer.headers["Content-Disposition"].partition(";")
            kind = answer.content_type.partition(";")[0]
            inline = kind in {"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"}
            assert shown == ("inline" if inline and not query else "attachment"), name
            assert kind not in {"text/html", "image/svg+xml", "application/xml", "text/xml"}
        attaching.detach(plan.people["author"], plan.id, done.attachment_id)


@pytest.mark.sqlite_only
def test_a_chinese_name_comes_back_as_it_was(office: Flask) -> None:
    plan = a_plan(county())
    done = attach(plan, "研" * 300 + "？“教案”.txt")
    answer = log_in(office, "principal").get(f"/artefacts/{plan.id}/attachments/{done.attachment_id}")
    named = answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''%E7%A0%94" in named
    assert "\n" not in named
    assert named.endswith(".txt")
    answer = log_in(office, "principal").get(
        f"/artefacts/{plan.id}/attachments/{done.attachment_id}",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert answer.status_code == 304


def test_files_are_found_by_those_who_read_the_document_and_404_to_others(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    done = attach(plan)
    plan.submitted()
    path = f"/artefacts/{plan.id}/attachments/{done.attachment_id}"
    readers = {"coordinator", "principal", "deputy", "lead", "reviewer", "inspector", "auditor"}
    reading = {
        who: log_in(office, who).get(path).status_code
        for who in ("coordinator", "principal", "auditor", "coordinator2", "lead2", "teacher3", "admin")
    }
    assert reading == {who: 200 if who in readers else 404 for who in reading}
    assert office.test_client().get(path).status_code in (302, 303)


def test_the_list_stands_on_the_document_its_revision_and_each_event(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    attach(plan, "一.png", png())
    plan.submitted().signed().returned()
    attach(plan, "二.pdf", pdf())
    plan.answered().submitted().signed()
    lead = log_in(office, "lead")
    page = lead.get(f"/artefacts/{plan.id}?view=full").get_data(as_text=True)
    assert "一.png" in page
    assert "二.pdf" in page
    assert f'name="attachments_sha256" value="{plan.row.attachments_sha256}"' in page
    first = lead.get(f"/artefacts/{plan.id}/revisions/1").get_data(as_text=True)
    assert "一.png" in first
    assert "二.pdf" not in first
    assert "二.pdf" in lead.get(f"/artefacts/{plan.id}/revisions/2").get_data(as_text=True)
    signed = next(event for event in plan.events if event.action == "sign")
    event = lead.get(f"/trail/{signed.id}").get_data(as_text=True)
    assert "一.png" in event
    assert "二.pdf" not in event
    assert "附件清单摘要与当时记下的不一致" not in event


def test_a_reviewer_of_a_second_submission_sees_which_files_came_and_went(office: Flask) -> None:
    here = county()
    plan = a_plan(here)
    old = attach(plan, "旧照片.png", png())
    plan.submitted().signed().returned()
    attaching.detach(here.coordinator, plan.id, old.attachment_id)
    attach(plan, "新照片.jpg", jpg())
    plan.answered().submitted().signed()
    page = log_in(office, "lead").get(f"/artefacts/{plan.id}").get_data(as_text=True)
    assert "<del><bdi>旧照片.png</bdi></del>" in page
    assert "<ins><bdi>新照片.jpg</bdi></ins>" in page
    assert "两版内容完全相同" not in page
    found = Program(office, here.lead).get(f"/artefacts/{plan.id}/changes?from=1&to=2")
    assert [(one["kind"], one["name"]) for one in found["attachments"]] == [
        ("removed", "旧照片.png"), ("added", "新照片.jpg"),
    ]  # fmt: skip


@pytest.mark.sqlite_only
def test_larger_than_everything_allowed_is_refused_unread(make_app: Callable[..., Flask]) -> None:
    app = make_app(attachments_mb=1)
    with app.app_context():
        plan = a_plan(county())
        answer = send(log_in(app, "coordinator"), plan, (b"x" * (3 << 20), "大.txt"))
        assert answer.status_code == 413
        assert "一次最多上传 1 MB" in answer.get_data(as_text=True)
