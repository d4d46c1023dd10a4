"""A kind of alteration, and the hands that make one: raw SQL in the transaction of the session."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from workflow_app.extensions import db

#: Nothing in the database shows it; a checkpoint that was kept elsewhere does.
OFF_SITE = "off-site checkpoint"
#: Nothing shows it, and the manual says so.
NOTHING = "nothing"


@dataclass
class Hands:
    """What an alteration is made with: chance, and the database."""

    chance: random.Random

    def run(self, statement: str, **values: Any) -> int:
        """Run SQL; how many rows it touched."""
        return int(db.session.execute(text(statement), values).rowcount)  # type: ignore[attr-defined]

    def rows(self, query: str, **values: Any) -> list[Any]:
        return list(db.session.execute(text(query), values))

    def pick(self, query: str, **values: Any) -> Any:
        """One row of a query, at random; its rows must be in a fixed order."""
        rows = self.rows(query, **values)
        assert rows, f"no place for it: {query}"
        return self.chance.choice(rows)

    def other(self, one: Any, among: str, **values: Any) -> Any:
        """A value of the query's first column that is not ``one``."""
        return self.chance.choice([row[0] for row in self.rows(among, **values) if row[0] != one])


@dataclass(frozen=True)
class Kind:
    """One kind: its name, the check of doctor that must find it (or ``OFF_SITE``), and how it is made."""

    name: str
    found_by: str
    alter: Callable[[Hands], None] = field(compare=False)


KINDS: list[Kind] = []


def found_by(check: str) -> Callable[[Callable[[Hands], None]], Callable[[Hands], None]]:
    """Put the function into the table, with what must find it."""

    def keep(alter: Callable[[Hands], None]) -> Callable[[Hands], None]:
        KINDS.append(Kind(alter.__name__, check, alter))
        return alter

    return keep


IN_FORCE = "SELECT id, content_sha256 FROM artefact WHERE in_force_revision IS NOT NULL ORDER BY id"
DOCUMENTS = "SELECT id FROM artefact ORDER BY id"
PEOPLE = "SELECT id FROM person ORDER BY id"
EVENTS = "SELECT artefact_id, seq FROM event ORDER BY artefact_id, seq"
