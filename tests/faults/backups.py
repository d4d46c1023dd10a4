"""A backup while people sign: what was acknowledged before it began is in it, and it is sound."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from tests.faults import kills
from tests.postgres import Cluster
from workflow_app import canonical
from workflow_app.settings import ROOT, Settings

if TYPE_CHECKING:
    from tests.faults.full import Site

#: Acts between two backups.
BETWEEN = 60


@dataclass
class Figures:
    """What so many backups came to."""

    backups: int = 0
    acknowledged: int = 0
    missing: int = 0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, object]:
        return {
            "backups restored": self.backups,
            "acknowledged before they began": self.acknowledged,
            "of these not restored": self.missing,
            "wrong": len(self.wrong),
        }


def run(here: "Site", years: Iterator[str], backups: int, clients: int) -> Figures:
    """The server of ``here`` runs; each backup is restored into a place of its own and examined."""
    figures, ledger = Figures(), kills.Ledger()
    at_work = [kills.Client(number, here.people, years, ledger) for number in range(clients)]
    for client in at_work:
        client.start()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(backups):
            kills.wait_for(ledger, len(ledger.acknowledged) + BETWEEN)
            with ledger.lock:
                before = {(act.sent.key, act.event) for act in ledger.acknowledged if act.event}
            file = Path(folder) / f"{number}.backup"
            figures.wrong += _command(here.settings, here.cluster, "backup", str(file))
            figures.wrong += _restored(here, Path(folder), number, file, before, figures)
    for client in at_work:
        client.finish()
    figures.wrong += ledger.wrong
    return figures


def _restored(
    here: "Site", folder: Path, number: int, file: Path, before: set[tuple[str, str]], figures: Figures
) -> list[str]:
    place = folder / f"restored-{number}"
    place.mkdir()
    url = ""
    if here.cluster:
        here.cluster.execute(f"CREATE DATABASE restored_{number}")  # type: ignore[arg-type]
        url = here.cluster.url(f"restored_{number}")
    there = here.settings.changed(data_dir=place, database_url=url)
    wrong = _command(there, here.cluster, "restore", str(file))
    if wrong:
        return wrong
    figures.backups += 1
    figures.acknowledged += len(before)
    lost = before - _written(there)
    figures.missing += len(lost)
    wrong += [f"{event} under {key} is not in the backup" for key, event in sorted(lost)]
    return [*wrong, *_command(there, here.cluster, "doctor")]


def _written(settings: Settings) -> set[tuple[str, str]]:
    engine = create_engine(settings.flask_config()["SQLALCHEMY_DATABASE_URI"])
    with engine.connect() as connection:
        rows: Any = connection.execute(text("SELECT action, body FROM event")).all()
    engine.dispose()
    return {(canonical.loads(bytes(body))["key"], action) for action, body in rows}


def _command(settings: Settings, cluster: Cluster | None, *words: str) -> list[str]:
    """Run ``workflow-app``; what it said when it failed."""
    variables = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "APP_ENV": settings.app_env,
        "PG_BIN": str(cluster.programs) if cluster else "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "workflow_app.cli", *words],
        env=os.environ | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr)[-1500:]
    return [f"{words[0]} ended with {done.returncode}: {json.dumps(said, ensure_ascii=False)}"] * bool(
        done.returncode
    )
