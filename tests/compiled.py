"""What every application would compile anew and is the same for all of a process: routes, templates, SQL.

A test has an application of its own; only the code compiled from the same text is shared.
"""

from collections.abc import Callable
from typing import Any

import jinja2.bccache
from flask import Flask
from werkzeug.routing import Rule

from workflow_app.extensions import db


class Templates(jinja2.bccache.BytecodeCache):
    """Jinja's own way of keeping compiled templates; a changed source is compiled again."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


_templates = Templates()
_statements: dict[str, tuple[Any, Any]] = {}
_routes: dict[Any, Callable[..., tuple[str, str]]] = {}
_compile_route = Rule._compile_builder


def share(app: Flask) -> None:
    """Let ``app``, newly made, use what others before it have compiled."""
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        engine = db.engine
        if engine.dialect.name not in _statements:
            # The first connection tells a dialect what its database can do; all share what it learnt.
            with engine.connect():
                pass
        # SQLAlchemy finds a compiled statement by the very dialect object it was compiled for.
        mine = engine.dialect, engine._compiled_cache
        engine.dialect, engine._compiled_cache = _statements.setdefault(engine.dialect.name, mine)


def _route(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Werkzeug's builder of URLs of one rule: a function of the rule's text."""
    if rule.defaults:
        return _compile_route(rule, append_unknown)
    key = rule.rule, tuple(rule._trace), append_unknown
    if key not in _routes:
        _routes[key] = _compile_route(rule, append_unknown)
    return _routes[key]


Rule._compile_builder = _route  # type: ignore[method-assign]
