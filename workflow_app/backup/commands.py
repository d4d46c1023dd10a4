"""``workflow-app backup`` and ``workflow-app restore``."""

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from workflow_app import clock
from workflow_app.backup import encryption, restore, save
from workflow_app.backup.archive import Manifest, Unusable
from workflow_app.settings import Settings, load

_FILE = click.Path(dir_okay=False, path_type=Path)
_COUNTED = {"artefact": "份文件", "event": "条事件", "person": "个人", "stored_file": "个附件"}


@click.command("backup")
@click.argument("file", required=False, type=_FILE)
@click.option("--keys/--without-keys", default=False, help="连同密钥（默认不含，见手册）。")
@click.option("--encrypt", "recipients", multiple=True, metavar="age1…", help="为这个公钥加密，可给多个。")
@click.option("--verify", type=_FILE, help="不备份，只核对一个备份是否完好。")
@click.option("--identity", type=_FILE, help="私钥文件：核对加密的备份时用。")
@click.option("--new-key", type=_FILE, help="不备份，只生成一对密钥：私钥写进这个文件，公钥打印出来。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def backup(
    file: Path | None,
    keys: bool,
    recipients: tuple[str, ...],
    verify: Path | None,
    identity: Path | None,
    new_key: Path | None,
    as_json: bool,
) -> None:
    """把数据库和全部附件备份成一个文件，可以在网站运行时进行。

    不给文件名就按时间命名，放进 BACKUP_DIR（没有设就放在当前目录）。
    """
    with _told():
        if new_key:
            _make_key(new_key, as_json)
        elif verify:
            settings = _ready()
            with _bar(verify.stat().st_size, "核对") as bar:
                manifest = restore.verify(verify, settings, identities=identity, watched=bar.update)
            _report("备份完好", manifest, as_json, file=str(verify))
        else:
            _save(_ready(), file, keys, recipients, as_json)


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--identity", type=_FILE, help="私钥文件：备份加密过时用。")
@click.option("--force", is_flag=True, help="用备份代替现有的数据（先停止网站；原来的另存在 DATA_DIR 里）。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def bring_back(file: Path, identity: Path | None, force: bool, as_json: bool) -> None:
    """从备份恢复：先核对整个备份，完好才动手，要么全部恢复，要么什么都不变。"""
    with _told():
        settings = _ready()
        if not file.is_file():
            raise Unusable(f"没有找到 {file}。")
        with _bar(file.stat().st_size, "读取") as bar:
            done = restore.restore(settings, file, identities=identity, force=force, watched=bar.update)
    _report("已恢复", done.manifest, as_json, aside=str(done.aside or ""))
    if as_json:
        return
    if done.aside:
        click.echo(f"原来的数据在 {done.aside}，确认无误后可以删去。")
    if settings.database_url:
        click.echo("数据库账号的权限不在备份里，运行用的账号若不是库的所有者，请重新授权。")
    click.echo("接下来请依次运行：workflow-app db upgrade，workflow-app doctor，然后启动网站并访问 /readyz。")


def _ready() -> Settings:
    settings = load()
    settings.prepare()
    return settings


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        raise click.ClickException(str(error)) from error
    except FileNotFoundError as error:
        raise click.ClickException(f"没有找到 {error.filename}。") from error


def _save(
    settings: Settings, file: Path | None, keys: bool, recipients: tuple[str, ...], as_json: bool
) -> None:
    if not recipients and settings.backup_recipient:
        recipients = (settings.backup_recipient,)
    if file is None:
        file = Path(settings.backup_dir or ".") / save.name(clock.now(), encrypted=bool(recipients))
    with _bar(1, "备份") as bar:

        def watched(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        saved = save.save(settings, file.absolute(), keys=keys, recipients=recipients, watched=watched)
    _report("已备份", saved.manifest, as_json, file=str(file), size=saved.size)
    if not as_json and not keys:
        click.echo("密钥不在其中（--keys 连同密钥）；没有密钥也能恢复，只是所有人要重新登录。")
    if saved.manifest.damaged:
        raise click.ClickException(
            f"有 {len(saved.manifest.damaged)} 个附件的文件缺失或被改动过，其余的已经备份。"
            "请运行 workflow-app doctor 查明。"
        )


def _make_key(path: Path, as_json: bool) -> None:
    secret, public = encryption.new_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Unusable(f"{path} 已经存在，没有覆盖它。") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{secret}\n")
    if as_json:
        click.echo(json.dumps({"public": public, "identity": str(path)}))
    else:
        click.echo(f"公钥：{public}")
        click.echo(f"私钥已写入 {path}。请把它移到别处保管：没有它，加密的备份谁也打不开。")


def _bar(length: int, label: str) -> Any:
    """A bar on the terminal (not in what is written to a file)."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def _report(what: str, manifest: Manifest, as_json: bool, **more: object) -> None:
    if as_json:
        facts = dataclasses.asdict(manifest)
        facts["members"] = len(manifest.members)
        click.echo(json.dumps({**facts, **more}, ensure_ascii=False))
        return
    counts = "，".join(f"{manifest.counts[table]} {unit}" for table, unit in _COUNTED.items())
    where = f"：{more['file']}" if "file" in more else ""
    size = f"（{int(str(more['size'])) / 1024**2:.1f} MB）" if "size" in more else ""
    taken = f"{clock.local(manifest.taken_at):%Y-%m-%d %H:%M:%S}"
    click.echo(f"{what}{where}{size}")
    click.echo(f"内容截至 {taken}：{counts}。")
