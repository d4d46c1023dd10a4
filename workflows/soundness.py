"""Proves a definition sane before it is accepted: everything reachable, no trap, always somebody to act."""

from collections.abc import Iterable, Iterator, Mapping

from workflows.definition import Definition, Seat
from workflows.plain import Path_
from workflows.source import DefinitionProblem, Unsound, line_of
from workflows.vocabulary import PLACES_OF_ROLE, SIGNERS

Found = Iterator[tuple[Path_, str]]
#: What the county's rules ask of every signature (own document, twice in a round, what was shown, who).
SIGNING_NEEDS = ("not_own", "not_signed", "unchanged", "reauthenticated")


def check(definition: Definition, lines: Mapping[Path_, int], file: str) -> None:
    """Raise Unsound with every rule the definition breaks; return nothing when it is sound."""
    rules = (
        _ways, _waiting, _returning, _drafting, _drafters_at_school, _doers, _destinations, _signing,
        _force, _releasing, _path, _seats, _gates,
    )  # fmt: skip
    problems = [
        DefinitionProblem(file, line_of(path, lines)[1], why)
        for rule in rules
        for path, why in rule(definition)
    ]
    if problems:
        raise Unsound(problems)


# --- graph -----------------------------------------------------------------------------------


def _next(definition: Definition, state: str, actions: Iterable[str] | None = None) -> set[str]:
    """The states one action away."""
    names = definition.actions if actions is None else actions
    return {
        to.state
        for name in names
        if state in definition.actions[name].sources
        for to in definition.actions[name].to
    }


def _reach(definition: Definition, start: str, actions: Iterable[str] | None = None) -> set[str]:
    found, ahead = {start}, [start]
    names = None if actions is None else list(actions)
    while ahead:
        for state in _next(definition, ahead.pop(), names) - found:
            found.add(state)
            ahead.append(state)
    return found


# --- rules -----------------------------------------------------------------------------------


def _ways(definition: Definition) -> Found:
    """Every state is reachable; every state can reach an end; an end is an end."""
    reachable = _reach(definition, definition.initial)
    finals = {name for name, state in definition.states.items() if state.final}
    if not finals:
        yield ("states",), "没有一个终结状态（final: true），文件永远办不完"
    for name, state in definition.states.items():
        path = ("states", name)
        if name not in reachable:
            yield path, f"从起始状态走不到「{name}」"
        if state.final and _next(definition, name):
            yield path, f"「{name}」是终结状态，却还有动作从它出发"
        if finals and not state.final and not _reach(definition, name) & finals:
            yield path, f"从「{name}」走不到任何终结状态，文件会困在这里"


def _waiting(definition: Definition) -> Found:
    """A waiting state names who acts, and gives them something to do."""
    for name, state in definition.states.items():
        path = ("states", name)
        by_seat = [a for a in definition.actions.values() if name in a.sources and a.by == "waited_for"]
        if state.tone == "waiting" and not state.ladder:
            yield path, f"「{name}」是等待状态，却没有写等谁（waits_for）"
        if state.ladder and not by_seat:
            yield path, f"「{name}」写了等谁，却没有一个由他们做的动作（by: waited_for）"
        if state.ladder and state.editable:
            yield path, f"「{name}」正在等人签，内容不能同时可改（editable）"
        if state.editable and state.waits_for != "author":
            yield path, f"「{name}」可以修改内容，应等待起草人（waits_for: author）"
        if state.final and state.ladder:
            yield path, f"「{name}」已经终结，不应再等人处理"


def _returning(definition: Definition) -> Found:
    """Every return leads back: the drafter can send the document on again."""
    drafter = [name for name, action in definition.actions.items() if action.by == "drafter"]
    waiting = {name for name, state in definition.states.items() if state.ladder}
    for name, state in definition.states.items():
        if state.tone == "returned" and not _reach(definition, name, drafter) & waiting:
            yield ("states", name), f"从「{name}」起草人无法把文件再送出去"


