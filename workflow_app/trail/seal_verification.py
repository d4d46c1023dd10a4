"""The seal of an export against its events, its own checkpoints, and one that somebody kept elsewhere.

Needs nothing but the file, the keys and the checkpoint it is given.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workflow_app.sealing import leaf, tree
from workflow_app.sealing.notes import NotANote, Note, VerifierKey
from workflow_app.sealing.statements import KeyStatement, TreeHead

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: (line, what is wrong, document, seq)
Wrong = tuple[int, str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What whoever checks has from elsewhere: keys as text, and the whole text of a checkpoint."""

    keys: tuple[str, ...] = ()
    checkpoint: str | None = None


@dataclass
class Outcome:
    """What the seal shows, when nothing is wrong with it."""

    size: int = 0
    at: str = ""
    complete: bool = False
    checkpoints: int = 0
    #: SHA-256 of the public keys, in their order; whether one of them was given from elsewhere
    fingerprints: list[str] = field(default_factory=list)
    vouched: bool = False
    #: the checkpoint that was given: its size and time
    against: tuple[int, str] | None = None
    remarks: list[str] = field(default_factory=list)
    #: events that were not sealed yet
    unsealed: int = 0


class SealChecking:
    """The seal of one file as far as it has been read."""

    def __init__(self, sealed: dict[str, Any] | None, kept: Kept) -> None:
        self._kept = kept
        self._size: int = sealed["size"] if sealed else 0
        self._notes: list[Any] = sealed["keys"] if sealed else []
        self._keys: list[KeyStatement] = []
        #: hashes of the events by document, 32 bytes each; how many of them are leaves
        self._events: dict[int, bytearray] = {}
        self._sealed: dict[tuple[str, int], int] = {}
        self._heads: list[TreeHead] = []
        self._roots: dict[int, bytes] = {}
        self._growing = tree.Growing()
        self._last = -1
        self._given: tuple[TreeHead, Note] | None = None
        self.outcome = Outcome(self._size, complete=bool(sealed and sealed["complete"]))

    # --- the head of the file --------------------------------------------------------------------

    def begin(self) -> Iterator[Wrong]:
        """The keys the header names, and what was given from elsewhere."""
        for number, text in enumerate(self._notes, 1):
            before = self._keys[-1] if self._keys else None
            try:
                note = Note.parse(text)
                said = KeyStatement.parse(note.text)
            except (ValueError, AttributeError, TypeError):
                yield 1, f"第 {number} 把公钥的声明读不懂", None, None
                return
            if not note.signed_by(said.key) or said.replaces != (before.key if before else None):
                yield 1, f"第 {number} 把公钥的声明不对", None, None
            elif before and not said.compromised_since and not note.signed_by(before.key):
                yield 1, f"第 {number} 把公钥没有前一把的签名", None, None
            if said.compromised_since:
                self.outcome.remarks.append(
                    f"第 {number - 1} 把密钥已声明泄露（自 {said.compromised_since} 起），"
                    "它的签名不再足以为证，只能凭您何时从何处得到那份检查点。"
                )
            self._keys.append(said)
        self.outcome.fingerprints = [said.key.fingerprint for said in self._keys]
        yield from self._given_keys()
        yield from self._given_checkpoint()

    def _given_keys(self) -> Iterator[Wrong]:
        if not self._kept.keys:
            return
        try:
            trusted = {str(VerifierKey.parse(text)) for text in self._kept.keys}
        except NotANote:
            yield 1, "所给的公钥读不懂", None, None
            return
        known = [place for place, said in enumerate(self._keys) if str(said.key) in trusted]
        # A key vouches for the one before it and the one after it; not after a key in other hands.
        anew = [place for place, said in enumerate(self._keys) if said.compromised_since]
        if not known:
            yield 1, "导出里的签名密钥都不是所给的公钥", None, None
            return
        if anew and known[-1] < anew[-1]:
            yield 1, f"第 {anew[-1] + 1} 把公钥不是由前一把引入的，请另外取得并用 --key 给出", None, None
            return
        self.outcome.vouched = True

    def _given_checkpoint(self) -> Iterator[Wrong]:
        if self._kept.checkpoint is None:
            return
        try:
            note = Note.parse(self._kept.checkpoint)
            self._given = TreeHead.parse(note.text), note
        except NotANote:
            yield 1, "所给的检查点读不懂", None, None
            return
        if not self._keys:
            yield 1, "这份导出里没有封存的内容，核对不了所给的检查点", None, None
        elif not any(note.signed_by(said.key) for said in self._keys):
            yield 1, "所给的检查点不是导出里任何一把密钥签的", None, None

    # --- its lines -------------------------------------------------------------------------------

    def event(self, artefact: int, seq: int, digest: str) -> None:
        """An event of the file; its leaf comes later."""
        hashes = self._events.setdefault(artefact, bytearray())
        if seq == len(hashes) // 32 + 1:
            hashes += bytes.fromhex(digest) if _DIGEST.fullmatch(digest) else bytes(32)

    def checkpoint(self, number: int, says: dict[str, Any]) -> Iterator[Wrong]:
        """A checkpoint, in the order of their sizes."""
        try:
            note = Note.parse(says["checkpoint"])
            head = TreeHead.parse(note.text)
        except NotANote:
            yield number, "检查点读不懂", None, None
            return
        before = self._heads[-1] if self._heads else None
        name = f"{head.size} 条处的检查点"
        if not any(note.signed_by(said.key) for said in self._signers(head.size)):
            yield number, f"{name}的签名不对", None, None
        if before and (head.size <= before.size or head.at < before.at):
            yield number, f"{name}的次序不对", None, None
        elif before and not self.outcome.complete:
            roots = before.root, head.root
            if not tree.consistent(before.size, head.size, *roots, unpacked(says["proof"])):
                yield number, f"{name}与前一个检查点接不上", None, None
        self._heads.append(head)
        self._roots[head.size] = head.root
        self.outcome.checkpoints += 1
        self.outcome.at = head.at

    def _signers(self, size: int) -> list[KeyStatement]:
        """Whose turn it was to sign a tree of that size: one key, or two where one follows the other."""
        ends = [*(said.size for said in self._keys[1:]), size]
        return [
            said for said, end in zip(self._keys, ends, strict=bool(self._keys)) if said.size <= size <= end
        ]

    def leaf(self, number: int, says: dict[str, Any]) -> Iterator[Wrong]:
        """A leaf, in the order of the tree."""
        place, log, document, seq = says["leaf"], says["log"], says["document"], says["seq"]
        about = (document, seq) if log == "artefact" else (None, None)
        if not _DIGEST.fullmatch(says["hash"]) or not log.isascii() or type(document) is not int or seq < 1:
            yield number, "封存的一条写法不对", None, None
            return
        if not self._last < place < self._size:
            yield number, "封存的次序不对", *about
            return
        if self.outcome.complete and place != self._last + 1:
            yield number, f"封存的第 {self._last + 2} 条起少了 {place - self._last - 1} 条", None, None
        self._last = place
        if seq != self._sealed.get((log, document), 0) + 1:
            yield number, "封存的次序与事件的次序不符", *about
        self._sealed[log, document] = seq
        if log == "artefact":
            kept = self._events.get(document, b"")[32 * (seq - 1) : 32 * seq].hex()
            if kept != says["hash"]:
                yield number, "事件在封存之后被改动过" if kept else "封存过的事件不在文件里", *about
        digest = leaf.digest(log, document, seq, says["hash"])
        if self.outcome.complete:
            self._growing.add(digest)
            yield from self._as_signed(number)
        elif tree.included(place, self._size, digest, unpacked(says["proof"])) != self._roots.get(self._size):
            yield number, "不在检查点的树里，归入证明不对", *about

    def _as_signed(self, number: int) -> Iterator[Wrong]:
        signed = self._roots.get(self._growing.size)
        if signed is not None and signed != self._growing.root:
            yield number, f"封存的各条与 {self._growing.size} 条处的检查点不符", None, None
        if (
            self._given
            and self._given[0].size == self._growing.size
            and self._given[0].root != self._growing.root
        ):
            yield (
                number,
                f"封存的各条与所给的 {self._growing.size} 条处的检查点不符：轨迹被重写过",
                None,
                None,
            )

    # --- the end ---------------------------------------------------------------------------------

    def end(self, number: int, exported_at: str) -> Iterator[Wrong]:
        """What only the whole file shows."""
        if self._size and (not self._heads or self._heads[-1].size != self._size):
            yield number, f"缺 {self._size} 条处的检查点", None, None
        if self.outcome.complete and self._growing.size < self._size:
            yield number, f"封存过 {self._size} 条，文件里只有 {self._growing.size} 条", None, None
        events = sum(len(hashes) // 32 for hashes in self._events.values())
        sealed = sum(seq for (log, _document), seq in self._sealed.items() if log == "artefact")
        self.outcome.unsealed = max(0, events - sealed)
        if self._given and self._keys:
            yield from self._against(number, self._given[0], exported_at)

    def _against(self, number: int, head: TreeHead, exported_at: str) -> Iterator[Wrong]:
        self.outcome.against = head.size, head.at
        if head.size > self._size:
            yield (
                number,
                "所给的检查点是导出之后签的，请用更新的导出来核对"
                if head.at > exported_at
                else f"所给的检查点有 {head.size} 条，导出里封存的只有 {self._size} 条：轨迹的末尾被截断过",
                None,
                None,
            )
        elif not self.outcome.complete and head.size not in self._roots:
            yield number, "按文件或日期选取的导出核对不了所给的检查点，请导出全部", None, None
        elif not self.outcome.complete and self._roots[head.size] != head.root:
            yield number, f"导出里 {head.size} 条处的检查点与所给的不同：轨迹被重写过", None, None


def unpacked(proof: Any) -> list[bytes]:
    """The hashes of a proof in a file; what is none of ours becomes a proof that does not hold."""
    try:
        return [base64.b64decode(one, validate=True) for one in proof]
    except (binascii.Error, ValueError, TypeError):
        return [b""]
