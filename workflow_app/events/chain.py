"""The event as it is hashed, and the chain of one document's events.

An event's canonical text (RFC 8785) is made once, hashed, stored as bytes and never rebuilt.
``prev`` is the hash of the same document's event before it (64 zeros for the first). What people
said goes in as a salted digest, so that it can be erased without breaking the chain; so does the
title, in which people's names stand.

``v`` is the format of the body. An event of format 1 says nothing of title, period and subject, of who
was asked and told, of authors and deadline (``append.seal``); chains begun in it go on in format 2 and
never back.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow_app import canonical

VERSION = 2
FORMATS = (1, 2)
#: What a document is for life; the rest of ``document`` changes by an act that says so.
FOR_LIFE = ("title_sha256", "period", "teacher")
DOCUMENT = {*FOR_LIFE, "subject", "school"}


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
        self.format = FORMATS[0]
        self.document: Mapping[str, Any] | None = None

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
        found += [(seq, why) for why in self._format(facts)]
        found += [(seq, why) for why in self._document(facts)]
        self.prev, self.expected = digest, seq + 1
        return found

    def _format(self, facts: Mapping[str, Any]) -> Iterator[str]:
        now = facts.get("v")
        if now not in FORMATS:
            yield "正文的格式不认识"
        elif now < self.format:
            yield "正文的格式比前一条旧"
        else:
            self.format = now

    def _document(self, facts: Mapping[str, Any]) -> Iterator[str]:
        """Title, period and teacher stay; the school changes only when a document follows its teacher."""
        if facts.get("v") == FORMATS[0]:
            return
        now, before = facts.get("document"), self.document
        if not isinstance(now, dict) or set(now) != DOCUMENT:
            yield "正文没有写明标题、期次和对象"
            return
        self.document = now
        if before is None:
            return
        if any(now[name] != before[name] for name in FOR_LIFE):
            yield "标题、期次或教师与前一条不同"
        if now["school"] != before["school"] and facts.get("action") != "follow":
            yield "学校与前一条不同"


def breaks(artefact_id: int, events: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, str]]:
    """What is wrong with a document's chain, as (seq, Chinese sentence); empty when whole.

    ``events`` are (seq, body, hash) in the order of seq, from the first.
    """
    walk = Walk(artefact_id)
    return [
        wrong for seq, body, digest in events for wrong in walk.step(seq, body, digest, canonical.facts(body))
    ]
