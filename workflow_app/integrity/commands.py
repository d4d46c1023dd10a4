"""``workflow-app doctor``: whether everything that must hold does hold."""

import json
import sys
from collections.abc import Iterator, Sequence

import click
from flask.cli import with_appcontext

from workflow_app import schema
from workflow_app.extensions import db
from workflow_app.integrity.doctor import CheckResult, examine
from workflow_app.integrity.violations import Violation
from workflow_app.signoff import assignment

#: So many offenders of one check are printed; JSON has all.
SHOWN = 10
STRUCTURE = "数据库结构是最新的，只增不改的保护齐全"


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@click.option("--quick", is_flag=True, help="附件的文件只比大小，不逐字节核对内容。")
@with_appcontext
def doctor(as_json: bool, quick: bool) -> None:
    """检查全部数据：轨迹、状态、签字、待办、通知彼此相符，附件的文件没有被改动。

    只读不改，可以在运行中执行。全部相符则退出码为 0，否则为 1。
    """
    done = []
    for checked in _all(quick):
        done.append(checked)
        if not as_json:
            _print(checked)
    wrong = sum(1 for checked in done if checked.offenders)
    if as_json:
        click.echo(
            json.dumps({"sound": not wrong, "checks": [_as_dict(one) for one in done]}, ensure_ascii=False)
        )
    else:
        click.echo(f"有 {wrong} 项不符，请查明原因。" if wrong else f"全部 {len(done)} 项相符。")
    raise SystemExit(1 if wrong else 0)


def _all(quick: bool) -> Iterator[CheckResult]:
    yield CheckResult("structure", STRUCTURE, [Violation(why) for why in schema.problems(db.engine)])
    if schema.current(db.engine) == schema.head():
        assignment.up_to_date()
        yield from examine(quick=quick, watched=_with_a_bar)


def _with_a_bar(files: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The files one by one, with a bar on the terminal (not in what is written to a file)."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(files, label="核对附件", file=sys.stderr, hidden=hidden) as watched:
        yield from watched


def _print(checked: CheckResult) -> None:
    click.echo(f"{'×' if checked.offenders else '✓'} {checked.title}")
    for offender in checked.offenders[:SHOWN]:
        click.echo(f"    {offender}")
    if len(checked.offenders) > SHOWN:
        click.echo(f"    ……另有 {len(checked.offenders) - SHOWN} 处")


def _as_dict(checked: CheckResult) -> dict[str, object]:
    return {
        "name": checked.name,
        "title": checked.title,
        "sound": not checked.offenders,
        "offenders": [offender._asdict() for offender in checked.offenders],
    }
