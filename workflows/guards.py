"""The named conditions a definition may use, and the reasons they give.

A guard looks at one case (a person's relations and a document's facts) and returns None or a
``Reason``. Context guards are asked whenever a page shows what may be done; input guards only
when somebody acts, for they speak of what was sent along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.vocabulary import seat_name

SENTENCES: dict[str, dict[str, str]] = {
    "wrong_state": {
        "zh": "文件现在是「{state_zh}」，不能做这一步。",
        "en": "The document is “{state_en}”; this step does not apply now.",
    },
    "own_document": {
        "zh": "这份文件由您起草、修改或提交，不能由您自己签。",
        "en": "You drafted, edited or submitted this document, so you cannot sign it.",
    },
    "signed_already": {
        "zh": "您在这一轮已经签过，同一轮不能再签第二次。",
        "en": "You have already signed in this round; nobody signs twice in one round.",
    },
    "not_your_turn": {
        "zh": "现在由{seat_zh}处理。",
        "en": "It is now with the {seat_en}.",
    },
    "nobody_can_act": {
        "zh": "下一步没有人可以处理，请联系系统管理员核对角色和任期。",
        "en": "Nobody could take the next step. Ask the administrator to check roles and dates.",
    },
    "not_drafter": {
        "zh": "只有起草这份文件的人可以做这一步。",
        "en": "Only those who draft this document may do this.",
    },
    "not_submitter": {
        "zh": "只有提交人可以撤回。",
        "en": "Only the person who submitted it may withdraw it.",
    },
    "not_last_signer": {
        "zh": "只有刚签过的人可以取回。",
        "en": "Only the person who signed last may take it back.",
    },
    "no_right": {
        "zh": "您的角色没有这项权限。",
        "en": "Your role does not have this right.",
    },
    "form_incomplete": {
        "zh": "还有 {count} 处没有填好，请先到编辑页补全。",
        "en": "{count} places of the form are not filled in properly yet.",
    },
    "points_unanswered": {
        "zh": "还有 {count} 条退回意见没有答复。",
        "en": "{count} points of the return have no answer yet.",
    },
    "already_acted_on": {
        "zh": "这一步已经有人处理，不能撤回或取回了。",
        "en": "Somebody has already acted on this step; it can no longer be called back.",
    },
    "period_closed": {
        "zh": "本期填报尚未开放或已经截止，如需补报请联系系统管理员。",
        "en": "The period is not open for submissions. Ask the administrator.",
    },
    "period_running": {
        "zh": "本学年还没有结束，不能归档。",
        "en": "The period has not ended yet; it is too early to archive.",
    },
    "not_amending": {
        "zh": "这份文件没有已生效的版本，谈不上取消变更。",
        "en": "No revision is in force, so there is no amendment to cancel.",
    },
    "submitted_before": {
        "zh": "这份文件已经提交过，不能作废。",
        "en": "This document has been submitted before; it cannot be discarded.",
    },
    "content_changed": {
        "zh": "页面打开之后内容有了变化，请看过新的内容再签。",
        "en": "The content changed after the page was opened. Please read it again before signing.",
    },
    "reauthentication_required": {
        "zh": "请输入登录密码，确认是您本人在签。",
        "en": "Enter your password to confirm that it is you who signs.",
    },
    "second_factor_required": {
        "zh": "您的角色须有第二道验证才能签批，请先到「我的账号」设置。",
        "en": "Your role needs a second factor to sign. Set one up on your account page first.",
    },
    "token_may_not_decide": {
        "zh": "这把访问密钥不能签批，也就不能退回、取回、关闭意见、作废或归档。"
        "请用可签批的密钥，或登录后办理。",
        "en": "This token was not made for signing, so it may not return, take back, close points, discard"
        " or archive. Use one made for signing, or log in.",
    },
    "points_required": {
        "zh": "退回至少要写一条：指出哪一部分，要改什么。",
        "en": "A return needs at least one point: which section, and what must change.",
    },
    "not_raised_by_you": {
        "zh": "这条意见由提出它的人或接手那一步的人来关闭。",
        "en": "A point is closed by whoever raised it, or by whoever has that step now.",
    },
    "own_point": {
        "zh": "这条意见是您提的，由别人答复；不再需要时您可以关闭它。",
        "en": "You raised this point; somebody else answers it. Close it if it is no longer needed.",
    },
    "no_more_departments": {
        "zh": "没有下一个论证部门。",
        "en": "There is no further department.",
    },
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a stable code for programs and a sentence for people."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        return SENTENCES[self.code][lang].format(**self.facts)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What somebody sent along with an action."""

    shown_is_current: bool = False
    reauthenticated: bool = False
    says_what_to_change: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One person before one document.

    Attributes:
        me: the person, as an opaque number.
        relations: every relation at once: ``author`` (drafted, edited or submitted it),
            ``drafter`` (may draft it), ``submitter``, ``last_signer``, ``signed`` (in this round),
            and seats such as ``principal@school``.
        state: where the document stands.
        seats: for each relation of a ladder, who could sign there: live holders of the role, less
            the document's authors.
        signed: who has signed in this round; they are out until the next round opens.
        problems: how many places of the form are not filled in properly.
        unanswered: how many points of the last return have no answer.
        acted_on: whether somebody has acted since the document entered this state.
        more_departments: whether a further department follows the present one.
        period_open: whether the period takes submissions.
        period_over: whether the period has ended.
        amending: whether a revision is in force.
        revision: how many revisions have been submitted.
        inputs: what was sent along; None while a page only asks.
    """

    me: int
    relations: frozenset[str]
    state: str
    seats: Mapping[str, frozenset[int]] = field(default_factory=dict)
    signed: frozenset[int] = frozenset()
    problems: int = 0
    unanswered: int = 0
    acted_on: bool = False
    more_departments: bool = False
    period_open: bool = True
    period_over: bool = False
    amending: bool = False
    revision: int = 0
    inputs: Inputs | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition, its meaning in words, and whether it speaks of what was sent along.

    ``asks`` names what a page must ask for: ``password``, ``points`` or ``digest``.
    """

    check: Callable[[Case], Reason | None]
    zh: str
    en: str
    asks: str = ""


