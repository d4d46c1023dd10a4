"""Papers of a document: its draft, a revision with the approval sheet, the blank form of its kind."""

from collections.abc import Sequence

from workflow_app import clock
from workflow_app.printing.facts import ApprovalAct, Frozen, PaperFacts, approval, attachments, ending
from workflow_app.printing.paper import (
    Check,
    Grid,
    Paper,
    Sheet,
    blank,
    blank_sheet,
    filled,
    printable,
    title_lines,
    too_tall,
)
from workflows.definition import Definition
from workflows.vocabulary import ROLES

DRAFT = "草稿，不用于签批"
#: 序, 环节, 办理, 办理人, 意见, 时间
_WIDTHS = (0.05, 0.13, 0.145, 0.205, 0.26, 0.21)
_NOT_APPROVED = {
    "submitted": "已提交，尚未通过",
    "returned": "已退回修改，未通过",
    "withdrawn": "已撤回，未通过",
}
_NOTE = (
    "本审批单由系统依据轨迹生成，{what}；办理人以账号和密码确认身份。{same}\n"
    "本系统签章，可查验是否被改动；不是《电子签名法》所称的可靠电子签名。"
    "此后是否变更、是否仍然有效，以查验页的答复为准。\n轨迹末条摘要：{hash}"
)


def day(stamp: str) -> str:
    """2026年9月1日, county time, no leading zeros."""
    when = clock.local(stamp)
    return f"{when.year}年{when.month}月{when.day}日"


def moment(stamp: str) -> str:
    return f"{day(stamp)} {clock.local(stamp):%H:%M}"


def of_draft(found: PaperFacts, content: dict[str, object]) -> Paper:
    """What has been typed so far, marked as not to be signed."""
    return Paper(
        title=_title(found),
        byline=_byline(found, "草稿"),
        blocks=filled(found.definition, content),
        attachments=attachments(found.artefact_id, found.attachments_sha256),
        mark=DRAFT,
    )


def of_revision(
    found: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct], *, full: bool, check: Check | None
) -> Paper:
    """A submitted revision with its approval sheet, checkable when it has a code."""
    whose = [found.school, found.teacher] if found.teacher else [found.school]
    return Paper(
        title=_title(found),
        byline=_byline(found, f"第{frozen.number}版"),
        blocks=filled(found.definition, frozen.content),
        attachments=attachments(found.artefact_id, frozen.attachments_sha256),
        signed_off=(printable("　".join(whose)), day(frozen.at)),
        sheet=_sheet(found, frozen, done, full),
        mark="" if check else "可编辑的文稿，不作凭证；凭证为系统签发的 PDF",
        check=check,
    )


def of_blank(definition: Definition) -> Paper:
    """The form to fill in by hand."""
    return Paper(definition.title.zh, "", blank(definition), sheet=blank_sheet(definition))


def _title(found: PaperFacts) -> str:
    return title_lines(printable(found.title), found.definition.title.zh)


def _byline(found: PaperFacts, edition: str) -> str:
    """What the title does not say already."""
    parts = [found.school, found.teacher or "", found.period]
    return printable("　".join([*(part for part in parts if part and part not in found.title), edition]))


# --- the approval sheet ----------------------------------------------------------------------


def _sheet(found: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct], full: bool) -> Sheet:
    passed = approval(found, done)
    result = f"已于{day(passed.at)}通过" if passed else _NOT_APPROVED[ending(found, done)]
    listed = attachments(found.artefact_id, frozen.attachments_sha256)
    lines = [
        ("文件", found.title),
        ("单位", found.school),
        ("姓名", found.teacher or ""),
        ("学年", found.period),
        ("版次", f"第{frozen.number}版，{moment(frozen.at)}由{frozen.by}提交"),
        ("办理结果", result),
        ("附件", f"{len(listed)} 件，名称见正文之后" if listed else "无"),
        ("内容摘要", frozen.content_sha256),
        ("附件摘要", frozen.attachments_sha256),
    ]
    same = all(act.content_sha256 == frozen.content_sha256 for act in done)
    note = _NOTE.format(
        what=f"列出第{frozen.number}版的{'全部办理' if full else '签字'}记录",
        same="各次办理所依据的内容，均与上列内容摘要一致。" if same else "",
        hash=done[-1].hash if done else "",
    )
    return Sheet(
        "审批单",
        tuple((name, printable(value)) for name, value in lines if value),
        _acts(found, frozen, done),
        note,
    )


def _acts(found: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct]) -> Grid:
    rounds = len({act.round for act in done}) > 1
    rows = tuple(_row(found, frozen, number, act, rounds) for number, act in enumerate(done, 1))
    return Grid(
        ("序", "环节", "办理", "办理人", "意见", "时间"),
        rows,
        _WIDTHS,
        (True, True, True, True, False, True),
        tuple(too_tall(row, _WIDTHS) for row in rows),
    )


def _row(found: PaperFacts, frozen: Frozen, number: int, act: ApprovalAct, rounds: bool) -> tuple[str, ...]:
    step = found.definition.states[act.from_state].title.zh if act.from_state else ""
    role = ROLES[act.role]["zh"] if act.role in ROLES else ""
    who = [
        act.actor,
        f"{act.unit}{role}" if role else "",
        f"代{act.on_behalf_of}" if act.on_behalf_of else "",
    ]
    said = [act.comment, *(f"{at}. {section}：{text}" for at, (section, text) in enumerate(act.points, 1))]
    if act.content_sha256 != frozen.content_sha256:
        said.append(f"所依据的内容摘要：{act.content_sha256}")
    cells = (
        str(number),
        f"{step}\n第{act.round}轮" if rounds else step,
        found.definition.actions[act.action].title.zh,
        "\n".join(filter(None, who)),
        "\n".join(filter(None, said)),
        f"{day(act.at)}\n{clock.local(act.at):%H:%M}",
    )
    return tuple(printable(cell) for cell in cells)
