"""What happens to a document without moving it: typing, answering points, closing them.

Typing is no event (nothing has been said yet); what it makes of somebody is kept: whoever saves
becomes an author and may not sign. Answers are fixed in the submission's event; closing a point is
the reviewer's word and has an event of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select, update

from workflow_app import canonical, clock
from workflow_app.artefacts import form
from workflow_app.artefacts.models import Artefact, Draft
from workflow_app.extensions import db
from workflow_app.signoff import precheck
from workflow_app.signoff import statements as sql
from workflow_app.signoff.errors import BadInput, KeyReused, NotAllowed, NotFound
from workflow_app.signoff.inputs import MAX_COMMENT, checked_key, tidy
from workflow_app.signoff.models import Point
from workflow_app.signoff.policy import edit_refusal, level
from workflow_app.signoff.service import conflict_over
from workflow_app.signoff.standing import Standing, load
from workflow_app.store import Statement, Tx, transaction
from workflow_app.trail import chain
from workflows.guards import Reason

_SAVE = Statement(
    update(Draft)
    .where(Draft.artefact_id == bindparam("at_artefact"))
    .values({name: bindparam(f"new_{name}") for name in ("content", "problems", "saved_by", "saved_at")})
)
_TOUCH = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"), Artefact.version == bindparam("seen_version"))
    .values(
        version=Artefact.version + 1,
        content_sha256=bindparam("new_content_sha256"),
        updated_at=bindparam("new_updated_at"),
    )
)
_HEAD = Statement(
    update(Artefact)
    .where(Artefact.id == bindparam("at_artefact"), Artefact.head_seq == bindparam("seen_seq"))
    .values(
        version=Artefact.version + 1,
        head_seq=Artefact.head_seq + 1,
        head_hash=bindparam("new_head_hash"),
        updated_at=bindparam("new_updated_at"),
    )
)
_POINT = Statement(
    select(Point.state, Point.answer, Point.round).where(
        Point.id == bindparam("point_id"), Point.artefact_id == bindparam("artefact_id")
    )
)
_ANSWER_POINT = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"))
    .values(
        answer=bindparam("new_answer"),
        state=bindparam("new_state"),
        answered_by=bindparam("me"),
        answered_at=bindparam("now"),
    )
)
_CLOSE_POINT = Statement(
    update(Point)
    .where(Point.id == bindparam("point_id"), Point.state != "closed")
    .values(state="closed", closed_by=bindparam("me"), closed_at=bindparam("now"))
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
    person_id: int, artefact_id: int, version: int, content: Mapping[str, Any], *, key: str | None = None
) -> Saved:
    """Keep what was typed.

    Raises:
        NotFound, NotAllowed: not theirs to edit, or not now. BadInput: it cannot be kept at all.
        Conflict: ``version`` is no longer the last; nothing was saved. KeyReused.
    """
    row = db.session.get(Artefact, artefact_id)
    if row is None:
        raise NotFound
    from workflow_app.definitions import registry

    definition = registry.law(row.definition_id).definition
    try:
        clean, problems = form.clean(definition, content)
    except form.Unfit as unfit:
        _allowed(person_id, artefact_id)
        raise BadInput({f"content.{path}": why for path, why in unfit.problems.items()}) from unfit
    body = canonical.dumps(clean)
    asked = canonical.digest(["save", artefact_id, version, canonical.sha256(body)])
    with transaction() as tx:
        found = standing_of(tx, person_id, artefact_id)
        findings = precheck.review(found, clean, tx)
        if key and (old := replayed(tx, person_id, key, asked)):
            return Saved(old["version"], old["content_sha256"], tuple(problems), old["saved_at"], findings)
        if refusal := edit_refusal(found):
            raise NotAllowed(refusal)
        if found.row.version != version:
            raise conflict_over(artefact_id)
        return replace(_save(tx, found, body, tuple(problems), key, asked), findings=findings)


def _save(
    tx: Tx, found: Standing, body: bytes, problems: tuple[form.FieldProblem, ...], key: str | None, asked: str
) -> Saved:
    row, at, digest = found.row, clock.stamp(clock.now()), canonical.sha256(body)
    if digest == row.content_sha256:
        return Saved(row.version, digest, problems, at)
    touched = tx.run(
        _TOUCH, at_artefact=row.id, seen_version=row.version, new_content_sha256=digest, new_updated_at=at
    )
    if touched != 1:
        raise conflict_over(row.id)
    tx.run(
        _SAVE, at_artefact=row.id, new_content=body, new_problems=len(problems),
        new_saved_by=found.me, new_saved_at=at,
    )  # fmt: skip
    if found.me not in found.authors:
        tx.run(sql.AUTHOR, artefact_id=row.id, person_id=found.me, since=at)
    saved = Saved(row.version + 1, digest, problems, at)
    if key:
        remember(tx, found.me, key, asked, at, version=saved.version, content_sha256=digest, saved_at=at)
    return saved


def answer_point(
    person_id: int, artefact_id: int, point_id: int, answer: str, *, key: str | None = None
) -> str:
    """The author's answer to one point of a return; empty takes it back. Returns the point's state.

    Raises:
        NotFound, NotAllowed, BadInput.
    """
    problems: dict[str, str] = {}
    clean = tidy(problems, "answer", answer, MAX_COMMENT)
    if problems:
        raise BadInput(problems)
    with transaction() as tx:
        found = standing_of(tx, person_id, artefact_id)
        if refusal := edit_refusal(found):
            raise NotAllowed(refusal)
        point = tx.one(_POINT, point_id=point_id, artefact_id=artefact_id)
        if point is None:
            raise NotFound
        if point[0] == "closed":
            raise BadInput({"answer": "这条意见已经关闭，不用再答复。"})
        state = "answered" if clean else "open"
        now = clock.stamp(clock.now())
        tx.run(_ANSWER_POINT, point_id=point_id, new_answer=clean, new_state=state, me=person_id, now=now)
        return state


def close_point(person_id: int, artefact_id: int, point_id: int, *, key: str) -> None:
    """The reviewer's word that a point is settled; an event of its own. Closing twice is closing once.

    Raises:
        NotFound, NotAllowed, BadInput, Conflict.
    """
    checked_key(key)
    with transaction() as tx:
        found = standing_of(tx, person_id, artefact_id)
        point = tx.one(_POINT, point_id=point_id, artefact_id=artefact_id)
        if point is None:
            raise NotFound
        if refusal := close_refusal(found):
            raise NotAllowed(refusal)
        if point[0] == "closed":
            return
        if point[0] != "answered":
            raise BadInput({"closed": "作者还没有答复这条意见。"})
        _write_closing(tx, found, point_id, key)


def close_refusal(found: Standing) -> Reason | None:
    """Why this person may not settle points now: only whoever the document waits for may."""
    rung = found.law.open_rung(found.row.state, found.case)
    if not rung or "author" in found.case.relations:
        return Reason("no_right")
    return None if any(seat.relation in found.case.relations for seat in rung) else Reason("no_right")


def _write_closing(tx: Tx, found: Standing, point_id: int, key: str) -> None:
    row, definition = found.row, found.law.definition
    at = max(clock.stamp(clock.now()), row.updated_at)
    said = chain.say("", (), [{"point": point_id, "closed": True}])
    grant = next(
        found.mine[seat.relation]
        for seat in found.law.open_rung(row.state, found.case)
        if seat.relation in found.mine
    )
    event = chain.seal(
        {
            "artefact": row.id, "seq": row.head_seq + 1,
            "workflow": {"key": definition.key, "version": definition.version},
            "action": "close_point", "from": row.state, "to": row.state, "round": row.round,
            "revision": row.revision, "actor": found.me, "on_behalf_of": None,
            "grant": {"id": grant.id, "role": grant.role, "scope": grant.unit_id}, "auth": "session",
            "content_sha256": row.content_sha256, "attachments_sha256": row.attachments_sha256,
            "comment_sha256": said.sha256 if said else None, "prev": row.head_hash, "at": at, "key": key,
        }
    )  # fmt: skip
    if tx.run(
        _HEAD, at_artefact=row.id, seen_seq=row.head_seq, new_head_hash=event.hash, new_updated_at=at
    ) != 1:  # fmt: skip
        raise conflict_over(row.id)
    tx.run(
        sql.EVENT, artefact_id=row.id, seq=row.head_seq + 1, at=at, actor_id=found.me,
        action="close_point", from_state=row.state, to_state=row.state, round=row.round,
        revision=row.revision, school_id=row.school_id, signs=False, handled=True,
        body=event.body, hash=event.hash,
    )  # fmt: skip
    if said:
        tx.run(sql.SAID, artefact_id=row.id, seq=row.head_seq + 1, salt=said.salt, body=said.body)
    tx.run(_CLOSE_POINT, point_id=point_id, me=found.me, now=at)


def standing_of(tx: Tx, person_id: int, artefact_id: int) -> Standing:
    """The person before the document, inside a transaction. Raises NotFound."""
    found = load(tx, person_id, artefact_id)
    if found is None or level(found) is None:
        raise NotFound
    return found


def _allowed(person_id: int, artefact_id: int) -> None:
    """Somebody else's document answers 404 or 403 before its content is judged."""
    with transaction() as tx:
        if refusal := edit_refusal(standing_of(tx, person_id, artefact_id)):
            raise NotAllowed(refusal)


def replayed(tx: Tx, person_id: int, key: str, asked: str) -> dict[str, Any] | None:
    """What was answered under this key before; None for a new key. Raises KeyReused."""
    answered = tx.one(sql.ANSWERED, me=person_id, key=checked_key(key))
    if answered is None:
        return None
    if answered[0] != asked:
        raise KeyReused
    found: dict[str, Any] = canonical.loads(bytes(answered[1]))
    return found


def remember(tx: Tx, me: int, key: str, asked: str, at: str, **answer: Any) -> None:
    """Keep the answer under its key, for ``replayed``."""
    tx.run(sql.ANSWER, person_id=me, key=key, request_sha256=asked, answer=canonical.dumps(answer), at=at)
