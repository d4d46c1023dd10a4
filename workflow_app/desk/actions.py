"""The actions a person sees on the page of a document: what they may do, and what is locked and why."""

from types import SimpleNamespace

from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.holders import places
from workflows.definition import Action
from workflows.machine import Answer
from workflows.vocabulary import PLACES, ROLES


def actions(context: DocumentContext) -> list[SimpleNamespace]:
    """The actions that lead on from here, those that may be done first."""
    shown = [answer for answer in policy.answers(context) if answer.applies and _concerns(context, answer)]
    return [
        SimpleNamespace(
            name=answer.name, title=answer.action.title, style=answer.action.style,
            allowed=answer.allowed, reason=answer.reason, asks=answer.asks,
            ask_why=answer.action.ask_why, closes=closes_points(answer.action),
            ends="release_subject" in answer.action.effects,
            sends_on=bool(context.definition.states[answer.action.to[-1].state].ladder),
            role_label=_acting_as(context, answer.action) if answer.allowed else {},
        )
        for answer in sorted(shown, key=lambda answer: not answer.allowed)
    ]  # fmt: skip


def closes_points(action: Action) -> bool:
    """Whether the action settles every point that is still open: its page asks for a word on that."""
    return "close_points" in action.effects


#: Reasons that never change for this person: the action is somebody else's.
_OTHERS = ("no_right", "not_drafter", "not_submitter", "not_last_signer")


def _concerns(context: DocumentContext, answer: Answer) -> bool:
    """Whether the action is theirs, or might one day be: others' locked buttons help nobody."""
    if answer.reason is None or answer.reason.code not in (*_OTHERS, "not_your_turn"):
        return True
    return answer.reason.code == "not_your_turn" and bool(context.seats_of_step(context.row.state))


def _acting_as(context: DocumentContext, action: Action) -> dict[str, str]:
    grant = context.grant_for(action)
    if grant is None:
        return {}
    where = places(context.row, context.department_id, grant.unit_id, grant.unit_kind)
    place = where[-1] if where else "school"
    return {
        lang: PLACES[place][lang] + ROLES[grant.role][lang]
        if lang == "zh"
        else f"{ROLES[grant.role][lang]} {PLACES[place][lang]}"
        for lang in ("zh", "en")
    }
