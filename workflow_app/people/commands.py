"""``workflow-app people …``: people, roles and API keys from the command line."""

import json
from typing import Any, NoReturn

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from workflow_app import clock, inputs, security_log
from workflow_app.authentication import one_time, tokens
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import listing, service
from workflow_app.people.models import Person, Unit
from workflows.vocabulary import ROLES


@click.group("people")
def people() -> None:
    """人员、角色与访问密钥。"""


def _fail(sentence: str) -> NoReturn:
    raise click.ClickException(sentence)


def _person(username: str) -> Person:
    return service.by_username(username) or _fail(f"没有用户名为「{username}」的人。")


def _unit(wanted: str) -> Unit:
    """A unit by its number or its whole name."""
    query = select(Unit).where((Unit.id == inputs.identifier(wanted)) | (Unit.name == wanted))
    found: Unit | None = db.session.scalar(query)
    return found or _fail(f"没有单位「{wanted}」。")


def _role(wanted: str) -> str:
    """A role by its code or its Chinese title."""
    titles = {words["zh"]: code for code, words in ROLES.items()}
    code = titles.get(wanted, wanted)
    if code not in ROLES:
        known = "、".join(f"{name}（{words['zh']}）" for name, words in ROLES.items())
        _fail(f"没有角色「{wanted}」。可用：{known}。")
    return code


def _say(facts: dict[str, Any], as_json: bool, sentence: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else sentence)


def _access(person: Person, link: bool, as_json: bool, done: str) -> None:
    """Give access that works once, and print it."""
    username = person.username
    try:
        given = one_time.give(None, person.id, "link" if link else "code")
    except BadInput as wrong:
        _fail(str(wrong))
    shown = given.raw
    if link:
        shown = f"{current_app.config['SETTINGS'].public_url}/access/{given.raw}"
    what = "一次性链接" if link else "一次性代码"
    until = f"{clock.local(given.expires_at):%Y-%m-%d %H:%M}"
    facts = {"id": person.id, "username": username, given.kind: shown, "expires_at": given.expires_at}
    _say(facts, as_json, f"{done}{what}（{until} 前有效，只能用来设置自己的密码）：{shown}")


link_option = click.option("--link", is_flag=True, help="要一次性链接，不要写在纸上的代码。")
as_json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")


@people.command("list")
@click.option("--q", default="", help="姓名、用户名或拼音。")
@as_json_option
@with_appcontext
def list_people(q: str, as_json: bool) -> None:
    """列出人员和今天的角色（方括号里是角色编号）。"""
    security_log.record("personal_data", what="list")
    after: int | None = None
    while True:
        rows, after = listing.people(q, after=after, size=500)
        for person, roles in rows:
            shown = "，".join(f"{unit}{ROLES[role]['zh']}[{number}]" for role, unit, number in roles)
            state = "（已停用）" if person.disabled_at else ""
            found = {
                "id": person.id,
                "username": person.username,
                "name": person.name,
                "disabled": person.disabled_at is not None,
                "grants": [{"id": number, "role": role, "unit": unit} for role, unit, number in roles],
            }
            _say(found, as_json, f"{person.username}\t{person.name}{state}\t{shown}")
        if after is None:
            return


@people.command("add")
@click.argument("username")
@click.argument("name")
@click.option("--phone", default=None, help="电话。")
@link_option
@as_json_option
@with_appcontext
def add(username: str, name: str, phone: str | None, link: bool, as_json: bool) -> None:
    """新建一个人，打印一次性代码：本人用它登录一次，设置自己的密码。"""
    try:
        person = service.create_person(None, username, name, phone=phone)
    except BadInput as wrong:
        _fail(str(wrong))
    _access(person, link, as_json, f"已新建 {person.name}（{person.username}），")


