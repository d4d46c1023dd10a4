"""What a definition file may say.

One YAML file is one kind of artefact: its form, its states, its actions, who may do them and what
they need. Files are read strictly: an unknown key, a wrong type, a name that points nowhere, a key
given twice, an anchor or broken YAML is refused with file, line and a sentence.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from workflows.checks import Check
from workflows.form import FormField, Name, Part, Title, as_tuple
from workflows.vocabulary import BUILT_IN_ACTIONS

Place = Literal["school", "parent", "department", "training_school", "county"]
Once = Literal["submitted", "approved"]
Audience = Literal["school", "panel", "all"]
Tone = Literal["draft", "waiting", "approved", "returned", "archived"]


class Seat(Part):
    """A role at a place relative to the document: ``principal`` at its ``school``."""

    role: Name
    at: Place

    @property
    def relation(self) -> str:
        """The seat as a relation between a person and a document: ``principal@school``."""
        return f"{self.role}@{self.at}"


class ReaderRule(Seat):
    """Who may read, and from when on: at once, once submitted, once approved."""

    once: Once | None = None


def _as_rungs(value: Any) -> Any:
    """A ladder may name a seat alone where the rung has only one."""
    if not isinstance(value, list):
        return value
    return tuple(tuple(rung) if isinstance(rung, list) else (rung,) for rung in value)


def _as_destinations(value: Any) -> Any:
    if isinstance(value, str):
        return ({"state": value},)
    return as_tuple(value)


Rung = tuple[Seat, ...]
Ladder = Annotated[tuple[Annotated[Rung, Field(min_length=1)], ...], BeforeValidator(_as_rungs)]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]
Seats = Annotated[tuple[Seat, ...], BeforeValidator(as_tuple)]


class Due(Part):
    """When a state becomes late: working days after it began, or days after the period began."""

    working_days: int | None = Field(default=None, ge=1, le=250)
    days_after_period_start: int | None = Field(default=None, ge=0, le=366)

    @model_validator(mode="after")
    def _exactly_one(self) -> "Due":
        if (self.working_days is None) == (self.days_after_period_start is None):
            raise ValueError("期限要写 working_days 或 days_after_period_start 其中一项")
        return self


class State(Part):
    """A place where a document can stand.

    ``waits_for`` is a ladder: the first rung on which somebody may sign is asked, and any one of
    the seats on that rung will do （或签）. ``author`` means those who draft. ``remarks`` says whom
    remarks made here may be for: the school's people, everybody else （panel）, or all; the first
    that fits the writer is proposed.
    """

    title: Title
    tone: Tone
    waits_for: Literal["author"] | Ladder = ()
    due: Due | None = None
    editable: bool = False
    in_force: bool = False
    final: bool = False
    remarks: Annotated[tuple[Audience, ...], BeforeValidator(as_tuple)] = ("all", "school", "panel")

    @property
    def asks(self) -> bool:
        """Whether somebody is asked while a document stands here: seats, or those who wrote it."""
        mends = self.waits_for == "author" and (self.tone == "returned" or self.due is not None)
        return bool(self.ladder) or mends

    @property
    def ladder(self) -> tuple[Rung, ...]:
        return () if self.waits_for == "author" else self.waits_for


class Destination(Part):
    """Where an action leads, and on which condition; the first whose condition holds is taken."""

    state: Name
    when: Name | None = None


class Action(Part):
    """A sentence: from these states, to that one, by whom, with what.

    ``done``: what is said once it has been done, where 已 and the title would say too much. ``ask_why``:
    whether its page asks for a reason.
    """

    title: Title
    done: Title | None = None
    ask_why: bool = False
    sources: Names = Field(alias="from", min_length=1)
    to: Annotated[tuple[Destination, ...], BeforeValidator(_as_destinations), Field(min_length=1)]
    by: Literal["drafter", "submitter", "waited_for", "last_signer"] | Seats
    needs: Names = ()
    effects: Names = ()
    signs: bool = False
    style: Literal["primary", "plain", "danger"] = "plain"
    copies_to: Seats = ()


class Definition(Part):
    """One kind of artefact. ``version`` is the SHA-256 of its canonical form."""

    key: Name
    title: Title
    subject: Literal["school", "teacher"]
    period: Literal["school_year", "term"]
    drafted_by: Literal["subject"] | Seats
    readers: Annotated[tuple[ReaderRule, ...], BeforeValidator(as_tuple)] = ()
    shareable: bool = False
    path: Names
    initial: Name
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    form: Annotated[tuple[FormField, ...], BeforeValidator(as_tuple), Field(min_length=1)]
    checks: Annotated[tuple[Check, ...], BeforeValidator(as_tuple)] = ()
    version: str = Field(default="", exclude=True)

    def field(self, key: str) -> FormField | None:
        return next((field for field in self.form if field.key == key), None)

    def section_title(self, key: str) -> Title:
        """The title of a section; its key for one this form does not have."""
        section = self.field(key)
        return section.title if section else Title(zh=key, en=key)

    def action_title(self, name: str) -> Title:
        """The title of an action, of a built-in one too; its name for one nobody knows."""
        if name in self.actions:
            return self.actions[name].title
        return Title(**BUILT_IN_ACTIONS.get(name, {"zh": name, "en": name}))

    @cached_property
    def reader_rules(self) -> tuple[ReaderRule, ...]:
        """The readers, and those who draft: they read from the start. Every sign-off asks for them."""
        drafted_by = () if self.drafted_by == "subject" else self.drafted_by
        drafters = (ReaderRule(role=seat.role, at=seat.at) for seat in drafted_by)
        return tuple(dict.fromkeys((*self.readers, *drafters)))

    def seats(self) -> frozenset[str]:
        """Every relation on any ladder of this definition."""
        return frozenset(
            seat.relation for state in self.states.values() for rung in state.ladder for seat in rung
        )
