"""What the text of a file also says: a weekly slot, who leads, figures, choices.

Only proposed, where a section of the form is empty and the text is clear; the text itself stays where it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflow_app.artefacts import form
from workflow_app.word_import.headings import COLON
from workflow_app.word_import.pieces import Piece
from workflows.definition import Definition
from workflows.form import FormField

_DAYS = "一二三四五六日"
_WEEKLY = re.compile(r"每(?:周|星期)的?(?:周|星期)?([一二三四五六日天])((?:(?!每周|每星期)[^。\n]){0,60})")
_TIME = rf"(上午|下午|晚上|中午|早上)?\s*(\d{{1,2}})\s*(?:[:{COLON}点时])\s*(\d{{2}}|半)?分?"
_SPAN = re.compile(rf"{_TIME}\s*[-\u2013\u2014~\uff5e至到]+\s*{_TIME}")
_PLACE = re.compile(
    rf"(?:地点(?:设在|[:{COLON}]|为|在)?|在)\s*([^\s,\uff0c。;\uff1b:{COLON}、]{{1,18}}(?:室|厅|馆|楼|校区|中心))"
)
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff]{1,8}")
_BETWEEN = re.compile(r"[\s、,\uff0c;\uff1b。.]+")
_DATE = re.compile(r"(20\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日|(20\d\d)-(\d{1,2})-(\d{1,2})")


def proposed(definition: Definition, pieces: Sequence[Piece], content: Mapping[str, Any]) -> dict[str, Any]:
    """Values for fields that ``content`` leaves empty, read from the text of ``pieces``."""
    told = [(piece.section, piece.words) for piece in pieces if piece.kind in ("text", "title")]
    everything = "\n".join(text for _section, text in told)
    title = next((piece.text for piece in pieces if piece.kind == "title"), "")
    found: dict[str, Any] = {}
    for field in definition.form:
        if content.get(field.key, form.empty(field)) != form.empty(field):
            continue
        beside = {one.key for one in definition.form if _names(one) & _names(field)}
        near = "\n".join(text for section, text in told if section in beside)
        value: Any = None
        if field.kind == "slot":
            value = slot(everything)
        elif field.kind == "choices":
            value = [option for option in field.options if option in near]
        elif field.kind == "choice":
            value = next((option for option in field.options if option in title), None)
        elif field.kind == "number":
            value = _figure(field, everything)
        elif field.kind == "date":
            value = _date(told[-3:])
        elif field.kind == "table":
            value = list(_people(field, near))
        if value:
            found[field.key] = value
    return found


def _names(field: FormField) -> set[str]:
    return {field.title.zh, *field.aliases}


def slot(text: str) -> dict[str, str] | None:
    """The one weekly slot a text names; None where it names none or several."""
    found = {(one[1].replace("天", "日"), one[2]) for one in _WEEKLY.finditer(text)}
    days = {day for day, _rest in found}
    timed = {(day, span) for day, rest in found if (span := _span(rest))}
    if len(days) != 1 or len(timed) != 1:
        return None
    ((day, (start, end)),) = timed
    places = {place[1] for _day, rest in found for place in _PLACE.finditer(rest)}
    return {
        "weekday": str(_DAYS.index(day) + 1),
        "from": start,
        "to": end,
        "place": places.pop() if len(places) == 1 else "",
    }


def _span(text: str) -> tuple[str, str] | None:
    found = _SPAN.search(text)
    if not found:
        return None
    half, hour, minute, half2, hour2, minute2 = found.groups()
    start, end = _clock(half, hour, minute), _clock(half2 or half, hour2, minute2)
    return (start, end) if start and end and start < end else None


def _clock(half: str | None, hour: str, minute: str | None) -> str:
    hours = int(hour)
    if half in ("下午", "晚上") and hours < 12:
        hours += 12
    minutes = 30 if minute == "半" else int(minute or 0)
    return f"{hours:02d}:{minutes:02d}" if hours < 24 and minutes < 60 else ""


def _figure(field: FormField, text: str) -> float | int | None:
    """The one number that stands right behind the field's name."""
    found = set()
    for name in _names(field):
        bare = re.sub(r"[(\uff08].*", "", name)
        said = (
            rf"{re.escape(bare)}[{COLON}:]?\s*(?:为|是|达到?|共|约)?\s*(\d{{1,6}}(?:\.\d{{1,3}})?)(?![\d.])"
        )
        for one in re.finditer(said, text):
            found.add(float(one[1]))
    if len(found) != 1:
        return None
    number = found.pop()
    fits = (field.minimum is None or number >= field.minimum) and (
        field.maximum is None or number <= field.maximum
    )
    return (int(number) if number == int(number) else number) if fits else None


def _date(last: Sequence[tuple[str | None, str]]) -> str | None:
    from datetime import date

    for _section, text in reversed(last):
        if found := _DATE.search(text):
            year, month, day = (int(part) for part in found.groups() if part)
            try:
                return date(year, month, day).isoformat()
            except ValueError:
                return None
    return None


def _people(field: FormField, text: str) -> Iterator[dict[str, str]]:
    """Rows out of 组长：王鹏 …, when every name is clear; nothing otherwise."""
    posts = [column for column in field.columns if column.kind == "choice" and column.required]
    names = [column for column in field.columns if column.kind == "text" and column.required]
    if len(posts) != 1 or len(names) != 1:
        return
    options = sorted(posts[0].options, key=len, reverse=True)
    label = re.compile(rf"({'|'.join(map(re.escape, options))})\s*[{COLON}:]\s*")
    parts = label.split(text)
    rows = []
    for post, said in zip(parts[1::2], parts[2::2], strict=True):
        for name in filter(None, _BETWEEN.split(said.strip().partition("\n\n")[0].split("\n")[0])):
            if not _NAME.fullmatch(name):
                return
            rows.append({posts[0].key: post, names[0].key: name})
    yield from rows[: field.max_rows]
