"""Where the states and actions of a definition stand on its picture: boxes, ports, lanes.

The states of ``path`` (and ends) stand in one column from top to bottom; other states beside it on
the left. Steps down the column are straight; ways back run in lanes on the right, one lane for each
action and destination. Every line has a port of its own on its box, in an order that keeps lines
from crossing; lanes are as far apart as their labels are wide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.definition import Definition

WIDTH, STEP, PORT = 148.0, 52, 22
LANE, HOOK = 12, 16
#: Titles are set at 15 px and bold.
TITLE = 15 / 13 * 1.08
AND = {"zh": "、", "en": ", "}


def size(label: str) -> float:
    """How wide words are at 13 px, rather too wide than too narrow: fonts differ."""
    return sum(_width(letter) for letter in label)


def _width(letter: str) -> float:
    if ord(letter) > 0x2E80:
        return 13.0
    if letter in "mwMW":
        return 12.7
    if letter in " ijltf.,;:'|()":
        return 5.2
    return 9.2 if letter.isupper() else 8.2


@dataclass(slots=True)
class Box:
    """A state on the picture. Its ports are named by the line that ends there, top to bottom."""

    key: str
    title: str
    tone: str
    main: bool
    row: float
    x: float = 0
    y: float = 0
    width: float = WIDTH
    height: float = 56
    lefts: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)

    @property
    def end(self) -> float:
        return self.x + self.width

    def left(self, line: str) -> float:
        return self.y + self.height * (self.lefts.index(line) + 1) / (len(self.lefts) + 1)

    def right(self, line: str) -> float:
        return self.y + self.height * (self.rights.index(line) + 1) / (len(self.rights) + 1)


@dataclass(slots=True)
class Edge:
    """An action from one or several states to one; ``name`` is the line's, for ports."""

    label: str
    to: str
    sources: list[str] = field(default_factory=list)
    name: str = ""
    x: float = 0


@dataclass(slots=True)
class Layout:
    """Everything in its place; of the edges, those on the right inner first, on the left upper first."""

    boxes: dict[str, Box]
    down: list[Edge]
    loops: list[Edge]
    right: list[Edge]
    left: list[Edge]
    width: float
    height: float


def lay_out(definition: Definition, lang: str) -> Layout:
    """The picture of a definition in ``zh`` or ``en``, as places in pixels."""
    boxes = _boxes(definition, lang)
    down, loops, right, left = _sorted(boxes, _edges(definition, lang), AND[lang])
    _ports(boxes, loops, right, left)
    gap = max((size(edge.label) for edge in left), default=0) + 24 + LANE * (len(left) + 1)
    widest = max(WIDTH, *(size(box.title) * TITLE + 24 for box in boxes.values()))
    has_left = any(not box.main for box in boxes.values())
    _place(boxes, widest, 12 + (widest + gap if has_left else 0))
    width = _lanes(boxes, loops, right)
    _left_lanes(boxes, left)
    height = max(box.y + box.height for box in boxes.values()) + 14
    return Layout(boxes, down, loops, right, left, width, height)


def _boxes(definition: Definition, lang: str) -> dict[str, Box]:
    """The path from top to bottom, its end below it, everything else beside the states that lead to it."""
    rows = {key: float(index) for index, key in enumerate(dict.fromkeys(definition.path))}
    last = definition.path[-1]
    for key, state in definition.states.items():
        leads_on = any(
            last in action.sources and key in {to.state for to in action.to}
            for action in definition.actions.values()
        )
        if state.final and leads_on and key not in rows:
            rows[key] = float(len(rows))
    boxes = {
        key: Box(key, getattr(state.title, lang), state.tone, key in rows, rows.get(key, 0.0))
        for key, state in definition.states.items()
    }
    taken: set[float] = set()
    for box in boxes.values():
        if box.main:
            continue
        near = [
            rows[source]
            for action in definition.actions.values()
            if box.key in {to.state for to in action.to}
            for source in action.sources
            if source in rows
        ]
        box.row = sum(near) / len(near) if near else 0.0
        while any(abs(box.row - other) < 1 for other in taken):
            box.row += 0.5
        taken.add(box.row)
    return boxes


def _edges(definition: Definition, lang: str) -> list[Edge]:
    """One edge per action and destination, with all its sources."""
    found: dict[tuple[str, str], Edge] = {}
    for key, action in definition.actions.items():
        for to in action.to:
            edge = found.setdefault((key, to.state), Edge(getattr(action.title, lang), to.state))
            edge.sources.extend(action.sources)
    return list(found.values())


