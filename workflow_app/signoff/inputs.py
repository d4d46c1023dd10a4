"""What people send along with an act, made clean or refused with a sentence per field."""

from collections.abc import Iterable, Mapping, Sequence

from workflow_app import inputs
from workflow_app.errors import BadInput

MAX_COMMENT = 2000
MAX_POINT = 1000
MAX_POINTS = 50
MAX_KEY = 100


def tidy(problems: dict[str, str], path: str, value: object, limit: int) -> str:
    """``value`` as clean text; what is wrong with it goes into ``problems`` under ``path``."""
    if not isinstance(value, str):
        problems[path] = "这里应是文字。"
        return ""
    try:
        return inputs.clean(value, limit).strip()
    except inputs.Unclean as unclean:
        problems[path] = str(unclean)
        return ""


def checked_key(key: object) -> str:
    """An idempotency key: 1 to 100 printable ASCII characters."""
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise BadInput({"key": f"操作编号应是 1 到 {MAX_KEY} 个可见的英文字符。"})
    return key


def action_input(
    key: object, comment: object, points: Sequence[Mapping[str, object]]
) -> tuple[str, tuple[dict[str, str], ...]]:
    """The comment and the points of a return, clean; points left wholly empty are dropped.

    Raises:
        BadInput: naming each field.
    """
    checked_key(key)
    problems: dict[str, str] = {}
    said = tidy(problems, "comment", comment, MAX_COMMENT)
    found = []
    if len(points) > MAX_POINTS:
        raise BadInput({"points": f"修改意见最多 {MAX_POINTS} 条。"})
    for index, point in enumerate(points):
        section = tidy(problems, f"points.{index}.section", point.get("section", ""), 40)
        what = tidy(problems, f"points.{index}.text", point.get("text", ""), MAX_POINT)
        if not section and not what:
            continue
        if not what:
            problems.setdefault(f"points.{index}.text", "请写明要改什么。")
        if not section:
            problems.setdefault(f"points.{index}.section", "请选择意见针对的部分。")
        found.append({"section": section, "text": what})
    if problems:
        raise BadInput(problems)
    return said, tuple(found)


def typed_points(form: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """``points.0.section``, ``points.0.text`` … of a posted form, in order."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in form:
        head, _, rest = name.partition(".")
        index, _, part = rest.partition(".")
        if head == "points" and index.isascii() and index.isdecimal() and part in ("section", "text"):
            rows.setdefault(int(index[:6]), {})[part] = value
    return [rows[index] for index in sorted(rows)]
