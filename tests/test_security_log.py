"""The security log: what stands in it, what never does, who may read it."""

import json
import multiprocessing
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.browsing import log_in, post, token
from tests.builders import County, a_key, a_plan
from workflow_app import clock, security_log
from workflow_app.authentication import tokens
from workflow_app.settings import Settings
from workflow_app.trail.commands import trail

EVERYBODY = ("teacher", "coordinator", "principal", "lead", "reviewer", "inspector", "auditor", "admin")


def written(app: Flask) -> list[dict[str, Any]]:
    folder = app.config["SETTINGS"].data_dir / "logs"
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def kinds(app: Flask) -> list[str]:
    return [line["kind"] for line in written(app)]


def last(app: Flask, kind: str) -> dict[str, Any]:
    return [line for line in written(app) if line["kind"] == kind][-1]


# --- what is written -------------------------------------------------------------------------


def test_a_login_and_a_logout_stand_in_it_with_person_address_and_request(
    office: Flask, here: County
) -> None:
    client = log_in(office, "teacher")
    post(client, "/logout")
    assert kinds(office) == ["login", "logout"]
    for line in written(office):
        assert line["person"] == here.teacher
        assert line["address"] == "127.0.0.1"
        assert len(line["request"]) == 12
        assert clock.parse(line["at"])


def test_what_was_typed_in_vain_is_not_in_it(office: Flask, here: County) -> None:
    client = office.test_client()
    secret = "my own Password 77"
    for name, password in (("teacher", secret), (secret, "teacher"), (secret, secret), ("nobody", "x")):
        form = {"username": name, "password": password, "csrf_token": token(client)}
        assert client.post("/login", data=form).status_code == 401
    failures = written(office)
    assert [line["person"] for line in failures] == [here.teacher, None, None, None]
    digests = [line["facts"].get("name_digest") for line in failures]
    assert digests[0] is None
    assert digests[1] == digests[2] != digests[3]
    assert secret not in json.dumps(failures)
    assert "nobody" not in json.dumps(failures)


def test_refusals_stand_in_it_and_what_does_not_exist_does_not(office: Flask, here: County) -> None:
    plan = a_plan(here)
    client = log_in(office, "principal2")
    assert client.get("/artefacts/99999").status_code == 404
    assert client.get(f"/artefacts/{plan.id}").status_code == 404
    assert client.get("/people").status_code == 403
    assert kinds(office) == ["login", "hidden", "refused"]
    hidden, refused = written(office)[1:]
    assert (hidden["person"], hidden["facts"]["artefact"]) == (here.principal2, plan.id)
    assert (refused["person"], refused["facts"]["endpoint"]) == (here.principal2, "people.index")


def test_refusals_of_the_api_stand_in_it(office: Flask, here: County) -> None:
    plan = a_plan(here)
    client = office.test_client()
    theirs = {"Authorization": f"Bearer {tokens.make(None, here.principal2)}"}
    mine = {"Authorization": f"Bearer {tokens.make(None, here.coordinator)}", "Idempotency-Key": a_key()}
    assert client.get(f"/api/v1/artefacts/{plan.id}", headers=theirs).status_code == 404
    row = plan.row
    body = {
        "version": row.version,
        "content_sha256": row.content_sha256,
        "attachments_sha256": row.attachments_sha256,
    }
    assert (
        client.post(f"/api/v1/artefacts/{plan.id}/actions/sign", json=body, headers=mine).status_code == 403
    )
    assert (
        client.get("/api/v1/me", headers={"Authorization": "Bearer yx_of-somebody-else"}).status_code == 401
    )
    found = [(line["kind"], line["person"], line["facts"].get("action")) for line in written(office)]
    assert found[2:] == [
        ("hidden", here.principal2, None),
        ("refused", here.coordinator, "sign"),
        ("token_refused", None, None),
    ]
    assert "yx_" not in json.dumps(written(office))


def test_a_form_without_its_token_stands_in_it(office: Flask, here: County) -> None:
    client = log_in(office, "teacher")
    client.post("/me/tokens", data={"label": "x"}, headers={"Origin": "https://evil.example"})
    assert last(office, "csrf")["facts"] == {"endpoint": "authentication.make_token", "another_site": True}