def _drafting(definition: Definition) -> Found:
    """Work begins in a state that can be typed into, and is frozen before anybody is asked to sign."""
    if definition.initial in definition.states and not definition.states[definition.initial].editable:
        yield ("initial",), f"起始状态「{definition.initial}」应可以修改内容（editable: true）"
    for key, action in definition.actions.items():
        for source in action.sources:
            for to in action.to:
                leaves = definition.states[source].editable and definition.states[to.state].ladder
                if leaves and "freeze_revision" not in action.effects:
                    yield (
                        ("actions", key),
                        f"「{key}」把正在起草的内容送去签，应带 freeze_revision，先定下一版",
                    )
                if leaves and "open_round" not in action.effects:
                    yield ("actions", key), f"「{key}」把文件送去签，应带 open_round，开始新的一轮"
                if leaves and "form_complete" not in action.needs:
                    yield ("actions", key), f"「{key}」把文件送去签，应要求 form_complete"


def _gates(definition: Definition) -> Found:
    """No action leads where nothing can be done once submissions have closed.

    Where every way on from a state that is typed into needs the period to be open, the state has a
    deadline in working days of its own, within which it stays doable, or what leads there needs the
    period to be open too.
    """
    for name, state in definition.states.items():
        if not state.editable or (state.due and state.due.working_days is not None):
            continue
        ways_on = [
            action
            for action in definition.actions.values()
            if name in action.sources and any(definition.states[to.state].ladder for to in action.to)
        ]
        if not ways_on or any("period_open" not in action.needs for action in ways_on):
            continue
        for key, action in definition.actions.items():
            leads_here = any(to.state == name for to in action.to) and name not in action.sources
            if leads_here and "period_open" not in action.needs:
                yield (
                    ("actions", key),
                    f"填报期截止以后「{key}」把文件带到「{name}」，那里却交不上去：给「{name}」写上按工作日算的"
                    f"期限（due: working_days），或让「{key}」也要求 period_open",
                )


def _doers(definition: Definition) -> Found:
    """No action nobody may do."""
    for key, action in definition.actions.items():
        path = ("actions", key)
        if action.by == "waited_for":
            for source in action.sources:
                if not definition.states[source].ladder:
                    yield path, f"「{key}」由被等待的人做，可「{source}」不等任何席位"
        elif action.by == "last_signer" and not _signed_into(definition, action.sources):
            yield path, f"「{key}」由刚签过的人做，可没有签批动作通向它的起点"
        elif action.by == "submitter" and not any(
            "freeze_revision" in other.effects for other in definition.actions.values()
        ):
            yield path, f"「{key}」由提交人做，可没有提交的动作"
        elif action.by == ():
            yield path, f"「{key}」没有写由谁做"
        if {"period_open", "period_over"} <= set(action.needs):
            yield path, f"「{key}」既要在填报期内、又要学年已结束，谁也做不了"


def _signed_into(definition: Definition, states: tuple[str, ...]) -> bool:
    return any(
        action.signs and to.state in states for action in definition.actions.values() for to in action.to
    )


def _destinations(definition: Definition) -> Found:
    """Of several destinations all but the last are conditional, and the last is not."""
    for key, action in definition.actions.items():
        if action.to[-1].when:
            yield ("actions", key), f"「{key}」的最后一个去处不能带条件，否则可能无处可去"
        if any(to.when is None for to in action.to[:-1]):
            yield ("actions", key), f"「{key}」除最后一个外，每个去处都要带条件（when）"


