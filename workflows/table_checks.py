"""Checks that look at one table or one figure of a content."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workflows import dates
from workflows.characters import plain
from workflows.checking import (
    BaseCheck,
    CheckFacts,
    Content,
    Fields,
    Finding,
    Names,
    Said,
    column_of,
    day_zh,
    figure,
    rows_of,
    text_of,
)
from workflows.form import Name

_TERMS = (("第一学期", "term 1"), ("第二学期", "term 2"), ("第三学期", "term 3"))
_PERIOD = ("全年", "the whole period")


class RowWhere(BaseCheck):
    """The table has so many rows whose column says exactly this."""

    wants: ClassVar[str] = "table"

    kind: Literal["row_where"]
    field: Name
    column: Name
    equals: str = Field(min_length=1, max_length=60)
    at_least: int | None = Field(default=None, ge=1, le=1000)
    exactly: int | None = Field(default=None, ge=0, le=1000)

    @model_validator(mode="after")
    def _one_figure(self) -> "RowWhere":
        if (self.at_least is None) == (self.exactly is None):
            raise ValueError("要写 at_least 或 exactly 其中一项")
        return self

    def _figure(self) -> Said:
        if self.exactly is not None:
            return f"正好 {self.exactly} 行", f"exactly {self.exactly} rows"
        return f"至少 {self.at_least} 行", f"at least {self.at_least} rows"

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        rows = rows_of(content, self.field)
        found = sum(plain(text_of(row.get(self.column))) == plain(self.equals) for row in rows)
        wrong = found != self.exactly if self.exactly is not None else found < (self.at_least or 0)
        if rows and wrong:
            zh, en = self.describe(fields)
            needed = self.exactly if self.exactly is not None else self.at_least
            yield self.says(
                self.field, (f"{zh}，现在有 {found} 行。", f"{en}; it has {found}."), found, needed
            )

    def describe(self, fields: Fields) -> Said:
        field, column = fields[self.field].title, column_of(fields, self.field, self.column).title
        zh, en = self._figure()
        return (
            f"「{field.zh}」里「{column.zh}」为「{self.equals}」的应有{zh}",
            f"“{field.en}” should have {en} where “{column.en}” is “{self.equals}”",
        )


class HeadIsPrincipal(BaseCheck):
    """Whoever stands in the row of the head is a principal of the school."""

    asks_facts: ClassVar[bool] = True
    wants: ClassVar[str] = "table"

    kind: Literal["head_is_principal"]
    field: Name
    column: Name
    equals: str = Field(min_length=1, max_length=60)
    name_column: Name

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        principals = {_compared(name) for name in facts.principals}
        for index, row in enumerate(rows_of(content, self.field)):
            name = "".join(text_of(row.get(self.name_column)).split())
            if plain(text_of(row.get(self.column))) != plain(self.equals) or not name or not principals:
                continue
            if principals.isdisjoint(_names(name)):
                who, title = "、".join(facts.principals), fields[self.field].title
                said = (
                    f"「{title.zh}」的{self.equals}写的是「{name}」，本校校长是「{who}」。",
                    f"“{title.en}” names “{name}” as {self.equals}; the principal is “{who}”.",
                )
                yield self.says(f"{self.field}.{index}.{self.name_column}", said, name, who)

    def describe(self, fields: Fields) -> Said:
        title = fields[self.field].title
        return f"「{title.zh}」的{self.equals}是本校校长", f"“{title.en}” is headed by the principal"


#: What stands beside a name in such a cell, and between two names.
_BESIDE = re.compile(r"\([^)]*\)|(?:党?[总支]*部?书记|[副正]?[校园院]长|主任|老师|同志|兼|:)")
_BETWEEN = re.compile("[、,;/]")


def _compared(name: str) -> str:
    return "".join(plain(name).split())


def _names(cell: str) -> set[str]:
    """The whole names in a cell."""
    return {_BESIDE.sub("", one) for one in _BETWEEN.split(_compared(cell))}


class CountRowsWhere(BaseCheck):
    """The table has at least so many rows that mention a word, in the period or in each term.

    Without ``contains`` every row counts. A row whose date cannot be read counts for whichever term
    lacks it.
    """

    asks_facts: ClassVar[bool] = True
    wants: ClassVar[str] = "table"

    kind: Literal["count_rows_where"]
    field: Name
    columns: Names = ()
    contains: str = Field(default="", max_length=60)
    at_least: int = Field(ge=1, le=1000)
    per: Literal["period", "term"] = "period"
    date: Name | None = None

    @model_validator(mode="after")
    def _fits(self) -> "CountRowsWhere":
        if (self.per == "term") != (self.date is not None):
            raise ValueError("按学期数（per: term）要写 date，其他情况不写")
        if bool(self.contains) != bool(self.columns):
            raise ValueError("contains 与 columns 要么都写，要么都不写")
        return self

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        word = plain(self.contains)
        rows = [row for row in rows_of(content, self.field) if self._counts(row, word)]
        by_term = self.per == "term" and len(facts.terms) > 1
        counts = [0] * (len(facts.terms) if by_term else 1)
        undated = 0
        for row in rows:
            number = self._term(text_of(row.get(self.date or "")), facts) if by_term else 0
            if number is None:
                undated += 1
            elif number < len(counts):
                counts[number] += 1
        if not rows_of(content, self.field) or sum(max(0, self.at_least - n) for n in counts) <= undated:
            return
        for number, count in enumerate(counts):
            if count < self.at_least:
                yield self._short(fields, _TERMS[min(number, 2)] if by_term else _PERIOD, count, undated)

    def _counts(self, row: Mapping[str, Any], word: str) -> bool:
        return not word or any(word in plain(text_of(row.get(key))) for key in self.columns)

    @staticmethod
    def _term(text: str, facts: CheckFacts) -> int | None:
        """The number of the row's term; None when it is not known; past the last when outside."""
        span = dates.read(text, facts.terms[0][0], facts.terms[-1][1])
        if span is None:
            return dates.term(text)
        for number, (first, last) in enumerate(facts.terms):
            if first <= span[0] <= last:
                return number
        return len(facts.terms)

    def _short(self, fields: Fields, when: Said, count: int, undated: int) -> Finding:
        title = fields[self.field].title
        what_zh, what_en = (f"「{self.contains}」", f" of “{self.contains}”") if self.contains else ("", "")
        zh = f"「{title.zh}」里{what_zh}{when[0]}有 {count} 次，至少要 {self.at_least} 次。"
        en = f"“{title.en}” has {count} rows{what_en} in {when[1]}; at least {self.at_least} are needed."
        if undated:
            zh, en = (
                f"{zh}另有 {undated} 次看不出在哪个学期。",
                f"{en} The term of {undated} more is unclear.",
            )
        return self.says(self.field, (zh, en), count, self.at_least)

    def describe(self, fields: Fields) -> Said:
        title = fields[self.field].title
        what_zh, what_en = (f"「{self.contains}」", f" of “{self.contains}”") if self.contains else ("", "")
        per_zh, per_en = ("每学期", " per term") if self.per == "term" else ("全年", "")
        return (
            f"「{title.zh}」里{what_zh}{per_zh}至少 {self.at_least} 次",
            f"“{title.en}” has at least {self.at_least} rows{what_en}{per_en}",
        )


