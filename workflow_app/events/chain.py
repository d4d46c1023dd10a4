"""The event as it is hashed, and the chain of one document's events.

An event's canonical text (RFC 8785) is made once, hashed, stored as bytes and never rebuilt.
``prev`` is the hash of the same document's event before it (64 zeros for the first). What people
said goes in as a salted digest, so that it can be erased without breaking the chain.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow_app import canonical

VERSION = 1


@dataclass(frozen=True, slots=True)
class SealedText:
    """The canonical text of an event and its hash."""

    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class SealedOpinion:
    """What was said with an event: the bytes to keep, their salt, the digest that goes into the event."""

    salt: str
    body: bytes
    sha256: str


def seal_event(facts: dict[str, Any]) -> SealedText:
    """The facts of an event (``append.seal`` names them) as canonical bytes and their SHA-256."""
    body = canonical.dumps_plain({"v": VERSION, "log": "artefact", **facts})
    return SealedText(body, canonical.sha256(body))


def seal_opinion(
    comment: str, points: Sequence[Mapping[str, str]] = (), answers: Sequence[Mapping[str, Any]] = ()
) -> SealedOpinion | None:
    """The statement of an event, or None when nothing was said."""
    if not (comment or points or answers):
        return None
    body = canonical.dumps_plain({"comment": comment, "points": list(points), "answers": list(answers)})
    salt = secrets.token_hex(32)
    return SealedOpinion(salt, body, salted(salt, body))


def salted(salt: str, body: bytes) -> str:
    """Hex SHA-256 of the salt's 32 bytes followed by ``body``."""
    return canonical.sha256(bytes.fromhex(salt) + body)


class Walk:
    """One document's chain, gone along event by event in the order of seq, from the first."""

    def __init__(self, artefact_id: int) -> None:
        self.artefact_id = artefact_id
        self.prev, self.expected = canonical.ZEROS, 1

    def step(self, seq: int, body: bytes, digest: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        """What is wrong with this event, as (seq, Chinese sentence). ``facts`` are those of ``body``."""
        found: list[tuple[int, str]] = []
        if seq != self.expected:
            found.append((self.expected, f"缺第 {self.expected} 条"))
        if canonical.sha256(body) != digest:
            found.append((seq, "内容与摘要不符"))
        if facts.get("prev") != self.prev:
            found.append((seq, "与前一条接不上"))
        if facts.get("seq") != seq or facts.get("artefact") != self.artefact_id:
            found.append((seq, "编号与正文不符"))
        self.prev, self.expected = digest, seq + 1
        return found


def breaks(artefact_id: int, events: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, str]]:
    """What is wrong with a document's chain, as (seq, Chinese sentence); empty when whole.

    ``events`` are (seq, body, hash) in the order of seq, from the first.
    """
    walk = Walk(artefact_id)
    return [
        wrong for seq, body, digest in events for wrong in walk.step(seq, body, digest, canonical.facts(body))
    ]
