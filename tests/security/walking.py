"""Every address of the application as one person gets it: from the table of routes, so new ones are in it."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.browsing import log_in
from tests.builders import a_key
from workflow_app.authentication import tokens
from workflow_app.extensions import db
from workflow_app.people.models import Person

#: What is not about documents, or about all of the county's together (how many stand in each state).
APART = ("/static/", "/language/", "/api/docs", "/healthz", "/readyz", "/styleguide", "/workflows")
#: Papers: made for seconds, of the revision that is asked for.
SLOW = (".pdf", ".word", ".blank")
#: What differs from one answer to the next for reasons of its own.
_CHANCE = re.compile(r'(name="(?:csrf_token|csrf-token|key)"[^>]*?(?:value|content)=")[^"]*')
#: Where a hit stands, on a page and in an answer of the API.
_MARKS = re.compile(r"</?mark>|\"\},\s*\{\"hit\":\s*(?:true|false),\s*\"text\":\s*\"")


class Visitor:
    """One person with a browser and a key to the API."""

    def __init__(self, app: Flask, person_id: int) -> None:
        self.app, self.id = app, person_id
        with app.app_context():
            self.name = db.session.get_one(Person, person_id).username
            self._raw = tokens.make(None, person_id, may_sign=True)
        self.browser, self.program = log_in(app, self.name), app.test_client()

    def get(self, path: str) -> TestResponse:
        if path.startswith("/api/"):
            return self.program.get(path, headers={"Authorization": f"Bearer {self._raw}"})
        return self.browser.get(path, buffered=True)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self._raw}", "Idempotency-Key": a_key()}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.program.open(path, method=method, json=body, headers=sent)


def addresses(app: Flask, values: Mapping[str, Any], method: str = "GET") -> Iterator[str]:
    """Every route of ``method`` with these values for its places; a list of values means each of them.

    A place that is not named takes 1: then most answer 404, alike for everybody, and nothing is missed.
    """
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if method not in (rule.methods or ()) or rule.rule.startswith(APART):
            continue
        if rule.endpoint.endswith(SLOW):
            continue
        places = sorted(rule.arguments)
        choices = [_listed(values.get(place, 1)) for place in places]
        for chosen in itertools.product(*choices):
            yield adapter.build(rule.endpoint, dict(zip(places, chosen, strict=True)), method)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def said(answer: TestResponse) -> tuple[int, str]:
    """Status and text, in one piece where it is marked, and without what chance puts there."""
    if answer.mimetype not in ("text/html", "application/json", "text/csv", "application/jsonl"):
        return answer.status_code, answer.mimetype or ""
    if answer.is_json:
        text = json.dumps(answer.get_json(), ensure_ascii=False)
    else:
        text = _CHANCE.sub(r"\1", answer.get_data(as_text=True))
    return answer.status_code, _MARKS.sub("", text)
