"""The command line: says what it did, exits 0 or not."""

import json

import pytest
from click.testing import Result
from flask import Flask

from tests.people.world import PASSWORD, World, build, chain
from workflow_app.authentication import login, one_time, tokens
from workflow_app.errors import LoginRefused
from workflow_app.people import listing, service
from workflow_app.people.commands import people
from workflow_app.periods.commands import periods


@pytest.fixture
def world(office: Flask) -> World:
    return build()


def run(app: Flask, *words: str) -> Result:
    group = periods if words[0] == "periods" else people
    return app.test_cli_runner().invoke(group, words[1:])


def done(app: Flask, *words: str) -> str:
    result = run(app, *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(app: Flask, *words: str) -> str:
    result = run(app, *words)
    assert result.exit_code == 1, result.output
    return result.stderr


def test_add_and_list(office: Flask, world: World) -> None:
    told = done(office, "people", "add", "lichun", "李春")
    access = one_time.by_code("lichun", told.rsplit("：", 1)[1].strip())
    assert access is not None
    assert access.person.name == "李春"
    assert "李春" in done(office, "people", "list")
    lines = [json.loads(line) for line in done(office, "people", "list", "--json").splitlines()]
    found = next(line for line in lines if line["username"] == "principal01")
    assert found["grants"][0]["role"] == "principal"
    assert "已有人用" in failed(office, "people", "add", "lichun", "李春")


def test_give_and_end(office: Flask, world: World) -> None:
    told = json.loads(
        done(office, "people", "give", "nobody01", "教师", "城关小学", "--from", "2026-09-01", "--json")
    )
    assert [grant.role for grant in service.live_grants(world.nobody)] == ["teacher"]
    assert "已结束" in done(office, "people", "end", str(told["id"]))
    assert service.live_grants(world.nobody) == []
    assert "已经结束" in failed(office, "people", "end", str(told["id"]))
    assert "没有编号" in failed(office, "people", "end", "99999")
    assert "起一直有效" in done(office, "people", "give", "nobody01", "lead", str(world.department))


def test_an_installation_begins_at_the_command_line(office: Flask) -> None:
    assert "已新建单位 青禾县" in done(office, "people", "unit", "county", "青禾县")
    school = json.loads(
        done(
            office, "people", "unit", "school", "城关小学", "--stage", "小学", "--parent", "青禾县", "--json"
        )
    )
    assert school["kind"] == "school"
    done(office, "people", "add", "boss", "罗一帆")
    assert "系统管理员" in done(office, "people", "give", "boss", "系统管理员", "青禾县")
    assert failed(office, "people", "unit", "town", "某镇")
    assert failed(office, "people", "unit", "school", "没有学段的学校")
    assert "没有单位" in failed(
        office, "people", "unit", "school", "某校", "--stage", "小学", "--parent", "无"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ghost", "teacher", "城关小学"), "没有用户名"),
        (("nobody01", "king", "城关小学"), "没有角色"),
        (("nobody01", "teacher", "无名小学"), "没有单位"),
        (("nobody01", "lead", "城关小学"), "不能设在"),
        (("nobody01", "teacher", "城关小学", "--from", "soon"), "2026-09-01"),
    ],
)
def test_what_cannot_be_given(office: Flask, world: World, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in failed(office, "people", "give", *words)


def test_password(office: Flask, world: World) -> None:
    told = json.loads(done(office, "people", "password", "principal01", "--json"))
    assert one_time.by_code("principal01", told["code"])
    with pytest.raises(LoginRefused):
        login.authenticate("principal01", PASSWORD)
    told = json.loads(done(office, "people", "password", "principal01", "--link", "--json"))
    assert told["link"].startswith("http://127.0.0.1:8000/access/")
    assert one_time.by_link(told["link"].rpartition("/")[2])
    assert "没有用户名" in failed(office, "people", "password", "ghost")


def test_token_stands_alone_on_standard_output(office: Flask, world: World) -> None:
    found = tokens.find(done(office, "people", "token", "principal01", "--may-sign").strip())
    assert found is not None
    assert found.may_sign
    told = json.loads(done(office, "people", "token", "principal01", "--json"))
    plain = tokens.find(told["token"])
    assert plain is not None
    assert not plain.may_sign
    assert [row.action for row in listing.news(world.principal, 1)] == ["token:make"] * 2
    assert chain()[-1].actor_id is None
    assert b'"made":"command_line"' in chain()[-1].body
    assert "有效天数" in failed(office, "people", "token", "principal01", "--days", "0")


def test_periods(office: Flask) -> None:
    assert "已补上" in done(office, "periods", "seed")
    assert "没有缺少" in done(office, "periods", "seed")
    assert "2026-2027" in done(office, "periods", "list")
