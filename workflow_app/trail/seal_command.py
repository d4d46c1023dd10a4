"""``workflow-app trail seal``: seal now, or change the key."""

import json
from typing import Any

import click
from flask.cli import with_appcontext

from workflow_app import clock, schema
from workflow_app.extensions import db
from workflow_app.sealing import sealer, stored
from workflow_app.sealing.notes import VerifierKey
from workflow_app.sealing.refused import SealRefused


class Moment(click.ParamType):
    """A stamp as events have it, 2026-09-01T01:02:03.000004Z; or shorter, down to the day."""

    name = "时间"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        whole = "0000-01-01T00:00:00.000000Z"
        try:
            return clock.stamp(clock.parse(value.rstrip("Z") + whole[len(value.rstrip("Z")) :]))
        except (ValueError, OverflowError):
            self.fail(f"「{value}」应写成 2026-09-01 或 2026-09-01T08:30（世界时）。", param, ctx)


@click.command("seal")
@click.option("--rotate", is_flag=True, help="换一把签名密钥，由现在这把引入。")
@click.option(
    "--compromised-since",
    type=Moment(),
    help="声明现在的密钥从这时起可能在别人手里，并换一把；新公钥要另外告诉存有检查点的人。",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def seal(rotate: bool, compromised_since: str | None, as_json: bool) -> None:
    """立即封存轨迹，输出最新的检查点。

    检查点是一小段签了名的文字，请存到这台机器以外：打印、发邮件都可以。
    """
    if rotate and compromised_since:
        raise click.UsageError("--rotate 和 --compromised-since 只能用一个。")
    if problems := schema.problems(db.engine):
        raise click.ClickException("\n".join(problems))
    try:
        if rotate or compromised_since:
            sealer.replace_key(compromised_since)
        done = sealer.seal_now()
    except SealRefused as refused:
        raise click.ClickException(str(refused)) from refused
    keys = [key.vkey for key in stored.all_keys()]
    if as_json:
        click.echo(json.dumps(_as_json(done, keys), ensure_ascii=False))
        return
    if done.checkpoint is None:
        click.echo("还没有事件，没有可封存的。")
        return
    click.echo(done.checkpoint.note, nl=False)
    click.echo(f"新封存 {done.fresh} 条，共 {done.checkpoint.size} 条。公钥：{keys[-1]}", err=True)
    if rotate or compromised_since:
        fingerprint = VerifierKey.parse(keys[-1]).fingerprint
        click.echo(f"已换第 {len(keys)} 把密钥，公钥指纹 {fingerprint}。", err=True)


def _as_json(done: sealer.Sealed, keys: list[str]) -> dict[str, Any]:
    one = done.checkpoint
    return {
        "fresh": done.fresh,
        "written": done.written,
        "size": one.size if one else 0,
        "root": one.root if one else None,
        "at": one.at if one else None,
        "checkpoint": one.note if one else None,
        "keys": keys,
    }
