"""The worker: jobs at their intervals, each alone, none able to stop it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from workflow_app import clock, schema
from workflow_app.extensions import db
from workflow_app.settings import Settings
from workflow_app.signoff.models import DailyRun
from workflow_app.worker.jobs import JOBS, Job
from workflow_app.worker.models import JobRun
from workflow_app.worker.running import Worker

PATIENCE = 30


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(PATIENCE * 50):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the clock on by so many seconds, or back."""
    real = clock.now
    moved = [0.0]
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=moved[0]))

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


def test_a_job_runs_when_it_is_due_and_not_before(app: Flask, later: Callable[[float], None]) -> None:
    runs: list[str] = []
    worker = Worker(app, [Job("each minute", 60, lambda: runs.append("a")), Job("hourly", 3600, list)])
    assert worker.once() == {"each minute": "", "hourly": ""}
    assert worker.once() == {}
    later(61)
    assert worker.once() == {"each minute": ""}
    assert len(runs) == 2
    later(-86_400)  # the clock had been a day ahead: it must not take a day until the next run
    assert worker.once() == {"each minute": "", "hourly": ""}


def test_an_error_is_logged_and_the_job_tried_again_soon(
    app: Flask, later: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter(["fails", "works"])

    def fragile() -> None:
        if next(answers) == "fails":
            raise OSError("no space")

    worker = Worker(app, [Job("nightly", 86_400, fragile), Job("other", 60, list)])
    assert worker.once() == {"nightly": "OSError: no space", "other": ""}
    assert "no space" in caplog.text
    with app.app_context():
        assert db.session.get_one(JobRun, "nightly").error == "OSError: no space"
    later(61)
    assert worker.once()["nightly"] == ""
    with app.app_context():
        assert db.session.get_one(JobRun, "nightly").error == ""


def test_two_workers_never_run_one_job_at_the_same_time(
    app: Flask, make_app: Callable[..., Flask], later: Callable[[float], None]
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    runs: list[int] = []

    def slow() -> None:
        runs.append(1)
        begun.set()
        assert may_end.wait(PATIENCE)

    job = Job("slow", 1, slow)
    first = threading.Thread(target=Worker(app, [job]).once)
    first.start()
    assert begun.wait(PATIENCE)
    later(3600)  # it is long due again, but still under way
    second = Worker(make_app(), [job])
    assert second.once() == {}
    may_end.set()
    first.join(PATIENCE)
    assert len(runs) == 1
    later(3600)
    assert second.once() == {"slow": ""}


def test_stopping_lets_the_job_under_way_end(app: Flask) -> None:
    begun, may_end = threading.Event(), threading.Event()
    ended: list[str] = []

    def slow() -> None:
        begun.set()
        assert may_end.wait(PATIENCE)
        ended.append("whole")

    worker = Worker(app, [Job("slow", 3600, slow), Job("quick", 3600, list)])
    worker.start()
    assert begun.wait(PATIENCE)
    worker.stop()
    waiting = threading.Thread(target=worker.wait)
    waiting.start()
    may_end.set()
    waiting.join(PATIENCE)
    assert ended == ["whole"]


def test_a_database_that_is_away_does_not_end_the_worker(plain_app: Flask) -> None:
    worker = Worker(plain_app, [Job("job", 60, list)])
    database = Path(plain_app.config["SETTINGS"].data_dir) / "signoff.sqlite3"
    with plain_app.app_context():
        db.engine.dispose()
    away = database.rename(database.with_suffix(".away"))
    database.mkdir()
    assert "OperationalError" in worker.once()["job"]
    database.rmdir()
    away.rename(database)
    assert worker.once() == {"job": ""}


def test_the_jobs_there_are_run(app: Flask) -> None:
    outcomes = Worker(app).once()
    assert outcomes == {job.name: "" for job in JOBS}
    with app.app_context():
        assert db.session.get_one(DailyRun, "assignment").day == clock.today().isoformat()


# --- as processes ------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    schema.upgrade(Settings(data_dir=tmp_path))
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "DATA_DIR": str(tmp_path), "PORT": "0"}
        environment.pop("DATABASE_URL", None)
        process = subprocess.Popen(
            [sys.executable, "-m", "workflow_app.cli", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ran(data_dir: Path) -> bool:
    app = schema.bare_app(Settings(data_dir=data_dir))
    with app.app_context():
        try:
            return db.session.get(JobRun, "assignment") is not None
        finally:
            db.session.remove()
            db.engine.dispose()


def test_a_worker_runs_until_it_is_told_to_end(command, tmp_path: Path) -> None:
    process = command("worker")
    assert process.stdout
    assert "已启动" in process.stdout.readline()
    wait_for(lambda: ran(tmp_path))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at the processes of Linux")
def test_a_server_on_sqlite_has_a_worker_that_ends_with_it(command, tmp_path: Path) -> None:
    server = command("serve")
    wait_for(lambda: ran(tmp_path))
    (child,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    server.kill()  # not even asked: the worker notices by itself
    server.wait(PATIENCE)
    wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text())
