"""``workflow-app trail verify``: needs the export, and what whoever checks has kept; no database."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from workflow_app import clock
from workflow_app.trail import verification
from workflow_app.trail.seal_verification import Kept

#: So many problems are printed; JSON has more.
SHOWN = 20
CAVEAT = (
    "单凭一份导出，看不出某份文件末尾的几条是否曾被整段删去，也看不出整条链是否重新做过；"
    "请用存在库外的检查点来核对（--checkpoint）。"
)
_FILE = click.Path(path_type=Path, dir_okay=False)
_KEY = re.compile(r"^(?:key )?(\S+\+[0-9a-f]{8}\+\S+)$", re.MULTILINE)


@click.command("verify")
@click.argument("file", metavar="EXPORT", type=click.Path(path_type=Path))
@click.option("--checkpoint", type=_FILE, help="存在库外的一份检查点：封存到那时的一条也不能少。")
@click.option("--key", type=_FILE, help="从别处得到的公钥（一行一把），签名要由它或它引入的密钥签。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(file: Path, checkpoint: Path | None, key: Path | None, as_json: bool) -> None:
    """核对一份导出的轨迹，只需要这个文件，不需要数据库。

    完好则退出码为 0，有任何不符则为 1，并说明是哪份文件的第几条。
    """
    report = _verified(file, _kept(checkpoint, key))
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        for line in _as_text(report):
            click.echo(line, err=not report.whole)
    raise SystemExit(0 if report.whole else 1)


def _kept(checkpoint: Path | None, key: Path | None) -> Kept:
    keys = tuple(_KEY.findall(_text(key))) if key else ()
    if key and not keys:
        raise click.ClickException(f"{key} 里没有公钥。")
    return Kept(keys, _text(checkpoint) if checkpoint else None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise click.ClickException(f"{path} 读不出来（{error.strerror}）。") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} 不是文本文件。") from error


def _verified(path: Path, kept: Kept) -> verification.Report:
    report = verification.Report()
    try:
        with (
            path.open("rb") as file,
            click.progressbar(
                length=path.stat().st_size, label="核对轨迹", file=sys.stderr, update_min_steps=1 << 20
            ) as bar,
        ):
            told = 0
            for found in verification.verify(file, kept):
                report = found
                told, before = file.tell(), told
                bar.update(told - before)
    except OSError as error:
        raise click.ClickException(f"{path} 读不出来（{error.strerror}）。") from error
    return report


def _as_json(report: verification.Report) -> dict[str, Any]:
    seal = report.seal
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
        "seal": {
            "size": seal.size,
            "at": seal.at or None,
            "complete": seal.complete,
            "checkpoints": seal.checkpoints,
            "unsealed": seal.unsealed,
            "keys": seal.fingerprints,
            "key_given": seal.vouched,
            "against": {"size": seal.against[0], "at": seal.against[1]} if seal.against else None,
            "remarks": seal.remarks,
        },
    }


def _as_text(report: verification.Report) -> Iterator[str]:
    yield from report.seal.remarks
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
    yield from _about_the_seal(report)


def _about_the_seal(report: verification.Report) -> Iterator[str]:
    seal = report.seal
    if seal.size:
        yield (
            f"封存：到{_moment(seal.at)}为止的 {seal.size} 条，{seal.checkpoints} 个检查点前后相接，"
            f"签名相符；另有 {seal.unsealed} 条事件还没有封存。"
        )
        if not seal.vouched:
            told = "、".join(one[:16] for one in seal.fingerprints)
            yield f"公钥是导出文件自己带的，请与另外得到的公钥比对指纹：{told}；或用 --key 给出公钥。"
    if seal.against is None:
        yield CAVEAT
    elif seal.complete:
        yield (
            f"与所给的检查点相符：到{_moment(seal.against[1])}为止封存的 {seal.against[0]} 条，"
            "一条不少，没有改动。"
        )
    else:
        yield (
            f"与所给的检查点（{seal.against[0]} 条）相符：文件里的这些事件没有改动。"
            "按文件或日期选取的导出，看不出还有没有别的事件；要看全，请导出全部。"
        )


def _moment(stamp: str) -> str:
    try:
        made = clock.local(stamp)
    except (ValueError, OverflowError):
        return ""
    return f" {made.year}年{made.month}月{made.day}日 {made:%H:%M} "
