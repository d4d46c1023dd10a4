"""``make bench``: how fast, against what. Options: ``--only sqlite``, ``--many 100000``."""

import argparse

from bench import growth, http, pages, searching, signing
from bench.databases import stands


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1_000)
    options = parser.parse_args()
    kinds = [options.only] if options.only else ["sqlite", "postgresql"]
    with stands(kinds) as ready:
        for stand in ready:
            print(f"== {stand.kind}", flush=True)
            _show("签批：服务 / 裸驱动", signing.measure(stand))
            _show("签批：HTTP / 空 POST", http.measure(stand))
            _show("页面：处理器时间 / 空页", pages.measure(stand))
            _show("检索 1000 份", searching.measure(stand))
            _show("规模", growth.measure(stand, (options.few, options.many)))


def _show(title: str, figures: dict[str, float]) -> None:
    print(title)
    for name, value in figures.items():
        print(f"  {name:<32}{value:12.4g}", flush=True)


if __name__ == "__main__":  # the server process imports this module too
    main()
