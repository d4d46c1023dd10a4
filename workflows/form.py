"""What a definition says of its form: sections, their kinds and limits."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

NAME = r"^[a-z][a-z0-9_]{0,39}$"

Name = Annotated[str, Field(pattern=NAME)]

FieldKind = Literal["text", "long_text", "table", "slot", "choice", "choices", "number", "date"]
ColumnKind = Literal["text", "long_text", "choice", "number", "date"]


def as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Texts = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], BeforeValidator(as_tuple)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Title(Part):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)


class Column(Part):
    """A column of a table. ``max_length`` counts characters; ``aliases`` are other names on paper."""

    key: Name
    title: Title
    aliases: Texts = ()
    kind: ColumnKind = "text"
    required: bool = False
    options: Texts = ()
    max_length: int = Field(default=500, ge=1, le=5000)

    @model_validator(mode="after")
    def _options_for_choices(self) -> "Column":
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("只有 choice 要写 options，而且必须写")
        return self


class FormField(Part):
    """One section of the form. ``star`` marks what the county looks for (★).

    ``aliases`` are other headings under which schools write this section in their Word files.
    ``renew`` marks what has to be thought of anew when last year's document is taken as a start.
    ``unit``: what a number counts; it stands behind the number on paper.
    """

    key: Name
    title: Title
    aliases: Texts = ()
    kind: FieldKind
    required: bool = False
    star: bool = False
    renew: bool = False
    help: Title | None = None
    options: Texts = ()
    columns: Annotated[tuple[Column, ...], BeforeValidator(as_tuple)] = ()
    max_length: int = Field(default=0, ge=0, le=100_000)
    max_rows: int = Field(default=300, ge=1, le=1000)
    minimum: int | None = None
    maximum: int | None = None
    unit: Title | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "FormField":
        if (self.kind == "table") != bool(self.columns):
            raise ValueError("只有 table 要写 columns，而且必须写")
        if (self.kind in ("choice", "choices")) != bool(self.options):
            raise ValueError("只有 choice 和 choices 要写 options，而且必须写")
        if self.kind != "number" and (self.minimum is not None or self.maximum is not None):
            raise ValueError("只有 number 可以写 minimum 和 maximum")
        if self.kind != "number" and self.unit is not None:
            raise ValueError("只有 number 可以写 unit")
        return self

    @property
    def limit(self) -> int:
        """Characters this field holds."""
        return self.max_length or (20_000 if self.kind == "long_text" else 200)


assert set(get_args(ColumnKind)) < set(get_args(FieldKind))
