"""What every check of the pre-check （自查） is made of: the facts it is handed, what it says, how it reads.

The checks themselves are in ``workflows.checks`` and ``workflows.table_checks``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from workflows.dates import Span
from workflows.form import Column, FormField, Name, Part, Title, as_tuple

Level = Literal["error", "advice"]
Content = Mapping[str, Any]
Fields = Mapping[str, FormField]
#: The same sentence in Chinese and in English.
Said = tuple[str, str]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the application knows and the content does not say.

    Attributes:
        principals: names of the school's principals.
        first, last: the days of the document's period.
        terms: the terms within it, in order.
        unrenewed: fields taken over from an older document, to be renewed, and not touched yet.
    """

    principals: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    terms: tuple[Span, ...] = ()
    unrenewed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the pre-check noticed. ``path`` as ``activities.3.date`` (rows from 0)."""

    level: Level
    check: str
    path: str
    zh: str
    en: str
    found: str = ""
    needed: str = ""

    @property
    def field(self) -> str:
        return self.path.partition(".")[0]

    def say(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


class BaseCheck(Part):
    """What every check has. ``note`` is added to its sentence: where a figure comes from."""

    #: whether it needs ``CheckFacts``
    asks_facts: ClassVar[bool] = False
    #: the kind of field it looks at, if only one will do
    wants: ClassVar[str] = ""

    level: Level = "advice"
    note: Title | None = None

    @property
    def name(self) -> str:
        return str(getattr(self, "kind", ""))

    def places(self) -> Iterator[tuple[str, Any]]:
        """(parameter, field key) for every field it names."""
        for name in ("field", "fields"):
            value = getattr(self, name, ())
            yield from ((name, key) for key in ((value,) if isinstance(value, str) else value))

    def columns_named(self) -> Iterator[tuple[str, str]]:
        for name in ("column", "name_column", "date", "columns"):
            value = getattr(self, name, None) or ()
            yield from ((name, key) for key in ((value,) if isinstance(value, str) else value))

    def says(self, path: str, said: Said, found: object = "", needed: object = "") -> Finding:
        zh, en = said
        if self.note:
            zh = f"{zh.removesuffix('。')}（{self.note.zh}）。"
            en = f"{en.removesuffix('.')} ({self.note.en})."
        return Finding(self.level, self.name, path, zh, en, str(found), str(needed))

    def look(self, fields: Fields, content: Content, facts: CheckFacts) -> Iterator[Finding]:
        raise NotImplementedError

    def describe(self, fields: Fields) -> Said:
        """The check in words, in both languages."""
        raise NotImplementedError


def text_of(value: Any) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def texts_of(value: Any) -> Iterator[str]:
    """Every text within a value of any kind."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, Mapping):
        yield from texts_of(list(value.values()))
    elif value is not None:
        yield str(value)


def rows_of(content: Content, key: str) -> list[Mapping[str, Any]]:
    value = content.get(key)
    return value if isinstance(value, list) and all(isinstance(row, Mapping) for row in value) else []


def quoted(names: Iterable[str]) -> str:
    return "".join(f"「{name}」" for name in names)


def titles_of(fields: Fields, keys: Sequence[str]) -> Said:
    titles = [fields[key].title for key in keys]
    return quoted(t.zh for t in titles), ", ".join(f"“{t.en}”" for t in titles)


def column_of(fields: Fields, key: str, column: str | None) -> Column:
    return next(one for one in fields[key].columns if one.key == column)


def figure(number: float) -> str:
    """``24``, ``22.5``: no trailing zeros, never an exponent."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