@people.command("unit")
@click.argument("kind")
@click.argument("name")
@click.option("--stage", default=None, help="学校的学段，如 小学、初中、九年一贯。")
@click.option("--parent", default=None, help="上级单位的全名或编号。")
@as_json_option
@with_appcontext
def unit_(kind: str, name: str, stage: str | None, parent: str | None, as_json: bool) -> None:
    """新建一个单位。KIND 是 county、bureau、training_school、department 或 school。

    新装的系统从这里开始：先建县，再给一个人系统管理员，其余就可以在页面上建。
    """
    above = _unit(parent).id if parent else None
    try:
        made = service.create_unit(None, kind, name, stage=stage, parent_id=above)
    except BadInput as wrong:
        _fail(str(wrong))
    found = {"id": made.id, "kind": made.kind, "name": made.name}
    _say(found, as_json, f"已新建单位 {made.name}（编号 {made.id}）。")


@people.command("give")
@click.argument("username")
@click.argument("role")
@click.argument("unit")
@click.option("--from", "starts_on", default=None, help="从哪天起（YYYY-MM-DD），默认今天。")
@click.option("--to", "ends_on", default=None, help="到哪天止；不写就一直有效。")
@as_json_option
@with_appcontext
def give(
    username: str, role: str, unit: str, starts_on: str | None, ends_on: str | None, as_json: bool
) -> None:
    """给一个人角色：ROLE 是代码或中文名，UNIT 是单位全名或编号。"""
    person, place, code = _person(username), _unit(unit), _role(role)
    name, where = person.name, place.name
    try:
        grant = service.give_role(None, person.id, code, place.id, starts_on or clock.today(), ends_on)
    except BadInput as wrong:
        _fail(str(wrong))
    found = {"id": grant.id, "role": code, "unit": where, "from": grant.starts_on, "to": grant.ends_on}
    until = f"到 {grant.ends_on}" if grant.ends_on else "起一直有效"
    sentence = f"{name} 自 {grant.starts_on} {until}：{where}{ROLES[code]['zh']}（角色编号 {grant.id}）。"
    _say(found, as_json, sentence)


@people.command("end")
@click.argument("grant_id", type=int)
@click.option("--on", "ends_on", default=None, help="到哪天止（YYYY-MM-DD）；不写就立即结束。")
@with_appcontext
def end(grant_id: int, ends_on: str | None) -> None:
    """结束一个角色（编号见 people list）。记录保留。"""
    try:
        grant = service.end_role(None, grant_id, ends_on)
    except NotFound:
        _fail(f"没有编号为 {grant_id} 的角色。")
    except BadInput as wrong:
        _fail(str(wrong))
    when = f"将在 {ends_on} 结束" if ends_on else "已结束"
    click.echo(f"{grant.person.name} 的角色 {grant.unit.name}{ROLES[grant.role]['zh']} {when}。")


@people.command("password")
@click.argument("username")
@link_option
@as_json_option
@with_appcontext
def password(username: str, link: bool, as_json: bool) -> None:
    """重设密码：原有的密码、登录和密钥全部失效，打印一次性代码，由本人设置新密码。"""
    person = _person(username)
    _access(person, link, as_json, f"{person.name} 的密码已重设，")


@people.command("staff-number")
@click.argument("username")
@click.argument("number", default="")
@with_appcontext
def staff_number(username: str, number: str) -> None:
    """设定工号：单位账号（SSO）按它登录；不写就清除。"""
    try:
        person = service.set_staff_number(None, _person(username).id, number)
    except BadInput as wrong:
        _fail(str(wrong))
    click.echo(f"{person.name} 的工号：{person.staff_number or '（无）'}")


@people.command("token")
@click.argument("username")
@click.option("--may-sign", is_flag=True, help="签批时可代替密码。")
@click.option("--label", default="", help="用途说明。")
@click.option("--days", default=180, show_default=True, help="有效天数。")
@as_json_option
@with_appcontext
def token(username: str, may_sign: bool, label: str, days: int, as_json: bool) -> None:
    """为一个人做一把 API 密钥；标准输出只有密钥本身。会记入变更记录，并告诉本人。"""
    person = _person(username)
    try:
        raw = tokens.make(None, person.id, may_sign=may_sign, label=label, days=days)
    except BadInput as wrong:
        _fail(str(wrong))
    _say({"username": username, "token": raw, "may_sign": may_sign}, as_json, raw)
    click.echo("密钥只显示这一次，请妥善保存。", err=True)
