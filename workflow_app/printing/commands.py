"""``workflow-app papers …``."""

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from workflow_app.printing import service, signing


@click.group("papers")
def papers() -> None:
    """签发的文件。"""


@papers.command("certificate")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="写入这个文件；不给就打印出来。"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def certificate(output: Path | None, as_json: bool) -> None:
    """打印或导出本系统签章的证书；还没有就先生成。把它装进 PDF 阅读器，签章就显示为可信。"""
    data_dir = current_app.config["SETTINGS"].data_dir
    pem, fingerprint = signing.certificate(data_dir, service.county_name())
    if output:
        output.write_text(pem, encoding="ascii")
    if as_json:
        click.echo(json.dumps({"certificate": pem, "sha256": fingerprint}))
    elif output:
        click.echo(f"证书已写入 {output}；SHA-256 指纹 {fingerprint}。")
    else:
        click.echo(pem, nl=False)
        click.echo(f"SHA-256 指纹：{fingerprint}", err=True)
