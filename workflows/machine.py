"""A definition becomes one shared ``transitions.Machine``; a case is asked about, or fired.

Thread-safe: the machine is built once per definition version and never changed; each call walks
its own light model, which is not registered with the machine (docs/decisions has the figures).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from transitions import EventData
from transitions import Machine as TransitionsMachine

from workflows.definition import Action, Definition, Destination, Rung
from workflows.guards import GUARDS, Case, Inputs, Reason, not_your_turn

_BY = {"drafter": "not_drafter", "submitter": "not_submitter", "last_signer": "not_last_signer"}


class ActionRefused(Exception):
    """The machine says no. ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.say())
        self.reason = reason


class NoSuchAction(Exception):
    """No action of that name in this definition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the machine says of one action: may it be done now, if not why not, and what to send along."""

    name: str
    action: Action
    allowed: bool
    reason: Reason | None
    asks: tuple[str, ...]
    applies: bool


@dataclass(slots=True)
class _Walker:
    """The light model ``transitions`` moves: a state and the case it is judged by."""

    state: str
    case: Case
    reason: Reason | None = None


class StateMachine:
    """The state machine of one definition version."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        #: every seat on a ladder, as relations
        self.seats = definition.seats()
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
                    self._machine.add_transition(
                        name, source, to.state, conditions=[self._leads_to(to), self._permits(name, to)]
                    )

    def ask(self, case: Case) -> tuple[Answer, ...]:
        """Every action of the definition with its answer; inputs are not judged yet."""
        case = replace(case, inputs=None)
        answers = []
        for name, action in self.definition.actions.items():
            reason = self._why_not(name, case)
            asks = tuple(GUARDS[need].asks for need in action.needs if GUARDS[need].asks)
            applies = case.state in action.sources
            answers.append(Answer(name, action, reason is None, reason, asks, applies))
        return tuple(answers)

    def fire(self, name: str, case: Case) -> str:
        """Do the action; returns the state it leads to.

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
        if not self._machine.events[name].trigger(walker):
            raise ActionRefused(walker.reason or Reason("nobody_can_act"))
        return walker.state

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
    def _leads_to(to: Destination) -> Callable[[Any], bool]:
        if to.when is None:
            return lambda event: True
        guard = GUARDS[to.when]
        return lambda event: guard.check(event.model.case) is None

    def _permits(self, name: str, to: Destination) -> Callable[[EventData], bool]:
        def permits(event: Any) -> bool:
            event.model.reason = self._why_not(name, event.model.case, to)
            return event.model.reason is None

        return permits

    def _wrong_state(self, case: Case) -> Reason:
        title = self.definition.states[case.state].title
        return Reason("wrong_state", {"state_zh": title.zh, "state_en": title.en})

    def _why_not(self, name: str, case: Case, to: Destination | None = None) -> Reason | None:
        """The first reason against it: the state, the person, the needs, the way ahead."""
        action = self.definition.actions[name]
        if case.state not in action.sources:
            return self._wrong_state(case)
        if reason := self._not_the_person(action, case):
            return reason
        for need in action.needs:
            if reason := GUARDS[need].check(case):
                return reason
        return self._nobody_ahead(action, to or self._destination(action, case), case)

    def _destination(self, action: Action, case: Case) -> Destination:
        for to in action.to:
            if to.when is None or GUARDS[to.when].check(case) is None:
                return to
        return action.to[-1]

    def _not_the_person(self, action: Action, case: Case) -> Reason | None:
        if not isinstance(action.by, str):
            held = any(seat.relation in case.relations for seat in action.by)
            return None if held else Reason("no_right")
        if action.by != "waited_for":
            return None if action.by in case.relations else Reason(_BY[action.by])
        rung = self.open_rung(case.state, case)
        if any(seat.relation in case.relations for seat in rung):
            return None
        ladder = {seat.relation for rung_ in self.definition.states[case.state].ladder for seat in rung_}
        if ladder & case.relations:  # one of those who might have been asked: say what bars them
            for guard in ("not_own", "not_signed"):
                if reason := GUARDS[guard].check(case):
                    return reason
        if not rung:
            return Reason("nobody_can_act")
        return not_your_turn([seat.relation for seat in rung])

    def _nobody_ahead(self, action: Action, to: Destination, case: Case) -> Reason | None:
        """A move into a state where nobody could act would be a trap."""
        if to.state == case.state or not self.definition.states[to.state].ladder:
            return None
        out = self.out_after(action, case.me, case.signed)
        return None if self.rung(to.state, case.seats, out) else Reason("nobody_can_act")

    @staticmethod
    def out_after(action: Action, me: int, signed: frozenset[int]) -> frozenset[int]:
        """Who may not sign in the round once ``me`` has done ``action``.

        A new round forgets who signed in the last one; who submits has become an author.
        """
        out = frozenset() if "open_round" in action.effects else signed
        joins = action.signs or "freeze_revision" in action.effects
        return out | {me} if joins else out