def _sorted(
    boxes: Mapping[str, Box], edges: list[Edge], between: str
) -> tuple[list[Edge], list[Edge], list[Edge], list[Edge]]:
    """Edges by how they are drawn: down, loops, right lanes (inner first), left connections (upper first)."""
    down: dict[tuple[str, str], list[str]] = {}
    loops: list[Edge] = []
    right: list[Edge] = []
    left: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        lane = Edge(edge.label, edge.to)
        for source in dict.fromkeys(edge.sources):
            one, two = boxes[source], boxes[edge.to]
            if source == edge.to:
                loops.append(Edge(edge.label, edge.to, [source], f"loop {len(loops)}"))
            elif not (one.main and two.main):
                left.setdefault((source, edge.to), []).append(edge.label)
            elif two.row == one.row + 1:
                down.setdefault((source, edge.to), []).append(edge.label)
            else:
                lane.sources.append(source)
        if lane.sources:
            right.append(lane)
    right.sort(key=lambda edge: max(abs(boxes[s].row - boxes[edge.to].row) for s in edge.sources))
    for index, edge in enumerate(right):
        edge.name = f"right {index}"
    beside = [Edge(between.join(labels), to, [source]) for (source, to), labels in left.items()]
    beside.sort(key=lambda edge: column_end(boxes, edge).row)
    for index, edge in enumerate(beside):
        edge.name = f"left {index}"
    return (
        [Edge(between.join(labels), to, [source]) for (source, to), labels in down.items()],
        loops,
        right,
        beside,
    )


def column_end(boxes: Mapping[str, Box], edge: Edge) -> Box:
    """Which end of a left connection stands in the column."""
    source, target = boxes[edge.sources[0]], boxes[edge.to]
    return source if source.main else target


def _ports(boxes: Mapping[str, Box], loops: list[Edge], right: list[Edge], left: list[Edge]) -> None:
    """Who ends where on a box: lanes going up (inner first), loops, lanes going down (outer first)."""
    for edge in left:
        boxes[edge.sources[0]].lefts.append(edge.name)
        boxes[edge.to].lefts.append(edge.name)
    for box in boxes.values():
        up: list[str] = []
        down: list[str] = []
        for edge in right:
            others = [boxes[key].row for key in edge.sources] if edge.to == box.key else [boxes[edge.to].row]
            if edge.to == box.key or box.key in edge.sources:
                (up if max(others) < box.row else down).append(edge.name)
        mine = [edge.name for edge in loops if edge.to == box.key]
        box.rights = [*up, *(f"{name} {way}" for name in mine for way in ("out", "in")), *reversed(down)]


def _place(boxes: Mapping[str, Box], width: float, column: float) -> None:
    """Sizes from titles and the ports each box needs, then the column from top to bottom."""
    for box in boxes.values():
        box.width = width
        box.height = max(56.0, PORT * (max(len(box.lefts), len(box.rights)) + 1.0))
    y, tops = 10.0, []
    for box in sorted((box for box in boxes.values() if box.main), key=lambda box: box.row):
        box.x, box.y = column, y
        tops.append(y)
        y += box.height + STEP
    for box in (box for box in boxes.values() if not box.main):
        whole = min(int(box.row), len(tops) - 1)
        after = tops[whole + 1] if whole + 1 < len(tops) else tops[whole] + 108
        box.x, box.y = 12, tops[whole] + (after - tops[whole]) * (box.row - whole)


def _lanes(boxes: Mapping[str, Box], loops: list[Edge], right: list[Edge]) -> float:
    """Where each lane runs, clear of loops and of one another's labels; the width of the picture."""
    end = max(box.end for box in boxes.values())
    x = end + max((HOOK + 8 + size(edge.label) for edge in loops), default=0)
    for edge in right:
        half = max(size(edge.label) / 2 + 5, 13)
        edge.x = x + half
        x += 2 * half
    return x + 12


def _left_lanes(boxes: Mapping[str, Box], left: list[Edge]) -> None:
    """Where connections to the left turn: rising ones from the upper on, falling ones from the lower."""
    rising: list[Edge] = []
    falling: list[Edge] = []
    for edge in left:
        column = column_end(boxes, edge)
        other = boxes[edge.to if column.key == edge.sources[0] else edge.sources[0]]
        (rising if column.left(edge.name) < other.left(edge.name) else falling).append(edge)
    for edges in (rising, falling[::-1]):
        for index, edge in enumerate(edges):
            edge.x = 12 + boxes[edge.to].width + LANE * (index + 1)
