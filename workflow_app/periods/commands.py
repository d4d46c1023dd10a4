"""``workflow-app periods …``: school years, terms and holidays from the command line."""

import click
from flask.cli import with_appcontext

from workflow_app import clock
from workflow_app.periods import service
from workflow_app.store import writing


@click.group("periods")
def periods() -> None:
    """学年、学期与节假日。"""


@periods.command("list")
@with_appcontext
def list_periods() -> None:
    """列出学年和学期。"""
    for item in service.periods():
        state = "开放" if service.is_open(item) else "关闭"
        click.echo(f"{item.key}\t{item.name}\t{item.starts_on} 至 {item.ends_on}\t{state}")
    year = clock.today().year
    for wanted in (year, year + 1):
        if not service.announced(wanted):
            click.echo(f"{wanted} 年的节假日还没有录入，工作日只按周末推算。", err=True)


@periods.command("seed")
@with_appcontext
def seed() -> None:
    """补上缺少的学年、学期，空库时录入国家公布的节假日；已有的不改。"""
    with writing() as session:
        changed = service.seed_defaults(session)
    click.echo("已补上缺少的学年、学期和节假日。" if changed else "没有缺少的。")
