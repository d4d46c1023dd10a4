"""What the OpenAPI document says of every route: headers, and problem documents with their codes.

It follows from the route itself (its method, its places, whether it takes a version), so that a new
one is described by being there.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from apispec import APISpec

from workflow_app.errors import FileRefused, FileUnavailable, Unavailable
from workflow_app.word_reading.opening import CODES as IMPORT_CODES
from workflows.definition import Definition
from workflows.guards import SENTENCES

Route = TypeVar("Route", bound=Callable[..., Any])
Doc = dict[str, Any]

WRITES = ("post", "put", "patch", "delete")
MEDIA = "application/problem+json"
#: Status -> the codes that go with it, anywhere or where the route has what is named.
ALWAYS = {
    400: ("bad_request",),
    401: ("unauthorized",),
    429: ("too_many_requests",),  # wrong keys are counted
    500: ("internal_error",),
    503: tuple(Unavailable.sentences),
}
IN_A_QUERY = {400: ("bad_cursor",), 422: ("bad_input",)}
OF_A_THING = {404: ("not_found",)}
IN_A_WRITE = {
    400: ("idempotency_key_required",),
    403: ("not_allowed",),
    404: ("unknown_action", "not_found"),
    409: ("conflict", "already_exists"),
    413: ("too_large",),
    415: ("unsupported_media_type",),
    422: ("bad_input", "idempotency_key_reused"),
}
OF_A_VERSION = {412: ("conflict",), 428: ("precondition_required",)}
OF_A_FILE = {403: tuple(FileUnavailable.sentences)}
IN_A_FILE = {422: (*FileRefused.CODES, *IMPORT_CODES)}

HEADERS: dict[str, Doc] = {
    "X-Request-Id": {"description": "问题编号：日志里用它找到这次请求。", "schema": {"type": "string"}},
    "ETag": {"description": "文件的版本，写入时放进 If-Match。", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "true：这个 Idempotency-Key 已经办过，答复与上次相同。",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"description": "多少秒之后再试。", "schema": {"type": "string"}},
    "WWW-Authenticate": {"schema": {"type": "string"}},
}
PARAMETERS: dict[str, Doc] = {
    "Idempotency-Key": {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "description": "每次写入自己取一个；同一个再发一次，得到同样的答复，只办一次。",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    },
    "If-Match": {
        "in": "header",
        "name": "If-Match",
        "description": '所依据的版本，如 "3"。',
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'},
    },
}
PROBLEM: Doc = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "additionalProperties": False,
            },
        },
        "reason_code": {"type": "string", "enum": list(SENTENCES)},
        "by": {"type": "string"},
        "action": {"type": "string"},
        "at": {"type": "string"},
        "state": {"type": "string"},
        "version": {"type": "integer"},
        "artefact": {"type": "integer"},
        "incident": {"type": "string"},
    },
    "additionalProperties": False,
}


def takes(what: str, *, required: bool = False) -> Callable[[Route], Route]:
    """Says of a route what it has: a ``version`` (``If-Match``) or a ``file`` is sent along, a ``tag``
    (``ETag``) or a stored file (``opened``) comes back, what is asked for may not be there (``place``).
    """

    def mark(route: Route) -> Route:
        known: Doc = route._apidoc  # type: ignore[attr-defined]
        known.setdefault("takes", {})[what] = required
        return route

    return mark


def describe(doc: Doc, info: Doc, *, spec: APISpec, method: str, **_more: Any) -> Doc:
    """Called by flask-smorest for each operation, with what its decorators have said of it."""
    has, writes = info.get("takes", {}), method in WRITES
    parameters = doc.setdefault("parameters", [])
    if writes:
        parameters.append(PARAMETERS["Idempotency-Key"])
    if "version" in has:
        parameters.append(PARAMETERS["If-Match"] | {"required": has["version"]})
    names = {one.get("in") for one in parameters if isinstance(one, dict)}
    facts = (
        (ALWAYS, True),
        (IN_A_QUERY, "query" in names),
        (OF_A_THING, "place" in has),
        (IN_A_WRITE, writes),
        (OF_A_VERSION, "version" in has),
        (OF_A_FILE, "opened" in has),
        (IN_A_FILE, "file" in has),
    )
    codes: dict[int, list[str]] = {}
    for table, holds in facts:
        for status, names_ in table.items() if holds else ():
            known = codes.setdefault(status, [])
            known += [name for name in names_ if name not in known]
    # The library's own answers to errors are names of parts we do not have.
    responses = {str(key): one for key, one in doc.get("responses", {}).items() if isinstance(one, dict)}
    for answer in responses.values():
        answer.setdefault("headers", {}).update(_headers("X-Request-Id"))
        if writes:
            answer["headers"].update(_headers("Idempotent-Replayed"))
        if has.keys() & {"version", "tag"}:
            answer["headers"].update(_headers("ETag"))
    for status, told in sorted(codes.items()):
        responses[str(status)] = _problem(status, told)
    return doc | {"responses": responses}


def _problem(status: int, codes: list[str]) -> Doc:
    more = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}.get(status, [])
    only = {"properties": {"code": {"enum": codes}, "status": {"enum": [status]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]}
    return {
        "description": "、".join(codes),
        "content": {MEDIA: {"schema": schema}},
        "headers": _headers("X-Request-Id", *more),
    }


def _headers(*names: str) -> Doc:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def add_parts(spec: APISpec) -> None:
    """The parts that operations refer to."""
    where = "#/components/schemas/{model}"
    workflow = Definition.model_json_schema(mode="serialization", by_alias=True, ref_template=where)
    for name, part in workflow.pop("$defs", {}).items():
        spec.components.schema(name, part)
    workflow["properties"]["version"] = {"type": "string"}
    spec.components.schema("Workflow", workflow)
    spec.components.schema("Problem", PROBLEM)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