def _unless(broken: bool, code: str, **facts: Any) -> Reason | None:
    return Reason(code, facts) if broken else None


def _input(name: str, code: str) -> Callable[[Case], Reason | None]:
    return lambda case: _unless(case.inputs is not None and not getattr(case.inputs, name), code)


GUARDS: dict[str, Guard] = {
    "not_own": Guard(
        lambda case: _unless("author" in case.relations, "own_document"),
        "不能签自己起草、修改或提交的文件",
        "nobody signs their own document",
    ),
    "not_signed": Guard(
        lambda case: _unless("signed" in case.relations, "signed_already"),
        "同一轮不能签两次",
        "nobody signs twice in one round",
    ),
    "form_complete": Guard(
        lambda case: _unless(case.problems > 0, "form_incomplete", count=case.problems),
        "必填的都已填好",
        "the form is complete",
    ),
    "points_answered": Guard(
        lambda case: _unless(case.unanswered > 0, "points_unanswered", count=case.unanswered),
        "退回意见都已答复",
        "every point of the return is answered",
    ),
    "not_yet_acted_on": Guard(
        lambda case: _unless(case.acted_on, "already_acted_on"),
        "这一步还没有人处理",
        "nobody has acted on this step yet",
    ),
    "period_open": Guard(
        lambda case: _unless(not case.period_open, "period_closed"),
        "在填报期内",
        "the period is open",
    ),
    "period_over": Guard(
        lambda case: _unless(not case.period_over, "period_running"),
        "学年（学期）已经结束",
        "the period has ended",
    ),
    "amending": Guard(
        lambda case: _unless(not case.amending, "not_amending"),
        "已有生效的版本",
        "a revision is in force",
    ),
    "never_submitted": Guard(
        lambda case: _unless(case.revision > 0, "submitted_before"),
        "从未提交过",
        "it has never been submitted",
    ),
    "more_departments": Guard(
        lambda case: _unless(not case.more_departments, "no_more_departments"),
        "还有下一个论证部门",
        "a further department follows",
    ),
    "unchanged": Guard(
        _input("shown_is_current", "content_changed"),
        "签的就是看到的内容",
        "what is signed is what was shown",
        asks="digest",
    ),
    "reauthenticated": Guard(
        _input("reauthenticated", "reauthentication_required"),
        "签批时再输一次密码",
        "the signer enters the password again",
        asks="password",
    ),
    "says_what_to_change": Guard(
        _input("says_what_to_change", "points_required"),
        "写明哪一部分要改什么",
        "it says which section must change and how",
        asks="points",
    ),
}


def not_your_turn(relations: list[str]) -> Reason:
    """It is the turn of any of these seats."""
    return Reason(
        "not_your_turn",
        {
            "seat_zh": "或".join(seat_name(relation, "zh") for relation in relations),
            "seat_en": " or ".join(seat_name(relation, "en") for relation in relations),
        },
    )
