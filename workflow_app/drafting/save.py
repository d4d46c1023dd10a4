"""Keeping what was typed.

Typing is no event (nothing has been said yet); what it makes of somebody is kept: whoever saves
becomes an author and may not sign.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, update

from workflow_app import canonical, clock
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Artefact, Draft
from workflow_app.drafting import precheck, saves
from workflow_app.drafting.idempotency import remember, replayed, replayed_after_losing
from workflow_app.errors import BadInput, Conflict, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.signoff import sql
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.policy import edit_refusal, readable
from workflow_app.signoff.transition import INTEGRITY_ERRORS, conflict_over
from workflow_app.store import Statement, Tx, transaction

_SAVE = Statement(
    update(Draft)
    .where(Draft.artefact_id == bindparam("at_artefact"))
    .values({name: bindparam(f"new_{name}") for name in ("content", "problems", "saved_by", "saved_at")})
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft as it stands after saving.

    ``problems`` are what still keeps it from being submitted, ``findings`` the whole pre-check.
    """

    version: int
    content_sha256: str
    problems: tuple[form.FieldProblem, ...]
    saved_at: str
    findings: precheck.Findings = ()


def save_content(
    person_id: int, artefact_id: int, version: int, content: Mapping[str, Any],
    *, key: str | None = None, goes_back: bool = False,
) -> Saved:  # fmt: skip
    """Keep what was typed.

    Args:
        goes_back: to an earlier save: what stands there now stays among the saves as well.

    Raises:
        NotFound, NotAllowed: not theirs to edit, or not now. BadInput: it cannot be kept at all.
        Conflict: ``version`` is no longer the last; nothing was saved. KeyReused.
    """
    row = db.session.get(Artefact, artefact_id)
    if row is None:
        raise NotFound
    from workflow_app.definitions import registry

    definition = registry.machine(row.definition_id).definition
    try:
        clean = form.shaped(definition, content)
    except form.Unfit as unfit:
        _allowed(person_id, artefact_id)
        raise BadInput({f"content.{path}": why for path, why in unfit.problems.items()}) from unfit
    body = canonical.dumps(clean)
    asked = canonical.digest(["save", artefact_id, version, canonical.sha256(body)])
    draft = _Draft(body, clean, key, asked, goes_back)
    try:
        with transaction() as tx:
            return _keep(tx, person_id, artefact_id, version, draft)
    except (Conflict, *INTEGRITY_ERRORS):
        if old := replayed_after_losing(person_id, key, asked):
            problems = tuple(form.find_problems(definition, clean))
            return Saved(old["version"], old["content_sha256"], problems, old["saved_at"])
        raise


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be kept: the content and its bytes, and the request it came with."""

    body: bytes
    content: Mapping[str, Any]
    key: str | None
    asked: str
    goes_back: bool


def _keep(tx: Tx, person_id: int, artefact_id: int, version: int, draft: _Draft) -> Saved:
    tx.wait_for(sql.HOLD, artefact_id=artefact_id)
    context = readable(person_id, artefact_id, tx)
    findings = precheck.review(context, draft.content, tx)
    problems = precheck.shown_by_content(context.definition, findings)
    if draft.key and (old := replayed(tx, person_id, draft.key, draft.asked)):
        return Saved(old["version"], old["content_sha256"], problems, old["saved_at"], findings)
    refusal = edit_refusal(context)
    if refusal and refusal.code != "wrong_state":
        raise NotAllowed(refusal)
    if context.row.version != version:
        raise conflict_over(artefact_id)
    if refusal:
        raise NotAllowed(refusal)
    return replace(_save(tx, context, draft, problems), findings=findings)


def _save(tx: Tx, context: DocumentContext, draft: _Draft, problems: tuple[form.FieldProblem, ...]) -> Saved:
    body = draft.body
    row, digest = context.row, canonical.sha256(body)
    moment = row.moment()
    at = moment.at
    if digest == row.content_sha256:
        return Saved(row.version, digest, problems, at)
    touched = tx.run(
        sql.SAVE_CONTENT,
        at_artefact=row.id,
        seen_version=row.version,
        new_content_sha256=digest,
        new_updated_at=at,
    )
    if touched != 1:
        raise conflict_over(row.id)
    with tx.pipeline():
        saves.send_before(tx, row.id, row.version, always=draft.goes_back)
        tx.send(
            _SAVE, at_artefact=row.id, new_content=body, new_problems=len(problems),
            new_saved_by=context.me, new_saved_at=at,
        )  # fmt: skip
        saves.send_record(tx, row.id, row.version + 1, body, context.me, clock.parse(moment.clock))
        if context.me not in context.authors:
            tx.send(sql.AUTHOR, artefact_id=row.id, person_id=context.me, since=at)
    saved = Saved(row.version + 1, digest, problems, at)
    if draft.key:
        answer = {"version": saved.version, "content_sha256": digest, "saved_at": at}
        remember(tx, context.me, draft.key, draft.asked, at, **answer)
    return saved


def _allowed(person_id: int, artefact_id: int) -> None:
    """Somebody else's document answers 404 or 403 before its content is judged."""
    with transaction() as tx:
        if refusal := edit_refusal(readable(person_id, artefact_id, tx)):
            raise NotAllowed(refusal)
