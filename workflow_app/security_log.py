"""The security log: who came in, who was refused, who looked at personal data or took data out.

Apart from the application's log: one JSON object a line in ``DATA_DIR/logs/security-<day>-<part>.jsonl``,
for the account of the server alone (mode 600). A line is written at once and whole (``O_APPEND``), so
several processes write to one file; a new day or a full part is a new name, nothing is renamed.
``docs/decisions/0026-security-log.md`` says why, ``signoff/policy.py`` who may read it.

Nothing secret is in it: kinds and names of facts are closed lists, and a name typed in vain at the
login stands there as a keyed digest, because it may be a password typed into the wrong field.
"""

import hmac
import json
import logging
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app, g, has_request_context, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from workflow_app import clock, inputs, request_id

#: What is recorded, and what it is called.
KINDS: dict[str, Any] = {
    "login": _l("登录"),
    "login_failed": _l("登录失败"),
    "login_locked": _l("登录被暂停"),
    "login_throttled": _l("登录过于频繁"),
    "confirmation_failed": _l("确认身份失败"),
    "logout": _l("退出登录"),
    "session_ended": _l("登录被结束"),
    "password_changed": _l("修改密码"),
    "password_reset": _l("重设密码"),
    "link_used": _l("使用一次性链接"),
    "factor_added": _l("添加第二验证"),
    "factor_removed": _l("去掉第二验证"),
    "factor_failed": _l("第二验证失败"),
    "sso_login": _l("单点登录"),
    "sso_refused": _l("单点登录被拒"),
    "token_made": _l("生成访问密钥"),
    "token_revoked": _l("收回访问密钥"),
    "token_refused": _l("访问密钥无效"),
    "refused": _l("没有权限"),
    "hidden": _l("打开无权查看的文件"),
    "csrf": _l("表单校验失败"),
    "personal_data": _l("查看个人信息"),
    "exported": _l("导出数据"),
    "log_read": _l("查看安全日志"),
}
#: Who cannot get in, and why: what an administrator must know to help them.
TROUBLES = frozenset(
    {"login_failed", "login_locked", "login_throttled", "confirmation_failed", "factor_failed", "sso_refused"}
)
#: What else may be said of a record, and what it is called.
FACTS: dict[str, Any] = {
    "about": _l("对象"),  # the person it is about, when somebody else did it
    "artefact": _l("文件编号"),
    "action": _l("动作"),
    "reason": _l("原因"),
    "what": _l("内容"),
    "format": _l("格式"),
    "token": _l("密钥编号"),
    "may_sign": _l("可代替密码签批"),
    "factor": _l("第二验证"),
    "provider": _l("登录方式"),
    "seconds": _l("须等待的秒数"),
    "sessions": _l("结束的登录数"),
    "another_site": _l("来自别的网站"),
    "method": _l("请求方式"),
    "endpoint": _l("页面或接口"),
    "name_digest": _l("用户名摘要"),
}
#: Values that are words of ours.
WORDS: dict[str, Any] = {
    "wrong": _l("用户名或密码不对"),
    "disabled": _l("账号已停用"),
    "list": _l("人员名单"),
    "person": _l("一个人的资料"),
    "trail": _l("轨迹"),
    "security": _l("安全日志"),
}
#: A file that has grown so large is followed by the next part of its day.
PART_BYTES = 16 * 1024 * 1024
#: So many days are kept; days with a record are counted, so that no clock gone wrong empties the folder.
#: 网络安全法 Art. 21 wants six months.
KEPT_DAYS = 400
MOST_CHARACTERS = 80
_NAME = re.compile(r"security-(\d{4}-\d\d-\d\d)-(\d{3,})\.jsonl")

log = logging.getLogger(__name__)


# --- writing ---------------------------------------------------------------------------------


