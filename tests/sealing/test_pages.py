"""The page 可信度, the proofs that are given out, the API, the command, the mail."""

import base64
import json
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import log_in
from tests.builders import County, a_plan, county
from tests.tampering import tamper
from workflow_app import mail
from workflow_app.authentication import tokens
from workflow_app.sealing import leaf, mailing, overview, sealer, stored, tree
from workflow_app.sealing.notes import Note, VerifierKey
from workflow_app.sealing.statements import TreeHead
from workflow_app.trail.commands import trail
from workflow_app.worker.running import Worker


def page(client: FlaskClient, path: str = "/trail/trust") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def seal() -> str:
    checkpoint = sealer.seal_now().checkpoint
    assert checkpoint
    return checkpoint.note


# --- the page ------------------------------------------------------------------------------------


def test_the_page_before_anything_was_sealed(office: Flask, here: County) -> None:
    shown = page(log_in(office, "auditor"))
    assert "还没有封存过" in shown
    assert "还没有设库外的文件夹" in shown


@pytest.mark.parametrize("who", ["auditor", "lead", "admin", "teacher", "principal"])
def test_the_newest_checkpoint_is_everybodys_and_the_others_are_for_those_who_watch(
    office: Flask, here: County, who: str
) -> None:
    first = stored_size(seal())
    a_plan(here).submitted()
    note = seal()
    client = log_in(office, who)
    shown = page(client)
    watches = who in ("auditor", "lead", "admin")
    assert note.split("\n")[2] in shown
    assert ("全部检查点" in shown) == watches
    assert client.get(f"/trail/trust/checkpoint-{stored_size(note)}.txt").get_data(as_text=True) == note
    older = client.get(f"/trail/trust/checkpoint-{first}.txt")
    assert older.status_code == (200 if watches else 403)
    assert client.get("/trail/trust/checkpoint-99999.txt").status_code == 404
    (line,) = page(client, "/trail/trust/keys.txt").splitlines()
    assert Note.parse(note).signed_by(VerifierKey.parse(line))
    assert "/trail/trust" in page(client, "/trail")


def stored_size(note: str) -> int:
    return TreeHead.parse(Note.parse(note).text).size


@pytest.mark.sqlite_only
def test_nobody_sees_it_without_logging_in(app: Flask) -> None:
    for path in ("", "/keys.txt", "/checkpoint-1.txt"):
        assert app.test_client().get(f"/trail/trust{path}").status_code in (302, 303)


def test_the_list_goes_on_by_key(office: Flask, here: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "PAGE", 2)
    doc = a_plan(here)
    notes = [seal()]
    for step in (doc.submitted, doc.signed, doc.approved):
        step()
        notes.append(seal())
    client, found, path = log_in(office, "auditor"), [], "/trail/trust"
    while path:
        shown = page(client, path)
        found += [int(part.split(".txt")[0]) for part in shown.split("/trail/trust/checkpoint-")[2:]]
        _, _, rest = shown.partition('rel="next" href="')
        path = rest.split('"')[0].replace("&amp;", "&")
    assert found == [stored_size(note) for note in notes][::-1]
    assert client.get("/trail/trust?cursor=nonsense").status_code == 404


