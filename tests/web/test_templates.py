"""Templates imported without context are run once for all requests: nothing of one may stay in them."""

from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2 import meta, nodes

KINDS = (nodes.Import, nodes.FromImport)


def imported_without_context(app: Flask) -> Iterator[tuple[str, str]]:
    """(template, the template it imports)."""
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.endswith(".html")):
        for found in parsed(app, name).find_all(KINDS):
            assert isinstance(found, KINDS)
            assert isinstance(found.template, nodes.Const), name
            if not found.with_context:
                yield name, found.template.value


def parsed(app: Flask, name: str) -> nodes.Template:
    assert app.jinja_env.loader
    return app.jinja_env.parse(app.jinja_env.loader.get_source(app.jinja_env, name)[0])


def of_a_request(app: Flask, tree: nodes.Template) -> set[str]:
    """Variables that only the page can give, and texts that would stay in one reader's language."""
    found = meta.find_undeclared_variables(tree) - set(app.jinja_env.globals)
    for node in tree.body:
        if not isinstance(node, nodes.Macro):
            found |= {
                call.node.name for call in node.find_all(nodes.Call) if isinstance(call.node, nodes.Name)
            }
    return found


def test_what_is_imported_without_context_needs_none(plain_app: Flask) -> None:
    pairs = list(imported_without_context(plain_app))
    assert len(pairs) > 40
    wrong = {
        f"{name} imports {other}: {sorted(needs)}"
        for name, other in pairs
        if (needs := of_a_request(plain_app, parsed(plain_app, other)))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("{% macro one() %}{{ me.name }}{% endmacro %}", {"me"}),
        ("{% set names = {'all': _('双方都能看')} %}", {"_"}),
        ("{% macro one() %}{{ _('双方都能看') }}{{ url_for('x') }}{% endmacro %}", set()),
    ],
)
def test_the_look_finds_what_belongs_to_a_request(plain_app: Flask, source: str, needs: set[str]) -> None:
    assert of_a_request(plain_app, plain_app.jinja_env.parse(source)) == needs
