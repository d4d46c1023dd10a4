"""Every run of ``python -m tests.faults``, each on a database of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from bench.databases import Stand
from tests.builders import County, county
from tests.faults import backups, jumps, kills, pairs, world
from tests.faults.serving import Server
from tests.postgres import Cluster
from workflow_app.settings import ROOT, Settings

PEOPLE = ("coordinator", "principal", "lead")
Result = tuple[Mapping[str, object], list[str]]


@dataclass(frozen=True)
class Scale:
    """How often: kills with so many acts between two of them, crashes of PostgreSQL, clients at once,
    pairs, steps of the walk with a jumping clock, backups under load, places of each alteration.
    """

    kills: int
    acts: tuple[int, int]
    crashes: int
    clients: int
    pairs: int
    steps: int
    backups: int
    places: int


@dataclass(frozen=True)
class Run:
    do: Callable[[str, Scale], Result]
    kinds: tuple[str, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Site:
    """A county in a database of its own, with a server for it that is not started."""

    settings: Settings
    county: County
    server: Server
    people: world.People
    cluster: Cluster | None


@contextmanager
def site(kind: str, *names: str) -> Iterator[Site]:
    """Within, the application context is that of the database."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(durable=True) if kind == "postgresql" else None
        try:
            if cluster:
                cluster.start()
            stand = Stand(kind, Path(folder), cluster)
            name = stand.fresh()
            settings = stand.settings(name)
            server = Server(settings, Path(folder) / "server.log")
            with stand.app(name):
                here = pairs.signers(county())
                try:
                    yield Site(settings, here, server, world.People(here, server.port, *names), cluster)
                finally:
                    server.kill()
        finally:
            if cluster:
                cluster.stop()


def _kills(kind: str, scale: Scale) -> Result:
    with site(kind, *PEOPLE) as here:
        return _killed(here, scale, scale.kills, here.server.kill, here.server.start)


def _crashes(kind: str, scale: Scale) -> Result:
    with site(kind, *PEOPLE) as here:
        assert here.cluster
        return _killed(here, scale, scale.crashes, here.cluster.crash, here.cluster.start_again)


def _killed(
    here: Site, scale: Scale, times: int, kill: Callable[[], None], revive: Callable[[], object]
) -> Result:
    years = world.years(scale.clients + times * scale.acts[1] // 200)
    here.server.start()
    here.people.log_in(scale.clients)
    figures = kills.run(
        here.people, years, kill=kill, revive=revive, kills=times, acts=scale.acts,
        clients=scale.clients, seed=times,
    )  # fmt: skip
    return figures.row(), [*figures.lost, *figures.doubled, *figures.wrong]


def _pairs(kind: str, scale: Scale) -> Result:
    """At two servers, so that no lock of one process is what keeps the two apart."""
    with site(kind, *pairs.PEOPLE) as here, tempfile.TemporaryDirectory() as folder:
        second = Server(here.settings, Path(folder) / "second.log")
        here.server.start()
        second.start()
        try:
            sides = here.people, here.people.at_port(second.port)
            for side in sides:
                side.log_in(2)
            app = current_app._get_current_object()
            arena = pairs.Arena(
                app, here.county, sides, scale.pairs, world.years(scale.pairs // pairs.EACH + 1)
            )
            figures = arena.run(scale.pairs)
        finally:
            second.kill()
    return figures.row(), [*figures.doubled, *figures.untold, *figures.wrong]


def _jumps(kind: str, scale: Scale) -> Result:
    with site(kind) as here:
        figures = jumps.walk(here.county, scale.steps, scale.steps)
    return figures.row(), figures.wrong


def _backups(kind: str, scale: Scale) -> Result:
    with site(kind, *PEOPLE) as here:
        here.server.start()
        here.people.log_in(scale.clients)
        figures = backups.run(here, world.years(2 * scale.clients), scale.backups, scale.clients)
    return figures.row(), figures.wrong


def _alterations(kind: str, scale: Scale) -> Result:
    """What somebody with the database could change, and what notices it: a command of its own."""
    words = ("--places", str(scale.places), "--database", kind)
    done = subprocess.run([sys.executable, "-m", "tests.faults.alterations", *words], cwd=ROOT, check=False)
    return {"places for each kind": scale.places}, ["see above"] * bool(done.returncode)


#: Name -> what it does, on which databases.
RUNS: dict[str, Run] = {
    "kills": Run(_kills),
    "crashes": Run(_crashes, ("postgresql",)),
    "pairs": Run(_pairs),
    "jumps": Run(_jumps),
    "backups": Run(_backups),
    "alterations": Run(_alterations),
}
