"""How many statements something needs: those of SQLAlchemy and those of ``store.Tx``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from workflow_app.extensions import db
from workflow_app.store import Tx


class Counter:
    """``statements`` once the block has ended; ``texts`` shows which they were."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.transactions: list[Tx] = []

    @property
    def statements(self) -> int:
        return len(self.texts) + sum(tx.statements for tx in self.transactions)


@contextmanager
def counting() -> Iterator[Counter]:
    """Within an application context: count what reaches the database (BEGIN and COMMIT aside)."""
    counter, engine, begin = Counter(), db.engine, Tx.__init__

    def seen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith("BEGIN"):
            counter.texts.append(statement)

    def begun(self: Tx, *given: Any) -> None:
        begin(self, *given)
        counter.transactions.append(self)

    event.listen(engine, "before_cursor_execute", seen)
    Tx.__init__ = begun  # type: ignore[method-assign]
    try:
        yield counter
    finally:
        Tx.__init__ = begin  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", seen)
