"""The structure, read from the sources: who may import whom, and what stands in one place only."""

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import packages
from tools.packages import LEVELS, TOP_FILES, TOP_MODULES

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "workflow_app"
TOP = 99
LINES_WISHED, LINES_ALLOWED = 300, 400


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """``workflow_app/people/models.py`` -> ``workflow_app.people.models``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for folder in (APP, ROOT / "workflows") for path in sources(folder)}


def imported(path: Path, nodes: Iterator[ast.AST]) -> set[str]:
    """Names of our own modules imported by the given nodes."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                found.add(inner if inner in MODULES else module)
    return {name for name in found if name.split(".")[0] in {"workflow_app", "workflows"}}


def place(module: str) -> tuple[str, int]:
    """The package (or single module) and its level."""
    parts = module.split(".")[1:] or ["__init__"]
    if parts[0] in TOP_MODULES or TOP_FILES.intersection(parts):
        return parts[0], TOP
    for level, names in enumerate(LEVELS):
        if parts[0] in names:
            return parts[0], level
    raise AssertionError(f"{module} has no place: name its package in LEVELS")


def test_the_model_imports_nothing_of_the_application() -> None:
    for path in sources(ROOT / "workflows"):
        for name in imported(path, ast.walk(tree(path))):
            assert name.split(".")[0] == "workflows", f"{path.name} imports {name}"


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("workflow_app")])
def test_imports_go_down(module: str) -> None:
    path = MODULES[module]
    package, level = place(module)
    for name in imported(path, ast.walk(tree(path))):
        if name.startswith("workflows"):
            continue
        other_package, other_level = place(name)
        beside = level in (0, TOP) and other_level == level
        assert other_package == package or other_level < level or beside, (
            f"{module} imports {name}, which is not below it"
        )


@pytest.mark.parametrize("module", MODULES)
def test_pages_and_commands_are_imported_by_nobody(module: str) -> None:
    for name in imported(MODULES[module], ast.walk(tree(MODULES[module]))):
        parts, mine = name.split("."), module.split(".")
        same_package_form = parts[-1] == "forms" and parts[:2] == mine[:2]
        same_pages = "views" in parts and parts[:3] == mine[:3]
        if TOP_FILES.intersection(parts) and not (same_package_form or same_pages):
            assert module in {"workflow_app", "workflow_app.cli"}, f"{module} imports {name}"


def test_no_circles() -> None:
    """Imports at the head of modules; one inside a function is there to be lazy."""
    graph = {
        name: {other for other in imported(path, iter(tree(path).body)) if other in MODULES and other != name}
        for name, path in MODULES.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_no_arrow_runs_up_but_those_with_a_reason() -> None:
    found = packages.upward(packages.read())
    assert found.keys() == packages.UPWARD.keys()
    for sources in found.values():
        assert all(TOP_FILES.intersection(source.split(".")) for source in sources), sources


def test_no_package_is_too_large() -> None:
    large = {
        name: f"{share:.1f} %"
        for name, share in packages.shares(packages.read()).items()
        if share > packages.LARGEST_SHARE
    }
    assert not large, "make two packages of it"


def test_the_picture_shows_every_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "packages.svg"
    assert packages.main(["-o", str(picture)]) == 0
    table = capsys.readouterr().out
    drawn = " ".join(ElementTree.parse(picture).getroot().itertext())
    for package in packages.read().values():
        assert f"{package.lines} lines" in drawn
        assert re.search(rf"^{re.escape(package.name)} +{package.lines} ", table, re.MULTILINE)


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if name == (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")):
                yield node


def root_of(node: ast.expr) -> str:
    """``update(Artefact).where(…).values`` -> the source of the innermost call, ``update(Artefact)``."""
    while True:
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return ast.unparse(node)


def writes_state(path: Path) -> Iterator[int]:
    """Lines that change the state of a document."""
    for call in calls(path, "values"):
        named = {keyword.arg for keyword in call.keywords}
        quoted = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
        root = root_of(call)
        if "state" in named | quoted and "Artefact" in root and "insert" not in root:
            yield call.lineno
    for node in ast.walk(tree(path)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if (
                isinstance(target, ast.Attribute)
                and target.attr == "state"
                and ast.unparse(target.value) != "self"
            ):
                yield target.lineno


def test_one_statement_changes_a_state_and_only_its_writer_runs_it() -> None:
    application = {name: path for name, path in MODULES.items() if name.startswith("workflow_app")}
    assert {name for name, path in application.items() if any(writes_state(path))} == {
        "workflow_app.signoff.sql"
    }
    users = {
        name
        for name, path in application.items()
        for node in ast.walk(tree(path))
        if getattr(node, "attr", "") == "MOVE"
        or (isinstance(node, ast.ImportFrom) and "MOVE" in {alias.name for alias in node.names})
    }
    assert users == {"workflow_app.signoff.writer"}


def test_only_the_statements_of_the_sign_off_update_documents() -> None:
    for name, path in MODULES.items():
        for call in calls(path, "update"):
            if call.args and ast.unparse(call.args[0]) in {"Artefact", "Artefact.__table__"}:
                assert name == "workflow_app.signoff.sql", f"{name}:{call.lineno}"


def test_only_the_store_commits() -> None:
    for name, path in MODULES.items():
        if name != "workflow_app.store":
            assert not [call.lineno for call in calls(path, "commit")], f"{name} commits"


def test_views_do_not_write() -> None:
    for name, path in MODULES.items():
        if {"views", "forms"}.intersection(name.split(".")):
            for verb in ("transaction", "writing", "insert", "delete", "flush"):
                assert not list(calls(path, verb)), f"{name} calls {verb}()"


def test_lists_page_by_key() -> None:
    for name, path in MODULES.items():
        assert not list(calls(path, "offset")), f"{name} pages by OFFSET"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\bOFFSET\s+[:%?\d]", node.value), f"{name}:{node.lineno}"


PAGES = sorted((ROOT / "templates").rglob("*.html"))
ASSETS = sorted(path for path in (APP / "static").rglob("*") if path.suffix in {".css", ".js", ".svg"})


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_template_trusts_nothing_without_saying_why(path: Path) -> None:
    before = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(r"\|\s*safe\b", line):
            assert "{#" in line + before, f"line {number}: |safe without a comment"
        before = line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_template_keeps_the_content_security_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text), "inline style"
    assert not re.search(r"<style\b", text), "inline style sheet"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline event handler"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, "inline script"


@pytest.mark.parametrize("path", PAGES + ASSETS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", text)
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", text)
    assert not re.search(r"(?:fetch|import)\(\s*[\"'](?:https?:)?//", text)


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_readable(module: str) -> None:
    lines = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= LINES_ALLOWED
    if lines > LINES_WISHED:
        warnings.warn(f"{module} has {lines} lines; over {LINES_WISHED} it is asking to be two", stacklevel=1)


SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30}"
    r"|(?i:password|secret_key|token)\s*=\s*[\"'][A-Za-z0-9+/_-]{16,}[\"']"
)


def test_no_secrets_in_the_sources() -> None:
    for folder in ("workflow_app", "workflows", "templates", "tools", "bench", "migrations", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".yaml", ".html", ".js", ".md", ".toml"}:
                assert not SECRETS.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_host_and_hash_everything(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
