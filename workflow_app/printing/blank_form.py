"""A form to be filled in by hand: every section with room to write, the signers' boxes at the end."""

from dataclasses import replace

from workflow_app.printing.paper import Block, Grid, Sheet, Text
from workflow_app.printing.tables import grid
from workflow_app.printing.wording import numeral
from workflows.definition import Definition
from workflows.form import FormField

BLANK_ROWS = 8


def blank(definition: Definition) -> tuple[Block, ...]:
    """Every section with room to write by hand, and the signers' boxes at the end."""
    blocks: list[Block] = []
    for number, part in enumerate(definition.form, 1):
        star = "（★）" if part.star else ""
        blocks.append(Text("h1", f"{numeral(number)}、{part.title.zh}{star}"))
        if part.help:
            blocks.append(Text("help", part.help.zh))
        blocks.append(_room(part))
    return tuple(blocks)


def _room(part: FormField) -> Block:
    if part.kind == "table":
        rows = min(part.max_rows, BLANK_ROWS)
        empty = ("",) * len(part.columns)
        return replace(grid(part.columns, []), rows=(empty,) * rows, cut=(False,) * rows, height=11)
    if part.kind == "long_text":
        return Grid((), (("",),), (1.0,), (False,), (False,), 50)
    if part.kind in ("choice", "choices"):
        return Text("options", "　".join(f"□{option}" for option in part.options))
    if part.kind == "slot":
        return Text("p", "每周＿＿＿　＿＿：＿＿—＿＿：＿＿　地点：＿＿＿＿")
    if part.kind == "date":
        return Text("p", "＿＿＿＿年＿＿月＿＿日")
    if part.kind == "number":
        return Text("p", "＿" * 8 + (part.unit.zh if part.unit else ""))
    return Text("p", "＿" * 20)


def blank_sheet(definition: Definition) -> Sheet:
    """One box per step that somebody signs, in the order of the way."""
    steps = [definition.states[name] for name in definition.path if definition.states[name].ladder]
    box = "\n\n\n\n"
    rows = tuple((state.title.zh, box, "", "　　年　月　日") for state in steps)
    widths = (0.16, 0.48, 0.16, 0.20)
    acts = Grid(
        ("环节", "意见", "签名", "日期"),
        rows,
        widths,
        (True, False, True, True),
        (False,) * len(rows),
        35,
    )
    return Sheet(
        "审批单",
        (
            ("文件", definition.title.zh),
            ("单位", ""),
            ("姓名" if definition.subject == "teacher" else "起草人", ""),
        ),
        acts,
        "本表供纸面使用；在系统中办理的文件，以系统生成的审批单为准。",
    )
