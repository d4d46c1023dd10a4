"""The state machine against an oracle written apart from it: every role, relation and state."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.oracle import ACTIONS, CAST, STATES, World, allowed, drafts, leads_to, worlds
from workflows import guards, soundness
from workflows.guards import GUARDS, SENTENCES, Case, Guard, Inputs
from workflows.machine import ActionRefused, NoSuchAction, StateMachine
from workflows.source import Unsound, build, read

FOLDER = Path(__file__).resolve().parents[2] / "workflows"
SENT = Inputs(shown_is_current=True, reauthenticated=True, says_what_to_change=True)
#: Of all worlds every so many-th is looked at: a prime, so that none of their facts is left out.
STEP = 7
NUMBERS = {name: number for number, name in enumerate(CAST, 1)}


def data_of(kind: str) -> dict:  # type: ignore[type-arg]
    return read((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"), kind)[1]


LAWS = {
    kind: StateMachine(build(data_of(kind))) for kind in ("school_plan", "development_plan", "annual_summary")
}


def places(name: str) -> tuple[str, ...]:
    """A department's lead sits at the training school, too."""
    place = CAST[name][1]
    return ("department", "training_school") if place == "department" else (place,)


def case_of(world: World, machine: StateMachine) -> Case:
    """The case as the application would put it before the state machine."""
    seats = {
        relation: frozenset(
            NUMBERS[name]
            for name, (role, _place) in CAST.items()
            if any(f"{role}@{place}" == relation for place in places(name))
            and name not in world.absent
            and name not in world.authors
        )
        for relation in machine.seats
    }
    role = CAST[world.me][0]
    relations = {f"{role}@{place}" for place in places(world.me)} if role else set()
    personal = {
        "author": world.me in world.authors,
        "drafter": drafts(world, world.me),
        "submitter": world.me == world.submitter,
        "last_signer": world.me == world.last_signer,
        "signed": world.me in world.signed,
    }
    return Case(
        me=NUMBERS[world.me],
        relations=frozenset(relations | {name for name, true in personal.items() if true}),
        state=world.state,
        seats=seats,
        signed=frozenset(NUMBERS[name] for name in world.signed),
        problems=3 if "problems" in world.flags else 0,
        unanswered=1 if "unanswered" in world.flags else 0,
        acted_on="acted" in world.flags,
        more_departments="more" in world.flags,
        period_open="closed" not in world.flags,
        period_over="over" in world.flags,
        amending="amending" in world.flags,
        revision=1 if world.flags & {"submitted", "amending"} else 0,
    )


def disagreements(
    machines: dict[str, StateMachine], step: int = 1, states: Iterable[str] = STATES
) -> Iterator[tuple[World, str]]:
    for world in worlds(step):
        machine = machines.get(world.kind) if world.state in states else None
        for answer in machine.ask(case_of(world, machine)) if machine else ():
            if answer.allowed != allowed(world, answer.name):
                yield world, answer.name


def test_the_law_says_what_the_county_says() -> None:
    assert sum(1 for _ in worlds(STEP)) > 10_000
    assert list(disagreements(LAWS, STEP)) == []


def test_every_action_is_allowed_somewhere_and_refused_somewhere() -> None:
    said = Counter((world.kind, action, allowed(world, action)) for world in worlds(23) for action in ACTIONS)
    for kind in LAWS:
        for action in ACTIONS:
            assert said[kind, action, True], (kind, action)
            assert said[kind, action, False], (kind, action)


def test_firing_agrees_with_asking_and_goes_where_it_should() -> None:
    for world in worlds(17):
        machine = LAWS[world.kind]
        case = replace(case_of(world, machine), inputs=SENT)
        for action in ACTIONS:
            if allowed(world, action):
                assert machine.fire(action, case).to == leads_to(world, action), (world, action)
            else:
                with pytest.raises(ActionRefused):
                    machine.fire(action, case)


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    for world in worlds(29):
        machine = LAWS[world.kind]
        for answer in machine.ask(case_of(world, machine)):
            if answer.reason:
                for lang in ("zh", "en"):
                    sentence = answer.reason.say(lang)
                    assert sentence
                    assert "{" not in sentence
    assert all(set(sentences) == {"zh", "en"} for sentences in SENTENCES.values())


# --- what is sent along ------------------------------------------------------------------------

INPUTS = {
    "shown_is_current": ("content_changed", {"submit", "sign", "approve", "return"}),
    "reauthenticated": ("reauthentication_required", {"sign", "approve"}),
    "says_what_to_change": ("points_required", {"return"}),
}


@pytest.mark.parametrize("kind", LAWS)
@pytest.mark.parametrize("missing", INPUTS)
def test_what_is_not_sent_along_is_asked_for(kind: str, missing: str) -> None:
    machine = LAWS[kind]
    code, actions = INPUTS[missing]
    inputs = replace(SENT, **{missing: False})
    for world in worlds(19):
        if world.kind != kind:
            continue
        case = replace(case_of(world, machine), inputs=inputs)
        for action in ACTIONS:
            if not allowed(world, action):
                continue
            if action in actions:
                with pytest.raises(ActionRefused) as refused:
                    machine.fire(action, case)
                assert refused.value.reason.code == code
            else:
                assert machine.fire(action, case).to == leads_to(world, action)


