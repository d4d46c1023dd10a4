"""Keys by choice, full disks, wrong archives, the nightly backup."""

import contextlib
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from flask import Flask

from tests.backup.test_drill import Place
from tests.builders import county
from tests.configuring import configure
from workflow_app import clock, data_dir
from workflow_app.backup import encryption, nightly, save
from workflow_app.extensions import db
from workflow_app.settings import Settings


@pytest.fixture
def here(plain_app: Flask) -> Place:
    settings: Settings = plain_app.config["SETTINGS"]
    with plain_app.app_context():
        county()
        db.session.remove()
    for name, text in (("secret_key", "k" * 64), ("paper_signing.pem", "pem"), ("seal/key.pem", "seal")):
        (settings.data_dir / name).parent.mkdir(exist_ok=True)
        (settings.data_dir / name).write_text(text)
    return Place(settings, "")


@pytest.fixture
def elsewhere(here: Place, tmp_path: Path) -> Place:
    return Place(here.settings.changed(data_dir=tmp_path / "elsewhere"), "")


def names(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_keys_are_in_it_only_when_asked_for(here: Place, elsewhere: Place, tmp_path: Path) -> None:
    here.ok("backup", tmp_path / "plain.tar")
    here.ok("backup", tmp_path / "keys.tar", "--keys")
    assert names(tmp_path / "plain.tar") == ["database.sqlite3.gz", "manifest.json"]
    assert names(tmp_path / "keys.tar")[1:-1] == [
        "keys/secret_key", "keys/paper_signing.pem", "keys/seal/key.pem"
    ]  # fmt: skip
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret_key").write_text("another key of this place")
    aside = Path(str(elsewhere.ok("restore", tmp_path / "keys.tar")["aside"]))
    assert (aside / "secret_key").read_text() == "another key of this place"
    for path in data_dir.keys(elsewhere.settings.data_dir):
        assert (
            path.read_text()
            == (here.settings.data_dir / path.relative_to(tmp_path / "elsewhere")).read_text()
        )
        assert path.stat().st_mode & 0o077 == 0
    assert len(data_dir.keys(elsewhere.settings.data_dir)) == 3


def test_a_full_disk_is_told_before_anything_is_written(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(save.shutil, "disk_usage", lambda _path: usage._replace(free=10_000_000))
    target = tmp_path / "out"
    target.mkdir()
    told = here.run("backup", target / "b.tar")
    assert told.exit_code == 1
    assert "磁盘空间不够" in told.output
    assert list(target.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_disk_that_fills_up_meanwhile_leaves_nothing(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    @contextlib.contextmanager
    def full(_path: Path) -> Iterator[IO[bytes]]:
        with Path("/dev/full").open("wb") as file:
            yield file

    monkeypatch.setattr(save, "_created", full)
    target = tmp_path / "out"
    target.mkdir()
    words = ["--encrypt", encryption.new_key()[1]] if encrypted else []
    told = here.run("backup", target / "b.tar", *words)
    assert told.exit_code == 1
    assert "No space left" in told.output
    assert list(target.iterdir()) == []


def test_a_database_in_use_is_not_replaced(here: Place, elsewhere: Place, tmp_path: Path) -> None:
    here.ok("backup", tmp_path / "b.tar")
    elsewhere.ok("restore", tmp_path / "b.tar")
    place = elsewhere.settings.data_dir / data_dir.DATABASE
    served = sqlite3.connect(place)
    served.execute("PRAGMA journal_mode=WAL")
    served.execute("SELECT count(*) FROM person").fetchone()
    told = elsewhere.run("restore", tmp_path / "b.tar", "--force")
    assert told.exit_code == 1
    assert "正在使用" in told.output
    served.execute("DELETE FROM login_attempt")
    served.close()
    told = elsewhere.run("restore", tmp_path / "b.tar", "--force")
    assert told.exit_code == 0, told.output
    (aside,) = elsewhere.settings.data_dir.glob("before-restore-*")
    assert (aside / data_dir.DATABASE).is_file()


def with_manifest(source: Path, target: Path, change: Callable[[str], str]) -> None:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            body = old.extractfile(entry)
            assert body
            data = body.read()
            if entry.name == "manifest.json":
                data = change(data.decode()).encode()
                entry.size = len(data)
            new.addfile(entry, BytesIO(data))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"database": "sqlite"', '"database": "postgresql"', "备份是 PostgreSQL 的"),
        ('"schema": "', '"schema": "9', "备份来自更新的版本"),
        ('"format": 1', '"format": 2', "备份来自更新的版本"),
        ('"members"', '"numbers"', "读不懂"),
    ],
)
def test_an_archive_for_something_else_is_refused(
    here: Place, elsewhere: Place, tmp_path: Path, old: str, new: str, told: str
) -> None:
    here.ok("backup", tmp_path / "b.tar")
    with_manifest(tmp_path / "b.tar", tmp_path / "other.tar", lambda text: text.replace(old, new))
    assert told in elsewhere.run("restore", tmp_path / "other.tar").output
    assert not (elsewhere.settings.data_dir / data_dir.DATABASE).stat().st_size


def test_nothing_is_unpacked_outside_its_folder(elsewhere: Place, tmp_path: Path) -> None:
    for name in ("../out", "/out", "keys/../../out", "files/out"):
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            tar.addfile(tarfile.TarInfo(name), BytesIO())
        assert "不认识的内容" in elsewhere.run("restore", tmp_path / "evil.tar").output


def test_every_night_one_backup_and_the_newest_are_kept(
    plain_app: Flask, here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "nightly"
    folder.mkdir()
    with plain_app.app_context():
        assert nightly.run() is None, "no folder, no backup"
        configure(plain_app, backup_dir=str(folder), backup_keep=2)
        evening = datetime(2026, 9, 1, 15, 30, tzinfo=clock.now().tzinfo)  # 23:30 in the county
        made = []
        for hours in (0, 1, 3, 4, 27, 51):
            monkeypatch.setattr(clock, "now", lambda hours=hours: evening + timedelta(hours=hours))
            made.append(nightly.run())
    assert [path.name if path else "" for path in made] == [
        "signoff-20260901-233000.tar", "", "signoff-20260902-023000.tar", "",
        "signoff-20260903-023000.tar", "signoff-20260904-023000.tar",
    ]  # fmt: skip
    assert [path.name for path in nightly.made(folder)] == [
        "signoff-20260903-023000.tar",
        "signoff-20260904-023000.tar",
    ]
    assert nightly.made(folder)[0].stat().st_mode & 0o077 == 0
