"""Texts that settings hold, each with what is expected of it; empty is allowed everywhere."""

import os
import re
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from workflows.vocabulary import ROLES

LEAST_KEY = 16
_POSTGRESQL = ("postgresql://", "postgres://", "postgresql+psycopg://")
_MAIL_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def listed(value: str) -> list[str]:
    """The parts of a comma-separated value."""
    return [one.strip() for one in value.split(",") if one.strip()]


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


def _database_url(value: str) -> str:
    if value and not value.startswith(_POSTGRESQL):
        raise ValueError("应是 postgresql://账号:密码@主机/库名，或者不设（用 SQLite）")
    return value


def _secret_key(value: str) -> str:
    if value and len(value) < LEAST_KEY:
        raise ValueError(f"太短，至少 {LEAST_KEY} 个字符；不设则自动生成")
    return value


def _folder(value: str) -> str:
    if value and not (Path(value).is_absolute() and Path(value).is_dir()):
        raise ValueError("应是一个已有的文件夹的绝对路径")
    return value


def _public_key(value: str) -> str:
    if value and not value.startswith("age1"):
        raise ValueError("应是以 age1 开头的公钥，可用 workflow-app backup --new-key 生成")
    return value


def _folders(value: str) -> str:
    if lacking := [one for one in value.split(os.pathsep) if one.strip() and not Path(one.strip()).is_dir()]:
        raise ValueError(f"应是已有的文件夹，没有找到 {'、'.join(lacking)}")
    return value


def _host_names(value: str) -> str:
    if any("/" in one or " " in one.strip() for one in value.split(",")):
        raise ValueError("应是域名，逗号分隔，如 yanxiu.example.cn，不带 http:// 和路径")
    return value


def _roles(value: str) -> str:
    if unknown := [one for one in listed(value) if one not in ROLES]:
        raise ValueError(f"没有角色 {'、'.join(unknown)}；应是逗号分隔的 {'、'.join(ROLES)}")
    return value


def _web_address(value: str) -> str:
    if value and not is_address(value, "http", "https"):
        raise ValueError("应是以 https:// 或 http:// 开头的网址，如 https://yanxiu.example.cn")
    return value


def _ip_address(value: str) -> str:
    try:
        return value and str(ip_address(value))
    except ValueError:
        raise ValueError("应是一个 IP 地址，如 127.0.0.1") from None


def _socket(value: str) -> str:
    if value and "/" not in value and not value.rpartition(":")[2].isdecimal():
        raise ValueError("应是 主机:端口，或套接字文件的路径")
    return value


def _bucket(value: str) -> str:
    if value and not find_spec("obstore"):
        raise ValueError("要用存储桶请先 pip install obstore")
    return value


AbsolutePath = Annotated[str, AfterValidator(_absolute_path)]
#: The name of a key in signed notes.
KeyName = Annotated[str, AfterValidator(_key_name)]
MailServer = Annotated[str, AfterValidator(_mail_server)]
#: One or several, comma-separated.
MailAddresses = Annotated[str, AfterValidator(_mail_addresses)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
SecretKey = Annotated[str, AfterValidator(_secret_key)]
Folder = Annotated[str, AfterValidator(_folder)]
PublicKey = Annotated[str, AfterValidator(_public_key)]
Folders = Annotated[str, AfterValidator(_folders)]
HostNames = Annotated[str, AfterValidator(_host_names)]
Roles = Annotated[str, AfterValidator(_roles)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
IpAddress = Annotated[str, AfterValidator(_ip_address)]
Socket = Annotated[str, AfterValidator(_socket)]
Bucket = Annotated[str, AfterValidator(_bucket)]
