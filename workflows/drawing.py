"""A definition as a picture: SVG, drawn by hand from its layout, no binary and no library needed."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from workflows.definition import Definition
from workflows.layout import AND, HOOK, Box, Edge, column_end, lay_out, size

#: Lines keep this far from words.
NEAR = 13
COLOURS = {
    "draft": ("#eceff4", "#525c6b"),
    "waiting": ("#e8effe", "#1a56e8"),
    "approved": ("#e4f5ec", "#0a7d43"),
    "returned": ("#fdf1dc", "#9a5b00"),
    "archived": ("#f4f6fa", "#525c6b"),
}


def svg(definition: Definition, lang: str = "zh", counts: Mapping[str, int] | None = None) -> str:
    """The picture as an ``<svg>`` element; ``counts`` puts a number on each state."""
    plan = lay_out(definition, lang)
    boxes = plan.boxes
    parts = [_down(boxes, edge) for edge in plan.down]
    parts += [_left(boxes, edge) for edge in plan.left]
    parts += [_right(boxes, edge, plan.right[index:]) for index, edge in enumerate(plan.right)]
    parts += [_loop(boxes, edge) for edge in plan.loops]
    parts += [_box(box, (counts or {}).get(box.key)) for box in boxes.values()]
    return _frame(definition, lang, plan.width, plan.height, "".join(parts))


def _frame(definition: Definition, lang: str, width: float, height: float, inside: str) -> str:
    def named(keys: list[str]) -> str:
        return AND[lang].join(getattr(definition.states[key].title, lang) for key in keys)

    described = ("；" if lang == "zh" else "; ").join(
        f"{getattr(one.title, lang)}{'：' if lang == 'zh' else ': '}"
        f"{named(list(one.sources))} → {named([to.state for to in one.to])}"
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
        f'<title id="{name}-t">{escape(getattr(definition.title, lang))}</title>'
        f'<desc id="{name}-d">{escape(described)}</desc><defs>{arrow}</defs>{body}</svg>'
    )


# --- strokes ---------------------------------------------------------------------------------


def _line(points: list[tuple[float, float]], *, arrow: bool = True) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    head = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="#7b8597" stroke-width="1.4"{head}/>'


def _text(x: float, y: float, label: str, anchor: str = "start", *, plate: bool = False) -> str:
    """Words; with a plate behind them where a line runs."""
    wide = size(label)
    back = ""
    if plate:
        left = x - wide / 2 - 3
        back = f'<rect x="{left:.1f}" y="{y - 11:.1f}" width="{wide + 6:.1f}" height="16" fill="#fff"/>'
    place = f'x="{x:.1f}" y="{y + 2:.1f}" text-anchor="{anchor}"'
    return f'{back}<text {place} fill="#384152">{escape(label)}</text>'


def _down(boxes: Mapping[str, Box], edge: Edge) -> str:
    one, two = boxes[edge.sources[0]], boxes[edge.to]
    x = one.x + one.width / 2
    middle = (one.y + one.height + two.y) / 2 + 2
    return _line([(x, one.y + one.height), (x, two.y)]) + _text(x + 9, middle, edge.label)


def _right(boxes: Mapping[str, Box], edge: Edge, outer: list[Edge]) -> str:
    """A lane on the right: from every source out to it, along it, and into the destination."""
    to = boxes[edge.to]
    into = to.right(edge.name)
    outs = [boxes[key].right(edge.name) for key in edge.sources]
    strokes = [_line([(boxes[edge.sources[0]].end, out), (edge.x, out)], arrow=False) for out in outs]
    low, high = min([into, *outs]), max([into, *outs])
    strokes.append(_line([(edge.x, high), (edge.x, low)], arrow=False))
    strokes.append(_line([(edge.x, into), (to.end + 1, into)]))
    # The label stands in the middle, or as near to it as no line crosses it.
    lines = [boxes[key].right(one.name) for one in outer for key in (*one.sources, one.to)]
    middle = (low + high) / 2
    places = sorted(
        (low + 12 + step * 4 for step in range(int((high - low - 24) / 4) + 1)), key=lambda y: abs(y - middle)
    )
    free = (y for y in places if all(abs(y - 3 - line) >= NEAR for line in lines))
    return "".join(strokes) + _text(edge.x, next(free, middle), edge.label, "middle", plate=True)


def _left(boxes: Mapping[str, Box], edge: Edge) -> str:
    """Between the column and a box beside it: out of a port, along a lane, into a port."""
    source, target = boxes[edge.sources[0]], boxes[edge.to]
    y1, y2 = source.left(edge.name), target.left(edge.name)
    if not (source.main or target.main):
        x = 6.0
        points = [(source.x, y1), (x, y1), (x, y2), (target.x, y2)]
        return _line(points) + _text(x + 4, (y1 + y2) / 2, edge.label)
    begin, end = (source.x if source.main else source.end), (target.end if source.main else target.x)
    column = column_end(boxes, edge)
    words = _text(column.x - 12, column.left(edge.name) - 5, edge.label, "end")
    return _line([(begin, y1), (edge.x, y1), (edge.x, y2), (end, y2)]) + words


def _loop(boxes: Mapping[str, Box], edge: Edge) -> str:
    box = boxes[edge.to]
    out, into = box.right(f"{edge.name} out"), box.right(f"{edge.name} in")
    hook = _line([(box.end, out), (box.end + HOOK, out), (box.end + HOOK, into), (box.end + 1, into)])
    return hook + _text(box.end + HOOK + 5, (out + into) / 2 + 3, edge.label)


def _box(box: Box, count: int | None) -> str:
    fill, ink = COLOURS[box.tone]
    dashed = ' stroke-dasharray="5 3"' if box.tone in ("draft", "archived") else ""
    x, middle = box.x + box.width / 2, box.y + box.height / 2
    shape = (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="9" '
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
