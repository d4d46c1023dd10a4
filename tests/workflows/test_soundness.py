"""A definition that could trap a document, or break the county's rules, is refused before it is used."""
# ruff: noqa: E501

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.workflows.test_definition import GOOD
from workflows import soundness
from workflows.definition import Definition
from workflows.guards import GUARDS
from workflows.source import Unsound, build, read
from workflows.vocabulary import EFFECTS

TITLE = {"zh": "某", "en": "Some"}


def changed(**changes: Any) -> dict[str, Any]:
    """The good definition as data; ``a__b=value`` sets one place in it, None takes it out."""
    data: dict[str, Any] = read(GOOD, "report.yaml")[1]
    for path, value in changes.items():
        *way, last = path.split("__")
        place = data
        for step in way:
            place = place.setdefault(step, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return data


def why(data: dict[str, Any]) -> list[str]:
    try:
        soundness.check(build(data), {}, "report.yaml")
    except Unsound as unsound:
        return [problem.why for problem in unsound.problems]
    return []


STATE = {"title": TITLE, "tone": "waiting", "waits_for": [{"role": "lead", "at": "department"}]}
SIGN = {
    "title": TITLE, "from": ["review"], "to": "done", "by": "waited_for", "signs": True,
    "needs": ["not_own", "not_signed", "unchanged", "reauthenticated"], "effects": ["put_in_force"],
}  # fmt: skip
BACK = {
    "title": TITLE, "from": ["review"], "to": "back", "by": "waited_for", "effects": ["raise_points"],
    "needs": ["not_own", "says_what_to_change"],
}  # fmt: skip
RETURNED = {"title": TITLE, "tone": "returned", "editable": True, "waits_for": "author"}
SUBMIT = {
    "title": TITLE, "from": ["draft"], "to": "review", "by": "drafter",
    "needs": ["form_complete", "unchanged"], "effects": ["freeze_revision", "open_round"],
}  # fmt: skip
AGAIN = SUBMIT | {"from": ["draft", "back"]}

BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a state nobody gets to": ({"states__island": STATE, "actions__x": SIGN | {"from": ["island"]}}, "走不到「island」"),
    "a trap": ({"states__pit": {"title": TITLE, "tone": "draft"}, "actions__x": SIGN | {"to": "pit", "effects": []}}, "从「pit」走不到任何终结状态"),
    "no end at all": ({"states__done__final": False}, "没有一个终结状态"),
    "a way on from the end": ({"actions__x": SIGN | {"from": ["done"], "to": "done"}}, "「done」是终结状态"),
    "waiting for nobody": ({"states__review__waits_for": []}, "没有写等谁"),
    "waiting for somebody with nothing to do": ({"actions__sign__by": "submitter"}, "却没有一个由他们做的动作"),
    "waiting and editable": ({"states__review__editable": True}, "内容不能同时可改"),
    "editable and waiting for nobody": ({"states__draft__waits_for": []}, "应等待起草人"),
    "a beginning one cannot type into": ({"initial": "review", "path": ["review"]}, "应可以修改内容"),
    "a return that leads nowhere": ({"states__back": RETURNED, "actions__return": BACK, "actions__x": SIGN | {"from": ["back"], "by": "submitter", "signs": False}}, "无法把文件再送出去"),
    "content that is not frozen": ({"actions__submit__effects": ["open_round"]}, "freeze_revision"),
    "a round that is not opened": ({"actions__submit__effects": ["freeze_revision"]}, "open_round"),
    "a form that need not be complete": ({"actions__submit__needs": ["unchanged"]}, "form_complete"),
    "taking back what nobody signed": ({"actions__x": {"title": TITLE, "from": ["draft"], "to": "draft", "by": "last_signer"}}, "没有签批动作通向它的起点"),
    "withdrawing what nobody submits": ({"actions__submit__effects": ["open_round"], "actions__withdraw__by": "submitter"}, "没有提交的动作"),
    "an action nobody may do": ({"actions__x": {"title": TITLE, "from": ["draft"], "to": "draft", "by": []}}, "没有写由谁做"),
    "asked while nobody is waited for": ({"actions__x": SIGN | {"from": ["draft"], "to": "draft", "effects": []}}, "不等任何席位"),
    "open and over at once": ({"actions__withdraw__needs": ["period_open", "period_over"]}, "谁也做不了"),
    "nowhere to go": ({"actions__sign__to": [{"state": "done", "when": "more_departments"}]}, "最后一个去处不能带条件"),
    "two ways at once": ({"actions__sign__to": [{"state": "done"}, {"state": "done"}]}, "都要带条件"),
    "a signature of one's own": ({"actions__sign__needs": ["not_signed", "unchanged", "reauthenticated"]}, "不能少了 not_own"),
    "a signature twice": ({"actions__sign__needs": ["not_own", "unchanged", "reauthenticated"]}, "不能少了 not_signed"),
    "a signature on something else": ({"actions__sign__needs": ["not_own", "not_signed", "reauthenticated"]}, "不能少了 unchanged"),
    "a signature by anybody at the desk": ({"actions__sign__needs": ["not_own", "not_signed", "unchanged"]}, "不能少了 reauthenticated"),
    "a signature by the wrong one": ({"actions__withdraw__signs": True}, "应由被等待的人做"),
    "a return without a word": ({"states__back": RETURNED, "actions__submit": AGAIN, "actions__return": BACK | {"needs": ["not_own"], "effects": []}}, "应要求写明要改什么"),
    "a return of one's own": ({"states__back": RETURNED, "actions__submit": AGAIN, "actions__return": BACK | {"needs": ["says_what_to_change"]}}, "不能少了 not_own"),
    "points nobody asks for": ({"actions__sign__effects": ["put_in_force", "raise_points"]}, "要么都写，要么都不写"),
    "in force by accident": ({"actions__sign__effects": []}, "put_in_force"),
    "put in force nowhere": ({"actions__withdraw__effects": ["put_in_force"]}, "不通向任何生效的状态"),
    "restoring what never was": ({"actions__sign__effects": ["restore_in_force"]}, "应要求 amending"),
    "a path from elsewhere": ({"path": ["review", "done"]}, "应从起始状态开始"),
    "a path with a gap": ({"path": ["draft", "done"]}, "没有动作从「draft」直接到「done」"),
    "drafted by nobody": ({"drafted_by": []}, "没有写由谁起草"),
    "drafted from outside": ({"drafted_by": [{"role": "lead", "at": "department"}]}, "应是本校的人"),
    "the administrator signs": ({"states__review__waits_for": [{"role": "administrator", "at": "county"}]}, "没有任何业务权限"),
    "the administrator reads": ({"readers": [{"role": "administrator", "at": "county"}]}, "没有任何业务权限"),
    "the auditor signs": ({"states__review__waits_for": [{"role": "auditor", "at": "county"}]}, "审计员只读"),
    "a teacher signs": ({"states__review__waits_for": [{"role": "teacher", "at": "school"}]}, "不能等「teacher」来签"),
    "an expert of one department": ({"states__review__waits_for": [{"role": "expert", "at": "department"}]}, "不会在「department」任职"),
    "an inspector at the school": ({"states__review__waits_for": [{"role": "inspector", "at": "school"}]}, "不会在「school」任职"),
    "withdrawn when nothing can be sent any more": ({"states__draft__due": None, "actions__submit__needs": ["form_complete", "unchanged", "period_open"]}, "却交不上去"),
    "returned when nothing can be sent any more": ({"states__back": RETURNED, "actions__return": BACK, "actions__submit": AGAIN | {"needs": ["form_complete", "unchanged", "period_open"]}, "actions__withdraw__needs": ["period_open"]}, "「back」写上按工作日算的期限"),
    "a principal at the department": ({"states__review__waits_for": [{"role": "principal", "at": "department"}]}, "不会在「department」任职"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_is_kept(name: str) -> None:
    changes, sentence = BROKEN[name]
    found = why(changed(**changes))
    assert any(sentence in one for one in found), found or "accepted"


def test_a_return_that_leads_back_is_sound() -> None:
    sound = changed(states__back=RETURNED, actions__submit=AGAIN, actions__return=BACK)
    assert why(sound) == []


def test_a_return_with_a_deadline_of_its_own_is_sound_though_submissions_close() -> None:
    again = AGAIN | {"needs": ["form_complete", "unchanged", "period_open"]}
    back = RETURNED | {"due": {"working_days": 5}}
    sound = changed(
        states__back=back,
        actions__submit=again,
        actions__return=BACK,
        actions__withdraw__needs=["period_open"],
    )
    assert why(sound) == []


def test_what_is_unsound_is_shown_on_its_line() -> None:
    text = GOOD.replace("needs: [not_own, not_signed, unchanged, reauthenticated]", "needs: [not_own]")
    definition, _data, lines = read(text, "report.yaml")
    with pytest.raises(Unsound) as refused:
        soundness.check(definition, lines, "report.yaml")
    line = text[: text.index("  sign:")].count("\n") + 1
    assert {(problem.file, problem.line) for problem in refused.value.problems} == {("report.yaml", line)}


# --- whatever passes is sane ---------------------------------------------------------------------

NAMES = ("draft", "one", "two", "back", "end")


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Something like a definition: mostly right, with everything drawn."""
    states: dict[str, Any] = {}
    for name in NAMES[: draw(st.integers(2, 5))]:
        tone = draw(st.sampled_from(["draft", "waiting", "approved", "returned"]))
        states[name] = {"title": TITLE, "tone": tone}
        if draw(st.booleans()) and tone == "waiting":
            states[name]["waits_for"] = [{"role": "lead", "at": "department"}]
        if tone in ("draft", "returned"):
            states[name] |= {"editable": True, "waits_for": "author"}
        if draw(st.integers(0, 3)) == 0:
            states[name]["final"] = True
    needs = st.lists(st.sampled_from(sorted(GUARDS)), max_size=5, unique=True)
    effects = st.lists(st.sampled_from(sorted(EFFECTS)), max_size=3, unique=True)
    actions = {
        f"a{number}": {
            "title": TITLE,
            "from": draw(st.lists(st.sampled_from(sorted(states)), min_size=1, max_size=2, unique=True)),
            "to": draw(st.sampled_from(sorted(states))),
            "by": draw(st.sampled_from(["drafter", "submitter", "waited_for", "last_signer"])),
            "needs": [*draw(needs)],
            "effects": [*draw(effects)],
        }
        for number in range(draw(st.integers(1, 6)))
    }
    return {
        "key": "drawn", "title": TITLE, "subject": "school", "period": "term", "initial": "draft",
        "drafted_by": [{"role": "coordinator", "at": "school"}], "path": ["draft"], "states": states,
        "actions": actions, "form": [{"key": "text", "title": TITLE, "kind": "text"}],
    }  # fmt: skip


def ends(definition: Definition, start: str) -> set[str]:
    """Every state reached from ``start``, by walking; written apart from the rule it checks."""
    seen, edge = {start}, [start]
    while edge:
        here = edge.pop()
        for action in definition.actions.values():
            if here in action.sources:
                for to in action.to:
                    if to.state not in seen:
                        seen.add(to.state)
                        edge.append(to.state)
    return seen


@st.composite
def nearly_sound(draw: st.DrawFn) -> dict[str, Any]:
    """A chain of reviews with returns, of which some action or state may be missing or led astray."""
    reviews = [f"review{number}" for number in range(draw(st.integers(1, 4)))]
    states: dict[str, Any] = {
        "draft": {"title": TITLE, "tone": "draft", "editable": True, "waits_for": "author"}
    }
    states |= {name: dict(STATE) for name in reviews}
    states |= {"back": dict(RETURNED), "done": {"title": TITLE, "tone": "approved", "in_force": True}}
    states["end"] = {"title": TITLE, "tone": "archived", "final": True}
    actions: dict[str, Any] = {"submit": SUBMIT | {"from": ["draft", "back"], "to": reviews[0]}}
    for here, to in zip(reviews, [*reviews[1:], "done"], strict=True):
        effects = ["put_in_force"] if to == "done" else []
        actions[f"sign_{here}"] = SIGN | {"from": [here], "to": to, "effects": effects}
    actions["return"] = BACK | {"from": draw(st.lists(st.sampled_from(reviews), min_size=1, unique=True))}
    actions["archive"] = {
        "title": TITLE,
        "from": ["done"],
        "to": "end",
        "by": [{"role": "lead", "at": "department"}],
    }
    if draw(st.booleans()):
        del actions[draw(st.sampled_from(sorted(actions)))]
    if draw(st.booleans()):
        astray = draw(st.sampled_from(sorted(actions)))
        actions[astray] = actions[astray] | {"to": draw(st.sampled_from(sorted(states)))}
    if draw(st.integers(0, 3)) == 0:
        states["extra"] = dict(STATE)
    return {
        "key": "drawn", "title": TITLE, "subject": "school", "period": "term", "initial": "draft",
        "drafted_by": [{"role": "coordinator", "at": "school"}], "path": ["draft"], "states": states,
        "actions": actions, "form": [{"key": "text", "title": TITLE, "kind": "text"}],
    }  # fmt: skip


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(nearly_sound())
def test_whatever_passes_has_no_island_and_no_trap(data: dict[str, Any]) -> None:
    definition = build(data)
    found = why(data)
    finals = {name for name, state in definition.states.items() if state.final}
    event("refused" if found else "accepted")
    if found:
        return
    assert ends(definition, "draft") == set(definition.states)
    for name in definition.states:
        assert ends(definition, name) & finals


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(definitions())
def test_islands_and_traps_are_always_told(data: dict[str, Any]) -> None:
    definition = build(data)
    finals = {name for name, state in definition.states.items() if state.final}
    told = "\n".join(why(data))
    for name in definition.states:
        if name not in ends(definition, "draft"):
            assert f"从起始状态走不到「{name}」" in told
        if finals and not ends(definition, name) & finals:
            assert f"从「{name}」走不到任何终结状态" in told
