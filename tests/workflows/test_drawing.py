"""The picture of a definition: no words on other words, no line through a word, told in its language."""

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from workflows import drawing, source
from workflows.definition import Definition
from workflows.layout import size

SVG = "{http://www.w3.org/2000/svg}"
Rect = tuple[float, float, float, float]


def read(name: str) -> Definition:
    path = Path(drawing.__file__).with_name(f"{name}.yaml")
    return source.read(path.read_text(encoding="utf-8"), path.name)[0]


def words(picture: ElementTree.Element) -> list[tuple[str, Rect]]:
    """Each word on the picture with the box it fills: left, top, right, bottom."""
    found = []
    for text in picture.iter(f"{SVG}text"):
        if text.get("font-weight"):
            continue  # titles, inside their own box
        label = text.text or ""
        x, y, wide = float(text.get("x", 0)), float(text.get("y", 0)), size(label)
        left = x - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor", ""), 0)
        found.append((label, (left, y - 10, left + wide, y + 2)))
    return found


def strokes(picture: ElementTree.Element) -> list[tuple[Rect, bool]]:
    """Every straight piece of every line, and whether it stands upright."""
    found = []
    for path in picture.iter(f"{SVG}path"):
        numbers = [float(part) for part in re.findall(r"-?[\d.]+", path.get("d", ""))]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        for (x1, y1), (x2, y2) in pairwise(points):
            found.append(((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), x1 == x2))
    return found


def meet(one: Rect, two: Rect) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["school_plan", "development_plan", "annual_summary"])
def test_every_word_can_be_read(kind: str, lang: str) -> None:
    picture = ElementTree.fromstring(drawing.svg(read(kind), lang, {"draft": 12}))
    placed = words(picture)
    assert len(placed) > 6
    for (one, first), (two, second) in combinations(placed, 2):
        assert not meet(first, second), f"{one} on {two}"
    for word, box in placed:
        for line, upright in strokes(picture):
            middle = (box[0] + box[2]) / 2
            own_lane = upright and abs(line[0] - middle) < 1  # a plate lies under words on their own lane
            assert own_lane or not meet(box, line), f"a line through {word}"
        assert box[0] >= 0
        assert box[2] <= float(picture.get("width", 0)) + 1


def test_lines_do_not_cross() -> None:
    picture = ElementTree.fromstring(drawing.svg(read("school_plan")))
    upright = [line for line, is_upright in strokes(picture) if is_upright]
    level = [line for line, is_upright in strokes(picture) if not is_upright]
    for x, top, _x, bottom in upright:
        for left, y, right, _y in level:
            assert not (left + 1 < x < right - 1 and top + 1 < y < bottom - 1), (x, y)


def test_english_is_told_in_english() -> None:
    told = drawing.svg(read("school_plan"), "en")
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", told)
    assert "Submit: Draft, Returned → School review" in told
