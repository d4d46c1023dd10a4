"""The packages of the code: their levels, their sizes, who imports whom; as a table and as a picture.

usage: python tools/packages.py [-o docs/development/packages.svg]

Reads the imports at the head of modules from the sources; nothing is imported. An import inside a
function counts for the rules of ``tests/test_house.py`` but not for the picture.
"""

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "development" / "packages.svg"
#: From the lowest level to the highest; lower levels know nothing of higher ones, and the packages of
#: one level nothing of each other. Single modules of the root are the lowest.
LEVELS = (
    (
        "setting_types",
        "settings",
        "data_dir",
        "extensions",
        "clock",
        "canonical",
        "columns",
        "errors",
        "outages",
        "inputs",
        "listing",
        "store",
        "alone",
        "mail",
        "stamps",
        "append_only",
        "schema",
        "request_id",
        "security_log",
    ),
    ("web",),
    ("people", "definitions"),
    ("periods", "authentication"),
    ("artefacts", "files", "second_factor"),
    ("events", "single_sign_on"),
    ("signoff",),
    ("sealing",),
    ("drafting",),
    ("attachments",),
    ("word_reading",),
    ("word_import", "printing", "review", "search"),
    ("desk",),
    ("trail", "integrity", "backup"),
    ("api", "demo", "worker", "serving"),
)
#: What ties everything together; the packages may use none of these.
TOP_MODULES = {"__init__", "cli", "models"}
#: Files (or folders) of a package that count as the top level: pages and commands may use every service.
TOP_FILES = {"views", "forms", "commands"}
#: Names in the picture of the state machine, of the single modules below and above all packages.
MODEL, BASE, TOP = "workflows", "(base)", "(top)"
#: Arrows that run up or within a level, each with its reason. All come from pages or commands.
UPWARD = {
    ("people", "signoff"): "the pages of people are the administrator's: signoff.policy says who that is",
    ("people", "authentication"): "the administrator's page about a person resets the password and ends keys",
    ("people", "second_factor"): "the administrator's page about a person takes lost factors away",
    ("authentication", "second_factor"): "who has a second factor is asked for it after the password",
    ("definitions", "artefacts"): "the pages of a kind count its documents by state",
}
#: No package has a larger share of the code, in per cent.
LARGEST_SHARE = 12


@dataclass(slots=True)
class Package:
    """One box: its level from 0 upwards, its lines, and the modules of it that import each other box."""

    name: str
    level: int
    lines: int = 0
    imports: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def rows() -> tuple[tuple[str, ...], ...]:
    """The boxes of each level, from the lowest to the highest."""
    return ((MODEL,), (BASE,), *LEVELS[1:], (TOP,))


def package_of(module: str) -> str:
    """The box a module stands in: ``workflow_app.people.models`` -> ``people``.

    Raises:
        LookupError: its package has no level.
    """
    parts = module.split(".")
    if parts[0] == MODEL:
        return MODEL
    name = parts[1] if len(parts) > 1 else "__init__"
    if name in TOP_MODULES:
        return TOP
    if name in LEVELS[0]:
        return BASE
    if any(name in level for level in LEVELS[1:]):
        return name
    raise LookupError(f"{module}: name its package in LEVELS")


def modules() -> dict[str, Path]:
    """Our modules by their dotted names."""
    found = {}
    for folder in ("workflows", "workflow_app"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree: ast.Module, known: Mapping[str, Path]) -> Iterator[str]:
    """Our modules that are imported at the head of a module."""
    for node in tree.body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in inner]
        yield from (name for name in names if name in known)


def read() -> dict[str, Package]:
    """Every box by its name, from the lowest level to the highest."""
    packages = {name: Package(name, level) for level, row in enumerate(rows()) for name in row}
    known = modules()
    for module, path in known.items():
        text = path.read_text(encoding="utf-8")
        package = packages[package_of(module)]
        package.lines += len(text.splitlines())
        for other in imported(ast.parse(text, str(path)), known):
            target = package_of(other)
            if target != package.name:
                package.imports[target].add(module)
    return packages


def upward(packages: Mapping[str, Package]) -> dict[tuple[str, str], set[str]]:
    """Arrows that run up or within a level, with the modules they come from."""
    return {
        (package.name, target): sources
        for package in packages.values()
        for target, sources in package.imports.items()
        if packages[target].level >= package.level
    }


def shares(packages: Mapping[str, Package]) -> dict[str, float]:
    """The share of each package in all lines, in per cent."""
    total = sum(package.lines for package in packages.values())
    return {name: 100 * package.lines / total for name, package in packages.items()}


