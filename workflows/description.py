"""A definition in words: what a person would say of its states and actions."""

from dataclasses import dataclass

from workflows.definition import Action, Definition, State
from workflows.guards import GUARDS
from workflows.vocabulary import EFFECTS, seat_name

BY = {
    "drafter": {"zh": "起草人", "en": "those who draft"},
    "submitter": {"zh": "提交人", "en": "the submitter"},
    "waited_for": {"zh": "轮到的人", "en": "whoever it waits for"},
    "last_signer": {"zh": "刚签过的人", "en": "the last signer"},
}


#: What stands between the items of a list.
AND = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Description:
    """A state or an action in words."""

    key: str
    title: str
    tone: str
    sentences: tuple[str, ...]


def ladder(state: State, lang: str) -> str:
    """Who is asked, rung by rung: 等待…；不能签时依次由…签."""
    rungs = [
        (" or the " if lang == "en" else "或").join(seat_name(s.relation, lang) for s in rung)
        for rung in state.ladder
    ]
    if not rungs:
        return ""
    first, others = rungs[0], rungs[1:]
    if lang == "zh":
        in_turn = "依次由" if len(others) > 1 else "由"
        return f"等待{first}" + (f"；不能签时{in_turn}{'、'.join(others)}签" if others else "")
    in_turn = "in turn the " if len(others) > 1 else "the "
    return f"Waits for the {first}" + (f"; failing that {in_turn}{', the '.join(others)}" if others else "")


def _due(state: State, lang: str) -> str:
    if state.due is None:
        return ""
    if state.due.working_days is not None:
        days = state.due.working_days
        return f"{days} 个工作日内处理" if lang == "zh" else f"Due within {days} working days"
    days = state.due.days_after_period_start or 0
    return f"学年（学期）开始后 {days} 天内完成" if lang == "zh" else f"Due {days} days into the period"


def states(definition: Definition, lang: str) -> list[Description]:
    """Every state: who is asked, until when, what it means."""
    zh = lang == "zh"
    found = []
    for key, state in definition.states.items():
        sentences = [ladder(state, lang), _due(state, lang)]
        if state.editable:
            sentences.append("起草人可以修改内容" if zh else "Those who draft may edit the content")
        if state.in_force:
            sentences.append("通过的版本在这里生效" if zh else "The approved revision is in force")
        if state.final:
            sentences.append("到此终结" if zh else "The end")
        found.append(Description(key, getattr(state.title, lang), state.tone, tuple(filter(None, sentences))))
    return found


def _quoted(titles: list[str], lang: str) -> str:
    """Titles of states as they stand in a sentence: 「草稿」「退回修改」 / “Draft” or “Returned”."""
    if lang == "zh":
        return "".join(f"「{title}」" for title in titles)
    return " or ".join(f"“{title}”" for title in titles)


def by(action: Action, lang: str) -> str:
    if isinstance(action.by, str):
        return BY[action.by][lang]
    names = [seat_name(seat.relation, lang) for seat in action.by]
    return "或".join(names) if lang == "zh" else " or ".join(f"the {name}" for name in names)


def actions(definition: Definition, lang: str) -> list[Description]:
    """Every action: from where to where, by whom, with what, to what effect."""
    zh = lang == "zh"
    found = []
    for key, action in definition.actions.items():
        sources = _quoted([getattr(definition.states[name].title, lang) for name in action.sources], lang)
        ways = []
        for to in action.to:
            name = getattr(definition.states[to.state].title, lang)
            condition = getattr(GUARDS[to.when], lang) if to.when else ""
            when = f"（{condition}）" if zh else f" ({condition})"
            ways.append(_quoted([name], lang) + (when if condition else ""))
        sentences = [
            f"从{sources}到{'，否则到'.join(ways)}" if zh else f"From {sources} to {', else to '.join(ways)}",
            f"由{by(action, lang)}做" if zh else f"By {by(action, lang)}",
        ]
        if action.needs:
            needs = ("；" if zh else "; ").join(getattr(GUARDS[need], lang) for need in action.needs)
            sentences.append(f"条件：{needs}" if zh else f"Needs: {needs}")
        if action.effects:
            effects = ("；" if zh else "; ").join(EFFECTS[effect][lang] for effect in action.effects)
            sentences.append(f"结果：{effects}" if zh else f"Then: {effects}")
        if action.copies_to:
            copies = AND[lang].join(seat_name(seat.relation, lang) for seat in action.copies_to)
            sentences.append(f"抄送{copies}" if zh else f"Copied to: {copies}")
        found.append(Description(key, getattr(action.title, lang), action.style, tuple(sentences)))
    return found


def checks(definition: Definition, lang: str) -> list[tuple[str, str]]:
    """Every check of the pre-check as (level, sentence)."""
    fields = {field.key: field for field in definition.form}
    found: list[tuple[str, str]] = []
    for check in definition.checks:
        zh, en = check.describe(fields)
        if check.note:
            zh, en = f"{zh}（{check.note.zh}）", f"{en} ({check.note.en})"
        found.append((check.level, zh if lang == "zh" else en))
    return found
