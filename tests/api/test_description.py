"""The OpenAPI document says of every route what comes back, and what comes back is what it says.

Schemathesis makes the requests, some as described and some not; it compares status, content type,
headers and body of the answers with the document. ``API_EXAMPLES`` sets how many of each kind are made
for a route (``make fuzz``: many, each time others).
"""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.generation import GenerationMode

from tests.builders import County, a_development_plan, a_plan, full_content
from workflow_app.api import description
from workflow_app.authentication import tokens
from workflow_app.errors import ApplicationError
from workflow_app.events.models import Event
from workflow_app.extensions import db

EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def document(office: Flask) -> dict[str, Any]:
    found: dict[str, Any] = office.test_client().get("/api/v1/openapi.json").get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method, path, operation


def test_every_route_is_in_it_with_what_it_takes_and_gives(office: Flask, document: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _operation in operations(document)}
    routes = {
        (method.lower(), rule.rule.replace("<int:", "<").replace("<", "{").replace(">", "}"))
        for rule in office.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.rule != "/api/v1/openapi.json"
    }
    assert described == routes
    for method, path, operation in operations(document):
        headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method != "get"), path
        answers = operation["responses"]
        for status, answer in answers.items():
            assert "X-Request-Id" in answer["headers"], (path, status)
            for kind, body in answer["content"].items():
                assert body["schema"], (path, status)
                assert (kind == description.MEDIA) == (status >= "400"), (path, status)
        assert ("If-Match" in headers) == ("412" in answers) == ("428" in answers), path
        assert {"401", "503"} < set(answers), path
        assert "Retry-After" in answers["503"]["headers"]


def _codes(kind: type[ApplicationError]) -> Iterator[str]:
    for inner in kind.__subclasses__():
        yield from _codes(inner)
    yield from getattr(kind, "CODES", ())
    if isinstance(kind.__dict__.get("code"), str):
        yield kind.code


def test_every_code_of_an_error_is_in_it(document: dict[str, Any]) -> None:
    told = {
        code
        for _method, _path, operation in operations(document)
        for answer in operation["responses"].values()
        for body in answer["content"].values()
        for part in body["schema"].get("allOf", ())
        for code in part.get("properties", {}).get("code", {}).get("enum", ())
    }
    # Only at the login page.
    assert set(_codes(ApplicationError)) - told == {"error", "wrong"}


@pytest.mark.filterwarnings("ignore")
def test_answers_are_as_described(office: Flask, here: County) -> None:
    draft = a_plan(here)
    plan = a_plan(here, by=here.principal3, content=full_content()).submitted()
    plan.signed().returned()
    approved = a_plan(here, by=here.coordinator2).submitted().signed(here.principal2)
    approved.approved(here.lead2)
    ids = [draft.id, plan.id, approved.id, a_development_plan(here).id]
    real = {
        "artefact_id": ids, "number": [1, 2], "point_id": [1], "attachment_id": [1], "key": ["school_plan"],
        "action": ["submit", "sign", "return", "explode"],
        "event_id": [row[0] for row in db.session.query(Event.id)],
    }  # fmt: skip
    keys = [tokens.make(None, who, may_sign=True) for who in (here.coordinator, here.lead, here.auditor)]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", office)
    checks = [KNOWN.get_one(name) for name in CHECKS]
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith(".pdf"):
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not (list(operation.query) or list(operation.body)):
                continue  # there is nothing that could be wrong
            _try(operation, mode, real, keys, checks)


def _try(
    operation: Any, mode: GenerationMode, real: dict[str, list[Any]], keys: list[str], checks: list[Any]
) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES, derandomize="API_EXAMPLES" not in os.environ, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(st.data())
    def answers_as_described(data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(keys))
        names = [one.name for one in operation.path_parameters]
        places = {name: data.draw(st.sampled_from(real[name])) for name in names}
        sent = (
            {"path_parameters": places} if mode is GenerationMode.NEGATIVE or data.draw(st.booleans()) else {}
        )
        headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
        case = data.draw(operation.as_strategy(generation_mode=mode, headers=headers, **sent))
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=checks)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers_as_described()
