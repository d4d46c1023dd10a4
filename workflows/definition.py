"""What a definition file may say.

One YAML file is one kind of artefact: its form, its states, its actions, who may do them and what
they need. Files are read strictly: an unknown key, a wrong type, a name that points nowhere, a key
given twice, an anchor or broken YAML is refused with file, line and a sentence.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from workflows import plain
from workflows.checks import Check
from workflows.checks import wrong as wrong_checks
from workflows.form import Column, FormField, Name, Part, Title, as_tuple
from workflows.guards import GUARDS
from workflows.plain import Path_
from workflows.vocabulary import BUILT_IN_ACTIONS, EFFECTS, ROLES

MAX_FILE_BYTES = 256 * 1024

Place = Literal["school", "parent", "department", "training_school", "county"]
Once = Literal["submitted", "approved"]
Audience = Literal["school", "panel", "all"]
Tone = Literal["draft", "waiting", "approved", "returned", "archived"]


@dataclass(frozen=True, slots=True)
class DefinitionProblem:
    """One error in a definition: where it stands and what is wrong, in Chinese."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file} 第 {self.line} 行：{self.why}"


class Unsound(Exception):
    """A definition that is refused. ``problems`` is never empty."""

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


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

    def seats(self) -> frozenset[str]:
        """Every relation on any ladder of this definition."""
        return frozenset(
            seat.relation for state in self.states.values() for rung in state.ladder for seat in rung
        )


# --- reading ---------------------------------------------------------------------------------


def line_of(loc: Path_, lines: Mapping[Path_, int]) -> tuple[Path_, int]:
    """The longest path of the file that ``loc`` runs along; union tags in ``loc`` are passed over."""
    path: Path_ = ()
    for part in loc:
        if (*path, part) in lines:
            path = (*path, part)
    return path, lines.get(path, 1)


_KINDS = {
    "string_type": "一段文字",
    "bool_type": "true 或 false",
    "int_type": "一个整数",
    "tuple_type": "一个列表",
    "list_type": "一个列表",
    "dict_type": "一组「键: 值」",
    "mapping_type": "一组「键: 值」",
    "model_type": "一组「键: 值」",
    "model_attributes_type": "一组「键: 值」",
}


def _sentence(error: Mapping[str, Any], path: Path_) -> str:
    kind, loc, context = error["type"], error["loc"], error.get("ctx", {})
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "文件")
    if kind == "extra_forbidden":
        return f"不认识「{loc[-1]}」这一项"
    if kind == "missing":
        return f"「{name}」缺少「{loc[-1]}」"
    if kind == "union_tag_not_found":
        return f"「{name}」里有一项没有写 kind"
    if kind == "union_tag_invalid":
        known = context["expected_tags"].replace("'", "").split(", ")
        return plain.unknown("检查", str(context["tag"]), known)
    if kind in _KINDS:
        return f"「{name}」应是{_KINDS[kind]}"
    if kind == "literal_error":
        return f"「{name}」只能是 {context['expected'].replace(' or ', '、')}，现在是「{error['input']}」"
    if kind == "string_pattern_mismatch":
        return (
            f"「{name}」里的名字「{error['input']}」只能用小写字母、数字和下划线，以字母开头，最长 40 个字符"
        )
    if kind == "value_error":
        return f"「{name}」：{context['error']}"
    if kind in ("too_short", "string_too_short"):
        return f"「{name}」不能是空的"
    limits = {"less_than_equal": "le", "greater_than_equal": "ge", "string_too_long": "max_length"}
    if kind in limits:
        return f"「{name}」超出范围（界限 {context[limits[kind]]}）"
    return f"「{name}」写法不对（{error['msg']}）"


def _type_problems(error: ValidationError, file: str, lines: Mapping[Path_, int]) -> list[DefinitionProblem]:
    """One problem per place: of the branches of a union, the one that went deepest speaks."""
    best: dict[Path_, tuple[int, DefinitionProblem]] = {}
    for item in error.errors():
        path, line = line_of(item["loc"], lines)
        deepest = len(path)
        problem = DefinitionProblem(file, line, _sentence(item, path))
        root = path[:3]
        if root not in best or deepest > best[root][0]:
            best[root] = (deepest, problem)
    return [problem for _, problem in best.values()]


