"""Papers of a document: its draft, a revision with the approval sheet, the blank form of its kind."""

from collections.abc import Sequence

from workflow_app import clock
from workflow_app.printing.blank_form import blank, blank_sheet
from workflow_app.printing.facts import ApprovalAct, Frozen, PaperFacts, approval, attachments, ending
from workflow_app.printing.filled_form import filled
from workflow_app.printing.paper import Check, Grid, Paper, Sheet
from workflow_app.printing.tables import too_tall
from workflow_app.printing.wording import printable, title_lines
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


def of_draft(about: PaperFacts, content: dict[str, object]) -> Paper:
    """What has been typed so far, marked as not to be signed."""
    return Paper(
        title=_title(about),
        byline=_byline(about, "草稿"),
        blocks=filled(about.definition, content),
        attachments=attachments(about.artefact_id, about.attachments_sha256),
        mark=DRAFT,
        author=printable(about.school),
    )


def of_revision(
    about: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct], *, full: bool, check: Check | None
) -> Paper:
    """A submitted revision with its approval sheet, checkable when it has a code."""
    whose = [about.school, about.teacher] if about.teacher else [about.school]
    return Paper(
        title=_title(about),
        byline=_byline(about, f"第{frozen.number}版"),
        blocks=filled(about.definition, frozen.content),
        attachments=attachments(about.artefact_id, frozen.attachments_sha256),
        signed_off=(printable("　".join(whose)), day(frozen.at)),
        sheet=_sheet(about, frozen, done, full),
        mark="" if check else "可编辑的文稿，不作凭证；凭证为系统签发的 PDF",
        check=check,
        author=printable(about.school),
    )


def of_blank(definition: Definition, county: str) -> Paper:
    """The form to fill in by hand."""
    return Paper(
        definition.title.zh, "", blank(definition), sheet=blank_sheet(definition),
        author=printable(county),
    )  # fmt: skip


def _title(about: PaperFacts) -> str:
    return title_lines(printable(about.title), about.definition.title.zh)


def _byline(about: PaperFacts, edition: str) -> str:
    """What the title does not say already."""
    parts = [about.school, about.teacher or "", about.period]
    return printable("　".join([*(part for part in parts if part and part not in about.title), edition]))


# --- the approval sheet ----------------------------------------------------------------------


def _sheet(about: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct], full: bool) -> Sheet:
    passed = approval(about, done)
    result = f"已于{day(passed.at)}通过" if passed else _NOT_APPROVED[ending(about, done)]
    listed = attachments(about.artefact_id, frozen.attachments_sha256)
    lines = [
        ("文件", about.title),
        ("单位", about.school),
        ("姓名", about.teacher or ""),
        ("学年", about.period),
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
        _acts(about, frozen, done),
        note,
    )


def _acts(about: PaperFacts, frozen: Frozen, done: Sequence[ApprovalAct]) -> Grid:
    rounds = len({act.round for act in done}) > 1
    rows = tuple(_row(about, frozen, number, act, rounds) for number, act in enumerate(done, 1))
    return Grid(
        ("序", "环节", "办理", "办理人", "意见", "时间"),
        rows,
        _WIDTHS,
        (True, True, True, True, False, True),
        tuple(too_tall(row, _WIDTHS) for row in rows),
    )


def _row(about: PaperFacts, frozen: Frozen, number: int, act: ApprovalAct, rounds: bool) -> tuple[str, ...]:
    step = about.definition.states[act.from_state].title.zh if act.from_state else ""
    role = ROLES[act.role]["zh"] if act.role in ROLES else ""
    who = [
        act.actor,
        f"{act.unit}{role}" if role else "",
        f"代{act.on_behalf_of}" if act.on_behalf_of else "",
    ]
    said = [act.comment, *(f"{at}. {section}：{text}" for at, (section, text) in enumerate(act.points, 1))]
    if act.content_sha256 != frozen.content_sha256:
        said.append(f"所依据的内容摘要：{act.content_sha256}")
    if act.reset_by_other:
        said.append(f"办理前24小时内，本人的登录方式由他人重设过（{moment(act.reset_by_other)}）。")
    cells = (
        str(number),
        f"{step}\n第{act.round}轮" if rounds else step,
        about.definition.actions[act.action].title.zh,
        "\n".join(filter(None, who)),
        "\n".join(filter(None, said)),
        f"{day(act.at)}\n{clock.local(act.at):%H:%M}",
    )
    return tuple(printable(cell) for cell in cells)
