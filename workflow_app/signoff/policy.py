"""May this person do this now, and if not, why not; who may read what. Decided here and nowhere else.

Deny by default. The state machine judges a case; this module adds what it
leaves to the application: reading, drafting, administering.
"""

from collections.abc import Sequence
from typing import Literal

from flask import g
from sqlalchemy import and_

from workflow_app import clock, security_log
from workflow_app.artefacts import queries
from workflow_app.artefacts.lines import DocumentLine
from workflow_app.artefacts.queries import ListFilters
from workflow_app.definitions import registry
from workflow_app.errors import NotFound
from workflow_app.listing import Cursor
from workflow_app.people.roles import live_grants
from workflow_app.second_factor import factors
from workflow_app.signoff import faces
from workflow_app.signoff.context import DocumentContext, Level, load
from workflow_app.signoff.reading_rights import LEVELS, REASONS, Condition, Reader, any_of
from workflow_app.store import Reader as DatabaseReader
from workflow_app.store import reading
from workflows.definition import Action
from workflows.guards import Reason
from workflows.machine import Answer

# --- one document ----------------------------------------------------------------------------


def readable(person_id: int, artefact_id: int, reader: DatabaseReader | None = None) -> DocumentContext:
    """The person before the document, with the level that is open to them.

    Args:
        reader: the transaction to read in; the session's connection when None.

    Raises:
        NotFound: there is no such document, or they may not know that it exists.
    """
    return admitted(load(reader or reading(), person_id, artefact_id))


def admitted(context: DocumentContext | None) -> DocumentContext:
    """A context that was loaded, with its level.

    Raises:
        NotFound: None was loaded, or nothing of the document is open to its person.
    """
    if context is None:
        raise NotFound
    context.level = _level(context)
    if not context.level:
        g.hidden_document = context.row.id  # for the security log, should this be what is answered
        raise NotFound
    if context.level == "approved":
        faces.show_in_force(context)
    return context


def _level(context: DocumentContext) -> Level | Literal[""]:
    """The highest level that any reason opens; "" for none."""
    opened = set()
    for reason in REASONS:
        opened.add(reason.level(context))
        if "draft" in opened:
            break
    return next((level for level in LEVELS if level in opened), "")


def may_read(person_id: int, artefact_id: int) -> bool:
    try:
        readable(person_id, artefact_id)
    except NotFound:
        return False
    return True


def answers(context: DocumentContext) -> tuple[Answer, ...]:
    """Every action with its answer for this person. Whoever reads only what is in force has none to do."""
    return () if context.level == "approved" else context.machine.ask(context.case)


def edit_refusal(context: DocumentContext) -> Reason | None:
    """Why this person may not type into the document now, or None when they may."""
    if context.level == "approved":
        return Reason("no_right")
    state = context.state
    if not state.editable:
        return Reason("wrong_state", {"state_zh": state.title.zh, "state_en": state.title.en})
    if "drafter" not in context.case.relations:
        return Reason("not_drafter")
    return None if context.period_open else Reason("period_closed")


def answer_refusal(context: DocumentContext, raised_by: int) -> Reason | None:
    """Why this person may not answer a point that ``raised_by`` raised, or None when they may."""
    if refusal := edit_refusal(context):
        return refusal
    return Reason("own_point") if raised_by == context.me else None


#: How a program proves itself with a token that was not made for signing.
PLAIN_TOKEN = "plain_token"  # noqa: S105


def token_refusal(context: DocumentContext, action: Action, auth: str) -> Reason | None:
    """Why a program may not do this with its token, or None when it may.

    A token that was not made for signing drafts: what authors and submitters do and can take back. A
    decision (on somebody else's document, of the last signer, or one that ends the document) is the
    person's own, or that of a token made for it.
    """
    if auth != PLAIN_TOKEN or not decides(context, action):
        return None
    if "reauthenticated" in action.needs:
        return Reason("reauthentication_required")
    return Reason("token_may_not_decide")


def decides(context: DocumentContext, action: Action) -> bool:
    """Whether the action is a decision, not a step of drafting."""
    states = context.definition.states
    drafting = action.by in ("drafter", "submitter") and not action.signs
    return not drafting or any(states[to.state].final for to in action.to)


def factor_refusal(
    context: DocumentContext, action: Action, auth: str, reader: DatabaseReader
) -> Reason | None:
    """Why this person may not sign without having a second factor, or None when they may.

    A token made for signing was made with it.
    """
    roles = {grant.role for grant in context.mine.values()}
    asked = "reauthenticated" in action.needs and auth != "token"
    if asked and factors.required_of(roles) and not factors.has_any(reader, context.me):
        return Reason("second_factor_required")
    return None


def settle_refusal(
    context: DocumentContext, raised_by: int, raised_in: str, auth: str = "session"
) -> Reason | None:
    """Why this person may not close a point or open it again, or None when they may.

    Whoever raised it may, as long as they hold a seat of the step in which they did; in that step so
    may whoever has it now. While the document is with its authors only the former may: to drop it.
    A token that was not made for signing settles nothing.
    """
    if auth == PLAIN_TOKEN:
        return Reason("token_may_not_decide")
    if context.state.in_force or context.state.final or "author" in context.case.relations:
        return Reason("no_right")
    steps = context.seats_of_step(raised_in or context.row.state)
    if raised_by == context.me and steps:
        return None
    if context.own_seat() and raised_in in ("", context.row.state):
        return None
    return Reason("not_raised_by_you") if context.own_seat() or steps else Reason("no_right")


