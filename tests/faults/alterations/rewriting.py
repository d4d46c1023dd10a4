"""What takes more than one statement: a chain that is made anew from some event on, an end cut off."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.alterations.kinds import Hands
from workflow_app import canonical

Change = Callable[[dict[str, Any]], None]
#: Columns of an event by the fact they repeat.
_COLUMNS = {"at": "at", "actor": "actor_id", "revision": "revision", "round": "round"}


def rechain(hands: Hands, artefact: int, changes: Iterable[tuple[int, Change]]) -> None:
    """Change facts of some events (by seq), hash all anew, and let rows follow that repeat them."""
    wanted = dict(changes)
    prev = canonical.ZEROS
    for seq, body in hands.rows(
        "SELECT seq, body FROM event WHERE artefact_id = :id ORDER BY seq", id=artefact
    ):
        facts = canonical.loads(bytes(body))
        if seq in wanted:
            wanted[seq](facts)
        facts["prev"] = prev
        made = canonical.dumps_plain(facts)
        prev = canonical.sha256(made)
        columns = ", ".join(f"{column} = :{fact}" for fact, column in _COLUMNS.items())
        hands.run(
            f"UPDATE event SET body = :body, hash = :hash, {columns} WHERE artefact_id = :id AND seq = :seq",
            body=made, hash=prev, id=artefact, seq=seq, **{fact: facts[fact] for fact in _COLUMNS},
        )  # fmt: skip
    hands.run("UPDATE artefact SET head_hash = :hash WHERE id = :id", hash=prev, id=artefact)


def rechain_register(hands: Hands, upto: int | None = None) -> None:
    """Number and hash the register's log anew from its first entry on."""
    prev = canonical.ZEROS
    for number, (seq, body) in enumerate(hands.rows("SELECT seq, body FROM registry_event ORDER BY seq"), 1):
        facts = canonical.loads(bytes(body)) | {"prev": prev, "seq": number}
        made = canonical.dumps(facts)
        prev = canonical.sha256(made)
        hands.run(
            "UPDATE registry_event SET seq = :number, body = :body, hash = :hash WHERE seq = :seq",
            number=number, body=made, hash=prev, seq=seq,
        )  # fmt: skip


def undo_last(hands: Hands, artefact: int) -> None:
    """Take the last act of a document off, and put every row back as it was before it."""
    last, before = hands.rows(
        "SELECT seq, hash, at, body FROM event WHERE artefact_id = :id ORDER BY seq DESC LIMIT 2", id=artefact
    )
    said, was = canonical.loads(bytes(last.body)), canonical.loads(bytes(before.body))
    of = {"id": artefact, "seq": last.seq}
    hands.run("DELETE FROM event_statement WHERE artefact_id = :id AND seq = :seq", **of)
    hands.run("DELETE FROM notice WHERE artefact_id = :id AND seq = :seq", **of)
    hands.run("DELETE FROM event WHERE artefact_id = :id AND seq = :seq", **of)
    hands.run("DELETE FROM task WHERE artefact_id = :id AND opened_at = :at", id=artefact, at=last.at)
    hands.run(
        "UPDATE task SET closed_at = NULL WHERE artefact_id = :id AND closed_at = :at",
        id=artefact,
        at=last.at,
    )
    hands.run(
        "DELETE FROM answered WHERE person_id = :who AND key = :key", who=said["actor"], key=said["key"]
    )
    hands.run(
        "UPDATE artefact SET state = :state, version = :version, head_seq = :head, head_hash = :hash,"
        " state_since = :at, due_at = :due, updated_at = :at, last_signer_id = :signer,"
        " in_force_revision = NULL WHERE id = :id",
        state=was["to"], version=was["version"], head=before.seq, hash=before.hash, at=before.at,
        due=was["due"], signer=was["actor"] if was["action"] == "sign" else None, id=artefact,
    )  # fmt: skip
    hands.run(
        "UPDATE point SET state = CASE WHEN answer = '' THEN 'open' ELSE 'answered' END, closed_by = NULL,"
        " closed_at = NULL WHERE artefact_id = :id AND closed_at = :at",
        id=artefact, at=last.at,
    )  # fmt: skip


def without_trace(hands: Hands, artefact: int) -> None:
    """Delete a document with everything that names it."""
    for body, actor in hands.rows("SELECT body, actor_id FROM event WHERE artefact_id = :id", id=artefact):
        key = canonical.loads(bytes(body))["key"]
        hands.run("DELETE FROM answered WHERE person_id = :who AND key = :key", who=actor, key=key)
    for table in (
        "event_statement", "notice", "task", "point", "remark", "draft_save", "draft", "revision",
        "attachment", "attachment_list", "artefact_author", "carried", "word_import", "search_entry", "event",
    ):  # fmt: skip
        hands.run(f"DELETE FROM {table} WHERE artefact_id = :id", id=artefact)
    hands.run("DELETE FROM artefact WHERE id = :id", id=artefact)