def _signing(definition: Definition) -> Found:
    """A signature keeps the county's rules; a return says what must change."""
    for key, action in definition.actions.items():
        path = ("actions", key)
        if action.signs:
            if action.by != "waited_for":
                yield path, f"「{key}」是签批，应由被等待的人做（by: waited_for）"
            for need in SIGNING_NEEDS:
                if need not in action.needs:
                    yield path, f"「{key}」是签批，不能少了 {need}"
        raises, says = "raise_points" in action.effects, "says_what_to_change" in action.needs
        if raises != says:
            yield path, f"「{key}」的 raise_points 与 says_what_to_change 要么都写，要么都不写"
        back = any(definition.states[to.state].tone == "returned" for to in action.to)
        if back and not says:
            yield path, f"「{key}」是退回，应要求写明要改什么（says_what_to_change）"
        if back and "not_own" not in action.needs:
            yield path, f"「{key}」是退回，不能少了 not_own"


def _force(definition: Definition) -> Found:
    """What is in force came there by being put in force, or by going back to what was."""
    for key, action in definition.actions.items():
        to_force = any(definition.states[to.state].in_force for to in action.to)
        puts = {"put_in_force", "restore_in_force"} & set(action.effects)
        if to_force and not puts:
            yield ("actions", key), f"「{key}」通向生效的状态，应带 put_in_force 或 restore_in_force"
        if puts and not to_force:
            yield ("actions", key), f"「{key}」带了生效的效果，却不通向任何生效的状态"
        if "restore_in_force" in action.effects and "amending" not in action.needs:
            yield ("actions", key), f"「{key}」恢复生效版本，应要求 amending"


def _releasing(definition: Definition) -> Found:
    """A period is left free only by what has come to its end and was never submitted."""
    for key, action in definition.actions.items():
        if "release_subject" in action.effects and (
            "never_submitted" not in action.needs
            or not all(definition.states[to.state].final for to in action.to)
        ):
            yield (
                ("actions", key),
                f"「{key}」带了 release_subject，应要求 never_submitted，并通向终结状态",
            )


def _path(definition: Definition) -> Found:
    """``path`` is a chain of states from the first one on."""
    if not definition.path or definition.path[0] != definition.initial:
        yield ("path",), "path 应从起始状态开始"
    for index, (one, two) in enumerate(zip(definition.path, definition.path[1:], strict=False)):
        if two not in _next(definition, one):
            yield ("path", index + 1), f"没有动作从「{one}」直接到「{two}」"


def _drafters_at_school(definition: Definition) -> Found:
    """Those who draft a school's document are of that school."""
    if definition.drafted_by == "subject":
        return
    if not definition.drafted_by:
        yield ("drafted_by",), "没有写由谁起草（drafted_by）"
    for index, seat in enumerate(definition.drafted_by):
        if seat.at != "school":
            yield ("drafted_by", index), "起草人应是本校的人（at: school）"


def _seats(definition: Definition) -> Found:
    """Roles sit where they belong; the administrator and the auditor nowhere they could act."""
    for path, seat, acts in _named_seats(definition):
        if seat.role == "administrator":
            yield path, "系统管理员没有任何业务权限，不能写在这里"
        elif acts and seat.role == "auditor":
            yield path, "审计员只读，不能写在这里"
        elif path[-2] == "waits_for" and seat.role not in SIGNERS:
            yield path, f"文件不能等「{seat.role}」来签"
        elif seat.at not in PLACES_OF_ROLE[seat.role]:
            yield path, f"「{seat.role}」不会在「{seat.at}」任职，可写 {'、'.join(PLACES_OF_ROLE[seat.role])}"


def _named_seats(definition: Definition) -> Iterator[tuple[Path_, Seat, bool]]:
    for index, reader in enumerate(definition.readers):
        yield ("readers", index), reader, False
    if definition.drafted_by != "subject":
        for index, seat in enumerate(definition.drafted_by):
            yield ("drafted_by", index), seat, True
    for name, state in definition.states.items():
        for index, rung in enumerate(state.ladder):
            for seat in rung:
                yield ("states", name, "waits_for", index), seat, True
    for key, action in definition.actions.items():
        for index, seat in enumerate(action.copies_to):
            yield ("actions", key, "copies_to", index), seat, False
        if not isinstance(action.by, str):
            for index, seat in enumerate(action.by):
                yield ("actions", key, "by", index), seat, True