def would_sign(context: DocumentContext) -> bool:
    """Whether typing into the draft would cost this person the right to sign it."""
    ladders = {seat for seat in context.machine.seats if seat in context.case.relations}
    return bool(ladders) and "author" not in context.case.relations


def side(context: DocumentContext) -> str:
    """``school`` for those of the school (and of its parent school), ``panel`` for everybody beyond."""
    near = any(name.endswith(("@school", "@parent")) for name in context.case.relations)
    return "school" if near or context.case.relations & {"author", "drafter", "subject"} else "panel"


def reads_remarks(context: DocumentContext) -> tuple[str, ...]:
    """For whom a remark must be for this person to read it; () for none at all."""
    if context.level not in ("draft", "submitted"):
        return ()
    if "auditor@county" in context.case.relations:
        return ("all", "school", "panel")
    return ("all", side(context))


def remark_audiences(context: DocumentContext) -> tuple[str, ...]:
    """For whom this person may write remarks now, the proposed one first; () when they may not."""
    seats = {name for name in context.case.relations if "@" in name} - {"auditor@county"}
    mine = seats or context.case.relations & {"author", "subject"}
    if context.state.final or not reads_remarks(context) or not mine:
        return ()
    return tuple(audience for audience in context.state.remarks if audience in ("all", side(context)))


# --- many documents --------------------------------------------------------------------------


def visible_to(person_id: int) -> list[Condition]:
    """The documents this person may know of: conditions over ``Artefact``, of which one is enough."""
    reader = Reader.of(person_id)
    return [condition for reason in REASONS for _level, condition in reason.documents(reader)]


def list_for(
    person_id: int, filters: ListFilters, cursor: Cursor | None = None
) -> tuple[list[DocumentLine], Cursor | None]:
    """One page of the documents this person may know of, as they may see them, and the next cursor."""
    reader = Reader.of(person_id)
    found = [pair for reason in REASONS for pair in reason.documents(reader)]
    whole = [condition for level, condition in found if level != "approved"]
    in_force = [condition for level, condition in found if level == "approved"]
    if filters.state:  # a document is found by the state it is seen in, and no other
        in_force = [and_(condition, ~any_of(whole)) for condition in in_force]
    rows, following = queries.page(whole, filters, cursor, in_force=in_force)
    return (faces.lines_in_force(rows, any_of(whole)) if in_force else rows), following


def visible_by_level(person_id: int) -> dict[Level, Condition]:
    """For each level, where this person has it or (see ``readable``) a higher one as well."""
    reader = Reader.of(person_id)
    opened: dict[Level, list[Condition]] = {level: [] for level in LEVELS}
    for reason in REASONS:
        for level, condition in reason.documents(reader):
            opened[level].append(condition)
    return {level: any_of(conditions) for level, conditions in opened.items()}


def lines_for(person_id: int, lines: Sequence[DocumentLine]) -> list[DocumentLine]:
    """The lines of a list as this person may see them: of some documents only what is in force."""
    if all(line.in_force_revision is None for line in lines):
        return list(lines)
    levels = visible_by_level(person_id)
    return faces.lines_in_force(lines, any_of([levels["draft"], levels["submitted"]]))


def trail_scope(person_id: int) -> list[Condition]:
    """The events this person may look up: conditions over ``Event``, of which one is enough.

    Auditors all; leads and reviewers what was submitted to their department; the school's own
    people their school; everybody what they did and what was done to their documents.
    """
    reader = Reader.of(person_id)
    return [condition for reason in REASONS for condition in reason.events(reader)]


# --- beyond documents ------------------------------------------------------------------------


def may_administer(person_id: int) -> bool:
    """People, units, periods: the administrator's, and nobody else's."""
    return any(grant.role == "administrator" for grant in live_grants(person_id))


def security_kinds(person_id: int) -> frozenset[str]:
    """The kinds of records of the security log this person may read.

    Auditors all. Administrators what keeps people from getting in, for they are called then; not the
    rest, for it watches them as well. Everybody else nothing.
    """
    roles = {grant.role for grant in live_grants(person_id)}
    if "auditor" in roles:
        return frozenset(security_log.KINDS)
    return security_log.TROUBLES if "administrator" in roles else frozenset()


def watches_the_seal(person_id: int) -> bool:
    """All checkpoints of the trail: auditors, leads and administrators. The newest is everybody's."""
    return any(grant.role in ("auditor", "lead", "administrator") for grant in live_grants(person_id))


def creatable(person_id: int) -> list[tuple[str, int, int | None]]:
    """What this person may begin: (workflow, school, teacher or None), in the order of definitions."""
    grants = [grant for grant in live_grants(person_id, clock.today()) if grant.unit.kind == "school"]
    found: dict[tuple[str, int, int | None], None] = {}
    for key, machine in registry.current().items():
        drafted_by = machine.definition.drafted_by
        for grant in grants:
            if drafted_by == "subject":
                found[key, grant.unit_id, person_id] = None
            elif any(seat.role == grant.role and seat.at == "school" for seat in drafted_by):
                found[key, grant.unit_id, None] = None
    return list(found)
