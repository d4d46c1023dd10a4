"""The pre-check （自查）: named checks a definition may use, each a small pure function of a content.

A check says what it found and what it wanted, and names the place. ``error`` keeps a document from
being submitted, ``advice`` never does. What a check must know of the world (who the principal is,
when the terms are) is handed in as ``CheckFacts``; a check that lacks its facts says nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from workflows.characters import plain
from workflows.checking import (
    BaseCheck,
    CheckFacts,
    Content,
    Fields,
    Finding,
    Names,
    Said,
    quoted,
    text_of,
    texts_of,
    titles_of,
)
from workflows.form import FormField, Name, Texts
from workflows.plain import Path_, unknown
from workflows.table_checks import CountRowsWhere, DatesWithinPeriod, HeadIsPrincipal, RowWhere, SumAtLeast

#: A figure in a text: digits, or a Chinese number before what it counts.
_FIGURE = re.compile("[0-9]|[一二两三四五六七八九十百半]+[成次篇节本份人名分件项条课个]")


class Filled(BaseCheck):
    """Each of the fields has something in it."""

    kind: Literal["filled"]
    fields: Annotated[Names, Field(min_length=1)]

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        for key in self.fields:
            if not any(text.strip() for text in texts_of(content.get(key))):
                zh, en = fields[key].title.zh, fields[key].title.en
                please = "请" if self.level == "error" else "建议"
                yield self.says(key, (f"{please}填写「{zh}」。", f"Please fill in “{en}”."))

    def describe(self, fields: Fields) -> Said:
        zh, en = titles_of(fields, self.fields)
        return f"{zh}都已填写", f"{en} are filled in"


def _as_alternatives(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(tuple(item) if isinstance(item, list) else (item,) for item in value)


class MentionsAll(BaseCheck):
    """Every one of the words, or another way to say it, stands somewhere in the fields (or anywhere)."""

    kind: Literal["mentions_all"]
    fields: Names = ()
    words: Annotated[
        tuple[Annotated[Texts, Field(min_length=1)], ...],
        BeforeValidator(_as_alternatives),
        Field(min_length=1),
    ]

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        keys = self.fields or tuple(fields)
        text = plain("\n".join(one for key in keys for one in texts_of(content.get(key))))
        missing = [words[0] for words in self.words if not any(plain(word) in text for word in words)]
        if missing and text.strip():
            found, needed = len(self.words) - len(missing), len(self.words)
            said = (
                f"没有写到{quoted(missing)}，{needed} 项里只看到 {found} 项。",
                f"Nothing is said of {', '.join(missing)}; {found} of {needed} are there.",
            )
            yield self.says(keys[0], said, found, needed)

    def describe(self, fields: Fields) -> Said:
        words = [words[0] for words in self.words]
        return f"写到了{quoted(words)}", f"Something is said of {', '.join(words)}"


class SlotComplete(BaseCheck):
    """The weekly slot has its weekday, its hours and its place."""

    wants: ClassVar[str] = "slot"

    kind: Literal["slot_complete"]
    field: Name

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        value = content.get(self.field)
        parts = {"weekday": ("星期", "weekday"), "from": ("开始时间", "beginning"), "to": ("结束时间", "end")}
        parts["place"] = ("地点", "place")
        if not isinstance(value, Mapping) or not value:
            return
        missing = [part for part in parts if not text_of(value.get(part))]
        if missing:
            title = fields[self.field].title
            zh, en = (sep.join(parts[part][n] for part in missing) for n, sep in enumerate(("、", ", ")))
            said = f"「{title.zh}」还缺{zh}。", f"“{title.en}” lacks its {en}."
            yield self.says(f"{self.field}.{missing[0]}", said, 4 - len(missing), 4)

    def describe(self, fields: Fields) -> Said:
        title = fields[self.field].title
        return f"「{title.zh}」写全了星期、起止时间和地点", f"“{title.en}” has weekday, hours and place"


class HasFigure(BaseCheck):
    """Each of the fields names a figure, so that it can be checked later."""

    kind: Literal["has_figure"]
    fields: Annotated[Names, Field(min_length=1)]

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        for key in self.fields:
            text = "\n".join(texts_of(content.get(key)))
            if text.strip() and not _FIGURE.search(plain(text)):
                title = fields[key].title
                zh = f"「{title.zh}」里没有一个数字，写到能检验的程度更好。"
                yield self.says(key, (zh, f"“{title.en}” names no figure by which to check it."), 0, 1)

    def describe(self, fields: Fields) -> Said:
        zh, en = titles_of(fields, self.fields)
        return f"{zh}写到能检验的程度（有数字）", f"{en} can be checked by a figure"


Check = Annotated[
    Filled
    | RowWhere
    | HeadIsPrincipal
    | CountRowsWhere
    | SumAtLeast
    | DatesWithinPeriod
    | MentionsAll
    | SlotComplete
    | HasFigure,
    Field(discriminator="kind"),
]


def wrong(form: Sequence[FormField], checks: Sequence[Check]) -> Iterator[tuple[Path_, str]]:
    """Names in the checks that point nowhere in the form, with their path in the file and a sentence."""
    fields = {field.key: field for field in form}
    for index, check in enumerate(checks):
        path: Path_ = ("checks", index)
        lost = False
        for parameter, key in check.places():
            if key not in fields:
                lost = True
                yield (*path, parameter), unknown("字段", key, list(fields))
        if not lost:
            yield from (((*path, *below), why) for below, why in _misfit(check, fields))


def _misfit(check: Check, fields: Fields) -> Iterator[tuple[Path_, str]]:
    """What of a check does not fit the kind of its field or the columns of its table."""
    if isinstance(check, Filled | MentionsAll | HasFigure):
        return
    field, named = fields[check.field], list(check.columns_named())
    wants = check.wants or ("table" if named else "")
    if wants and field.kind != wants:
        yield ("field",), f"「{field.key}」不是 {wants}，不能用 {check.kind}"
        return
    columns = {column.key: column for column in field.columns}
    for parameter, key in named:
        if key not in columns:
            yield (parameter,), unknown("列", key, list(columns))
    if field.kind == "table" and not named and not isinstance(check, CountRowsWhere):
        yield ("field",), f"「{field.key}」是表格，要写 column"
    elif isinstance(check, SumAtLeast):
        number = columns.get(check.column) if check.column else field
        if number is not None and number.kind != "number":
            yield ("column" if check.column else "field",), f"「{number.key}」不是数字，不能求和"
    if isinstance(check, RowWhere | HeadIsPrincipal):
        chosen = columns.get(check.column)
        if chosen is not None and chosen.options and check.equals not in chosen.options:
            yield ("equals",), unknown("选项", check.equals, list(chosen.options))


def find(
    form: Sequence[FormField], checks: Sequence[Check], content: Content, facts: CheckFacts
) -> list[Finding]:
    """What the checks notice in a clean content, in the order of the form; one error per place is enough."""
    fields = {field.key: field for field in form}
    order = {key: number for number, key in enumerate(fields)}
    found = [finding for check in checks for finding in check.look(fields, content, facts)]
    found += _unrenewed(form, facts)
    return sorted(found, key=lambda finding: (finding.level != "error", order[finding.field]))


def _unrenewed(form: Sequence[FormField], facts: CheckFacts) -> Iterator[Finding]:
    for field in form:
        if field.key in facts.unrenewed:
            zh, en = f"「{field.title.zh}」还和上一份一样，请更新，或确认沿用。", field.title.en
            yield Finding(
                "advice", "renew", field.key, zh, f"“{en}” is still as before: renew or confirm it."
            )
