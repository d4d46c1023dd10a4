"""What somebody who owns the database could do: take the triggers off, change rows, put them back."""

from typing import Any

from sqlalchemy import insert, text, update

from tests.builders import Doc, a_key
from workflow_app import append_only, canonical
from workflow_app.artefacts.models import Artefact
from workflow_app.events import chain
from workflow_app.events.models import Event
from workflow_app.extensions import db


def tamper(*statements: str, **values: Any) -> None:
    """Run SQL past the application; the triggers are in place again afterwards."""
    db.session.rollback()
    with db.engine.begin() as connection:
        append_only.drop(connection)
        for statement in statements:
            known = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), known)
        append_only.create(connection)
    db.session.rollback()


def forge(doc: Doc, **changes: Any) -> int:
    """One more event after the document's last, well chained, its row following; returns its seq.

    Without ``changes`` it repeats what the last event says, a step on.
    """
    last, row = doc.events[-1], doc.row
    facts = canonical.loads(bytes(last.body)) | {
        "seq": last.seq + 1, "prev": last.hash, "from": last.to_state, "to": last.to_state,
        "key": a_key(), "comment_sha256": None,
    }  # fmt: skip
    sealed = chain.seal_event(facts | changes)
    facts |= changes
    db.session.rollback()
    columns = {
        "artefact_id": doc.id, "seq": facts["seq"], "at": facts["at"], "actor_id": facts["actor"],
        "action": facts["action"], "from_state": facts["from"], "to_state": facts["to"],
        "round": facts["round"], "revision": facts["revision"], "school_id": row.school_id,
        "signs": facts["action"] in ("sign", "approve"), "body": sealed.body, "hash": sealed.hash,
        "handled": facts["action"] in ("sign", "approve", "return", "close_point"),
    }  # fmt: skip
    following = {
        "state": facts["to"], "head_seq": facts["seq"], "head_hash": sealed.hash, "state_since": facts["at"],
    }  # fmt: skip
    with db.engine.begin() as connection:
        append_only.drop(connection)
        connection.execute(insert(Event).values(columns))
        connection.execute(update(Artefact).where(Artefact.id == doc.id).values(following))
        append_only.create(connection)
    db.session.rollback()
    return int(facts["seq"])
