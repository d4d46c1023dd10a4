"""What a code on a paper stands for: no more than the paper's own head and its approval."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import IO

from sqlalchemy import select

from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.printing.facts import Course, PaperFacts, course, facts
from workflow_app.printing.models import IssuedPaper

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """The document and revision behind a code, what became of it, and the digest of what was issued."""

    facts: PaperFacts
    revision: int
    course: Course
    sha256: str

    @property
    def in_force(self) -> bool:
        return self.course.status == "in_force"

    def is_the_issued(self, file: IO[bytes]) -> bool:
        """Whether the file is, byte for byte, the PDF this code was printed on."""
        return hmac.compare_digest(_digest(file), self.sha256)

    def as_json(self) -> dict[str, object]:
        """For programs; names and dates of an approval only."""
        return {
            "title": self.facts.title,
            "school": self.facts.school,
            "workflow": self.facts.definition.title.zh,
            "period": self.facts.period,
            "revision": self.revision,
            "status": self.course.status,
            "in_force": self.in_force,
            "approved_on": _day(self.course.approved_at) if self.course.approved_at else None,
            "signers": [
                {"name": act.actor, "role": act.role, "on": _day(act.at)} for act in self.course.signers
            ],
        }


def _day(stamp: str) -> str:
    return clock.local(stamp).date().isoformat()


def _digest(file: IO[bytes]) -> str:
    found = hashlib.sha256()
    while part := file.read(CHUNK):
        found.update(part)
    return found.hexdigest()


def look_up(code: str) -> CheckedPaper | None:
    """What stands behind a code without its hyphens; None for one that was never issued."""
    row = db.session.execute(
        select(IssuedPaper.artefact_id, IssuedPaper.revision, IssuedPaper.sha256).where(
            IssuedPaper.code == code
        )
    ).first()
    about = facts(row[0]) if row else None
    if row is None or about is None:
        return None
    return CheckedPaper(about, row[1], course(about, row[1]), row[2])