def test_nothing_sent_is_nothing_proved() -> None:
    machine = LAWS["school_plan"]
    world = World(
        "school_plan", "school_review", "principal", frozenset({"coordinator"}), submitter="coordinator"
    )
    with pytest.raises(ActionRefused):
        machine.fire("sign", case_of(world, machine))
    with pytest.raises(NoSuchAction):
        machine.fire("explode", case_of(world, machine))


# --- every guard counts ------------------------------------------------------------------------

STANDING = [name for name, guard in GUARDS.items() if not guard.asks and name != "more_departments"]


@pytest.mark.parametrize("name", STANDING)
def test_a_guard_that_always_agrees_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(guards.GUARDS, name, Guard(lambda case: None, "", ""))
    assert any(disagreements(LAWS)), name


@pytest.mark.parametrize("name", [name for name, guard in GUARDS.items() if guard.asks])
def test_an_input_guard_that_always_agrees_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(
        "school_plan", "training_review", "lead", frozenset({"coordinator"}), submitter="coordinator"
    )
    machine = LAWS["school_plan"]
    action = "return" if name == "says_what_to_change" else "approve"
    with pytest.raises(ActionRefused):
        machine.fire(action, replace(case_of(world, machine), inputs=Inputs(**_all_but(name))))
    monkeypatch.setitem(guards.GUARDS, name, Guard(lambda case: None, "", "", GUARDS[name].asks))
    assert machine.fire(action, replace(case_of(world, machine), inputs=Inputs(**_all_but(name))))


def _all_but(guard: str) -> dict[str, bool]:
    names = {"unchanged": "shown_is_current", "reauthenticated": "reauthenticated"}
    return {name: name != names.get(guard, "says_what_to_change") for name in INPUTS}


@pytest.mark.parametrize("kind", LAWS)
def test_a_need_left_out_of_a_definition_is_noticed(kind: str) -> None:
    """ActionRefused as unsound, or seen by the oracle, or (what is sent along) no longer asked for."""
    whole = data_of(kind)
    for action, said in whole["actions"].items():
        for need in said.get("needs", ()):
            data = data_of(kind)
            data["actions"][action]["needs"].remove(need)
            definition = build(data)
            try:
                soundness.check(definition, {}, kind)
            except Unsound:
                continue
            if GUARDS[need].asks:
                (answer,) = [one for one in StateMachine(definition).ask(_any_case()) if one.name == action]
                (before,) = [one for one in LAWS[kind].ask(_any_case()) if one.name == action]
                assert answer.asks != before.asks, (action, need)
            else:
                assert any(disagreements({kind: StateMachine(definition)}, states=said["from"])), (
                    action,
                    need,
                )


def _any_case() -> Case:
    return Case(me=1, relations=frozenset(), state="draft")


# --- properties ----------------------------------------------------------------------------------

RELATIONS = sorted(
    {f"{role}@{place}" for role, place in CAST.values() if role}
    | {"author", "drafter", "submitter", "last_signer", "signed", "subject"}
)
CASES = st.builds(
    Case,
    me=st.integers(1, 4),
    relations=st.frozensets(st.sampled_from(RELATIONS)),
    state=st.sampled_from(STATES),
    seats=st.dictionaries(st.sampled_from(RELATIONS), st.frozensets(st.integers(1, 4))),
    signed=st.frozensets(st.integers(1, 4)),
    problems=st.integers(0, 1),
    unanswered=st.integers(0, 1),
    acted_on=st.booleans(),
    more_departments=st.booleans(),
    period_open=st.booleans(),
    period_over=st.booleans(),
    amending=st.booleans(),
)


@given(CASES, st.sampled_from(sorted(LAWS)))
def test_nobody_signs_their_own_nor_twice_whatever_else_holds(case: Case, kind: str) -> None:
    for answer in LAWS[kind].ask(case):
        if answer.allowed and answer.action.signs:
            assert "author" not in case.relations
            assert "signed" not in case.relations
        if answer.allowed and answer.name == "return":
            assert "author" not in case.relations


@given(CASES, st.sampled_from(sorted(LAWS)))
def test_auditors_and_administrators_can_do_nothing(case: Case, kind: str) -> None:
    bystander = replace(case, relations=frozenset({"auditor@county", "administrator@county"}))
    assert not any(answer.allowed for answer in LAWS[kind].ask(bystander))


@given(CASES, st.sampled_from(sorted(LAWS)), st.sampled_from(ACTIONS))
def test_asking_and_firing_agree_on_any_case(case: Case, kind: str, action: str) -> None:
    machine = LAWS[kind]
    (answer,) = [one for one in machine.ask(case) if one.name == action]
    if answer.allowed:
        assert machine.fire(action, replace(case, inputs=SENT)).to in {one.state for one in answer.action.to}
        return
    with pytest.raises(ActionRefused) as refused:
        machine.fire(action, replace(case, inputs=SENT))
    assert answer.reason
    assert refused.value.reason.code == answer.reason.code


def test_one_machine_serves_many_threads() -> None:
    sample = random.Random(1).sample(list(worlds(31)), 1500)
    cases = [(world, replace(case_of(world, LAWS[world.kind]), inputs=SENT)) for world in sample]

    def fire(pair: tuple[World, Case]) -> list[str]:
        world, case = pair
        ends = []
        for action in ACTIONS:
            try:
                ends.append(LAWS[world.kind].fire(action, case))
            except ActionRefused as refused:
                ends.append(refused.reason.code)
        return ends

    alone = [fire(pair) for pair in cases]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fire, cases)) == alone
