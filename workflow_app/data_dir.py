"""The folder DATA_DIR: made, closed to other accounts, known to be usable; and the cookie key in it.

Whatever makes it unusable ends the start: SystemExit with a sentence.
"""

import contextlib
import logging
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import IO

DATABASE = "signoff.sqlite3"
SECRET_KEY = "secret_key"  # noqa: S105 (the name of the file)
#: For the account of the server alone (mode 600).
PRIVATE = (SECRET_KEY, "demo_password", "paper_signing.pem", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
#: What a backup with keys has of it. Keys may also lie in these folders, which are closed as well.
KEYS = (SECRET_KEY, "paper_signing.pem")
KEY_FOLDERS = ("seal",)
#: A key that was made here has 64 characters; one with fewer than these was not written by us.
LEAST_KEY = 32

log = logging.getLogger(__name__)


def prepare(folder: Path, *, with_database: bool) -> None:
    """Make the folder (mode 700) and the empty database file (600), narrow what is open to others.

    Raises:
        SystemExit: it cannot be made or written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try_writing(folder)
        if with_database:
            os.close(os.open(folder / DATABASE, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise SystemExit(
            f"DATA_DIR：文件夹 {folder} 不能用（{_reason(error)}）。"
            "请换一个可以写入的文件夹，或改正它的所有者和权限。"
        ) from error
    if os.name != "nt":
        for path in (folder, *(folder / name for name in PRIVATE)):
            _narrow(path)


def new_file(path: Path) -> IO[bytes]:
    """A new file for this account alone (mode 600), open for writing. Raises FileExistsError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def try_writing(folder: Path) -> None:
    """Write a byte. Raises OSError: read-only, full, not there."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"0")
        file.flush()
        os.fsync(file.fileno())


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"没有写入 {error.filename} 的权限"
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "它是一个文件，不是文件夹"
    return error.strerror or str(error)


def _narrow(path: Path) -> None:
    """Take from others what they may do with it; reported where that is not ours to change."""
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & stat.S_ISVTX:
            raise SystemExit(f"DATA_DIR：{path} 是公用的文件夹，请在里面另建一个，专供本系统使用。")
        if not mode & 0o077:
            return
        try:
            path.chmod(mode & 0o700)
        except PermissionError:
            log.warning("%s 对其他账号开放（权限 %o），应由它的所有者改为只限本账号。", path, mode)


def secret_key(folder: Path) -> str:
    """The cookie key; made and kept on the first start. Raises SystemExit: the file holds none."""
    path = folder / SECRET_KEY
    try:
        key = _kept(path)
        if key is None:
            key = _keep(path, secrets.token_hex(32))
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"密钥文件 {path} 读不出来或写不进去（{error}）。") from error
    if len(key) < LEAST_KEY:
        raise SystemExit(
            f"密钥文件 {path} 是空的或太短（至少 {LEAST_KEY} 个字符）。请从备份恢复；"
            "没有备份就删去它，下次启动会另生成一个，所有人需要重新登录。"
        )
    return key


def _kept(path: Path) -> str | None:
    """What the file holds, "" included; None when there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _keep(path: Path, key: str) -> str:
    """Write it whole or not at all, never over another one; the key that is there afterwards."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster: its key counts
            os.link(name, path)
    finally:
        os.unlink(name)
    return path.read_text(encoding="utf-8").strip()


def keys(folder: Path) -> list[Path]:
    """The files of all keys that are there."""
    found = [folder / name for name in KEYS]
    for inner in KEY_FOLDERS:
        found += sorted((folder / inner).glob("*"))
    return [path for path in found if path.is_file()]
