"""An exported trail, checked with nothing but the file itself: no database, no settings.

What a file cannot show by itself: that the last events of a document were never in it, or that
whoever made it made all of it up anew. That takes an older export, kept elsewhere, to compare with.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from workflow_app import canonical
from workflow_app.events import chain
from workflow_app.trail.export import FOOTER, FORMAT, HEADER, LINE, VERSION
from workflow_app.trail.seal_lines import CHECKPOINT, LEAF, SEALED
from workflow_app.trail.seal_verification import Kept, Outcome, SealChecking, Wrong

#: A longer line is none of ours: an event with the longest statement stays far below.
LONGEST = 16 * 1024 * 1024
#: So many problems are named; more are only counted.
NAMED = 1000
#: What the first line of each version holds; the first version had no seal.
_HEADERS = {1: HEADER[:-1], VERSION: HEADER}
_TYPES: dict[str, tuple[type, ...]] = {
    "artefact": (int,), "seq": (int,), "actor": (str,), "canonical": (str,), "hash": (str,),
    "said": (dict, type(None)), "events": (int,), "documents": (int,), "version": (int,),
    "format": (str,), "county": (str,), "exported_at": (str,), "document": (int, type(None)),
    "since": (str, type(None)), "until": (str, type(None)), "end": (bool,), "sha256": (str,),
    "sealed": (dict, type(None)), "size": (int,), "complete": (bool,), "keys": (list,), "leaf": (int,),
    "log": (str,), "checkpoint": (str,), "proof": (list, type(None)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerificationProblem:
    """Something wrong: in which line, of which document and event if that can be said."""

    line: int
    why: str
    artefact: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        if self.artefact is None:
            return f"第 {self.line} 行：{self.why}。"
        return f"文件 {self.artefact} 第 {self.seq} 条（第 {self.line} 行）：{self.why}。"


@dataclass
class Report:
    """What was found in a file."""

    header: dict[str, Any] = field(default_factory=dict)
    events: int = 0
    documents: int = 0
    erased: int = 0
    count: int = 0
    problems: list[VerificationProblem] = field(default_factory=list)
    seal: Outcome = field(default_factory=Outcome)

    @property
    def whole(self) -> bool:
        return self.count == 0

    def wrong(self, problem: VerificationProblem) -> None:
        self.count += 1
        if self.count <= NAMED:
            self.problems.append(problem)


def verify(file: IO[bytes], kept: Kept = Kept()) -> Iterator[Report]:  # noqa: B008 (it is frozen)
    """Check an export, against ``kept`` too; yields the same report after every line, complete at the end.

    Whatever the file holds, the answer is a report, never an exception of ours.
    """
    checking = _Checking(kept)
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        checking.take(number, line)
        yield checking.report
        if checking.hopeless:
            return
    checking.end(number)
    yield checking.report


class _Checking:
    """The file as far as it has been read."""

    def __init__(self, kept: Kept) -> None:
        self.report = Report()
        self._kept = kept
        self._seal = SealChecking(None, kept)
        self.hopeless = False
        self._whole = hashlib.sha256()
        self._walk: chain.Walk | None = None
        self._at: tuple[str | None, str] = (None, "")
        self._footer: dict[str, Any] | None = None

    def take(self, number: int, line: bytes) -> None:
        """Check one line; ``number`` counts from 1, what is wrong goes into the report."""
        says = _read(line)
        if number == 1:
            self._begin(says)
        elif self._footer is not None:
            self.report.wrong(VerificationProblem(number, "末行之后还有内容"))
        elif says is not None and "end" in says:
            self._footer = says
            self._close(number, says)
        elif says is not None and "checkpoint" in says:
            self._part_of_the_seal(number, says, CHECKPOINT, self._seal.checkpoint)
        elif says is not None and "leaf" in says:
            self._part_of_the_seal(number, says, LEAF, self._seal.leaf)
        elif why := _misshapen(says, LINE):
            self.report.wrong(VerificationProblem(number, why))
        else:
            assert says is not None
            self._event(number, says)
        if self._footer is None:
            self._whole.update(line)

    def end(self, number: int) -> None:
        if number == 0:
            self.report.wrong(VerificationProblem(1, "文件是空的"))
        elif self._footer is None:
            self.report.wrong(VerificationProblem(number, "缺末行，文件没有写完或被截断"))
        self._wrong(self._seal.end(number, self.report.header.get("exported_at", "")))

    def _begin(self, says: dict[str, Any] | None) -> None:
        if says is None or says.get("format") != FORMAT:
            self.hopeless = True
            self.report.wrong(VerificationProblem(1, "不是 workflow-app trail export 写出的文件"))
        elif type(says.get("version")) is not int or says["version"] not in _HEADERS:
            self.hopeless = True
            self.report.wrong(VerificationProblem(1, "文件格式的版本不认识，请用较新的程序核对"))
        elif why := _misshapen(says, _HEADERS[says["version"]]) or (
            _misshapen(says["sealed"], SEALED) if says.get("sealed") else ""
        ):
            self.report.wrong(VerificationProblem(1, why))
        else:
            self.report.header = says
            self._seal = SealChecking(says.get("sealed"), self._kept)
            self.report.seal = self._seal.outcome
            self._wrong(self._seal.begin())

    def _close(self, number: int, says: dict[str, Any]) -> None:
        if why := _misshapen(says, FOOTER):
            self.report.wrong(VerificationProblem(number, why))
            return
        if says["sha256"] != self._whole.hexdigest():
            self.report.wrong(VerificationProblem(number, "文件写出之后被改动过（与末行的摘要不符）"))
        header, report = self.report.header, self.report
        if {says["events"], header.get("events")} != {report.events}:
            self.report.wrong(VerificationProblem(number, f"事件数与文件头不符，实有 {report.events} 条"))
        if header and header["documents"] != report.documents:
            self.report.wrong(VerificationProblem(number, f"文件数与文件头不符，实有 {report.documents} 份"))

    def _part_of_the_seal(
        self,
        number: int,
        says: dict[str, Any],
        names: tuple[str, ...],
        check: Callable[[int, dict[str, Any]], Iterator[Wrong]],
    ) -> None:
        if why := _misshapen(says, names):
            self.report.wrong(VerificationProblem(number, why))
        else:
            self._wrong(check(number, says))

    def _wrong(self, found: Iterator[Wrong]) -> None:
        for line, why, artefact, seq in found:
            self.report.wrong(VerificationProblem(line, why, artefact, seq))

    def _event(self, number: int, says: dict[str, Any]) -> None:
        artefact, seq, body = says["artefact"], says["seq"], says["canonical"].encode(errors="replace")
        facts = canonical.facts(body)
        self.report.events += 1
        self._seal.event(artefact, seq, says["hash"])
        if self._walk is None or self._walk.artefact_id != artefact:
            if self._walk and artefact < self._walk.artefact_id:
                self.report.wrong(
                    VerificationProblem(number, "次序不对，同一份文件的事件应连在一起", artefact, seq)
                )
            self._walk, self._at = chain.Walk(artefact), (None, "")
            self.report.documents += 1
        for at_seq, why in self._walk.step(seq, body, says["hash"], facts):
            self.report.wrong(VerificationProblem(number, why, artefact, at_seq))
        for why in (*self._story(body, facts), *self._said(says["said"], facts)):
            self.report.wrong(VerificationProblem(number, why, artefact, seq))

    def _story(self, body: bytes, facts: dict[str, Any]) -> Iterator[str]:
        """Whether the event is written as we write, and goes on from where the one before ended."""
        if facts.get("v") not in chain.FORMATS or facts.get("log") != "artefact":
            yield "正文不是本系统的事件"
            return
        if _canonical(facts) != body:
            yield "正文不是规范写法"
        state, at = self._at
        if facts.get("from") != state:
            yield "起始状态与前一条的结果不符"
        to, now = facts.get("to"), facts.get("at")
        if not isinstance(now, str) or now < at:
            yield "时间早于前一条"
        self._at = (to if isinstance(to, str) else None, now if isinstance(now, str) else at)

    def _said(self, said: dict[str, Any] | None, facts: dict[str, Any]) -> Iterator[str]:
        digest = facts.get("comment_sha256")
        if digest is None:
            if said is not None:
                yield "事件没有意见，文件里却有"
        elif said is None:
            yield "事件带有意见，文件里却没有"
        elif set(said) != {"salt", "text"}:
            yield "意见的写法不对"
        elif said["text"] is None:
            self.report.erased += 1
        elif _salted(said) != digest:
            yield "意见与事件里的摘要不符"


def _read(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        says = canonical.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return says if isinstance(says, dict) else None


def _misshapen(says: dict[str, Any] | None, names: tuple[str, ...]) -> str:
    """Why a line is not one of ours, or ''."""
    if says is None:
        return "读不懂，不是完整的一行 JSON"
    if set(says) != set(names):
        return "应有的项目不全，或多出了项目"
    wrong = [name for name in names if type(says[name]) not in _TYPES[name]]
    return f"「{wrong[0]}」的写法不对" if wrong else ""


def _canonical(facts: dict[str, Any]) -> bytes | None:
    try:
        return canonical.dumps_plain(facts)
    except (ValueError, RecursionError):
        return None


def _salted(said: dict[str, Any]) -> str | None:
    try:
        return chain.salted(said["salt"], said["text"].encode())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
