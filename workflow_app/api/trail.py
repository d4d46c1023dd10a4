"""Events: of one document, and looked up across documents."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy import true

from workflow_app.api.access import Day, PageQuery, Strict, Words, blueprint, cursor, me
from workflow_app.api.artefacts import readable
from workflow_app.api.description import takes
from workflow_app.api.shapes import page_of
from workflow_app.api.shapes_of_many import CheckpointOut, ConsistencyOut, EventOut, ProofOut
from workflow_app.errors import NotFound
from workflow_app.events.view import EventView, of_document
from workflow_app.listing import pack
from workflow_app.sealing import proofs, stored
from workflow_app.signoff import policy
from workflow_app.trail import lookup

bp = blueprint("trail", "轨迹")
_ID = validate.Range(min=1, max=2**62)


class TrailQuery(PageQuery):
    actor = Words(80)
    action = Words(40)
    school = fields.Integer(load_default=None, validate=_ID)
    since = Day(load_default=None)
    until = Day(load_default=None)


def _event(row: EventView) -> dict[str, Any]:
    facts = row.facts
    return {
        "id": row.id,
        "artefact": row.artefact_id,
        "seq": row.seq if row.sealed else None,
        "at": row.at,
        "actor": {"id": row.actor_id, "username": row.username, "name": row.actor},
        "on_behalf_of": facts.get("on_behalf_of"),
        "action": row.action,
        "from_state": row.from_state,
        "to_state": row.to_state,
        "round": row.round,
        "revision": row.revision,
        "auth": row.method if row.sealed else None,
        "reset_by_other": row.reset_by_other if row.sealed else None,
        "content_sha256": facts.get("content_sha256"),
        "comment": row.comment,
        "prev": facts.get("prev") if row.sealed else None,
        "hash": row.hash if row.sealed else None,
        "canonical": row.canonical if row.sealed else None,
    }


def _answer(rows: list[EventView], following: tuple[str, int] | None) -> dict[str, Any]:
    return {"items": [_event(row) for row in rows], "next": pack(following)}


@bp.get("/artefacts/<int:artefact_id>/events")
@bp.arguments(PageQuery, location="query")
@bp.response(200, page_of(EventOut))
def events(query: dict[str, Any], artefact_id: int) -> dict[str, Any]:
    """The events of a document from the first on; of one read because it is approved, its signatures."""
    level = readable(artefact_id).level
    after = cursor(query["cursor"])
    if level == "approved":
        return _answer([] if after else of_document(artefact_id, level), None)
    return _answer(*lookup.of_document(true(), artefact_id, after))


@bp.get("/trail")
@bp.arguments(TrailQuery, location="query")
@bp.response(200, page_of(EventOut))
def trail(query: dict[str, Any]) -> dict[str, Any]:
    """Events one may look up; ``actor`` is a login name or a name; where nobody has it, part of a name."""
    filters = lookup.TrailFilters(
        person=query["actor"],
        action=query["action"],
        school_id=query["school"],
        since=query["since"],
        until=query["until"],
    )
    return _answer(*lookup.page(policy.trail_scope(me()), filters, cursor(query["cursor"])))


class SizesQuery(Strict):
    first = fields.Integer(required=True, validate=_ID)
    second = fields.Integer(required=True, validate=_ID)


@bp.get("/trail/checkpoint")
@takes("place")
@bp.response(200, CheckpointOut)
def checkpoint() -> dict[str, Any]:
    """The newest checkpoint of the trail, its exact text, and the public keys, oldest first."""
    newest = stored.newest()
    if newest is None:
        raise NotFound
    return {
        "size": newest.size,
        "root": newest.root,
        "at": newest.at,
        "checkpoint": newest.note,
        "keys": [key.vkey for key in stored.all_keys()],
    }


@bp.get("/trail/consistency")
@bp.arguments(SizesQuery, location="query")
@takes("place")
@bp.response(200, ConsistencyOut)
def consistency(query: dict[str, int]) -> dict[str, Any]:
    """What shows that the tree of ``first`` leaves is how that of ``second`` begins (RFC 9162, 2.1.4)."""
    found = proofs.between(query["first"], query["second"])
    if found is None:
        raise NotFound
    return {**query, "proof": found}


@bp.get("/trail/<int:event_id>/proof")
@bp.response(200, ProofOut)
def proof(event_id: int) -> dict[str, Any]:
    """What shows that an event is in the tree of the newest checkpoint; 404 while it is not sealed."""
    row = lookup.one(policy.trail_scope(me()), event_id)
    found = proofs.of_event(row.artefact_id, row.seq) if row else None
    if row is None or found is None:
        raise NotFound
    return {**found, "canonical": row.canonical}


@bp.get("/trail/<int:event_id>")
@bp.response(200, EventOut)
def one(event_id: int) -> dict[str, Any]:
    """One event."""
    row = lookup.one(policy.trail_scope(me()), event_id)
    if row is None:
        raise NotFound
    return _event(row)
