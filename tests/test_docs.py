"""Texts for developers name files that exist; both READMEs say the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXTS = (
    ROOT / "README.md",
    ROOT / "README.en.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
#: Texts whose file names must be those of today; pages of decisions keep what they weighed.
OF_TODAY = (ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "development").glob("*.md")))
#: What adding.md makes up as examples.
MADE_UP = {
    "migrations/versions/0010_unit_phone.py",
    "workflow_app/drafting/urge.py",
    "templates/authentication/own_roles.html",
    "workflows/exchange_report.yaml",
}
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|html|js|po|md|yaml|svg))`")
OF_LIBRARIES = {"flash", "_"}
FUNCTION = re.compile(r"`(?:\w+\.)?(\w+)\(\)`")
SOURCES = [
    path
    for folder in ("workflow_app", "workflows", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(text: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", text.read_text(encoding="utf-8")):
        assert (text.parent / target).exists(), target


@pytest.mark.parametrize("text", OF_TODAY, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_named_exist(text: Path) -> None:
    said = text.read_text(encoding="utf-8")
    places = (ROOT, ROOT / "workflow_app", ROOT / "templates")
    for name in set(PATH.findall(said)) - MADE_UP:
        assert any((place / name).exists() for place in places), name
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    for name in FUNCTION.findall(said):
        assert re.search(rf"\b(?:def|class) {name}\b", code) or name in OF_LIBRARIES, f"{name}()"


def settings_of(readme: Path) -> set[str]:
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", readme.read_text(encoding="utf-8"), re.MULTILINE))


def test_both_readmes_have_the_same_settings() -> None:
    chinese, english = settings_of(ROOT / "README.md"), settings_of(ROOT / "README.en.md")
    assert chinese
    assert english == chinese


def test_both_readmes_have_the_same_sections_and_commands() -> None:
    def outline(readme: Path) -> tuple[int, list[str]]:
        text = readme.read_text(encoding="utf-8")
        commands = re.findall(
            r"^(?:make|\.venv/bin/workflow-app) [a-z]+(?: [a-z]+)?(?: -+[a-z]+)?", text, re.MULTILINE
        )
        return len(re.findall(r"^## ", text, re.MULTILINE)), commands

    (sections, commands), english = outline(ROOT / "README.md"), outline(ROOT / "README.en.md")
    assert (sections, commands) == english
    assert len(commands) > 5
