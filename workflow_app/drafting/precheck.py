"""The pre-check （自查） of a document: what the form lacks and what the definition's checks notice.

Computed from what is stored, never stored itself. The pages remember what they have shown lately: a
document is opened more often than it is changed.
"""

from collections.abc import Mapping
from typing import Any

from workflow_app.artefacts import form
from workflow_app.artefacts.content import Content
from workflow_app.signoff import facts
from workflow_app.signoff.context import DocumentContext
from workflow_app.store import Reader, reading
from workflows.checking import CheckFacts, Finding
from workflows.checks import find
from workflows.definition import Definition

Findings = tuple[Finding, ...]
#: How many findings are remembered.
KEPT = 1000
#: Findings by what they follow from: the definition's version, the digest of the content, the facts.
_shown_lately: dict[tuple[str, str, CheckFacts], Findings] = {}


def review(context: DocumentContext, content: Mapping[str, Any], reader: Reader | None = None) -> Findings:
    """Errors first, then advice, each in the order of the form. ``content`` is clean."""
    known = facts.gather(reader or reading(), context.row, content)
    return _found(context.definition, content, known)


def _found(definition: Definition, content: Mapping[str, Any], known: CheckFacts) -> Findings:
    errors = [
        Finding("error", "form", one.path, one.zh, one.en) for one in form.field_problems(definition, content)
    ]
    paths, sections = {one.path for one in errors}, {one.field for one in errors}
    noticed = [
        one
        for one in find(definition.form, definition.checks, content, known)
        if one.path not in paths and not (one.level == "error" and one.field in sections)
    ]
    order = {field.key: number for number, field in enumerate(definition.form)}
    return tuple(sorted([*errors, *noticed], key=lambda one: (one.level != "error", order[one.field])))


def of_typed(context: DocumentContext, raw: object) -> Findings:
    """The same for content as it was typed; nothing for what cannot be kept at all."""
    try:
        return review(context, form.shaped(context.definition, raw))
    except form.Unfit:
        return ()


def applies(context: DocumentContext) -> bool:
    """Whether it is of use: to those who work on the document, while it is on its way."""
    definition = context.definition
    state = definition.states[context.row.state]
    return bool(definition.checks) and context.level != "approved" and not (state.in_force or state.final)


def for_reader(context: DocumentContext, content: Content) -> Findings:
    """What is shown to those who work on a document; nothing for whoever reads it because it is approved."""
    if not applies(context):
        return ()
    known = facts.gather(reading(), context.row, content.content)
    asked = (context.definition.version, content.sha256, known)
    found = _shown_lately.get(asked)
    if found is None:
        if len(_shown_lately) >= KEPT:
            _shown_lately.clear()
        found = _shown_lately[asked] = _found(context.definition, content.content, known)
    return found


def shown_by_content(definition: Definition, findings: Findings) -> tuple[form.FieldProblem, ...]:
    """The errors among the findings that the content shows by itself, whatever else is the case."""
    by_facts = {check.name for check in definition.checks if check.asks_facts}
    return tuple(
        form.FieldProblem(one.path, one.zh, one.en) for one in blocking(findings) if one.check not in by_facts
    )


def blocking(findings: Findings) -> Findings:
    return tuple(one for one in findings if one.level == "error")


def advice(findings: Findings) -> Findings:
    return tuple(one for one in findings if one.level == "advice")


def as_json(findings: Findings, lang: str) -> list[dict[str, Any]]:
    """``[{level, check, field, detail, found, needed}]``; ``field`` as ``activities.3.date``."""
    return [
        {
            "level": one.level,
            "check": one.check,
            "field": one.path,
            "detail": one.say(lang),
            "found": one.found or None,
            "needed": one.needed or None,
        }
        for one in findings
    ]
