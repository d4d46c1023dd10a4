"""Equations and the old ``EQ`` fields of a Word file, written in one line."""

import re
from collections.abc import Iterator
from typing import Any

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def in_line(element: Any) -> str:
    """An equation as one line of text: 1/2, x^2, √(a+b)."""
    return "".join(_written(element))


def _written(element: Any) -> Iterator[str]:
    for child in element:
        if not isinstance(child.tag, str) or not child.tag.startswith(M):
            # Runs of an equation may hold text of Word itself.
            yield from (part.text or "" for part in child.iter("{*}t")) if isinstance(child.tag, str) else ()
            continue
        name = child.tag.removeprefix(M)
        if name == "t":
            yield child.text or ""
        elif name in _SHAPES:
            yield _SHAPES[name](child)
        elif not name.endswith("Pr"):
            yield from _written(child)


def _part(element: Any, name: str) -> str:
    child = element.find(M + name)
    return in_line(child) if child is not None else ""


def _grouped(text: str) -> str:
    return text if len(text) <= 1 or re.fullmatch(r"[\w.]+|\(.*\)", text) else f"({text})"


def _mark(element: Any, properties: str, name: str, default: str) -> str:
    found = element.find(f"{M}{properties}/{M}{name}")
    return default if found is None else str(found.get(M + "val", default))


def _delimited(element: Any) -> str:
    parts = [in_line(one) for one in element.findall(M + "e")]
    between = _mark(element, "dPr", "sepChr", ",")
    return _mark(element, "dPr", "begChr", "(") + between.join(parts) + _mark(element, "dPr", "endChr", ")")


def _sub_sup(element: Any) -> str:
    low, high = _part(element, "sub"), _part(element, "sup")
    return _part(element, "e") + (f"_{_grouped(low)}" if low else "") + (f"^{_grouped(high)}" if high else "")


def _summed(element: Any) -> str:
    low, high = _part(element, "sub"), _part(element, "sup")
    limits = (f"_{_grouped(low)}" if low else "") + (f"^{_grouped(high)}" if high else "")
    return _mark(element, "naryPr", "chr", "∫") + limits + " " + _part(element, "e")


def _root(element: Any) -> str:
    degree = _part(element, "deg")
    return f"{degree}√({_part(element, 'e')})"


def _matrix(element: Any) -> str:
    rows = (", ".join(in_line(one) for one in row.findall(M + "e")) for row in element.findall(M + "mr"))
    return "[" + "; ".join(rows) + "]"


_SHAPES = {
    "f": lambda one: f"{_grouped(_part(one, 'num'))}/{_grouped(_part(one, 'den'))}",
    "sSup": _sub_sup,
    "sSub": _sub_sup,
    "sSubSup": _sub_sup,
    "rad": _root,
    "nary": _summed,
    "d": _delimited,
    "m": _matrix,
}


# --- EQ fields -------------------------------------------------------------------------------

_ENCLOSED = re.compile(r"\\o\s*\\ac\s*\(\s*([^,;]*)[,;]\s*(.*?)\s*\)\s*$", re.IGNORECASE)
_GUIDED = re.compile(
    r"\\o(?:\s*\\a[dlcr])?\s*\(\s*\\s\s*\\(?:up|do)\s*[\d.]*\s*\((.*?)\)\s*[,;]\s*(.*?)\s*\)\s*$",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\\f\s*\(\s*([^,;()]*)[,;]\s*([^()]*?)\s*\)", re.IGNORECASE)


def of_field(code: str) -> tuple[str, str]:
    """What an ``EQ`` field shows, and the phonetic guide it carries ("" for none).

    Word writes phonetic guides and enclosed characters as such fields, with the text in the code only.
    """
    if found := _GUIDED.search(code):
        return found[2], found[1]
    if found := _ENCLOSED.search(code):
        return found[2], ""
    code = re.sub(r"^\s*EQ\b|\\\*\s*\S+|\"[^\"]*\"", "", code, flags=re.IGNORECASE)
    code = _FRACTION.sub(r"\1/\2", code)
    return re.sub(r"\\[a-z]+\d*", "", code, flags=re.IGNORECASE).strip(), ""