def record(kind: str, *, person_id: int | None = None, **facts: Any) -> None:
    """Write one line, after the act. A line that cannot be written is told in the application's log.

    Args:
        kind: of ``KINDS``.
        person_id: who it was; whoever is logged in (or whose key it is) when None.
        facts: named in ``FACTS``; numbers, or texts of ours such as the name of a route. Never
            what somebody typed.

    Raises:
        ValueError: a kind or a fact that is not in the lists, or no plain value.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of the security log: {kind!r}")
    told = {name: value for name, value in facts.items() if value is not None}
    if unknown := told.keys() - FACTS.keys():
        raise ValueError(f"no facts of the security log: {sorted(unknown)}")
    if wrong := [name for name, value in told.items() if not _is_plain(value)]:
        raise ValueError(f"no plain values: {wrong}")
    line = {
        "at": clock.stamp(clock.now()),
        "kind": kind,
        "person": _asker() if person_id is None else person_id,
        "request": request_id.current() or None,
        "address": request.remote_addr if has_request_context() else None,
        "facts": told,
    }
    try:
        _append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    except OSError:
        log.exception("the security log cannot be written: %s", kind)


def name_digest(typed: str) -> str:
    """What stands for a login name that nobody has: the same for the same name, and no way back."""
    key = str(current_app.secret_key).encode()
    said = inputs.username(typed).encode("utf-8", "surrogatepass")
    return hmac.new(key, b"security log: " + said, "sha256").hexdigest()[:16]


def _is_plain(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= MOST_CHARACTERS)


def _asker() -> int | None:
    """Whoever asks: the person of the token, or the one who is logged in."""
    if not has_request_context():
        return None
    if "api_person" in g:
        return int(g.api_person.id)
    logged_in = hasattr(current_app, "login_manager") and getattr(current_user, "is_authenticated", False)
    return int(current_user.id) if logged_in else None


def folder() -> Path:
    return Path(current_app.config["SETTINGS"].data_dir) / "logs"


def _append(line: bytes) -> None:
    path = _part(clock.today(), 1)
    number = 1
    while (size := _size(path)) is not None and size >= PART_BYTES:
        number += 1
        path = _part(clock.today(), number)
    if size is None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _drop_old()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def _part(day: date, number: int) -> Path:
    return folder() / f"security-{day.isoformat()}-{number:03}.jsonl"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _drop_old() -> None:
    """Before a day's file is begun: the oldest days go that are more than are kept."""
    parts = list(_parts())
    days = sorted({part.day for part in parts})
    for part in parts:
        if part.day in days[: -(KEPT_DAYS - 1)]:
            part.path.unlink(missing_ok=True)


# --- reading ---------------------------------------------------------------------------------


class Part(NamedTuple):
    """One file of the log."""

    day: str
    number: int
    path: Path


class Record(NamedTuple):
    """One line, and where it begins: the day and the part of its file, its place in it in bytes."""

    day: str
    part: int
    place: int
    at: str
    kind: str
    person_id: int | None
    request: str | None
    address: str | None
    facts: dict[str, Any]

    @property
    def title(self) -> str:
        return str(KINDS.get(self.kind, self.kind))

    @property
    def told(self) -> list[tuple[str, str]]:
        """Names and values of the facts as people read them; without ``about``, which is a number."""
        return [
            (str(title), _in_words(self.facts[name]))
            for name, title in FACTS.items()
            if name in self.facts and name != "about"
        ]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return str(_l("是") if value else _l("否"))
    return str(WORDS.get(value, value))


def _parts() -> Iterator[Part]:
    if not folder().is_dir():
        return
    for path in folder().iterdir():
        if named := _NAME.fullmatch(path.name):
            yield Part(named[1], int(named[2]), path)


def newest_first(
    since: date | None = None, until: date | None = None, before: tuple[str, int, int] | None = None
) -> Iterator[Record]:
    """The records of these county days, both included; only those before (day, part, place).

    Whatever is no line of ours (torn off when the disk was full) is left out.
    """
    for part in sorted(_parts(), reverse=True):
        if (since and part.day < since.isoformat()) or (until and part.day > until.isoformat()):
            continue
        if before and (part.day, part.number) > before[:2]:
            continue
        end = before[2] if before and (part.day, part.number) == before[:2] else None
        yield from _backwards(part, end)


def _backwards(part: Part, end: int | None) -> Iterator[Record]:
    """The records of one file that begin before ``end``, the last one first."""
    try:
        data = part.path.read_bytes()[:end]
    except FileNotFoundError:
        return
    place = len(data)
    for line in reversed(data.splitlines(keepends=True)):
        place -= len(line)
        if found := _record(part, place, line):
            yield found


def _record(part: Part, place: int, line: bytes) -> Record | None:
    try:
        said = json.loads(line)
        values = (said["at"], said["kind"], said["person"], said["request"], said["address"])
        return Record(part.day, part.number, place, *values, dict(said["facts"]))
    except (ValueError, KeyError, TypeError):
        return None
