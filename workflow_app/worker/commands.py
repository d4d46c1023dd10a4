"""``workflow-app worker``."""

import json
import signal
import sys
import threading

import click
from flask import current_app
from flask.cli import with_appcontext

from workflow_app import schema
from workflow_app.extensions import db
from workflow_app.worker.running import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="只把到期的任务各执行一次，然后结束。")
@click.option("--json", "as_json", is_flag=True, help="与 --once 合用：以 JSON 输出。")
@click.option("--until-input-ends", is_flag=True, hidden=True)
@with_appcontext
def worker(once: bool, as_json: bool, until_input_ends: bool) -> None:
    """按时执行后台任务，例如每分钟封存一次轨迹。

    用 SQLite 时 serve 会自己带一个；用 PostgreSQL 时请另外启动，多启动几个也不会重复执行。
    收到 SIGTERM 就在手头的任务做完后结束。任务出错只记入日志，稍后再试。
    """
    if problems := schema.problems(db.engine):
        raise click.ClickException("\n".join(problems))
    running = Worker(current_app._get_current_object())  # type: ignore[attr-defined]
    if once:
        _once(running, as_json)
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    if until_input_ends:
        threading.Thread(target=_stop_with_input, args=[running], daemon=True).start()
    running.start()
    click.echo("后台任务已启动。按 Ctrl+C 停止。")
    sys.stdout.flush()
    running.wait()


def _stop_with_input(running: Worker) -> None:
    sys.stdin.buffer.read()
    running.stop()


def _once(running: Worker, as_json: bool) -> None:
    outcomes = running.once()
    if as_json:
        click.echo(json.dumps({"ran": outcomes}, ensure_ascii=False))
    elif not outcomes:
        click.echo("没有到期的任务。")
    else:
        for name, error in outcomes.items():
            click.echo(f"× {name}：{error}" if error else f"✓ {name}", err=bool(error))
    raise SystemExit(1 if any(outcomes.values()) else 0)
