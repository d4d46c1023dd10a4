"""The same key, the same answer: what was answered under a key is kept, and given again."""

from typing import Any

from workflow_app import canonical, inputs
from workflow_app.errors import KeyReused
from workflow_app.signoff import sql
from workflow_app.store import Reader, Tx, reading


def replayed(tx: Reader, person_id: int, key: str, asked: str) -> dict[str, Any] | None:
    """What was answered under this key before; None for a new key. Raises KeyReused."""
    answered = tx.one(sql.ANSWERED, me=person_id, key=inputs.key(key))
    if answered is None:
        return None
    if answered[0] != asked:
        raise KeyReused
    found: dict[str, Any] = canonical.loads(bytes(answered[1]))
    return found


def replayed_after_losing(person_id: int, key: str | None, asked: str) -> dict[str, Any] | None:
    """What a twin of this request, at the same instant, was answered; None when there was none."""
    if key is None:
        return None
    answered = reading().one(sql.ANSWERED, me=person_id, key=key)
    if answered is None or answered[0] != asked:
        return None
    found: dict[str, Any] = canonical.loads(bytes(answered[1]))
    return found


def remember(tx: Tx, me: int, key: str, asked: str, at: str, **answer: Any) -> None:
    """Keep the answer under its key, for ``replayed``."""
    tx.run(sql.ANSWER, person_id=me, key=key, request_sha256=asked, answer=canonical.dumps(answer), at=at)
