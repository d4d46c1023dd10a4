"""A definition as a picture: SVG, laid out by hand-made rules, no binary and no library needed.

The states of ``path`` (and ends) stand in one column from top to bottom; other states beside it on
the left. Steps down the column are straight; ways back run in lanes on the right, one lane for each
action and destination; ways to and from the left have a port of their own on each box.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from workflows.definition import Definition

WIDTH, STEP, PORT = 148, 52, 22
LANE, LEFT_LANE, LABEL = 62, 12, 78
COLOURS = {
    "draft": ("#eceff4", "#525c6b"),
    "waiting": ("#e8effe", "#1a56e8"),
    "approved": ("#e4f5ec", "#0a7d43"),
    "returned": ("#fdf1dc", "#9a5b00"),
    "archived": ("#f4f6fa", "#525c6b"),
}


@dataclass(slots=True)
class _Box:
    """A state on the picture. Ports are counted out from its left side, top to bottom."""

    key: str
    title: str
    tone: str
    main: bool
    row: float
    x: float = 0
    y: float = 0
    height: float = 56
    ports: int = 0
    used: int = 0

    def port(self) -> float:
        self.used += 1
        return self.y + self.height * self.used / (self.ports + 1)


@dataclass(slots=True)
class _Edge:
    """An action from one or several states to one."""

    label: str
    to: str
    sources: list[str] = field(default_factory=list)


def svg(definition: Definition, lang: str = "zh", counts: Mapping[str, int] | None = None) -> str:
    """The picture as an ``<svg>`` element; ``counts`` puts a number on each state."""
    boxes = _boxes(definition, lang)
    edges = _edges(definition, lang)
    down, loops, right, left = _sorted(boxes, edges)
    for source, target, _ in left:
        boxes[source].ports += 1
        boxes[target].ports += 1
    gap = LABEL + LEFT_LANE * (len(left) + 1)
    has_left = any(not box.main for box in boxes.values())
    column = 12 + (WIDTH + gap if has_left else 0)
    _place(boxes, column)
    parts = [_down(boxes, edge) for edge in down]
    parts += [_left(boxes, one, index) for index, one in enumerate(left)]
    parts += [_right(boxes, edge, index) for index, edge in enumerate(right)]
    parts += [_loop(boxes, edge) for edge in loops]
    parts += [_box(box, (counts or {}).get(box.key)) for box in boxes.values()]
    width = column + WIDTH + (LANE * (len(right) + 0.6) if right else 20) + (20 if loops else 0)
    height = max(box.y + box.height for box in boxes.values()) + 14
    return _frame(definition, lang, width, height, "".join(parts))


def _frame(definition: Definition, lang: str, width: float, height: float, inside: str) -> str:
    title = getattr(definition.title, lang)
    told = "；".join(
        f"{getattr(one.title, lang)} {'、'.join(one.sources)} → {'、'.join(to.state for to in one.to)}"
        for one in definition.actions.values()
    )
    name = f"flow-{definition.key}"
    arrow = (
        f'<marker id="{name}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#566072"/></marker>'
    )
    body = inside.replace("url(#arrow)", f"url(#{name}-arrow)")
    return (
        f'<svg class="flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="{name}-t {name}-d" '
        'font-family="sans-serif" font-size="13">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(told)}</desc>'
        f"<defs>{arrow}</defs>{body}</svg>"
    )


# --- what goes where -------------------------------------------------------------------------


def _boxes(definition: Definition, lang: str) -> dict[str, _Box]:
    """The path from top to bottom, ends below it, everything else beside the states that lead to it."""
    rows = {key: float(index) for index, key in enumerate(dict.fromkeys(definition.path))}
    for key, state in definition.states.items():
        if state.final and key not in rows:
            rows[key] = float(len(rows))
    boxes = {
        key: _Box(key, getattr(state.title, lang), state.tone, key in rows, rows.get(key, 0.0))
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


def _edges(definition: Definition, lang: str) -> list[_Edge]:
    """One edge per action and destination, with all its sources."""
    found: dict[tuple[str, str], _Edge] = {}
    for key, action in definition.actions.items():
        for to in action.to:
            edge = found.setdefault((key, to.state), _Edge(getattr(action.title, lang), to.state))
            edge.sources.extend(action.sources)
    return list(found.values())


def _sorted(
    boxes: Mapping[str, _Box], edges: list[_Edge]
) -> tuple[list[_Edge], list[_Edge], list[_Edge], list[tuple[str, str, str]]]:
    """Edges by how they are drawn: down, loops, right lanes, left connections."""
    down: dict[tuple[str, str], list[str]] = {}
    loops: list[_Edge] = []
    right: list[_Edge] = []
    left: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        lane = _Edge(edge.label, edge.to)
        for source in dict.fromkeys(edge.sources):
            one, two = boxes[source], boxes[edge.to]
            if source == edge.to:
                loops.append(_Edge(edge.label, edge.to, [source]))
            elif not (one.main and two.main):
                left.setdefault((source, edge.to), []).append(edge.label)
            elif two.row == one.row + 1:
                down.setdefault((source, edge.to), []).append(edge.label)
            else:
                lane.sources.append(source)
        if lane.sources:
            right.append(lane)
    joined = [_Edge("、".join(labels), to, [source]) for (source, to), labels in down.items()]
    right.sort(key=lambda edge: max(abs(boxes[s].row - boxes[edge.to].row) for s in edge.sources))
    return joined, loops, right, [(a, b, "、".join(labels)) for (a, b), labels in left.items()]


def _place(boxes: Mapping[str, _Box], column: float) -> None:
    """Heights from the ports each box needs, then the column from top to bottom."""
    for box in boxes.values():
        box.height = max(56.0, PORT * (box.ports + 1))
    y, tops = 10.0, []
    for box in sorted((box for box in boxes.values() if box.main), key=lambda box: box.row):
        box.x, box.y = column, y
        tops.append(y)
        y += box.height + STEP
    for box in (box for box in boxes.values() if not box.main):
        whole = min(int(box.row), len(tops) - 1)
        after = tops[whole + 1] if whole + 1 < len(tops) else tops[whole] + 108
        box.x, box.y = 12, tops[whole] + (after - tops[whole]) * (box.row - whole)


# --- strokes ---------------------------------------------------------------------------------


def _line(points: list[tuple[float, float]], *, arrow: bool = True) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    head = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="#7b8597" stroke-width="1.4"{head}/>'


def _text(x: float, y: float, label: str, anchor: str = "start", *, plate: bool = False) -> str:
    """Words; with a plate behind them where a line runs."""
    size = sum(13.0 if ord(letter) > 0x2E80 else 7.0 for letter in label)
    back = ""
    if plate:
        left = x - size / 2 - 3
        back = f'<rect x="{left:.1f}" y="{y - 11:.1f}" width="{size + 6:.1f}" height="16" fill="#fff"/>'
    place = f'x="{x:.1f}" y="{y + 2:.1f}" text-anchor="{anchor}"'
    return f'{back}<text {place} fill="#384152">{escape(label)}</text>'


def _down(boxes: Mapping[str, _Box], edge: _Edge) -> str:
    one, two = boxes[edge.sources[0]], boxes[edge.to]
    x = one.x + WIDTH / 2
    middle = (one.y + one.height + two.y) / 2 + 2
    return _line([(x, one.y + one.height), (x, two.y)]) + _text(x + 9, middle, edge.label)


def _right(boxes: Mapping[str, _Box], edge: _Edge, index: int) -> str:
    """A lane on the right: from every source out to it, along it, and into the destination."""
    to = boxes[edge.to]
    x = to.x + WIDTH + LANE * (index + 0.7)
    into = to.y + 14 + 9 * (index % 4)
    strokes = []
    ends = [into]
    for source in edge.sources:
        box = boxes[source]
        out = box.y + box.height - 12 - 8 * (index % 4)
        ends.append(out)
        strokes.append(_line([(box.x + WIDTH, out), (x, out)], arrow=False))
    strokes.append(_line([(x, max(ends)), (x, min(ends))], arrow=False))
    strokes.append(_line([(x, into), (to.x + WIDTH + 1, into)]))
    middle = (max(ends) + min(ends)) / 2 + (index % 3 - 1) * 18
    return "".join(strokes) + _text(x, middle, edge.label, "middle", plate=True)


def _left(boxes: Mapping[str, _Box], one: tuple[str, str, str], index: int) -> str:
    """Between the column and a box beside it: out of a port, along a lane, into a port."""
    source, target, label = boxes[one[0]], boxes[one[1]], one[2]
    y1, y2 = source.port(), target.port()
    if not (source.main or target.main):
        x = 6.0
        return _line([(source.x, y1), (x, y1), (x, y2), (target.x, y2)]) + _text(x + 4, (y1 + y2) / 2, label)
    column, beside = (source, target) if source.main else (target, source)
    lane = beside.x + WIDTH + LEFT_LANE * (index + 1)
    at = y1 if source.main else y2
    ends = [(source.x, y1), (lane, y1), (lane, y2), (target.x + WIDTH, y2)]
    if not source.main:
        ends = [(source.x + WIDTH, y1), (lane, y1), (lane, y2), (target.x, y2)]
    return _line(ends) + _text(column.x - 12, at - 5, label, "end")


def _loop(boxes: Mapping[str, _Box], edge: _Edge) -> str:
    box = boxes[edge.to]
    x, y = box.x + WIDTH, box.y + box.height / 2
    path = f"M{x} {y - 7:.1f}h16v14h-15"
    stroke = f'<path d="{path}" fill="none" stroke="#7b8597" stroke-width="1.4" marker-end="url(#arrow)"/>'
    return stroke + _text(x + 20, y + 3, edge.label)


def _box(box: _Box, count: int | None) -> str:
    fill, ink = COLOURS[box.tone]
    dashed = ' stroke-dasharray="5 3"' if box.tone in ("draft", "archived") else ""
    x, middle = box.x + WIDTH / 2, box.y + box.height / 2
    shape = (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{WIDTH}" height="{box.height:.1f}" rx="9" '
        f'fill="{fill}" stroke="{ink}" stroke-width="1.5"{dashed}/>'
    )
    rise = 4 if count else -5
    words = (
        f'<text x="{x:.1f}" y="{middle - rise:.1f}" text-anchor="middle" font-size="15" font-weight="600" '
        f'fill="{ink}">{escape(box.title)}</text>'
    )
    number = (
        f'<text x="{x:.1f}" y="{middle + 16:.1f}" text-anchor="middle" fill="#384152">{count}</text>'
        if count
        else ""
    )
    return f"<g data-state={quoteattr(box.key)}>{shape}{words}{number}</g>"
