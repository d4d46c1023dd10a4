"""The signing key: a file that only the worker's account can read; the server never needs it.

The database lists all public keys with the statement that brought each in, see
``statements.KeyStatement``.
"""

import contextlib
import os
import re
import stat
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from workflow_app import clock
from workflow_app.sealing import stored
from workflow_app.sealing.models import SealKey
from workflow_app.sealing.notes import VerifierKey, sign
from workflow_app.sealing.refused import SealRefused
from workflow_app.sealing.statements import KeyStatement
from workflow_app.settings import Settings
from workflow_app.store import writing


def path_of(settings: Settings) -> Path:
    return Path(settings.seal_key_file) if settings.seal_key_file else settings.data_dir / "seal" / "key.pem"


def origin(settings: Settings) -> str:
    """The name of this installation's tree; once a key has it, it stays."""
    if known := stored.all_keys():
        return VerifierKey.parse(known[0].vkey).name
    host = urlsplit(settings.public_url).netloc
    return settings.seal_origin or re.sub(r"[\s+]", "-", f"{host}/trail")


def signing(settings: Settings) -> tuple[Ed25519PrivateKey, SealKey]:
    """The key and its row; both are made when there is neither.

    Raises:
        SealRefused: the file is missing, cannot be used, or is not the newest key.
    """
    path = path_of(settings)
    known = stored.all_keys()
    if not known:
        key = _read(path) if path.exists() else None
        return _brought_in(settings, key or _write(path, Ed25519PrivateKey.generate()), size=0)
    _finish_rotation(path, known[-1])
    if not path.exists():
        raise SealRefused(
            f"签名密钥文件 {path} 不见了。请从备份恢复；找不回来就用 workflow-app trail seal"
            " --compromised-since 换一把新的，并把新公钥告诉存有检查点的人。"
        )
    key = _read(path)
    if str(VerifierKey.of(origin(settings), key)) != known[-1].vkey:
        raise SealRefused(f"签名密钥文件 {path} 不是数据库里登记的那一把，没有封存。")
    return key, known[-1]


def replace(settings: Settings, compromised_since: str | None) -> SealKey:
    """A new key; signed in by the old one, unless that is in other hands.

    The new file lies beside the old one until the row is written, so that neither can be lost.
    """
    known = stored.all_keys()
    old_key = None if compromised_since else signing(settings)[0]
    path = path_of(settings)
    waiting = path.with_name(path.name + ".new")
    waiting.unlink(missing_ok=True)
    key = _write(waiting, Ed25519PrivateKey.generate())
    row = _brought_in(
        settings,
        key,
        size=stored.size(),
        old=(known[-1], old_key) if known else None,
        compromised_since=compromised_since,
    )[1]
    waiting.replace(path)
    return row


def _finish_rotation(path: Path, newest: SealKey) -> None:
    """A rotation that was interrupted after its row was written."""
    waiting = path.with_name(path.name + ".new")
    if waiting.exists():
        name = VerifierKey.parse(newest.vkey).name
        if str(VerifierKey.of(name, _read(waiting))) == newest.vkey:
            waiting.replace(path)


def _brought_in(
    settings: Settings,
    key: Ed25519PrivateKey,
    *,
    size: int,
    old: tuple[SealKey, Ed25519PrivateKey | None] | None = None,
    compromised_since: str | None = None,
) -> tuple[Ed25519PrivateKey, SealKey]:
    name = origin(settings)
    last = stored.newest()
    since = max(clock.stamp(clock.now()), last.at if last else "", old[0].since if old else "")
    said = KeyStatement(
        VerifierKey.of(name, key),
        since,
        size,
        VerifierKey.parse(old[0].vkey) if old else None,
        compromised_since,
    )
    signers = [(name, key), *([(name, old[1])] if old and old[1] else [])]
    row = SealKey(
        number=old[0].number + 1 if old else 1,
        vkey=str(said.key),
        since=since,
        size=size,
        compromised_since=compromised_since,
        note=sign(said.text(), *signers),
    )
    with writing() as session:
        session.add(row)
    return key, stored.all_keys()[-1]


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SealRefused(
                f"签名密钥文件 {path} 对其他账号开放，请执行 chmod 600 {path}，并考虑换一把新的。"
            )
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise SealRefused(f"签名密钥文件 {path} 读不出来（{error}）。") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SealRefused(f"签名密钥文件 {path} 里不是 Ed25519 密钥。")
    return key


def _write(path: Path, key: Ed25519PrivateKey) -> Ed25519PrivateKey:
    """Write it whole (mode 600) and never over another one; the key that is there afterwards."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            os.unlink(name)
    except OSError as error:
        raise SealRefused(f"签名密钥写不进 {path}（{error.strerror}）。") from error
    return _read(path)