def _name_problems(definition: Definition) -> Iterator[tuple[Path_, str]]:
    """Names that point nowhere, and keys given twice."""
    states, guards = list(definition.states), list(GUARDS)
    if definition.initial not in states:
        yield ("initial",), plain.unknown("状态", definition.initial, states)
    for index, name in enumerate(definition.path):
        if name not in states:
            yield ("path", index), plain.unknown("状态", name, states)
    yield from _role_problems(definition)
    for key, action in definition.actions.items():
        for index, name in enumerate(action.sources):
            if name not in states:
                yield ("actions", key, "from", index), plain.unknown("状态", name, states)
        for index, to in enumerate(action.to):
            if to.state not in states:
                yield ("actions", key, "to", index, "state"), plain.unknown("状态", to.state, states)
            if to.when and to.when not in guards:
                yield ("actions", key, "to", index, "when"), plain.unknown("条件", to.when, guards)
        for index, name in enumerate(action.needs):
            if name not in guards:
                yield ("actions", key, "needs", index), plain.unknown("条件", name, guards)
        for index, name in enumerate(action.effects):
            if name not in EFFECTS:
                yield ("actions", key, "effects", index), plain.unknown("效果", name, list(EFFECTS))
    yield from _twice(("form",), definition.form)
    for index, field in enumerate(definition.form):
        yield from _twice(("form", index, "columns"), field.columns)
    yield from wrong_checks(definition.form, definition.checks)


def _role_problems(definition: Definition) -> Iterator[tuple[Path_, str]]:
    named: list[tuple[Path_, Seat]] = [(("readers", i), seat) for i, seat in enumerate(definition.readers)]
    if definition.drafted_by != "subject":
        named += [(("drafted_by", i), seat) for i, seat in enumerate(definition.drafted_by)]
    for key, state in definition.states.items():
        for i, rung in enumerate(state.ladder):
            named += [(("states", key, "waits_for", i), seat) for seat in rung]
    for key, action in definition.actions.items():
        named += [(("actions", key, "copies_to", i), seat) for i, seat in enumerate(action.copies_to)]
        if not isinstance(action.by, str):
            named += [(("actions", key, "by", i), seat) for i, seat in enumerate(action.by)]
    for path, seat in named:
        if seat.role not in ROLES:
            yield (*path, "role"), plain.unknown("角色", seat.role, list(ROLES))


def _twice(path: Path_, parts: Sequence[FormField | Column]) -> Iterator[tuple[Path_, str]]:
    seen: set[str] = set()
    for index, part in enumerate(parts):
        if part.key in seen:
            yield (*path, index, "key"), f"「{part.key}」在表单里出现了两次"
        seen.add(part.key)


def build(data: Any, file: str = "definition", lines: Mapping[Path_, int] | None = None) -> Definition:
    """A definition out of plain data (as read from YAML, or from the store).

    Raises:
        Unsound: with every error found at the first stage that found any.
    """
    lines = lines or {}
    if not isinstance(data, dict):
        raise Unsound([DefinitionProblem(file, 1, "文件应是一组「键: 值」")])
    try:
        definition = Definition.model_validate(data)
    except ValidationError as error:
        raise Unsound(_type_problems(error, file, lines)) from error
    problems = [
        DefinitionProblem(file, line_of(path, lines)[1], why) for path, why in _name_problems(definition)
    ]
    if problems:
        raise Unsound(problems)
    version = hashlib.sha256(rfc8785.dumps(data)).hexdigest()
    return definition.model_copy(update={"version": version})


def read(text: str, file: str) -> tuple[Definition, dict[str, Any], dict[Path_, int]]:
    """A definition, the plain data it was made of, and the line of each path.

    Raises:
        Unsound: see ``build``; soundness itself is proved in ``workflows.soundness``.
    """
    if len(text.encode()) > MAX_FILE_BYTES:
        raise Unsound([DefinitionProblem(file, 1, f"文件超过 {MAX_FILE_BYTES // 1024} KB")])
    try:
        data, lines = plain.read(text)
    except plain.PlainRefused as error:
        raise Unsound([DefinitionProblem(file, error.line, error.why)]) from error
    return build(data, file, lines), data, lines


def files(*folders: Path) -> list[Path]:
    """The definition files of the folders, in the order of their names."""
    return sorted(path for folder in folders for path in folder.glob("*.yaml"))
