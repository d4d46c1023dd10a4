"""What may go wrong: one family. Each error knows its code, its HTTP status and its sentence."""

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _l

from workflow_app import clock
from workflows.guards import Reason


def _requested() -> str:
    """The language of the request; Chinese outside of one."""
    locale = get_locale()
    return locale.language if locale else "zh"


class ApplicationError(Exception):
    """Base: ``code`` is stable for programs, ``say`` is for people."""

    code = "error"
    status = 400
    #: Lazy text in the translations; ``facts`` fills its placeholders.
    sentence: Any = ""

    def facts(self) -> Mapping[str, Any]:
        return {}

    def say(self, lang: str | None = None) -> str:
        """The sentence in ``lang``; in the language of the request when None."""
        with force_locale(lang) if lang else nullcontext():
            return self._said(lang or _requested())

    def _said(self, _lang: str) -> str:
        text, facts = str(self.sentence), self.facts()
        return text % facts if facts else text


class NotFound(ApplicationError):
    """There is no such thing for this person: unknown and forbidden answer alike."""

    code, status = "not_found", 404
    sentence = _l("没有找到，或者您无权查看。")


class UnknownAction(ApplicationError):
    """The document's definition has no action of that name."""

    code, status = "unknown_action", 404
    sentence = _l("没有这个操作。")


@dataclass
class NotAllowed(ApplicationError):
    """The action may not be done, and why."""

    reason: Reason
    code = "not_allowed"
    status = 403

    def _said(self, lang: str) -> str:
        return self.reason.say(lang)


@dataclass
class Conflict(ApplicationError):
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

    def _said(self, lang: str) -> str:
        action = self.action_en if lang == "en" else self.action_zh
        return str(
            _l(
                "%(by)s 已在 %(at)s 先做了「%(action)s」，您的操作没有执行。请看过最新情况再决定。",
                by=self.by,
                at=f"{clock.local(self.at):%H:%M:%S}",
                action=action,
            )
        )


@dataclass
class Unavailable(ApplicationError):
    """Something that passes is in the way. ``code``: unavailable, busy, storage_full, in_doubt.

    With ``in_doubt`` the act may have been done: the same key sent again makes it definite. With any
    other nothing was done.
    """

    code: str = "unavailable"
    status = 503
    #: Seconds after which another try makes sense.
    retry_after: ClassVar[int] = 5
    sentences: ClassVar[dict[str, Any]] = {
        "unavailable": _l("数据库暂时用不了，您的操作没有执行。请稍后再试。"),
        "busy": _l("系统正忙，您的操作没有执行。请稍后再试。"),
        "storage_full": _l("服务器的磁盘满了，您的操作没有执行。请联系系统管理员。"),
        "in_doubt": _l(
            "没有等到数据库的答复，不能确定这次操作是否已经完成。请再提交一次，已经完成的不会重复。"
        ),
    }

    def _said(self, _lang: str) -> str:
        return str(self.sentences[self.code])


@dataclass
class BadInput(ApplicationError):
    """What was sent does not fit: field path to sentence (text, or lazy text). Nothing was changed."""

    problems: dict[str, Any] = field(default_factory=dict)
    code = "bad_input"
    status = 422

    def _said(self, _lang: str) -> str:
        return "；".join(str(why) for why in self.problems.values())


class BadPassword(BadInput):
    """The old password is wrong (field ``old``) or the new one will not do (field ``new``)."""


class AlreadyThere(ApplicationError):
    """The one document of that subject and period exists already."""

    code, status = "already_exists", 409
    sentence = _l("本期已经有一份了，每期只能有一份。")

    def __init__(self, artefact_id: int) -> None:
        super().__init__(artefact_id)
        self.artefact_id = artefact_id


class KeyReused(ApplicationError):
    """An idempotency key came again with something else."""

    code, status = "idempotency_key_reused", 422
    sentence = _l("这个操作编号已经用过，但内容不同。请刷新页面再试。")


@dataclass
class LoginRefused(ApplicationError):
    """``code``: ``wrong``, ``locked`` or ``disabled``; ``retry_after``: seconds to wait, 0 for none."""

    code: str = "wrong"
    retry_after: int = 0
    status = 403
    sentences: ClassVar[dict[str, Any]] = {
        "wrong": _l("用户名或密码不对。"),
        "disabled": _l("这个账号已停用，请联系系统管理员。"),
        "locked": _l("密码输错次数太多，请 %(minutes)s 分钟后再试。"),
        "locked_shortly": _l("密码输错次数太多，请 %(seconds)s 秒后再试。"),
    }

    def _said(self, _lang: str) -> str:
        if self.code != "locked":
            return str(self.sentences[self.code])
        shortly = self.retry_after < 60
        wait = {"seconds": max(1, self.retry_after), "minutes": math.ceil(self.retry_after / 60)}
        return str(self.sentences["locked_shortly" if shortly else "locked"]) % wait


@dataclass
class FileRefused(ApplicationError):
    """A file that is not accepted; ``code`` is one of ``CODES``."""

    CODES: ClassVar[tuple[str, ...]] = (
        "file_empty", "file_too_large", "file_kind", "file_name", "file_broken", "file_macros", "file_active",
        "file_bomb", "file_polyglot", "file_encrypted", "file_infected", "too_many_files", "files_too_large",
    )  # fmt: skip

    code: str = "file_kind"
    zh: str = ""
    en: str = ""
    status = 422

    def _said(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


class FileUnavailable(ApplicationError):
    """An attachment that is listed but not given out."""

    status = 403
    sentences: ClassVar[dict[str, Any]] = {
        "file_unscanned": _l("这个附件还在等待查毒，查过才能打开。"),
        "file_infected": _l("这个附件查出了病毒，不能打开。"),
        "file_altered": _l("这个附件的文件被改动过，与签字时登记的摘要不符，不能打开。请联系系统管理员。"),
        "file_missing": _l("这个附件的文件找不到了，请联系系统管理员。"),
    }

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = self.sentences[code]
