"""What the forms of these pages send, in the shape the services take it. Checking is the services'."""

from typing import Any

from flask import Request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from workflow_app import inputs
from workflow_app.extensions import db
from workflow_app.people.models import Unit
from workflows import characters
from workflows.vocabulary import ROLE_UNITS

#: Every kind of change in the log, in words.
ACTS = {
    "person:create": _l("新建人员"),
    "person:change": _l("修改姓名或电话"),
    "person:staff_number": _l("设定工号"),
    "person:disable": _l("停用账号"),
    "person:enable": _l("启用账号"),
    "password:change": _l("修改密码"),
    "password:reset": _l("重设密码"),
    "sessions:end": _l("结束全部登录"),
    "password:rehash": _l("按新的强度重存密码"),
    "password:set": _l("凭一次性链接或代码设置密码"),
    "password:waive": _l("用单位账号登录，不必设置密码"),
    "access:give": _l("发放一次性链接或代码"),
    "factor:add": _l("加上第二道验证"),
    "factor:remove": _l("取消一种第二道验证"),
    "factor:recover": _l("用恢复码登录"),
    "factor:reset": _l("取消全部第二道验证"),
    "grant:give": _l("给予角色"),
    "grant:end": _l("结束角色"),
    "unit:create": _l("新建单位"),
    "unit:change": _l("修改单位"),
    "route:set": _l("设定论证部门"),
    "period:set": _l("设定学年学期"),
    "holiday:set": _l("录入节假日"),
    "holiday:remove": _l("删除节假日"),
    "paper:issue": _l("制作正式文件"),
    "register:snapshot": _l("升级时记下现状"),
    "token:make": _l("新建访问密钥"),
    "token:revoke": _l("收回访问密钥"),
}


def unit_choices() -> list[Unit]:
    """All units, by kind and 拼音."""
    return list(db.session.scalars(select(Unit).order_by(Unit.kind, Unit.sort_key)))


def list_filter(request: Request) -> dict[str, Any]:
    """Search words and filters of the list of people; what makes no sense is left out."""
    q = characters.legible(request.args.get("q", "")).strip()[:40]
    role = request.args.get("role", "")
    return {
        "q": " ".join(q.split()),
        "unit_id": inputs.identifier(request.args.get("unit", "")),
        "role": role if role in ROLE_UNITS else "",
        "after": inputs.identifier(request.args.get("after", "")),
    }
