"""The drill: a county at work is backed up, brought back elsewhere, and everything that must hold holds."""

import itertools
import json
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.browsing import log_in
from tests.builders import Doc, a_development_plan, a_plan, county
from tests.conftest import serving
from tests.files.examples import png
from workflow_app import schema
from workflow_app.attachments import attach, lists
from workflow_app.cli import main
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.settings import Settings
from workflow_app.trail import verification
from workflow_app.trail.export import Chosen, export

TEXT = "第一次活动：研读课标。\n".encode()
Run = Callable[..., Result]
_numbers = itertools.count(1)


class Place:
    """An installation as the command line is told of it."""

    def __init__(self, settings: Settings, programs: str) -> None:
        self.settings = settings.changed(pg_bin=programs)
        self.environment = {
            "DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key, "APP_ENV": "test", "PG_BIN": programs,
        }  # fmt: skip

    def run(self, *words: object) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words], env=self.environment)
        assert "Traceback" not in result.output, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def ok(self, *words: object) -> dict[str, object]:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        told: dict[str, object] = json.loads(result.stdout)
        return told


@pytest.fixture
def programs(request: pytest.FixtureRequest, settings: Settings) -> str:
    return str(request.getfixturevalue("cluster").programs) if settings.database_url else ""


@pytest.fixture
def here(settings: Settings, programs: str) -> Place:
    return Place(settings, programs)


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, settings: Settings, programs: str, tmp_path: Path
) -> Iterator[Place]:
    """Another machine: an empty folder, an empty database."""
    folder = tmp_path / "elsewhere"
    if not settings.database_url:
        yield Place(settings.changed(data_dir=folder), programs)
        return
    cluster = request.getfixturevalue("cluster")
    name = f"elsewhere_{next(_numbers)}"
    cluster.execute(f"CREATE DATABASE {name}")
    yield Place(settings.changed(data_dir=folder, database_url=cluster.url(name)), programs)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def plan(office: Flask) -> Doc:
    """Approved, with an attachment."""
    made = a_plan(county())
    attach.attach(made.people["author"], made.id, BytesIO(TEXT), "说明.txt")
    attach.attach(made.people["author"], made.id, BytesIO(png()), "照片.png")
    return made.submitted().signed().approved()


def events(settings: Settings) -> set[str]:
    with serving(settings) as app, app.app_context():
        return set(db.session.scalars(db.select(Event.hash)))


def faults(settings: Settings) -> list[str]:
    """Everything that does not hold there: structure, doctor, the exported trail."""
    with serving(settings) as app, app.app_context():
        found = schema.problems(db.engine)
        found += [f"{one.name}: {why}" for one in doctor.examine() for why in one.offenders]
        trail = BytesIO(b"".join(line for _says, line in export(Chosen())))
        *_, report = verification.verify(trail)
        return found + [str(one) for one in report.problems]


def test_a_county_that_goes_on_signing_is_brought_back_elsewhere(
    plan: Doc, office: Flask, here: Place, elsewhere: Place, tmp_path: Path
) -> None:
    documents = [a_development_plan(plan.here, by=who) for who in (plan.here.teacher, plan.here.colleague)]
    acknowledged = {one.hash for one in plan.events}
    stop, begun = threading.Event(), threading.Event()

    def go_on_signing() -> None:
        with office.app_context():
            for document in itertools.cycle(documents):
                document.submitted()
                document.act(document.people["author"], "withdraw")
                begun.set()
                if stop.is_set():
                    return

    people = threading.Thread(target=go_on_signing)
    people.start()
    begun.wait(30)
    acknowledged |= events(here.settings)
    archive = tmp_path / "县.tar"
    try:
        told = here.ok("backup", archive)
    finally:
        stop.set()
        people.join()
    assert told["members"] == 3
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert here.ok("backup", "--verify", archive)["taken_at"] == told["taken_at"]

    assert elsewhere.ok("restore", archive)["counts"] == told["counts"]
    assert faults(elsewhere.settings) == []
    assert acknowledged <= events(elsewhere.settings) <= events(here.settings)
    with serving(elsewhere.settings) as app, app.app_context():
        assert lists.orphans() == []
        attachment = lists.items(plan.id, lists.digest_of(plan.id, 1) or "")[0]
        path = f"/artefacts/{plan.id}/attachments/{attachment.id}"
        assert log_in(app, "auditor").get(path).get_data() == TEXT
    assert not list(elsewhere.settings.data_dir.glob(".*")), "nothing half is left"


