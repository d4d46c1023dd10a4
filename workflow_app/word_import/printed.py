"""Values as this system prints them, read back: a slot, choices, a date, a number."""

import re
from datetime import date
from typing import Any

from workflows.form import FormField

_DAYS = "一二三四五六日"
_CLOCK = r"\d\d:\d\d"
_SLOT = re.compile(rf"(?:每周([{_DAYS}]))?\s*(?:({_CLOCK}))?(?:—({_CLOCK}))?(?:(?:^|，)\s*地点：(.+))?")
_BRACKETS = re.compile("（[^）]*）$")
_FIGURE = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


def value_of(field: FormField, text: str) -> Any:
    """The value that ``text`` says as a whole; None where it says something else, [] for boxes not ticked."""
    if field.kind == "slot":
        return _slot(text)
    if field.kind in ("choice", "choices") and re.search(r"[□☑√■✓✔]", text):
        ticked = [one for one in field.options if re.search(rf"[☑√■✓✔]\s*{re.escape(one)}", text)]
        if field.kind == "choices" or not ticked:
            return ticked
        return ticked[0] if len(ticked) == 1 else None
    if field.kind == "choices":
        return _choices(field, text)
    if field.kind == "choice":
        return text if text in field.options else None
    if field.kind == "date":
        return _date(text)
    if field.kind == "number":
        return _number(field, text)
    return text if field.kind == "text" and len(text) <= 200 else None


def _number(field: FormField, text: str) -> str | None:
    """计划学时：24学时。 -> 24; what was typed as no number stays as it is."""
    name = _BRACKETS.sub("", field.title.zh)
    said = text.removeprefix(f"{name}：").removesuffix("。") if text.startswith(f"{name}：") else text
    bare = said.removesuffix(field.unit.zh).strip("＿_ ") if field.unit else said.strip("＿_ ")
    found = bare if _FIGURE.fullmatch(bare) else said
    return found if found and len(found) <= 40 else None


def _slot(text: str) -> dict[str, str] | None:
    found = _SLOT.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    day, start, end, place = found.groups(default="")
    return {"weekday": str(_DAYS.index(day) + 1) if day else "", "from": start, "to": end, "place": place}


def _choices(field: FormField, text: str) -> list[str] | None:
    rest, chosen = text.removesuffix("。"), []
    for option in sorted(field.options, key=len, reverse=True):
        if option in rest:
            rest = rest.replace(option, "", 1)
            chosen.append(option)
    return [one for one in field.options if one in chosen] if not rest.strip("、") else None


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None
