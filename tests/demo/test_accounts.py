"""The demo password: given, or made and kept; shown at every start; never in production."""

import json
import stat
from pathlib import Path

import pytest
from flask import Flask

from tests.configuring import configure
from workflow_app import demo
from workflow_app.authentication import login
from workflow_app.demo import access, people
from workflow_app.settings import Settings

pytestmark = pytest.mark.sqlite_only


def settings_of(app: Flask) -> Settings:
    settings = app.config["SETTINGS"]
    assert isinstance(settings, Settings)
    return settings


def logs_in(username: str, password: str) -> bool:
    return login.authenticate(username, password).username == username


def test_a_password_is_made_and_kept_for_its_owner_alone(office: Flask) -> None:
    settings = settings_of(office)
    lines = demo.ready(settings)
    kept = settings.data_dir / "demo_password"
    password = kept.read_text().strip()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(password.replace("-", "")) == 12
    assert password in lines[0]
    assert len(lines) == 1 + len(people.PEOPLE)
    assert logs_in("principal01", password)


def test_later_starts_show_the_same_password(office: Flask) -> None:
    first = demo.ready(settings_of(office))
    assert demo.ready(settings_of(office)) == first


def test_a_password_given_later_takes_the_place_of_the_old_one(office: Flask) -> None:
    demo.ready(settings_of(office))
    configure(office, demo_password="新学年快乐 2026")
    assert "新学年快乐 2026" in demo.ready(settings_of(office))[0]
    assert logs_in("auditor01", "新学年快乐 2026")
    configure(office, demo_password="")
    assert "新学年快乐 2026" in demo.ready(settings_of(office))[0]


def test_the_login_page_is_told(office: Flask) -> None:
    assert not demo.init(office)
    assert "DEMO_ACCOUNTS" not in office.config
    demo.ready(settings_of(office))
    assert ("principal01", "周明远", "城关小学 校长") in office.config["DEMO_ACCOUNTS"]
    assert office.config["DEMO_PASSWORD_SHOWN"] == access.kept_password(settings_of(office))


def test_production_is_told_nothing(office: Flask) -> None:
    demo.ready(settings_of(office))
    for name in ("DEMO_ACCOUNTS", "DEMO_PASSWORD_SHOWN"):
        del office.config[name]
    configure(office, app_env="production")
    assert not demo.init(office)
    assert demo.ready(settings_of(office)) == []
    assert "DEMO_ACCOUNTS" not in office.config


def test_the_command_prints_accounts_and_password(app: Flask, tmp_path: Path) -> None:
    from workflow_app.demo.commands import demo as command

    runner = app.test_cli_runner()
    first = runner.invoke(command, ["load"])
    assert first.exit_code == 0, first.output
    assert "示例县已装入" in first.output
    assert "teacher06" in first.output
    again = runner.invoke(command, ["load", "--json"])
    told = json.loads(again.output)
    assert told["loaded"] is False
    assert told["password"] in first.output
    assert len(told["accounts"]) == len(people.PEOPLE)


def test_the_command_is_refused_in_production(app: Flask) -> None:
    from workflow_app.demo.commands import demo as command

    configure(app, app_env="production")
    done = app.test_cli_runner().invoke(command, ["load"])
    assert done.exit_code == 1
    assert "正式环境" in done.output


def test_even_a_short_password_may_be_chosen(office: Flask) -> None:
    configure(office, demo_password="demo")
    demo.ready(settings_of(office))
    assert logs_in("teacher01", "demo")


def test_it_is_loaded_where_roles_need_a_second_factor(office: Flask) -> None:
    configure(office, second_factor_roles="lead,principal")
    assert len(demo.ready(settings_of(office))) == 1 + len(people.PEOPLE)
    assert settings_of(office).second_factor_roles == "lead,principal"
