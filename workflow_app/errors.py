"""What may go wrong when somebody acts: each error knows its code and its sentence."""

from dataclasses import dataclass, field
from typing import ClassVar

from workflow_app import clock
from workflows.guards import Reason


class SignoffError(Exception):
    """Base: ``code`` is stable for programs, ``say`` is for people."""

    code = "error"
    status = 400

    def say(self, lang: str = "zh") -> str:
        raise NotImplementedError


class NotFound(SignoffError):
    """There is no such document for this person: unknown and forbidden answer alike."""

    code, status = "not_found", 404

    def say(self, lang: str = "zh") -> str:
        return "没有找到这份文件。" if lang == "zh" else "There is no such document."


class UnknownAction(SignoffError):
    """The document's definition has no action of that name."""

    code, status = "unknown_action", 404

    def say(self, lang: str = "zh") -> str:
        return "没有这个操作。" if lang == "zh" else "There is no such action."


@dataclass
class NotAllowed(SignoffError):
    """The machine says no, and why."""

    reason: Reason
    code = "not_allowed"
    status = 403

    def say(self, lang: str = "zh") -> str:
        return self.reason.say(lang)


@dataclass
class Conflict(SignoffError):
    """Somebody was faster: who, with what, when, and where the document stands now."""

    by: str
    action: str
    action_zh: str
    action_en: str
    at: str
    state: str
    version: int
    code = "conflict"
    status = 409

    def say(self, lang: str = "zh") -> str:
        when = clock.local(self.at)
        if lang == "zh":
            return (
                f"{self.by} 已在 {when:%H:%M:%S} 先做了「{self.action_zh}」，您的操作没有执行。"
                "请看过最新情况再决定。"
            )
        return f"{self.by} was faster ({self.action_en}, {when:%H:%M:%S}). Nothing of yours was done."


@dataclass
class BadInput(SignoffError):
    """What was sent does not fit: field path to Chinese sentence."""

    problems: dict[str, str] = field(default_factory=dict)
    code = "bad_input"
    status = 422

    def say(self, lang: str = "zh") -> str:
        return "；".join(self.problems.values())


class AlreadyThere(SignoffError):
    """The one document of that subject and period exists already."""

    code, status = "already_exists", 409

    def __init__(self, artefact_id: int) -> None:
        super().__init__(artefact_id)
        self.artefact_id = artefact_id

    def say(self, lang: str = "zh") -> str:
        if lang == "zh":
            return "本期已经有一份了，每期只能有一份。"
        return "There is one for this period already; each period has only one."


class KeyReused(SignoffError):
    """An idempotency key came again with something else."""

    code, status = "idempotency_key_reused", 422

    def say(self, lang: str = "zh") -> str:
        if lang == "zh":
            return "这个操作编号已经用过，但内容不同。请刷新页面再试。"
        return "This idempotency key was used for a different request."


@dataclass
class FileRefused(Exception):
    """``code`` is stable: file_empty, file_too_large, file_kind, file_name, file_broken, file_macros,
    file_active, file_bomb, file_polyglot, file_encrypted, file_infected, too_many_files, files_too_large.
    """

    code: str
    zh: str
    en: str

    def say(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


class RefusedFile(SignoffError):
    """A file that is not accepted as an attachment; its code says why, see ``FileRefused``."""

    status = 422

    def __init__(self, why: FileRefused) -> None:
        super().__init__(why.code)
        self.why, self.code = why, why.code

    def say(self, lang: str = "zh") -> str:
        return self.why.say(lang)


class FileUnavailable(SignoffError):
    """An attachment that is listed but not given out."""

    status = 403
    sentences: ClassVar = {
        "file_unscanned": (
            "这个附件还在等待查毒，查过才能打开。",
            "Still waiting to be scanned.",
        ),
        "file_infected": ("这个附件查出了病毒，不能打开。", "This file is infected."),
        "file_missing": ("这个附件的文件找不到了，请联系系统管理员。", "The file is missing from the store."),
    }

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def say(self, lang: str = "zh") -> str:
        return self.sentences[self.code][lang != "zh"]
