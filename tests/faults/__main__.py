"""``python -m tests.faults``: what the tests of this folder do a few times, many times, with figures.

The exit status is 0 when nothing was lost, doubled or otherwise wrong.
"""

import argparse
import sys
import time

from tests.faults.full import RUNS, Run, Scale

_FULL = Scale(
    kills=500, acts=(35, 60), crashes=20, clients=8, pairs=10_000, steps=20_000, backups=5, places=1000
)
_SMALL = Scale(kills=10, acts=(5, 20), crashes=2, clients=4, pairs=200, steps=500, backups=1, places=3)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--full", action="store_true", help="as many times as the product promises to stand")
    parser.add_argument("--only", choices=sorted(RUNS), action="append", help="only this; may be repeated")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="on one database only")
    options = parser.parse_args()
    kinds = [options.database] if options.database else ["sqlite", "postgresql"]
    scale = _FULL if options.full else _SMALL
    sound = True
    for name in options.only or RUNS:
        for kind in kinds:
            if kind in RUNS[name].kinds:
                sound &= _one(name, RUNS[name], kind, scale)
    print("sound" if sound else "NOT SOUND")
    return 0 if sound else 1


def _one(name: str, run: Run, kind: str, scale: Scale) -> bool:
    print(f"== {name}, {kind}", flush=True)
    began = time.monotonic()
    rows, wrong = run.do(kind, scale)
    for what, value in rows.items():
        print(f"   {what:<44}{value:>10}")
    print(f"   {'minutes':<44}{(time.monotonic() - began) / 60:>10.1f}")
    for one in wrong[:20]:
        print(f"   ! {one}")
    sys.stdout.flush()
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
