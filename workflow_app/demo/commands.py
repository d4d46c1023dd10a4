"""``workflow-app demo load``."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext


@click.group("demo")
def demo() -> None:
    """示例县。"""


@demo.command("load")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def load(as_json: bool) -> None:
    """把示例县装入空的数据库，并列出账号和密码。正式环境不装。"""
    from workflow_app.demo import access
    from workflow_app.demo.loader import DemoRefused

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        fresh = access.set_up(app)
    except DemoRefused as refused:
        raise click.ClickException(str(refused)) from refused
    if as_json:
        people = [
            {"username": username, "name": name, "role": label}
            for username, name, label in access.accounts(app)
        ]
        password = access.kept_password(app.config["SETTINGS"])
        click.echo(
            json.dumps({"loaded": fresh, "password": password, "accounts": people}, ensure_ascii=False)
        )
        return
    click.echo("示例县已装入。" if fresh else "示例县早已装入，没有改动。")
    for line in access.lines(app):
        click.echo(line)
