"""The command line's own part: the database's structure, and what a server refuses to start on."""

import socket
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workflow_app import append_only
from workflow_app.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "0")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return invoke


def test_upgrade_says_whether_it_did_anything(run) -> None:
    assert "已更新" in run("db", "upgrade").output
    assert "已是最新" in run("db", "upgrade").output


def test_downgrade_asks_first(run) -> None:
    run("db", "upgrade")
    refused = run("db", "downgrade", "base")
    assert refused.exit_code != 0
    assert "已是最新" in run("db", "upgrade").output
    assert run("db", "downgrade", "base", "--yes").exit_code == 0
    assert "已更新" in run("db", "upgrade").output


def test_an_old_database_is_not_served(run) -> None:
    result = run("serve")
    assert result.exit_code == 1
    assert "workflow-app db upgrade" in result.output


@pytest.mark.parametrize("protection", append_only.PROTECTED, ids=lambda protection: protection.table)
def test_a_database_without_its_triggers_is_not_served(run, tmp_path: Path, protection) -> None:
    run("db", "upgrade")
    shell = sqlite3.connect(tmp_path / "signoff.sqlite3")
    shell.execute(f"DROP TRIGGER {protection.table}_append_only_delete")
    shell.close()
    result = run("serve")
    assert result.exit_code == 1
    assert f"{protection.table}_append_only_delete" in result.output


def test_a_port_in_use_is_told_in_words(run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        result = run("serve")
    assert result.exit_code == 1
    assert "PORT=8001 make run" in result.output


def test_a_wrong_setting_ends_the_start_with_a_sentence(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_HOURS", "半天")
    for command in (("serve",), ("db", "upgrade"), ("doctor",), ("workflow", "check")):
        result = run(*command)
        assert result.exit_code == 1
        assert "SESSION_HOURS：现在是「半天」，应是 1 到 8760 之间的整数。" in result.output


def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("TRUSTED_HOSTS", "yanxiu.example.cn")
    monkeypatch.setenv("BASE_URL", "https://yanxiu.example.cn")


@pytest.mark.parametrize("lacking", [("TRUSTED_HOSTS",), ("BASE_URL",), ("TRUSTED_HOSTS", "BASE_URL")])
def test_production_wants_its_names(run, monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...]) -> None:
    run("db", "upgrade")
    in_production(monkeypatch)
    for name in lacking:
        monkeypatch.setenv(name, "")
    result = run("serve")
    assert result.exit_code == 1
    told = {line.split("：")[0].split()[-1] for line in result.output.splitlines() if "必须设" in line}
    assert told == set(lacking)


def test_production_is_served_once_it_has_its_names(run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    in_production(monkeypatch)
    monkeypatch.setattr("workflow_app.serving.processes.serve", lambda *_: None)
    result = run("serve")
    assert (result.exit_code, "研修签批已启动" in result.output) == (0, True), result.output


def test_the_demo_is_not_served_in_production(run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    assert run("demo", "load").exit_code == 0
    in_production(monkeypatch)
    monkeypatch.setattr("workflow_app.serving.processes.serve", lambda *_: pytest.fail("it is served"))
    result = run("serve")
    assert result.exit_code == 1
    assert "示例县，不能用作正式环境" in result.output
