"""``workflow-app trail export|verify|seal``: the trail as a file; the other two have modules of their own."""

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

from workflow_app import data_dir, inputs, security_log
from workflow_app.trail import export as exporting
from workflow_app.trail.export import Chosen
from workflow_app.trail.seal_command import seal
from workflow_app.trail.verify_command import verify


@click.group("trail")
def trail() -> None:
    """轨迹：导出、核对与封存。"""


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
            if "artefact" in footer:
                bar.update(1)
    return header, footer


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the name ``path`` only once it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with data_dir.new_file(part) as file:  # names and opinions stand in it
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} 写不进去（{error.strerror}）。") from error
    finally:
        part.unlink(missing_ok=True)


for command in (verify, seal):
    trail.add_command(command)