def table(packages: Mapping[str, Package]) -> str:
    """The packages from the highest level to the lowest, with lines, share and what each imports."""
    share = shares(packages)
    lines = [f"{'package':<13}{'lines':>6}{'share':>8}  imports"]
    for name, package in reversed(list(packages.items())):
        names = " ".join(other for other in packages if other in package.imports)
        lines.append(f"{name:<13}{package.lines:>6}{share[name]:>7.1f}%  {names}")
    lines.append(f"{'all':<13}{sum(package.lines for package in packages.values()):>6}")
    for (source, target), where in upward(packages).items():
        reason = UPWARD.get((source, target), "not allowed")
        lines.append(f"{source} -> {target} runs up ({', '.join(sorted(where))}): {reason}")
    return "\n".join(lines)


# --- the picture ---------------------------------------------------------------------------------

WIDTH, HEIGHT, GAP, ROW, MARGIN = 150, 44, 60, 96, 40
DOWN, UP = "#5b7083", "#c0392b"


def svg(packages: Mapping[str, Package]) -> str:
    """The picture: levels from bottom to top, an arrow from each package to each it imports."""
    places = _places()
    width = max(x for x, _y in places.values()) + WIDTH + MARGIN
    height = len(rows()) * ROW + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="sans-serif" font-size="13">\n<title>Packages and imports</title>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n<defs>'
        + "".join(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"'
            f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
            for name, colour in (("down", DOWN), ("up", UP))
        )
        + "</defs>\n"
    )
    share = shares(packages)
    boxes = "".join(_box(package, share[name], *places[name]) for name, package in packages.items())
    return f"{head}{''.join(_arrows(packages, places))}{boxes}</svg>\n"


def _places() -> dict[str, tuple[int, int]]:
    """The left upper corner of each box; neighbouring levels stand aside from each other."""
    widest = max(len(row) for row in rows())
    places = {}
    for level, row in enumerate(rows()):
        free = (widest - len(row)) * (WIDTH + GAP)
        aside = (0.2, 0.8, 0.5)[level % 3] if len(row) < widest else 0.5
        for number, name in enumerate(row):
            x = MARGIN + aside * free + number * (WIDTH + GAP)
            places[name] = (round(x), MARGIN + (len(rows()) - 1 - level) * ROW)
    return places


def _box(package: Package, share: float, x: int, y: int) -> str:
    bar = round(share / max(LARGEST_SHARE, share) * (WIDTH - 16))
    return (
        f'<g transform="translate({x} {y})"><rect width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#f4f7fa"'
        f' stroke="#33475b"/><text x="8" y="17" font-weight="bold">{escape(package.name)}</text>'
        f'<text x="8" y="33" font-size="11" fill="#444">{package.lines} lines, {share:.1f} %</text>'
        f'<rect x="8" y="37" width="{bar}" height="3" fill="{DOWN}"/></g>\n'
    )


def _arrows(packages: Mapping[str, Package], places: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """One curve for each pair, thicker where more modules import, the ends spread along the boxes.

    What nearly every package imports is drawn faintly.
    """
    order = {name: x for name, (x, _y) in places.items()}
    pairs = [(package.name, target) for package in packages.values() for target in package.imports]
    outgoing, incoming = defaultdict(list), defaultdict(list)
    for source, target in pairs:
        outgoing[source].append(target)
        incoming[target].append(source)
    for ends in (*outgoing.values(), *incoming.values()):
        ends.sort(key=lambda name: order[name])
    for source, target in sorted(pairs):
        runs_up = packages[target].level >= packages[source].level
        x1 = _port(places[source][0], outgoing[source], target)
        x2 = _port(places[target][0], incoming[target], source)
        y1, y2 = places[source][1] + (0 if runs_up else HEIGHT), places[target][1]
        y2 += HEIGHT if runs_up else 0
        bend = 0.4 * (y2 - y1)
        count = len(packages[source].imports[target])
        opacity = 1 if runs_up else 0.2 if target in (MODEL, BASE) else 0.55
        yield (
            f'<path d="M{x1} {y1}C{x1} {y1 + bend:.0f} {x2} {y2 - bend:.0f} {x2} {y2}" fill="none"'
            f' stroke="{UP if runs_up else DOWN}" stroke-width="{min(0.6 + 0.15 * count, 2.5):.2f}"'
            f' stroke-opacity="{opacity}" marker-end="url(#{"up" if runs_up else "down"})">'
            f"<title>{escape(source)} → {escape(target)} ({count})</title></path>\n"
        )


def _port(x: int, names: list[str], name: str) -> int:
    return x + round(WIDTH * (names.index(name) + 1) / (len(names) + 1))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=PICTURE)
    output: Path = parser.parse_args(arguments).output
    packages = read()
    output.write_text(svg(packages), encoding="utf-8")
    print(table(packages))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