def test_resets_keys_and_looks_at_people_stand_in_it(office: Flask, here: County) -> None:
    admin = log_in(office, "admin")
    admin.get("/people")
    admin.get(f"/people/{here.teacher}")
    post(admin, f"/people/{here.teacher}/password")
    page = post(admin, "/me/tokens", password="教研相长 2026", label="夜间导出", days="30").text
    raw = page[page.index("yx_") :].split("<")[0].split('"')[0]
    post(admin, "/me/tokens/1/revoke")
    said = [(line["kind"], line["person"], line["facts"].get("about")) for line in written(office)]
    assert said == [
        ("login", here.admin, None),
        ("personal_data", here.admin, None),
        ("personal_data", here.admin, here.teacher),
        ("password_reset", here.admin, here.teacher),
        ("personal_data", here.admin, here.teacher),
        ("token_made", here.admin, here.admin),
        ("token_revoked", here.admin, here.admin),
    ]
    text = json.dumps(written(office), ensure_ascii=False)
    assert raw not in text
    assert "夜间导出" not in text
    assert "教研相长" not in text


def test_exports_stand_in_it(office: Flask, here: County) -> None:
    a_plan(here)
    log_in(office, "auditor").get("/trail/export.csv", buffered=True)
    assert last(office, "exported")["facts"] == {"what": "trail", "format": "csv"}
    assert office.test_cli_runner().invoke(trail, ["export"]).exit_code == 0
    line = last(office, "exported")
    assert (line["person"], line["address"], line["facts"]["format"]) == (None, None, "jsonl")


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("made_up", {}),
        ("login", {"password": "x"}),
        ("login", {"reason": "x" * 81}),
        ("login", {"what": ["x"]}),
    ],
)
def test_only_known_kinds_and_facts_are_taken(plain_app: Flask, kind: str, facts: dict[str, Any]) -> None:
    with plain_app.app_context(), pytest.raises(ValueError, match=r"security log|plain values"):
        security_log.record(kind, **facts)


def test_every_answer_has_a_number_of_its_own_and_not_the_one_that_was_sent(plain_app: Flask) -> None:
    client = plain_app.test_client()
    answers = [
        client.get(path, headers={"X-Request-Id": "chosen"}) for path in ("/login", "/nowhere", "/healthz")
    ]
    numbers = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(numbers) == 3
    assert "chosen" not in numbers


# --- the files -------------------------------------------------------------------------------


def test_the_file_is_for_the_server_alone(plain_app: Flask) -> None:
    with plain_app.app_context():
        security_log.record("login", person_id=1)
        folder = security_log.folder()
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _many(settings: Settings, person_id: int, count: int) -> None:
    from workflow_app import create_app

    app = create_app(settings)
    with app.app_context():
        for number in range(count):
            security_log.record("login", person_id=person_id, artefact=number)


