"""What people send along with an act, made clean or refused with a sentence per field."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _

from workflow_app import inputs
from workflow_app.errors import BadInput

MAX_COMMENT = 2000
MAX_POINT = 1000
MAX_POINTS = 50


def action_input(
    key: object, comment: object, points: Sequence[Mapping[str, object]]
) -> tuple[str, tuple[dict[str, str], ...]]:
    """The comment and the points of a return, clean; points left wholly empty are dropped.

    Raises:
        BadInput: naming each field.
    """
    inputs.key(key)
    problems: dict[str, str] = {}
    said = inputs.text(problems, "comment", comment, MAX_COMMENT)
    found = []
    if len(points) > MAX_POINTS:
        raise BadInput({"points": _("修改意见最多 %(most)s 条。", most=MAX_POINTS)})
    for index, point in enumerate(points):
        section = inputs.text(problems, f"points.{index}.section", point.get("section", ""), 40)
        what = inputs.text(problems, f"points.{index}.text", point.get("text", ""), MAX_POINT)
        if not section and not what:
            continue
        if not what:
            problems.setdefault(f"points.{index}.text", _("请写明要改什么。"))
        if not section:
            problems.setdefault(f"points.{index}.section", _("请选择意见针对的部分。"))
        found.append({"section": section, "text": what})
    if problems:
        raise BadInput(problems)
    return said, tuple(found)


def typed_points(form: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """``points.0.section``, ``points.0.text`` … of a posted form, in order."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in form:
        if not name.startswith("points."):
            continue
        index, _dot, part = name.removeprefix("points.").partition(".")
        row = inputs.version(index)
        if row is not None and part in ("section", "text"):
            rows.setdefault(row, {})[part] = value
    return [rows[index] for index in sorted(rows)]
