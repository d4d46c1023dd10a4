"""The content of a document, made clean.

Content is ``{field key: value}`` with every field of the form: text, long text, choice and date are
``str``; choices a list of ``str``; a number ``int``/``float``, or the text as typed where it cannot
be read; a table a list of rows ``{column key: value}``; a slot
``{"weekday": "1".."7", "from": "HH:MM", "to": "HH:MM", "place": str}``. Empty is "", [] or {}.

Strict in shape, lenient in sense: what has the wrong shape is refused (``Unfit``); what a person
may have typed half-way is kept in a draft and reported as a ``FieldProblem``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from workflow_app import canonical, inputs
from workflow_app.web.language import lang
from workflows.characters import legible, narrow
from workflows.checking import CheckFacts
from workflows.checks import find
from workflows.definition import Definition
from workflows.form import Column, FormField

MAX_BYTES = 2 * 1024 * 1024
#: Numbers lie within ± this.
MAX_NUMBER = 1_000_000_000
#: So many unknown keys are named; more of them are only counted.
MOST_NAMED = 10
SLOT_PARTS = ("weekday", "from", "to", "place")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Unfit(Exception):
    """Content that cannot be kept at all: field path to a sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What still keeps a draft from being submitted. ``path`` as ``activities.3.hours`` (rows from 0)."""

    path: str
    zh: str
    en: str


class _Wrong(Exception):
    """One value of the wrong shape; carries the path below its field and the sentence."""

    def __init__(self, why: str, below: str = "") -> None:
        super().__init__(why)
        self.why, self.below = why, below


def clean(definition: Definition, raw: object) -> tuple[dict[str, Any], list[FieldProblem]]:
    """``raw`` as content of the definition's form, and what keeps it from being submitted.

    Raises:
        Unfit: see ``shaped``.
    """
    content = shaped(definition, raw)
    return content, find_problems(definition, content)


def shaped(definition: Definition, raw: object) -> dict[str, Any]:
    """``raw`` as content of the definition's form.

    Raises:
        Unfit: naming every field whose value has the wrong shape.
    """
    if not isinstance(raw, Mapping):
        raise Unfit({"": _("内容应是一组「字段：值」。")})
    problems = _unknown(raw, {field.key for field in definition.form})
    content: dict[str, Any] = {}
    for field in definition.form:
        try:
            content[field.key] = _value(field, raw.get(field.key))
        except _Wrong as wrong:
            path = f"{field.key}.{wrong.below}" if wrong.below else field.key
            problems[path] = _("「%(title)s」%(why)s", title=getattr(field.title, lang()), why=wrong.why)
    if problems:
        raise Unfit(problems)
    if len(canonical.dumps_plain(content)) > MAX_BYTES:
        raise Unfit({"": _("内容太多，合计不能超过 %(most)s MB。", most=MAX_BYTES // 1024 // 1024)})
    return content


def _unknown(raw: Mapping[Any, object], known: set[str]) -> dict[str, str]:
    """A sentence for each key that is no field's, by a name that can be shown; many are only counted."""
    names = [inputs.shown(str(key), 40) for key in raw if key not in known]
    problems = {name: _("表单里没有「%(name)s」这一项。", name=name) for name in names[:MOST_NAMED]}
    if len(names) > MOST_NAMED:
        problems[""] = _("表单里没有的项一共有 %(n)s 个。", n=len(names))
    return problems


def empty(field: FormField) -> Any:
    """The empty value of a field."""
    return [] if field.kind in ("table", "choices") else {} if field.kind == "slot" else ""


def _value(field: FormField, raw: object) -> Any:
    if raw is None:
        return empty(field)
    if field.kind == "table":
        return _table(field, raw)
    if field.kind == "slot":
        return _slot(raw)
    if field.kind == "choices":
        return _choices(field, raw)
    if field.kind == "number":
        return _number(raw)
    return _as_meant(field.kind, _text(raw, field.limit, lines=field.kind == "long_text"))


def _as_meant(kind: str, typed: str) -> str:
    """A day in full wherever one is meant and can be read; other text as it is."""
    if kind != "date":
        return typed
    try:
        return inputs.as_day(typed).isoformat()
    except inputs.NotADay:
        return typed


def _text(raw: object, limit: int, *, lines: bool) -> str:
    if not isinstance(raw, str):
        raise _Wrong(_("应是文字。"))
    try:
        return inputs.clean(raw, limit, lines=lines)
    except inputs.Unclean as unclean:
        raise _Wrong(str(unclean)) from unclean


