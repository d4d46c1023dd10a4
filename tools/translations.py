"""Interface texts: are they all translated, and do any stand outside the translation functions?

usage: python tools/translations.py check | update

check   fails for a text without English, and for Chinese outside ``_()`` in templates and views
update  collects new texts into the .po files and drops those no longer used
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = {"en": ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"}
SOURCES = {"workflow_app": [("**.py", "python")], "templates": [("**.html", "jinja2")]}
FUNCTIONS = {"_", "_l", "gettext", "ngettext", "lazy_gettext", "_n"}
KEYWORDS = dict.fromkeys(FUNCTIONS) | {"ngettext": (1, 2), "_n": (1, 2)}
#: Python files and folders whose Chinese is all for the screen; elsewhere it is machine texts, demo texts,
#: messages of commands, which carry their languages themselves or have one only.
SCREEN_MODULES = {"views.py", "views", "forms.py", "presentation.py"}
CHINESE = re.compile(r"[\u3400-\u9fff]")


def collected() -> Catalog:
    """Every text the sources ask a translation for."""
    catalogue = Catalog(project="yanxiu-signoff", charset="utf-8")
    for folder, methods in SOURCES.items():
        found = extract_from_dir(ROOT / folder, methods, keywords=KEYWORDS, comment_tags=("i18n:",))
        for name, _line, message, comments, _context in found:
            catalogue.add(message, locations=[(f"{folder}/{name}", 0)], auto_comments=comments)
    return catalogue


def untranslated(wanted: Catalog) -> Iterator[str]:
    for language, path in CATALOGUES.items():
        if not path.exists():
            yield f"{path.relative_to(ROOT)}: missing"
            continue
        with path.open("rb") as file:
            have = read_po(file, locale=language)
        for message in wanted:
            if not message.id:
                continue
            known = have.get(message.id)
            texts = (
                [known.string]
                if known and isinstance(known.string, str)
                else (known and known.string) or [""]
            )
            if not all(texts) or (known and known.fuzzy):
                yield f"{message.locations[0][0]}: no {language} for {message.id!r}"


def stray_in_template(path: Path) -> Iterator[str]:
    """Chinese in a template that no translation function sees."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text())
    inside = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in FUNCTIONS
        for constant in call.find_all(nodes.Const)
    }
    for node in tree.find_all((nodes.TemplateData, nodes.Const)):
        text = node.data if isinstance(node, nodes.TemplateData) else getattr(node, "value", None)
        if id(node) not in inside and isinstance(text, str) and (found := CHINESE.search(text)):
            line = node.lineno + text[: found.start()].count("\n")
            yield f"{path.relative_to(ROOT)}:{line}: Chinese outside _(): {text.strip()[:30]!r}"


def stray_in_module(path: Path) -> Iterator[str]:
    """Chinese in a screen module outside a translation function; docstrings do not count."""
    tree = ast.parse(path.read_text())
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.add(id(node.value))
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in FUNCTIONS:
                inside.update(id(child) for child in ast.walk(node))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
            and CHINESE.search(node.value)
        ):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: Chinese outside _(): {node.value[:30]!r}"


def check() -> int:
    problems = list(untranslated(collected()))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        problems += stray_in_template(path)
    for path in sorted((ROOT / "workflow_app").rglob("*.py")):
        if SCREEN_MODULES.intersection(path.parts):
            problems += stray_in_module(path)
    for problem in problems:
        print(problem)
    print(f"translations: {len(problems)} problems" if problems else "translations: all there")
    return 1 if problems else 0


def update() -> int:
    wanted = collected()
    for language, path in CATALOGUES.items():
        catalogue = Catalog(locale=language, project="yanxiu-signoff", charset="utf-8")
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, locale=language)
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = "# Interface texts. New ones come in with: make translations"
        catalogue.fuzzy = False
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, sort_by_file=True, include_lineno=False, width=110, omit_header=False)
        lacking = sum(not message.string for message in catalogue if message.id)
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {lacking} without translation")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit(__doc__)
    sys.exit(check() if sys.argv[1] == "check" else update())
