"""``workflow-app workflow check|draw``: prove a definition file, draw one."""

import json
from pathlib import Path

import click

from workflow_app.settings import ROOT, load
from workflows import drawing, soundness
from workflows.definition import Definition
from workflows.source import DefinitionProblem, Unsound, files, read


@click.group("workflow")
def workflow() -> None:
    """流程定义：检查、画图。"""


def _folders() -> list[Path]:
    extra = load().workflows_dir
    return [ROOT / "workflows", *([Path(extra)] if extra else [])]


def _proved(path: Path) -> Definition:
    """The definition in a file. Raises Unsound, also for a file that cannot be read as text."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unsound([DefinitionProblem(path.name, 1, "文件读不出来，应是 UTF-8 的文字文件")]) from error
    definition, _data, lines = read(source, path.name)
    soundness.check(definition, lines, path.name)
    return definition


@workflow.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")
def check(file: Path | None, as_json: bool) -> None:
    """检查一个定义文件；不写文件名则检查全部。"""
    sound, problems = [], []
    for path in [file] if file else files(*_folders()):
        try:
            definition = _proved(path)
        except Unsound as unsound:
            problems += unsound.problems
        else:
            sound.append({"file": path.name, "key": definition.key, "version": definition.version})
    if as_json:
        wrong = [{"file": one.file, "line": one.line, "why": one.why} for one in problems]
        click.echo(json.dumps({"sound": sound, "problems": wrong}, ensure_ascii=False, indent=2))
    else:
        for one in sound:
            click.echo(f"{one['file']}：合格（{one['key']}，版本 {one['version'][:12]}）")
        for problem in problems:
            click.echo(str(problem), err=True)
    raise SystemExit(1 if problems else 0)


@workflow.command("draw")
@click.argument("key")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="写到文件；不写则输出到屏幕。")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def draw(key: str, output: Path | None, lang: str) -> None:
    """把一类文件的流程画成 SVG。"""
    for path in files(*_folders()):
        definition = _proved(path)
        if definition.key != key:
            continue
        picture = drawing.svg(definition, lang)
        if output is None:
            click.echo(picture)
        else:
            output.write_text(picture, encoding="utf-8")
            click.echo(f"已画到 {output}。", err=True)
        return
    raise click.ClickException(f"没有「{key}」这一类文件。")