def test_several_processes_write_whole_lines_into_one_day(plain_app: Flask, monkeypatch: Any) -> None:
    settings = plain_app.config["SETTINGS"]
    monkeypatch.setattr(security_log, "PART_BYTES", 20_000)
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_many, args=(settings, person, 200)) for person in (1, 2, 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    lines = written(plain_app)
    assert len(lines) == 600
    for person in (1, 2, 3):
        assert sorted(line["facts"]["artefact"] for line in lines if line["person"] == person) == list(
            range(200)
        )
    files = list((settings.data_dir / "logs").iterdir())
    assert len(files) > 1
    assert all(path.stat().st_size < 21_000 for path in files)
    with plain_app.app_context():
        assert len(list(security_log.newest_first())) == 600


def test_the_oldest_days_go_and_a_clock_gone_wrong_takes_none_along(
    plain_app: Flask, monkeypatch: Any
) -> None:
    monkeypatch.setattr(security_log, "KEPT_DAYS", 5)
    today = clock.now()
    with plain_app.app_context():
        for number in (*range(8), 4000):
            monkeypatch.setattr(clock, "now", lambda at=today + timedelta(days=number): at)
            security_log.record("login", person_id=number)
        kept = [record.person_id for record in security_log.newest_first()]
    assert kept == [4000, 7, 6, 5, 4]


def test_a_line_torn_off_is_left_out(plain_app: Flask) -> None:
    with plain_app.app_context():
        security_log.record("login", person_id=1)
        (path,) = security_log.folder().iterdir()
        path.write_bytes(path.read_bytes() + b'{"at": "2026-\n[]\n{"at": 1}\n')
        security_log.record("login", person_id=2)
        assert [record.person_id for record in security_log.newest_first()] == [2, 1]


def test_a_full_disk_stops_nobody_and_is_told(plain_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    folder: Path = plain_app.config["SETTINGS"].data_dir / "logs"
    folder.write_text("a file where the folder should be")
    with plain_app.app_context():
        security_log.record("login", person_id=1)
    assert "the security log cannot be written: login" in caplog.text


# --- who reads it ----------------------------------------------------------------------------


def test_the_auditor_reads_all_the_administrator_what_keeps_people_out_nobody_else_anything(
    office: Flask, here: County
) -> None:
    client = office.test_client()
    form = {"username": "teacher", "password": "wrong", "csrf_token": token(client)}
    client.post("/login", data=form)
    for who in EVERYBODY:
        visitor = log_in(office, who)
        page, file = visitor.get("/trail/security"), visitor.get("/trail/security.jsonl", buffered=True)
        link = "/trail/security" in visitor.get("/trail").text
        if who not in ("auditor", "admin"):
            assert (page.status_code, file.status_code, link) == (403, 403, False), who
            continue
        assert link
        found = {json.loads(line)["kind"] for line in file.text.splitlines()}
        assert found == (
            {"login_failed"}
            if who == "admin"
            else {"login_failed", "login", "refused", "exported", "log_read"}
        )
        assert "登录失败" in page.text
        assert ("没有权限" in page.text) == (who == "auditor")


def test_filters_find_by_kind_person_and_day(office: Flask, here: County, monkeypatch: Any) -> None:
    now = clock.now()
    with office.app_context():
        for days, (kind, person, about) in enumerate(
            [
                ("login", here.teacher, None),
                ("password_reset", here.admin, here.teacher),
                ("logout", here.lead, None),
            ]
        ):
            monkeypatch.setattr(clock, "now", lambda at=now - timedelta(days=9 - days): at)
            security_log.record(kind, person_id=person, about=about)
    monkeypatch.setattr(clock, "now", lambda: now)
    auditor = log_in(office, "auditor")
    day = (now - timedelta(days=8)).astimezone(clock.SHANGHAI).date().isoformat()

    def kinds_found(query: str) -> list[str]:
        return [
            json.loads(line)["kind"]
            for line in auditor.get(f"/trail/security.jsonl?{query}", buffered=True).text.splitlines()
        ]

    assert kinds_found("person=teacher") == ["password_reset", "login"]
    assert kinds_found("kind=logout") == ["logout"]
    assert kinds_found(f"since={day}&until={day}") == ["password_reset"]
    assert kinds_found(f"since={day}&until={day}&person=lead") == []
    wrong = auditor.get("/trail/security?kind=made_up&since=x&person=" + "长" * 81)
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') + wrong.text.count("aria-invalid") >= 3


def test_pages_go_on_where_the_last_one_ended_while_more_is_written(office: Flask, here: County) -> None:
    for number in range(120):
        security_log.record("logout", person_id=here.lead, artefact=number)
    auditor = log_in(office, "auditor")
    seen: list[str] = []
    path: str | None = "/trail/security?kind=logout"
    while path:
        page = auditor.get(path).text
        seen += [part.split("；")[0].split("<")[0].strip() for part in page.split("文件编号：")[1:]]
        following = [part for part in page.split('href="') if "cursor=" in part and 'rel="next"' in page]
        path = following[-1].split('"')[0].replace("&amp;", "&") if following else None
        security_log.record("logout", person_id=here.lead, artefact=1000)
    assert seen == [str(number) for number in reversed(range(120))]
    assert auditor.get("/trail/security?cursor=nonsense").status_code == 404


def test_a_record_names_the_same_request_as_its_answer(office: Flask, here: County) -> None:
    answer = log_in(office, "teacher").get("/people")
    assert last(office, "refused")["request"] == answer.headers["X-Request-Id"]
