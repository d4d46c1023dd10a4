"""Styles of a Word file, with what they inherit, and small helpers for its XML."""

import re
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
MOST_LEVELS = 9
#: Styles that only a Word file written by this system has, all of them together.
OWN_STYLES = {"Approval Sheet", "Form Help", "Table Head", "Table Text", "Attachment"}


def value(element: Any, name: str, default: str = "") -> str:
    """``w:val`` of the child ``name``; "" where there is none."""
    child = element.find(W + name) if element is not None else None
    return default if child is None else str(child.get(W + "val", default))


def number(text: str | None, default: int = 0) -> int:
    """A number an outsider wrote, within reason."""
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else default


def on(element: Any, name: str) -> bool | None:
    """A switch such as ``w:b``: on, off, or not said."""
    child = element.find(W + name) if element is not None else None
    return None if child is None else child.get(W + "val", "1") not in ("0", "false", "off")


@dataclass(slots=True)
class Style:
    """A paragraph or character style; ``level`` 1…9 for headings, 0 for a title."""

    name: str = ""
    based_on: str = ""
    level: int | None = None
    bold: bool | None = None
    hidden: bool | None = None
    centred: bool | None = None
    list_id: str = ""
    list_level: int | None = None

    @property
    def of_contents(self) -> bool:
        return bool(re.match(r"(?:toc|目录)\s*\d", self.name, re.IGNORECASE))


class Styles:
    """Every style by id, with what it inherits filled in."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Style] = {}
        self.default = ""
        for one in root.findall(W + "style") if root is not None else ():
            key = one.get(W + "styleId", "")
            if one.get(W + "type") == "paragraph" and one.get(W + "default") in ("1", "true"):
                self.default = key
            self._styles[key] = self._read(one)
        for key in list(self._styles):
            self._inherit(key, 0)
        self.own = {style.name for style in self._styles.values()} >= OWN_STYLES

    @staticmethod
    def _read(one: Any) -> Style:
        name, ppr, rpr = value(one, "name"), one.find(W + "pPr"), one.find(W + "rPr")
        outline, heading = value(ppr, "outlineLvl"), _HEADING.match(name)
        level = int(heading[1]) if heading else None
        if level is None and outline.isdecimal() and int(outline) < MOST_LEVELS:
            level = int(outline) + 1
        if name.casefold() in ("title", "标题"):
            level = 0
        numbered = ppr.find(W + "numPr") if ppr is not None else None
        list_level = value(numbered, "ilvl")
        return Style(
            name=name,
            based_on=value(one, "basedOn"),
            level=level,
            bold=on(rpr, "b"),
            hidden=on(rpr, "vanish"),
            centred={"center": True}.get(value(ppr, "jc"), False if value(ppr, "jc") else None),
            list_id=value(numbered, "numId"),
            list_level=number(list_level) if list_level else None,
        )

    def _inherit(self, key: str, depth: int) -> Style:
        style = self._styles[key]
        parent_key, style.based_on = style.based_on, ""
        if parent_key in self._styles and parent_key != key and depth < 50:
            parent = self._inherit(parent_key, depth + 1)
            for name in ("level", "bold", "hidden", "centred", "list_level"):
                if getattr(style, name) is None:
                    setattr(style, name, getattr(parent, name))
            style.list_id = style.list_id or parent.list_id
        return style

    def of(self, ppr: Any) -> tuple[str, Style]:
        """Id and style of a paragraph by its properties."""
        key = value(ppr, "pStyle") or self.default
        return key, self._styles.get(key) or Style()

    def of_run(self, rpr: Any) -> Style:
        """The character style of a run by its properties."""
        return self._styles.get(value(rpr, "rStyle")) or Style()

    def list_of(self, style_id: str) -> str:
        """The list a numbering style stands for; "" for none."""
        style = self._styles.get(style_id)
        return style.list_id if style else ""
