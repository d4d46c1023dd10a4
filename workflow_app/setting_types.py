"""Texts that settings hold, each with what is expected of it; empty is allowed everywhere."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_MAIL_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def is_address(value: str, *schemes: str) -> bool:
    """Whether it is an address of the web or of a server, with one of these schemes."""
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and " " not in value
    except ValueError:
        return False


def _absolute_path(value: str) -> str:
    if value and not Path(value).is_absolute():
        raise ValueError("应是绝对路径")
    return value


def _key_name(value: str) -> str:
    if any(character.isspace() or character == "+" for character in value) or len(value) > 100:
        raise ValueError("应是一个名称，如 yanxiu.example.cn/trail，不超过 100 个字符，不带空格和加号")
    return value


def _mail_server(value: str) -> str:
    if value and not is_address(value, "smtp", "smtps"):
        raise ValueError("应是 smtp://账号:密码@主机:端口 或 smtps://账号:密码@主机:端口")
    return value


def _mail_addresses(value: str) -> str:
    if any(not _MAIL_ADDRESS.fullmatch(one.strip()) for one in value.split(",") if value):
        raise ValueError("应是邮件地址，如 audit@example.cn")
    return value


AbsolutePath = Annotated[str, AfterValidator(_absolute_path)]
#: The name of a key in signed notes.
KeyName = Annotated[str, AfterValidator(_key_name)]
MailServer = Annotated[str, AfterValidator(_mail_server)]
#: One or several, comma-separated.
MailAddresses = Annotated[str, AfterValidator(_mail_addresses)]
