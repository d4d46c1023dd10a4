"""``workflow-app attachments …``."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from workflow_app.attachments import lists
from workflow_app.attachments.scanning import scan_again
from workflow_app.extensions import db
from workflow_app.files.models import StoredFile


@click.group("attachments")
def attachments_() -> None:
    """附件。"""


@attachments_.command("scan")
@click.option("--all", "everything", is_flag=True, help="已经查过的也重新查一遍。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def scan(everything: bool, as_json: bool) -> None:
    """把待查毒的附件送去查毒（要先设好 CLAMD_ADDRESS）。

    查出病毒或仍有没查成的，退出码为 1。
    """
    if not current_app.config["SETTINGS"].clamd_address:
        raise click.ClickException("未启用查毒：请先设置 CLAMD_ADDRESS。")
    query = select(StoredFile.sha256).order_by(StoredFile.stored_at, StoredFile.sha256)
    if not everything:
        query = query.where(StoredFile.scan == "unscanned")
    waiting = db.session.scalars(query).all()
    done: dict[str, list[str]] = {"clean": [], "infected": [], "unscanned": []}
    with click.progressbar(waiting, label="查毒", hidden=as_json) as files:
        for sha256 in files:
            done[scan_again(sha256).state].append(sha256)
    if as_json:
        click.echo(json.dumps(done))
    else:
        counts = [len(done[state]) for state in ("clean", "infected", "unscanned")]
        click.echo("干净 {} 个，有病毒 {} 个，没查成 {} 个。".format(*counts))
        for sha256 in done["infected"]:
            click.echo(f"  有病毒：{sha256}")
    raise SystemExit(1 if done["infected"] or done["unscanned"] else 0)


@attachments_.command("check")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def check(as_json: bool) -> None:
    """逐个核对附件的文件：都在、没有被改动；列出没有文件引用的。

    有缺失或改动的，退出码为 1。
    """
    damaged, orphans = lists.damaged(), lists.orphans()
    if as_json:
        click.echo(json.dumps({"damaged": damaged, "orphans": orphans}))
    else:
        click.echo(f"缺失或被改动 {len(damaged)} 个，没有文件引用 {len(orphans)} 个。")
        for title, found in (("缺失或被改动", damaged), ("没有文件引用", orphans)):
            for sha256 in found:
                click.echo(f"  {title}：{sha256}")
    raise SystemExit(1 if damaged else 0)
