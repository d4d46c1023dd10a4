"""The state machine of a definition: one shared ``transitions.Machine``; a case is asked about, or fired.

Thread-safe: it is built once per definition version and never changed; each call moves a light
model of its own, which is not registered with the ``transitions.Machine``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from transitions import EventData
from transitions import Machine as TransitionsMachine

from workflows.definition import Action, Definition, Destination, Rung
from workflows.guards import GUARDS, Case, Inputs, Reason, not_your_turn
from workflows.vocabulary import FAR_PLACES

_BY = {"drafter": "not_drafter", "submitter": "not_submitter", "last_signer": "not_last_signer"}


class ActionRefused(Exception):
    """The action may not be done. ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.say())
        self.reason = reason


class NoSuchAction(Exception):
    """No action of that name in this definition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one action: may it be done now, if not why not, and what to send along."""

    name: str
    action: Action
    allowed: bool
    reason: Reason | None
    asks: tuple[str, ...]
    applies: bool


@dataclass(frozen=True, slots=True)
class Transition:
    """An action found allowed: where it leads, by which seat it is done, who is asked next.

    ``seat`` is None for what is not done by a seat a state waits for. ``next_rung`` is None where
    the document stays in its state (another department comes next) and empty where nobody is asked.
    """

    to: str
    seat: str | None
    next_rung: Rung | None


@dataclass(slots=True)
class _Judgement:
    """What the rules make of one action for one case."""

    reason: Reason | None = None
    seat: str | None = None
    next_rung: Rung | None = ()


@dataclass(slots=True)
class _Walker:
    """The light model ``transitions`` moves: a state and the case it is judged by."""

    state: str
    case: Case
    judgement: _Judgement | None = None


class StateMachine:
    """The state machine of one definition version."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        #: every seat on a ladder, as relations
        self.seats = definition.seats()
        #: whether any of them is far from the document
        self.has_far_seats = any(relation.partition("@")[2] in FAR_PLACES for relation in self.seats)
        #: for each state, the actions that lead on to a ladder, with the state they lead to
        self.ahead = {
            state: tuple(
                (action, to.state)
                for action in definition.actions.values()
                for to in action.to
                if state in action.sources and to.state != state and definition.states[to.state].ladder
            )
            for state in definition.states
        }
        self._machine = TransitionsMachine(
            model=None,
            states=list(definition.states),
            initial=definition.initial,
            auto_transitions=False,
            send_event=True,
        )
        for name, action in definition.actions.items():
            for source in action.sources:
                for to in action.to:
                    leads = [] if to.when is None else [self._leads_to(to.when)]
                    self._machine.add_transition(
                        name, source, to.state, conditions=[*leads, self._permits(name, to)]
                    )

    def ask(self, case: Case) -> tuple[Answer, ...]:
        """Every action of the definition with its answer; inputs are not judged yet."""
        case = replace(case, inputs=None)
        answers = []
        for name, action in self.definition.actions.items():
            reason = self._judge(name, case).reason
            asks = tuple(GUARDS[need].asks for need in action.needs if GUARDS[need].asks)
            applies = case.state in action.sources
            answers.append(Answer(name, action, reason is None, reason, asks, applies))
        return tuple(answers)

    def fire(self, name: str, case: Case) -> Transition:
        """Do the action.

        Raises:
            NoSuchAction: the definition has no such action.
            ActionRefused: it may not be done; nothing has moved.
        """
        if name not in self.definition.actions:
            raise NoSuchAction(name)
        case = case if case.inputs is not None else replace(case, inputs=Inputs())
        action = self.definition.actions[name]
        if case.state not in action.sources:
            raise ActionRefused(self._wrong_state(case))
        walker = _Walker(case.state, case)
        moved = self._machine.events[name].trigger(walker)
        judged = walker.judgement
        if not moved or judged is None:
            raise ActionRefused((judged and judged.reason) or Reason("nobody_can_act"))
        return Transition(walker.state, judged.seat, judged.next_rung)

    def open_rung(self, state: str, case: Case) -> Rung:
        """The seats that are asked in ``state``: the first rung on which somebody could sign."""
        return self.rung(state, case.seats, case.signed)

    def rung(self, state: str, seats: Mapping[str, frozenset[int]], out: frozenset[int]) -> Rung:
        """The first rung of ``state`` with somebody who is not ``out``; empty when there is none."""
        for rung in self.definition.states[state].ladder:
            if any(seats.get(seat.relation, frozenset()) - out for seat in rung):
                return rung
        return ()

    # --- judging -----------------------------------------------------------------------------

    @staticmethod
    def _leads_to(when: str) -> Callable[[Any], bool]:
        guard = GUARDS[when]
        return lambda event: guard.check(event.model.case) is None

    def _permits(self, name: str, to: Destination) -> Callable[[EventData], bool]:
        def permits(event: Any) -> bool:
            event.model.judgement = judged = self._judge(name, event.model.case, to)
            return judged.reason is None

        return permits

    def _wrong_state(self, case: Case) -> Reason:
        title = self.definition.states[case.state].title
        return Reason("wrong_state", {"state_zh": title.zh, "state_en": title.en})

    def _judge(self, name: str, case: Case, to: Destination | None = None) -> _Judgement:
        """The first reason against it: the state, the person, the needs, the way ahead."""
        action = self.definition.actions[name]
        if case.state not in action.sources:
            return _Judgement(self._wrong_state(case))
        judged = self._person(action, case)
        if judged.reason:
            return judged
        for need in action.needs:
            if reason := GUARDS[need].check(case):
                return _Judgement(reason)
        return self._ahead(action, to or self._destination(action, case), case, judged)

    def _destination(self, action: Action, case: Case) -> Destination:
        for to in action.to:
            if to.when is None or GUARDS[to.when].check(case) is None:
                return to
        return action.to[-1]

    def _person(self, action: Action, case: Case) -> _Judgement:
        """Whether it is theirs to do, and by which seat."""
        if not isinstance(action.by, str):
            held = any(seat.relation in case.relations for seat in action.by)
            return _Judgement(None if held else Reason("no_right"))
        if action.by != "waited_for":
            return _Judgement(None if action.by in case.relations else Reason(_BY[action.by]))
        rung = self.open_rung(case.state, case)
        for seat in rung:
            if seat.relation in case.relations:
                return _Judgement(seat=seat.relation)
        ladder = {seat.relation for rung_ in self.definition.states[case.state].ladder for seat in rung_}
        if ladder & case.relations:  # one of those who might have been asked: say what bars them
            for guard in ("not_own", "not_signed"):
                if reason := GUARDS[guard].check(case):
                    return _Judgement(reason)
        if not rung:
            return _Judgement(Reason("nobody_can_act"))
        return _Judgement(not_your_turn([seat.relation for seat in rung]))

    def _ahead(self, action: Action, to: Destination, case: Case, judged: _Judgement) -> _Judgement:
        """A move into a state where nobody could act would be a trap."""
        if to.state == case.state:
            judged.next_rung = None
        elif self.definition.states[to.state].ladder:
            out = self.out_after(action, case.me, case.signed)
            judged.next_rung = self.rung(to.state, case.seats, out)
            if not judged.next_rung:
                judged.reason = Reason("nobody_can_act")
        return judged

    @staticmethod
    def out_after(action: Action, me: int, signed: frozenset[int]) -> frozenset[int]:
        """Who may not sign in the round once ``me`` has done ``action``.

        A new round forgets who signed in the last one; who submits has become an author.
        """
        out = frozenset() if "open_round" in action.effects else signed
        joins = action.signs or "freeze_revision" in action.effects
        return out | {me} if joins else out
