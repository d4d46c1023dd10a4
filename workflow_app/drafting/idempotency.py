"""The same key, the same answer: what was answered under a key is kept, and given again."""

from typing import Any

from workflow_app import canonical
from workflow_app.errors import KeyReused
from workflow_app.signoff import sql
from workflow_app.signoff.inputs import checked_key
from workflow_app.store import Tx


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
