"""``workflow-app trail export|verify``: the trail as a file, and whether such a file is whole."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import with_appcontext

from workflow_app import clock, inputs, security_log
from workflow_app.trail import export as exporting
from workflow_app.trail import verification
from workflow_app.trail.export import Chosen

#: So many problems are printed; JSON has more.
SHOWN = 20
CAVEAT = (
    "单凭一份导出，看不出某份文件末尾的几条是否曾被整段删去，也看不出整条链是否重新做过；"
    "请把历次导出存到库外，以便比对。"
)


@click.group("trail")
def trail() -> None:
    """轨迹：导出与核对。"""


class Day(click.ParamType):
    """A county day, 2026-09-01."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return inputs.as_day(value)
        except inputs.NotADay as no:
            self.fail(f"「{value}」：{no}", param, ctx)


@trail.command("export")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写到文件；不写则输出到屏幕。"
)
@click.option("--document", type=click.IntRange(1, 2**62), default=None, help="只导出这个编号的文件。")
@click.option("--since", type=Day(), default=None, help="只导出这天起有过动作的文件。")
@click.option("--until", type=Day(), default=None, help="只导出到这天为止有过动作的文件。")
@click.option("--json", "as_json", is_flag=True, help="结果说明以 JSON 给出。")
@with_appcontext
def export(
    output: Path | None, document: int | None, since: date | None, until: date | None, as_json: bool
) -> None:
    """把轨迹导出为 JSON Lines，供日后用 trail verify 核对。

    选中的文件总是从第一条事件起完整导出，这样才核对得了。
    """
    if since and until and since > until:
        raise click.BadParameter("截止日期早于开始日期。", param_hint="--until")
    with (
        _replacing(output) if output else nullcontext(sys.stdout.buffer) as file,
        closing(exporting.export(Chosen(document, since, until))) as lines,
    ):
        header, footer = _write(lines, file)
        file.flush()
    security_log.record("exported", what="trail", format="jsonl", artefact=document)
    told = {
        "file": str(output) if output else None, "documents": header["documents"],
        "events": header["events"], "sha256": footer["sha256"],
    }  # fmt: skip
    where = f"到 {output}" if output else ""
    sentence = f"已导出 {told['documents']} 份文件的 {told['events']} 条事件{where}，摘要 {told['sha256']}。"
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else sentence, err=output is None)


def _write(lines: Iterator[tuple[dict[str, Any], bytes]], file: IO[bytes]) -> tuple[Any, Any]:
    """All lines into ``file``; returns what the first and the last one say."""
    header, line = next(lines)
    if header["document"] and not header["events"]:
        raise click.ClickException(f"没有编号为 {header['document']} 的文件。")
    file.write(line)
    footer = header
    with click.progressbar(
        length=header["events"], label="导出轨迹", file=sys.stderr, update_min_steps=1000
    ) as bar:
        for footer, line in lines:
            file.write(line)
            if "end" not in footer:
                bar.update(1)
    return header, footer


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the name ``path`` only once it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} 写不进去（{error.strerror}）。") from error
    finally:
        part.unlink(missing_ok=True)


@trail.command("verify")
@click.argument("file", metavar="EXPORT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(file: Path, as_json: bool) -> None:
    """核对一份导出的轨迹，只需要这个文件，不需要数据库。

    完好则退出码为 0，有任何不符则为 1，并说明是哪份文件的第几条。
    """
    report = _verified(file)
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        for line in _as_text(report):
            click.echo(line, err=not report.whole)
    raise SystemExit(0 if report.whole else 1)


def _verified(path: Path) -> verification.Report:
    report = verification.Report()
    try:
        with (
            path.open("rb") as file,
            click.progressbar(
                length=path.stat().st_size, label="核对轨迹", file=sys.stderr, update_min_steps=1 << 20
            ) as bar,
        ):
            told = 0
            for found in verification.verify(file):
                report = found
                told, before = file.tell(), told
                bar.update(told - before)
    except OSError as error:
        raise click.ClickException(f"{path} 读不出来（{error.strerror}）。") from error
    return report


def _as_json(report: verification.Report) -> dict[str, Any]:
    return {
        "whole": report.whole,
        "county": report.header.get("county"),
        "exported_at": report.header.get("exported_at"),
        "documents": report.documents,
        "events": report.events,
        "erased": report.erased,
        "count": report.count,
        "problems": [
            {"line": one.line, "artefact": one.artefact, "seq": one.seq, "why": one.why}
            for one in report.problems
        ],
    }


def _as_text(report: verification.Report) -> Iterator[str]:
    if not report.whole:
        yield from map(str, report.problems[:SHOWN])
        if report.count > SHOWN:
            yield f"……另有 {report.count - SHOWN} 处。"
        yield f"有问题：共 {report.count} 处不符。"
        return
    if report.erased:
        yield f"其中 {report.erased} 条的意见已依法清空，只能核对到当时有过一段意见。"
    made = _moment(report.header["exported_at"])
    yield (
        f"完好：{report.header['county']}{made}导出的 {report.documents} 份文件、"
        f"{report.events} 条事件，摘要和前后衔接全部相符。"
    )
    yield CAVEAT


def _moment(stamp: str) -> str:
    try:
        made = clock.local(stamp)
    except (ValueError, OverflowError):
        return ""
    return f" {made.year}年{made.month}月{made.day}日 {made:%H:%M} "