def test_what_is_there_is_never_overwritten_unless_asked(
    plan: Doc, here: Place, elsewhere: Place, tmp_path: Path
) -> None:
    archive, newer = tmp_path / "one.tar", tmp_path / "two.tar"
    here.ok("backup", archive)
    assert "已经存在" in here.run("backup", archive).output
    a_development_plan(plan.here)
    here.ok("backup", newer)
    elsewhere.ok("restore", archive)
    refused = elsewhere.run("restore", newer)
    assert refused.exit_code == 1
    assert "已经有数据" in refused.output
    before = events(elsewhere.settings)
    told = elsewhere.run("restore", newer, "--force")
    assert told.exit_code == 0, told.output
    assert "workflow-app doctor" in told.output
    assert events(elsewhere.settings) > before
    assert faults(elsewhere.settings) == []


def test_an_archive_that_was_cut_or_altered_anywhere_changes_nothing(
    plan: Doc, here: Place, elsewhere: Place, tmp_path: Path
) -> None:
    archive, broken = tmp_path / "whole.tar", tmp_path / "broken.tar"
    here.ok("backup", archive)
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        inside = [entry.offset_data + entry.size // 2 for entry in tar]
    copies = [whole[:at] for at in (0, 100, len(whole) // 2, inside[-1])]
    copies += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in inside]
    for copy in copies:
        broken.write_bytes(copy)
        for words in (("restore", broken), ("backup", "--verify", broken)):
            refused = elsewhere.run(*words)
            assert refused.exit_code == 1
            assert "Error: " in refused.output
    assert not list(elsewhere.settings.data_dir.glob("[.f]*")), "neither files nor anything half"
    elsewhere.ok("restore", archive)


def test_only_the_secret_key_opens_an_encrypted_backup(
    plan: Doc, here: Place, elsewhere: Place, tmp_path: Path
) -> None:
    mine, other, archive = tmp_path / "mine.txt", tmp_path / "other.txt", tmp_path / "b.tar.age"
    public = here.ok("backup", "--new-key", mine)["public"]
    here.ok("backup", "--new-key", other)
    assert stat.S_IMODE(mine.stat().st_mode) == 0o600
    here.ok("backup", archive, "--encrypt", public)
    assert TEXT not in archive.read_bytes()
    for words in ((), ("--identity", other), ("--identity", archive)):
        assert elsewhere.run("restore", archive, *words).exit_code == 1
    broken = tmp_path / "cut.tar.age"
    broken.write_bytes(archive.read_bytes()[:-20_000])
    assert "损坏" in elsewhere.run("backup", "--verify", broken, "--identity", mine).output
    elsewhere.ok("restore", archive, "--identity", mine)
    assert faults(elsewhere.settings) == []


def test_damaged_attachments_are_told_and_the_rest_is_saved(
    plan: Doc, here: Place, elsewhere: Place, tmp_path: Path
) -> None:
    first, second = (lists.store().path(digest) for digest, _size in lists.accepted())
    first.unlink()
    second.write_bytes(b"altered")
    told = here.run("backup", tmp_path / "b.tar")
    assert told.exit_code == 1
    assert "有 2 个附件的文件缺失或被改动过" in told.output
    elsewhere.ok("restore", tmp_path / "b.tar")
    assert len(faults(elsewhere.settings)) == 2, "the two files, and nothing else"
