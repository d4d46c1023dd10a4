"""How many statements something needs: those of SQLAlchemy and those of ``store``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from workflow_app.extensions import db
from workflow_app.store import Reader, Statement, Tx


class Counter:
    """How many ``statements``; ``texts`` shows which they were, one that runs once per row for each row."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.statements = 0

    @property
    def writes(self) -> list[str]:
        return [text for text in self.texts if not text.lstrip().upper().startswith("SELECT")]


@contextmanager
def counting() -> Iterator[Counter]:
    """Within an application context: count what reaches the database (BEGIN and COMMIT aside)."""
    counter, engine, bind, run_many = Counter(), db.engine, Reader._bind, Tx.run_many

    def seen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith("BEGIN"):
            counter.texts.append(statement)
            counter.statements += 1

    def bound(self: Reader, *given: Any) -> tuple[str, Any]:
        text, values = bind(self, *given)
        counter.texts.append(text)
        counter.statements += 1
        return text, values

    def many(self: Tx, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        run_many(self, statement, rows)
        counter.statements -= max(len(rows) - 1, 0)

    event.listen(engine, "before_cursor_execute", seen)
    Reader._bind, Tx.run_many = bound, many  # type: ignore[method-assign]
    try:
        yield counter
    finally:
        Reader._bind, Tx.run_many = bind, run_many  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", seen)
