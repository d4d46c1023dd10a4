"""Several processes on one socket and one database: right under contention, replaced, stopped together."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.browsing import log_in, token
from tests.builders import Doc, a_development_plan, county
from workflow_app.events.models import Event
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.settings import Settings

PATIENCE = 60


@dataclass
class Site:
    process: subprocess.Popen[str]
    port: int

    def children(self) -> set[int]:
        """The processes that serve, without those that only help Python to start them."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {pid for pid in map(int, listed) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def ask(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        return connection.getresponse().status

    def post(self, path: str, cookie: str, form: dict[str, object]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(form), headers)
        return connection.getresponse().status


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    environment = {
        **os.environ, "DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key, "APP_ENV": "test", "PORT": "0", "WORKERS": "2",
    }  # fmt: skip
    command = [sys.executable, "-m", "workflow_app.cli", "serve", "--threads", "2", "--no-worker"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = process.stdout.readline()
    assert "研修签批已启动" in told
    yield Site(process, int(told.rpartition(":")[2]))
    process.kill()
    process.wait()
    process.stdout.close()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def signing(office: Flask, who: str, plans: list[Doc]) -> Callable[[Site, int], int]:
    """What signs the n-th plan as that person, who has looked at it before."""
    client = log_in(office, who)
    cookie = client.get_cookie(office.config["SESSION_COOKIE_NAME"])
    assert cookie
    sent = token(client)
    rows = [plan.row for plan in plans]
    forms: list[dict[str, object]] = [
        {
            "csrf_token": sent, "version": row.version, "content_sha256": row.content_sha256,
            "attachments_sha256": row.attachments_sha256, "comment": "同意。",
            "key": f"several-{who}-{row.id}", "password": "教研相长 2026",
        }
        for row in rows
    ]  # fmt: skip
    paths = [f"/artefacts/{row.id}/actions/sign" for row in rows]
    return lambda site, number: site.post(paths[number], f"{cookie.key}={cookie.value}", forms[number])


def test_two_who_sign_at_the_same_instant_in_two_processes(office: Flask, site: Site) -> None:
    here = county()
    plans = [a_development_plan(here, by=who).submitted() for who in (here.teacher, here.colleague)]
    both = [signing(office, who, plans) for who in ("principal", "deputy")]
    for number, plan in enumerate(plans):
        together, answers = threading.Barrier(2), []

        def sign(one: Callable[[Site, int], int], number=number, together=together, answers=answers) -> None:
            together.wait(10)
            answers.append(one(site, number))

        threads = [threading.Thread(target=sign, args=[one]) for one in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [303, 409]
        assert plan.state == "training_review"
    db.session.rollback()
    assert db.session.query(Event).filter_by(action="sign").count() == len(plans)
    assert [one.name for one in doctor.examine() if one.offenders] == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.sqlite_only
def test_one_that_dies_is_replaced_and_all_stop_together(office: Flask, site: Site) -> None:
    wait_for(lambda: len(site.children()) == 2)
    assert site.ask("/readyz") == 200
    first = site.children()
    os.kill(min(first), signal.SIGKILL)
    wait_for(lambda: len(site.children()) == 2 and site.children() != first)
    assert site.ask("/readyz") == 200
    left = site.children()
    site.process.terminate()
    assert site.process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in left)