class SumAtLeast(BaseCheck):
    """A column of numbers, or a number by itself, comes to at least this."""

    kind: Literal["sum_at_least"]
    field: Name
    column: Name | None = None
    at_least: int = Field(ge=1, le=100_000)

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        if self.column is None:
            value = content.get(self.field)
            numbers = [value] if isinstance(value, int | float) else []
        else:
            values = [row.get(self.column) for row in rows_of(content, self.field)]
            numbers = [value if isinstance(value, int | float) else 0 for value in values]
        total = sum(numbers)
        if numbers and total < self.at_least:
            zh, en = self._what(fields)
            said = (
                f"{zh}现在是 {figure(total)}，至少要 {self.at_least}。",
                f"{en} is {figure(total)}; at least {self.at_least} is needed.",
            )
            yield self.says(self.field, said, figure(total), self.at_least)

    def _what(self, fields: Fields) -> Said:
        title = fields[self.field].title
        if self.column is None:
            return f"「{title.zh}」", f"“{title.en}”"
        column = column_of(fields, self.field, self.column).title
        return f"「{title.zh}」的「{column.zh}」合计", f"The sum of “{column.en}” in “{title.en}”"

    def describe(self, fields: Fields) -> Said:
        zh, en = self._what(fields)
        return f"{zh}至少 {self.at_least}", f"{en} is at least {self.at_least}"


class DatesWithinPeriod(BaseCheck):
    """The dates written in a column (or a field) lie within the document's period, where they can be read."""

    asks_facts: ClassVar[bool] = True

    kind: Literal["dates_within_period"]
    field: Name
    column: Name | None = None

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        if facts.first is None or facts.last is None:
            return
        for path, text in self._written(content):
            span = dates.read(text, facts.first, facts.last)
            if span and (span[0] < facts.first or span[1] > facts.last):
                title, within = fields[self.field].title, f"{day_zh(facts.first)}至{day_zh(facts.last)}"
                row = f"第 {int(path.split('.')[1]) + 1} 行" if self.column else ""
                said = (
                    f"「{title.zh}」{row}写的是「{text}」，不在 {within}之内。",
                    f"“{title.en}” says “{text}”, which is not within {facts.first} to {facts.last}.",
                )
                yield self.says(path, said, text, f"{facts.first}/{facts.last}")

    def _written(self, content: Content) -> Iterator[tuple[str, str]]:
        if self.column is None:
            yield self.field, text_of(content.get(self.field))
        for index, row in enumerate(rows_of(content, self.field) if self.column else ()):
            yield f"{self.field}.{index}.{self.column}", text_of(row.get(self.column or ""))

    def describe(self, fields: Fields) -> Said:
        title = fields[self.field].title
        return f"「{title.zh}」里写的日期在本期之内", f"The dates in “{title.en}” lie within the period"
