"""Reading a definition file: strictly, with every mistake named by its line and a sentence."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import ValidationError

from workflows import plain
from workflows.checks import wrong as wrong_checks
from workflows.definition import Definition, Seat
from workflows.form import Column, FormField
from workflows.guards import GUARDS
from workflows.plain import Path_
from workflows.vocabulary import EFFECTS, ROLES

MAX_FILE_BYTES = 256 * 1024


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
