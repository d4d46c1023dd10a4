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
class Sealed:
    """An event ready to store."""

    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said with an event: the bytes to keep, their salt, the digest that goes into the event."""

    salt: str
    body: bytes
    sha256: str


def seal(facts: dict[str, Any]) -> Sealed:
    """``facts`` (trust.md names the fields) as canonical bytes and their SHA-256."""
    body = canonical.dumps_plain({"v": VERSION, "log": "artefact", **facts})
    return Sealed(body, canonical.sha256(body))


def say(
    comment: str, points: Sequence[Mapping[str, str]] = (), answers: Sequence[Mapping[str, Any]] = ()
) -> Said | None:
    """The statement of an event, or None when nothing was said."""
    if not (comment or points or answers):
        return None
    body = canonical.dumps_plain({"comment": comment, "points": list(points), "answers": list(answers)})
    salt = secrets.token_hex(32)
    return Said(salt, body, salted(salt, body))


def salted(salt: str, body: bytes) -> str:
    """Hex SHA-256 of the salt's 32 bytes followed by ``body``."""
    return canonical.sha256(bytes.fromhex(salt) + body)


def breaks(artefact_id: int, events: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, str]]:
    """What is wrong with a document's chain, as (seq, Chinese sentence); empty when whole.

    ``events`` are (seq, body, hash) in the order of seq, from the first.
    """
    found: list[tuple[int, str]] = []
    prev, expected = canonical.ZEROS, 1
    for seq, body, digest in events:
        if seq != expected:
            found.append((expected, f"缺第 {expected} 条"))
        if canonical.sha256(body) != digest:
            found.append((seq, "内容与摘要不符"))
        facts = canonical.loads(body)
        if facts["prev"] != prev:
            found.append((seq, "与前一条接不上"))
        if facts["seq"] != seq or facts["artefact"] != artefact_id:
            found.append((seq, "编号与正文不符"))
        prev, expected = digest, seq + 1
    return found
