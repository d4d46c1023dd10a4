"""Drawings of a Word file: the texts in them, and what of them is left out."""

from collections.abc import Callable, Iterator
from typing import Any

from workflow_app.word_reading import equations
from workflow_app.word_reading.blocks import Block, Paragraph, Source, tidy
from workflow_app.word_reading.notices import Notices
from workflow_app.word_reading.opening import Package, R, Relation
from workflow_app.word_reading.styles import W

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VML = "{urn:schemas-microsoft-com:vml}"
_OFFICE = "{urn:schemas-microsoft-com:office:office}"


class Drawings:
    """Reads drawings; ``relations`` are those of the part they stand in, ``pictures`` counts pictures.

    Args:
        within: reads the blocks of a text box, marked with where they stand.
    """

    def __init__(
        self, package: Package, notices: Notices, within: Callable[[Source, Any], list[Block]]
    ) -> None:
        self._package, self._notices, self._within = package, notices, within
        self.relations: dict[str, Relation] = {}
        self.pictures = 0

    def read(self, drawing: Any) -> list[Block]:
        """Text boxes, diagrams and shapes with text; what cannot be read is named or counted."""
        blocks: list[Block] = []
        for box in [one for one in drawing.iter(W + "txbxContent") if _outermost(one, drawing)]:
            blocks += self._within("box", box)
        blocks += [Paragraph(text, source="box") for text in self._texts_of_shapes(drawing)]
        for path in drawing.iter(_VML + "textpath"):
            if path.get("string"):
                self._notices.add("word_art", path.get("string"))
        for chart in drawing.iter(_C + "chart"):
            self._notices.add("chart", self._title_of_chart(chart))
        if next(drawing.iter(_OFFICE + "OLEObject"), None) is not None:
            self._notices.add("object")
        elif any(next(drawing.iter(tag), None) is not None for tag in (_PIC + "pic", _VML + "imagedata")):
            self.pictures += 1
        return blocks

    def _texts_of_shapes(self, drawing: Any) -> Iterator[str]:
        for one in drawing.iter(_DGM + "relIds"):
            root = self._part(one.get(R + "dm", ""))
            for point in root.iter(_DGM + "pt") if root is not None else ():
                if text := tidy("".join(part.text or "" for part in point.iter(_A + "t"))):
                    yield text
        for one in drawing.iter(_A + "p"):  # shapes drawn without text boxes of Word
            if text := tidy("".join(part.text or "" for part in one.iter(_A + "t"))):
                yield text

    def _title_of_chart(self, chart: Any) -> str:
        root = self._part(chart.get(R + "id", ""))
        title = next(root.iter(_C + "title"), None) if root is not None else None
        return "".join(part.text or "" for part in title.iter(_A + "t")) if title is not None else ""

    def _part(self, relation: str) -> Any:
        target = self.relations.get(relation)
        return self._package.xml(target.target) if target else None


def all_text(element: Any) -> str:
    """Text of an element, deleted text too."""
    return "".join(part.text or "" for part in element.iter(W + "t", W + "delText"))


def choice(alternatives: Any) -> Any:
    """The variant to read of content that stands there twice: the new one, unless it is silent."""
    variants = [child for child in alternatives if child.tag in (MC + "Choice", MC + "Fallback")]
    speaking = [
        one
        for one in variants
        if any(part.text for part in one.iter(W + "t", _A + "t", equations.M + "t"))
        or next(one.iter(_C + "chart", _DGM + "relIds", _VML + "textpath"), None) is not None
    ]
    return next(iter(speaking or variants), alternatives[:0])


def _outermost(box: Any, drawing: Any) -> bool:
    """Whether a text box is neither inside another one nor the second copy of one."""
    for parent in box.iterancestors():
        if parent is drawing:
            return True
        if parent.tag == W + "txbxContent":
            return False
        if parent.tag == MC + "AlternateContent":
            chosen = choice(parent)
            if box not in chosen.iter(W + "txbxContent"):
                return False
    return True
