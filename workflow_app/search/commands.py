"""``workflow-app search rebuild``."""

import click
from flask.cli import with_appcontext


@click.group("search")
def search() -> None:
    """全文检索。"""


@search.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """清空索引，把所有文件重新编入。平时不需要：每次检索会先编入有变化的文件。"""
    from workflow_app.search import index

    click.echo(f"已编入 {index.rebuild()} 份文件。")
