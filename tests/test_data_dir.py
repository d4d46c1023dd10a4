"""What lies in DATA_DIR and what is written of it elsewhere is for the account of the server alone."""

import os
import stat
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.builders import a_plan, county
from workflow_app.attachments import attach
from workflow_app.cli import main
from workflow_app.extensions import db


@pytest.mark.skipif(os.name == "nt", reason="needs modes")
def test_whatever_a_working_installation_writes_is_closed_to_other_accounts(
    plain_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = plain_app.config["SETTINGS"]
    with plain_app.app_context():
        here = county()
        plan = a_plan(here)
        attach.attach(here.coordinator, plan.id, BytesIO("说明。\n".encode()), "说明.txt")
        plan.submitted().signed()
        db.session.remove()
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    environment = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": "",
        "SECRET_KEY": "",
        "APP_ENV": "test",
    }
    for words in (
        ["papers", "certificate"],
        ["trail", "seal"],
        ["trail", "export", "-o", str(out / "trail.jsonl")],
        ["backup", str(out / "b.tar"), "--keys"],
        ["backup", "--new-key", str(out / "key.txt")],
    ):
        done = CliRunner().invoke(main, words, env=environment)
        assert done.exit_code == 0, done.output
    for name in ("secret_key", "paper_signing.pem", "signoff.sqlite3", "files", "seal"):
        assert (settings.data_dir / name).exists(), name
    public = {"checkpoints"}  # meant for others
    for path in (settings.data_dir, *settings.data_dir.rglob("*"), *out.iterdir()):
        if not public & set(path.parts):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
