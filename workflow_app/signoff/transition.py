"""How a document moves: one transaction from question to event. The only place that changes a state.

Read ``take_action`` from top to bottom: load, judge, write. A decision is never repeated by
itself: who comes second gets a ``Conflict`` that says who was faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from sqlite3 import IntegrityError as SqliteIntegrityError

from flask_babel import lazy_gettext as _
from psycopg.errors import IntegrityError as PostgresIntegrityError

from workflow_app.definitions import registry
from workflow_app.errors import (
    ApplicationError,
    BadInput,
    Conflict,
    KeyReused,
    NotAllowed,
    NotFound,
    UnknownAction,
)
from workflow_app.signoff import sql
from workflow_app.signoff.context import DocumentContext, load
from workflow_app.signoff.inputs import action_input
from workflow_app.signoff.policy import admitted, factor_refusal, token_refusal
from workflow_app.signoff.writer import Outcome, Request, StaleDocument, TransitionWriter
from workflow_app.store import Tx, reading, transaction
from workflows.definition import Action
from workflows.guards import Inputs, Reason
from workflows.machine import ActionRefused

REAUTHENTICATED = ("password", "grace", "passkey", "totp", "sign_in", "token")
INTEGRITY_ERRORS = (PostgresIntegrityError, SqliteIntegrityError)


class _OnlyReads(NotAllowed):
    """Whoever reads what is in force does nothing to the document, and hears nothing of what others do."""


def take_action(
    person_id: int,
    artefact_id: int,
    action: str,
    *,
    version: int,
    content_sha256: str,
    attachments_sha256: str,
    document_sha256: str = "",
    comment: str = "",
    points: Sequence[Mapping[str, str]] = (),
    key: str,
    auth: str = "session",
) -> Outcome:
    """Do ``action`` on the document for the person, once. Its parameters are what pages and API send.

    Args:
        version, content_sha256, attachments_sha256: what the person saw. ``document_sha256`` (of
            title, period and subject, see ``append.Identity``) may be left out.
        points: for a return, ``{"section": form field key, "text": what must change}``.
        key: idempotency key, 1 to 100 characters; the same key twice is one event.
        auth: how the person has proved who they are: one of ``REAUTHENTICATED`` when just now;
            ``plain_token`` for a program whose token was not made for signing.

    Raises:
        NotFound, UnknownAction, NotAllowed, Conflict, BadInput, KeyReused: nothing was changed.
    """
    comment, clean_points = action_input(key, comment, points)
    request = Request(
        artefact_id, action, version, content_sha256, attachments_sha256, comment, clean_points, key, auth,
        document_sha256,
    )  # fmt: skip
    try:
        with transaction() as tx:
            return _act(tx, person_id, request)
    except _OnlyReads:
        raise
    except (StaleDocument, NotAllowed, *INTEGRITY_ERRORS) as lost:
        # A refusal too may only be due to somebody whose commit came between two of our reads.
        return _after_losing(person_id, request, lost)


def _act(tx: Tx, person_id: int, request: Request) -> Outcome:
    context = admitted(load(tx, person_id, request.artefact_id, request.key))
    row = context.row
    if row.answer is not None:
        return _replay(request, row.request_sha256, row.answer)
    action = context.definition.actions.get(request.action)
    if action is None:
        raise UnknownAction
    if context.level == "approved":
        raise _OnlyReads(Reason("no_right"))
    if row.version != request.version:
        raise conflict_over(request.artefact_id)
    _check_points(context, action, request)
    shown = (request.content_sha256, request.attachments_sha256)
    same_document = request.document_sha256 in ("", row.identity.digest())
    inputs = Inputs(
        shown_is_current=same_document and shown == (row.content_sha256, row.attachments_sha256),
        reauthenticated=request.auth in REAUTHENTICATED,
        says_what_to_change=bool(request.points),
    )
    try:
        transition = context.machine.fire(request.action, replace(context.case, inputs=inputs))
    except ActionRefused as refused:
        raise NotAllowed(refused.reason) from refused
    refusal = token_refusal(context, action, request.auth)
    if refusal := refusal or factor_refusal(context, action, request.auth, tx):
        raise NotAllowed(refusal)
    return TransitionWriter(tx, context, request, transition).write()


def _check_points(context: DocumentContext, action: Action, request: Request) -> None:
    """Points go with a return only, and each names a section of this form."""
    wanted = "says_what_to_change" in action.needs
    problems = {}
    for index, point in enumerate(request.points):
        if not wanted:
            problems["points"] = _("只有退回时才写修改意见。")
        elif context.definition.field(point["section"]) is None:
            problems[f"points.{index}.section"] = _("请选择意见针对的部分。")
    if problems:
        raise BadInput(problems)


def _replay(request: Request, request_sha256: str | None, answer: bytes) -> Outcome:
    if request_sha256 != request.digest():
        raise KeyReused
    return Outcome.from_memory(answer)


def conflict_over(artefact_id: int) -> Conflict:
    """Who was faster: the last act, the last save or the last answer, whichever came latest."""
    reader = reading()
    now = reader.one(sql.WHERE_NOW, artefact_id=artefact_id)
    event = reader.one(sql.LAST_EVENT, artefact_id=artefact_id)
    if now is None or event is None:
        raise NotFound
    state, version, definition_id = now
    name, action, at = event
    for typing, statement in (("save", sql.LAST_SAVE), ("answer_point", sql.LAST_ANSWER)):
        last = reader.one(statement, artefact_id=artefact_id)
        if last and last[1] > at:
            name, action, at = last[0], typing, last[1]
    title = registry.machine(definition_id).definition.action_title(action)
    return Conflict(name, action, title.zh, title.en, at, state, version)


def draft_refused(context: DocumentContext, refusal: Reason) -> ApplicationError:
    """Why nothing may be written into a draft: those who draft it are told who moved it on."""
    if refusal.code == "wrong_state" and "drafter" in context.case.relations:
        return conflict_over(context.row.id)
    return NotAllowed(refusal)


def _after_losing(person_id: int, request: Request, lost: Exception) -> Outcome:
    """Somebody's commit came between: a twin of this very request, another act, or an ended role."""
    reader = reading()
    if answered := reader.one(sql.ANSWERED, me=person_id, key=request.key):
        return _replay(request, *answered)
    conflict = conflict_over(request.artefact_id)
    if conflict.version != request.version:
        raise conflict from lost
    if isinstance(lost, StaleDocument):
        # A point was answered anew or a role has ended: neither is a version of the document.
        context = admitted(load(reader, person_id, request.artefact_id))
        answers = {answer.name: answer for answer in context.machine.ask(context.case)}
        if reason := answers[request.action].reason:
            raise NotAllowed(reason) from lost
        raise conflict from lost
    raise lost