def test_what_waits_is_counted_and_told_when_it_waits_too_long(
    office: Flask, here: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal()
    a_plan(here).submitted()
    assert overview.waiting() == overview.Waiting(2, late=False)
    monkeypatch.setattr(overview, "GRACE", -overview.GRACE)
    assert "后台任务没有运行" in page(log_in(office, "auditor"))
    seal()
    assert overview.waiting() == overview.Waiting(0, late=False)


def test_checkpoints_outside_that_are_ahead_are_told(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(seal_dir=str(tmp_path / "away"))
    with app.app_context():
        here = county()
        seal()
        assert overview.outside() == "same"
        a_plan(here)
        seal()
        tamper("DELETE FROM seal_checkpoint WHERE size = (SELECT max(size) FROM seal_checkpoint)")
        assert "轨迹的末尾被截断过" in page(log_in(app, "teacher"))


# --- proofs --------------------------------------------------------------------------------------


def holds(proof: dict[str, Any]) -> bool:
    """What somebody outside works out from the file alone."""
    note = Note.parse(proof["checkpoint"])
    head = TreeHead.parse(note.text)
    path = [base64.b64decode(one) for one in proof["proof"]]
    said = proof["leaf"]
    digest = leaf.digest(said["log"], said["document"], said["seq"], said["hash"])
    return (
        any(note.signed_by(VerifierKey.parse(key)) for key in proof["keys"])
        and head.size == proof["size"]
        and tree.included(proof["index"], head.size, digest, path) == head.root
    )


def test_each_event_has_its_proof_once_it_is_sealed(office: Flask, here: County) -> None:
    doc = a_plan(here).submitted()
    event = doc.events[-1]
    auditor, stranger = log_in(office, "auditor"), log_in(office, "principal2")
    assert "还没有封存" in page(auditor, f"/trail/{event.id}")
    assert auditor.get(f"/trail/{event.id}/proof.json").status_code == 404
    seal()
    assert f"/trail/{event.id}/proof.json" in page(auditor, f"/trail/{event.id}")
    proof = json.loads(page(auditor, f"/trail/{event.id}/proof.json"))
    assert holds(proof)
    assert proof["leaf"]["hash"] == event.hash
    assert not holds(proof | {"leaf": proof["leaf"] | {"seq": 1}})
    assert stranger.get(f"/trail/{event.id}/proof.json").status_code == 404


def test_the_api_gives_checkpoint_and_proofs(office: Flask, here: County) -> None:
    headers = {"Authorization": f"Bearer {tokens.make(None, here.auditor)}"}

    def ask(path: str, status: int = 200) -> Any:
        answer = office.test_client().get(f"/api/v1/trail/{path}", headers=headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    doc = a_plan(here)
    ask("checkpoint", 404)
    seal()
    first = ask("checkpoint")
    doc.submitted()
    ask(f"{doc.events[-1].id}/proof", 404)
    note = seal()
    second = ask("checkpoint")
    assert second["checkpoint"] == note
    assert holds(ask(f"{doc.events[-1].id}/proof"))
    proof = ask(f"consistency?first={first['size']}&second={second['size']}")["proof"]
    roots = [bytes.fromhex(one["root"]) for one in (first, second)]
    assert tree.consistent(first["size"], second["size"], *roots, [base64.b64decode(one) for one in proof])
    ask(f"consistency?first={second['size']}&second={first['size']}", 404)
    ask("consistency?first=0&second=1", 422)
    ask("99999/proof", 404)


# --- the command ---------------------------------------------------------------------------------


def test_the_command_seals_and_changes_the_key(office: Flask, here: County) -> None:
    def run(*words: str, status: int = 0) -> Any:
        result = office.test_cli_runner().invoke(trail, ["seal", *words])
        assert result.exit_code == status, result.output
        return result

    first = run()
    assert first.stdout == stored.newest().note  # type: ignore[union-attr]
    assert "公钥：" in first.stderr
    told = json.loads(run("--json").stdout)
    assert (told["fresh"], told["size"], told["checkpoint"]) == (0, stored.size(), first.stdout)
    number = len(stored.all_keys())
    assert f"已换第 {number + 1} 把密钥" in run("--rotate").stderr
    run("--compromised-since", "2026-09-01")
    assert stored.all_keys()[-1].compromised_since == "2026-09-01T00:00:00.000000Z"
    run("--compromised-since", "昨天", status=2)
    run("--rotate", "--compromised-since", "2026-09-01", status=2)


def test_what_is_refused_is_told_by_the_command(office: Flask, here: County) -> None:
    seal()
    (Path(office.config["SETTINGS"].data_dir) / "seal" / "key.pem").unlink()
    a_plan(here)
    result = office.test_cli_runner().invoke(trail, ["seal"])
    assert result.exit_code == 1
    assert "--compromised-since" in result.stderr


def test_the_worker_seals(office: Flask, here: County) -> None:
    assert Worker(office).once()["seal"] == ""
    assert stored.newest()


# --- mail ----------------------------------------------------------------------------------------


class Mailbox:
    """A real mail server on loopback that keeps what it gets."""

    def __init__(self, **options: Any) -> None:
        self.mails: list[Message] = []
        self.refuse = False
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


def mailed(box: Mailbox) -> dict[str, Any]:
    return {
        "smtp_url": f"smtp://127.0.0.1:{box.port}",
        "seal_mail_to": "audit@example.cn, bureau@example.cn",
        "mail_from": "yanxiu@example.cn",
    }


def test_the_newest_checkpoint_is_mailed_once_a_day(make_app: Callable[..., Flask], mailbox: Mailbox) -> None:
    app = make_app(**mailed(mailbox))
    with app.app_context():
        here = county()
        worker = Worker(app)
        assert set(worker.once().values()) == {""}
        (first,) = mailbox.mails
        parts = {
            part.get_filename(): part.get_content().replace("\r\n", "\n")
            for part in first.iter_attachments()  # type: ignore[attr-defined]
        }
        note = stored.newest().note  # type: ignore[union-attr]
        assert f"checkpoint-{stored.size():012}.txt" in parts
        assert note in parts.values()
        assert note in first.get_body().get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
        assert str(first["To"]) == "audit@example.cn, bureau@example.cn"
        a_plan(here)
        seal()
        worker.once()
        assert len(mailbox.mails) == 1


@pytest.mark.sqlite_only
def test_a_mail_that_is_not_taken_is_sent_later(make_app: Callable[..., Flask], mailbox: Mailbox) -> None:
    app = make_app(**mailed(mailbox))
    with app.app_context():
        county()
        seal()
        mailbox.refuse = True
        with pytest.raises(mail.NotSent, match="451"):
            mailing.mail_newest()
        assert "NotSent" in Worker(app).once()["seal_mail"]
        mailbox.refuse = False
        assert mailing.mail_newest()
        assert len(mailbox.mails) == 1


@pytest.mark.sqlite_only
def test_a_password_is_not_sent_in_the_clear(make_app: Callable[..., Flask]) -> None:
    asked: list[object] = []

    def authenticate(*facts: object) -> AuthResult:
        asked.append(facts)
        return AuthResult(success=True)

    box = Mailbox(authenticator=authenticate, auth_require_tls=False)
    box.start()
    try:
        url = f"smtp://user:secret-of-mail@127.0.0.1:{box.port}"
        with make_app(**mailed(box) | {"smtp_url": url}).app_context():
            county()
            seal()
            with pytest.raises(mail.NotSent, match="STARTTLS"):
                mailing.mail_newest()
    finally:
        box.stop()
    assert asked == []


@pytest.mark.sqlite_only
def test_without_addresses_nothing_is_mailed(office: Flask, here: County) -> None:
    seal()
    assert mailing.mail_newest() is False
