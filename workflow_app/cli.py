"""The ``workflow-app`` command. Packages add their own in ``<package>/commands.py``."""

import contextlib
import importlib
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workflow_app import PACKAGES
from workflow_app.settings import Settings, load

if TYPE_CHECKING:
    from flask import Flask


def commands_of(package: str) -> dict[str, click.Command]:
    """The commands of one package by name; {} when it has none."""
    if not (Path(__file__).parent / package / "commands.py").exists():
        return {}
    module = importlib.import_module(f"workflow_app.{package}.commands")
    found = [item for item in vars(module).values() if isinstance(item, click.Command)]
    inner = {id(child) for group in found if isinstance(group, click.Group) for child in _children(group)}
    return {command.name: command for command in found if command.name and id(command) not in inner}


def _children(group: click.Group) -> list[click.Command]:
    nested = [_children(child) for child in group.commands.values() if isinstance(child, click.Group)]
    return [*group.commands.values(), *(child for children in nested for child in children)]


class Packages(click.Group):
    """Looks into the packages only when a command is not one of its own: ``serve`` starts sooner."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = set(super().list_commands(ctx))
        return sorted(names.union(*(commands_of(package) for package in PACKAGES)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if command := super().get_command(ctx, cmd_name):
            return command
        return next(
            (found[cmd_name] for package in PACKAGES if cmd_name in (found := commands_of(package))), None
        )

    def invoke(self, ctx: click.Context) -> Any:
        """A database that is away or a full disk is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from workflow_app import outages

            if (outage := outages.of(error)) is None:
                raise
            raise click.ClickException(f"{outage.say('zh')}（{error}）") from error


@click.group(cls=Packages)
@click.version_option(package_name="yanxiu-signoff", message="%(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """研修签批：校本研修文件的起草、签批与轨迹。"""
    from flask.cli import ScriptInfo

    # Commands of packages use Flask's with_appcontext; it asks this for the application.
    ctx.obj = ScriptInfo(create_app=_create_app, set_debug_flag=False)


def _create_app() -> "Flask":
    from workflow_app import create_app

    return create_app()


@main.group("db")
def database() -> None:
    """数据库结构。"""


@database.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """把数据库结构更新到最新（或指定）版本。"""
    from workflow_app import schema

    changed = schema.upgrade(load(), revision)
    click.echo("数据库结构已更新。" if changed else "数据库结构已是最新。")


@database.command("downgrade")
@click.argument("revision")
@click.option("--yes", is_flag=True, help="不再询问。")
def db_downgrade(revision: str, yes: bool) -> None:
    """把数据库结构退回到指定版本（base 会删除全部数据）。"""
    from workflow_app import schema

    if not yes:
        click.confirm("退回版本可能删除数据，已经备份了吗？", abort=True)
    schema.downgrade(load(), revision)
    click.echo(f"数据库结构已退回到 {revision}。")


@main.command()
@click.option(
    "--demo",
    is_flag=True,
    help="先更新数据库；库是空的就装入示例县。正式环境（APP_ENV=production）不装示例。",
)
@click.option("--threads", default=8, show_default=True, help="同时处理的请求数。")
@click.option(
    "--worker/--no-worker",
    default=None,
    help="是否同时启动后台任务（workflow-app worker）。默认：用 SQLite 时启动，用 PostgreSQL 时不启动。",
)
def serve(demo: bool, threads: int, worker: bool | None) -> None:
    """启动网站。"""
    settings = load()
    if lacking := settings.lacking_for_production():
        raise click.ClickException("\n".join(lacking))
    listener = _listen(settings)
    from workflow_app import create_app, schema
    from workflow_app.serving import processes, server
    from workflow_app.worker.beside import worker_beside

    if demo:
        schema.upgrade(settings)
    if problems := schema.check(settings):
        raise click.ClickException("\n".join(problems))
    app = create_app(settings)
    accounts = _demo(app, settings) if demo and not settings.production else []
    if settings.production:
        _no_demo(app)
    listener.listen(server.BACKLOG)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"研修签批已启动：http://{shown}:{port}")
    for line in accounts:
        click.echo(line)
    click.echo("按 Ctrl+C 停止。")
    sys.stdout.flush()
    wanted = not settings.database_url if worker is None else worker
    with worker_beside() if wanted else contextlib.nullcontext():
        if settings.workers == 1:
            processes.serve(app, listener, threads)
        else:
            processes.serve_with(settings.workers, create_app, settings, listener, threads)


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, taken first: a port in use is reported at once, before any work."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.bind, settings.port))
    except OSError as error:
        listener.close()
        raise click.ClickException(
            f"无法在 {settings.bind}:{settings.port} 监听（{error.strerror}）。"
            "可用环境变量 PORT 换一个端口，例如 PORT=8001 make run。"
        ) from error
    return listener


def _demo(app: "Flask", settings: Settings) -> list[str]:
    """Load the demo county into an empty database; lines that say who may log in."""
    from workflow_app import demo

    with app.app_context():
        return demo.ready(settings)


def _no_demo(app: "Flask") -> None:
    """Refuse a database with the demo county: everybody in it has one password that is no secret."""
    from workflow_app.demo import loader

    with app.app_context():
        if loader.is_begun():
            raise click.ClickException(
                "数据库里装的是示例县，不能用作正式环境（APP_ENV=production）。"
                "请把 DATA_DIR（或 DATABASE_URL）换成一个空的。"
            )


if __name__ == "__main__":
    main()
