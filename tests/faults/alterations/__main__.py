"""``python -m tests.faults.alterations --places 1000``: every kind of alteration at so many random places.

Prints what found each; the exit status is 0 when nothing was missed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.conftest import KINDS as DATABASES
from tests.conftest import serving
from tests.faults.alterations.trying import Tally, seal, tried
from tests.faults.alterations.world import everything
from tests.postgres import Cluster
from workflow_app import schema
from workflow_app.settings import Settings


def run(kind: str, places: int, seed: int = 1) -> list[Tally]:
    """All kinds at so many places of a fresh county on that database; printed as they are done."""
    cluster = Cluster() if kind == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:
        url = ""
        try:
            if cluster:
                cluster.start()
                cluster.execute("CREATE DATABASE alterations")
                url = cluster.url("alterations")
            settings = Settings(
                testing=True, data_dir=Path(folder), database_url=url, secret_key="for-these-tests-only",
                app_env="test",
            )  # fmt: skip
            schema.upgrade(settings)
            return _in(settings, places, seed)
        finally:
            if cluster:
                cluster.stop()


def _in(settings: Settings, places: int, seed: int) -> list[Tally]:
    with serving(settings) as app, app.app_context():
        everything()
        tallies = []
        for tally in tried(places, seed, seal()):
            tallies.append(tally)
            told = "" if tally.sound else f"  MISSED, told: {', '.join(sorted(tally.told)) or 'nothing'}"
            print(
                f"   {tally.kind.name:<50}{tally.kind.found_by:<20}{tally.found:>6} of {tally.places}{told}",
                flush=True,
            )
        return tallies


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.alterations", description=__doc__)
    parser.add_argument("--places", type=int, default=1000, help="random places for each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=DATABASES, action="append", help="on this only")
    options = parser.parse_args()
    sound = True
    for kind in options.database or DATABASES:
        print(f"== alterations, {kind}", flush=True)
        tallies = run(kind, options.places, options.seed)
        missed = [tally.kind.name for tally in tallies if not tally.sound]
        print(f"   {len(tallies) - len(missed)} of {len(tallies)} kinds found at every place")
        sound &= not missed
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