def _number(raw: object) -> int | float | str:
    """A number; typed text is read if it can be, else kept as it is."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _Wrong(_("应是数字。"))
    if isinstance(raw, str):
        typed = _text(raw, 40, lines=False).strip()
        found = inputs.number(typed)
        if found is None:
            return typed
        raw = found
    # Not "> MAX": NaN compares false with everything, and a giant integer cannot become a float.
    if not -MAX_NUMBER <= raw <= MAX_NUMBER:
        raise _Wrong(_("的数字超出范围，应在正负 %(most)s 亿之间。", most=MAX_NUMBER // 100_000_000))
    return int(raw) if raw == int(raw) else raw


def _choices(field: FormField, raw: object) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise _Wrong(_("应是一组选项。"))
    chosen = {legible(item) for item in raw}
    if unknown := [item for item in raw if legible(item) not in field.options]:
        raise _Wrong(_("没有「%(name)s」这个选项。", name=inputs.shown(unknown[0], 20)))
    return [option for option in field.options if option in chosen]


def _slot(raw: object) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not set(raw) <= set(SLOT_PARTS):
        raise _Wrong(_("应写明星期、起止时间和地点。"))
    found = {}
    for part in SLOT_PARTS:
        try:
            typed = _text("" if raw.get(part) is None else raw[part], 60, lines=False).strip()
            found[part] = typed if part == "place" else narrow(typed)
        except _Wrong as wrong:
            raise _Wrong(wrong.why, part) from wrong
    return found if any(found.values()) else {}


def _table(field: FormField, raw: object) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        raise _Wrong(_("应是一张表。"))
    if len(raw) > field.max_rows:
        raise _Wrong(_("最多 %(most)s 行，现在有 %(n)s 行。", most=field.max_rows, n=len(raw)))
    keys = {column.key for column in field.columns}
    rows = []
    for index, row in enumerate(raw):
        if not isinstance(row, Mapping) or not set(row) <= keys:
            raise _Wrong(_("第 %(n)s 行的栏目与表不符。", n=index + 1), str(index))
        cells = {column.key: _cell(column, row.get(column.key), index) for column in field.columns}
        if any(not isinstance(value, str) or value.strip() for value in cells.values()):
            rows.append(cells)
    return rows


def _cell(column: Column, raw: object, index: int) -> Any:
    try:
        if column.kind == "number":
            return _number("" if raw is None else raw)
        typed = _text("" if raw is None else raw, column.max_length, lines=column.kind == "long_text")
        return _as_meant(column.kind, typed)
    except _Wrong as wrong:
        title = getattr(column.title, lang())
        why = _("第 %(n)s 行「%(title)s」%(why)s", n=index + 1, title=title, why=wrong.why)
        raise _Wrong(why, f"{index}.{column.key}") from wrong


# --- what keeps it from being submitted ------------------------------------------------------


def find_problems(definition: Definition, content: Mapping[str, Any]) -> list[FieldProblem]:
    """Every place of clean content that must be filled in or mended before it may be submitted.

    Checks of level ``error`` count too, as far as the content alone shows; what needs facts of
    the application is added by ``signoff.precheck``.
    """
    found = field_problems(definition, content)
    sections = {problem.path.partition(".")[0] for problem in found}
    must = [check for check in definition.checks if check.level == "error" and not check.asks_facts]
    for finding in find(definition.form, must, content, CheckFacts()):
        if finding.field not in sections:  # one thing at a time
            found.append(FieldProblem(finding.path, finding.zh, finding.en))
    return found


def field_problems(definition: Definition, content: Mapping[str, Any]) -> list[FieldProblem]:
    """What the form itself asks for: what is required, a number, a date, one of the options."""
    return [problem for field in definition.form for problem in _field_problems(field, content[field.key])]


def _field_problems(field: FormField, value: Any) -> Iterator[FieldProblem]:
    zh, en = field.title.zh, field.title.en
    if value == empty(field) or (isinstance(value, str) and not value.strip()):
        if field.required:
            yield FieldProblem(field.key, f"请填写「{zh}」。", f"Please fill in “{en}”.")
        return
    if field.kind == "table":
        for index, row in enumerate(value):
            yield from _row_problems(field, index, row)
    elif field.kind == "slot":
        yield from _slot_problems(field, value)
    else:
        why = _sense(field.kind, value, field.options)
        if why is None and field.kind == "number":
            why = _range(field, value)
        if why:
            yield FieldProblem(field.key, f"「{zh}」{why[0]}", f"“{en}” {why[1]}")


def _row_problems(field: FormField, index: int, row: Mapping[str, Any]) -> Iterator[FieldProblem]:
    for column in field.columns:
        value = row[column.key]
        if isinstance(value, str) and not value.strip():
            why = ("没有填。", "is empty.") if column.required else None
        else:
            why = _sense(column.kind, value, column.options)
        if why:
            yield FieldProblem(
                f"{field.key}.{index}.{column.key}",
                f"「{field.title.zh}」第 {index + 1} 行「{column.title.zh}」{why[0]}",
                f"“{field.title.en}”, row {index + 1}, “{column.title.en}” {why[1]}",
            )


def _slot_problems(field: FormField, value: Mapping[str, str]) -> Iterator[FieldProblem]:
    zh, en = field.title.zh, field.title.en
    if value["weekday"] not in tuple("1234567"):
        yield FieldProblem(f"{field.key}.weekday", f"「{zh}」请选择星期几。", f"“{en}”: choose a weekday.")
    wrong_time = [part for part in ("from", "to") if not _TIME.fullmatch(value[part])]
    for part in wrong_time:
        yield FieldProblem(
            f"{field.key}.{part}", f"「{zh}」的时间请写成 15:30 这样。", f"“{en}”: write the time as 15:30."
        )
    if not wrong_time and value["from"] >= value["to"]:
        yield FieldProblem(
            f"{field.key}.to", f"「{zh}」的结束时间应在开始之后。", f"“{en}” must end after it begins."
        )


def _sense(kind: str, value: Any, options: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with one value of clean shape, in both languages."""
    if kind == "number" and isinstance(value, str):
        return "应是数字。", "must be a number."
    if kind == "choice" and value not in options:
        return f"只能选 {'、'.join(options)}。", "is not one of the options."
    if kind == "date":
        try:
            inputs.as_day(value)
        except inputs.NotADay:
            return "应是日期，如 2026-09-01。", "must be a date such as 2026-09-01."
    return None


def _range(field: FormField, value: float) -> tuple[str, str] | None:
    if field.minimum is not None and value < field.minimum:
        return f"不能小于 {field.minimum}。", f"must be at least {field.minimum}."
    if field.maximum is not None and value > field.maximum:
        return f"不能大于 {field.maximum}。", f"must be at most {field.maximum}."
    return None
