"""Encryption as age has it (https://age-encryption.org): the standard ``age`` program opens it as well."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from workflow_app.backup.archive import Unusable

_AGE = b"age-encryption.org/v1"


@contextlib.contextmanager
def sealed(file: IO[bytes], recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    """What is written to the yielded stream arrives in ``file``, encrypted for the recipients, if any.

    Raises:
        Unusable: a recipient is none. OSError: as ``file`` raised it.
    """
    if not recipients:
        yield file
        return
    import pyrage

    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError as error:
        raise Unusable("加密用的公钥应以 age1 开头，可用 workflow-app backup --new-key 生成。") from error
    target = _Noting(file)

    def encrypt(source: Any) -> None:
        try:
            pyrage.encrypt_io(source, target, keys)
        except pyrage.EncryptError as error:
            raise target.error or error from error

    with _through(encrypt, write=True) as stream:
        yield stream


@contextlib.contextmanager
def opened(path: Path, identities: Path | None) -> Iterator[IO[bytes]]:
    """The archive as a plain tar stream.

    Args:
        identities: the file with the secret key (AGE-SECRET-KEY-1…), for an encrypted one.

    Raises:
        Unusable: it is encrypted and this is not its key.
    """
    with path.open("rb") as file:
        encrypted = file.read(len(_AGE)) == _AGE
        file.seek(0)
        if not encrypted:
            yield file
            return
        import pyrage

        if identities is None:
            raise Unusable("备份是加密的，请用 --identity 指明私钥文件。")
        keys = _secret_keys(identities)
        try:
            with _through(lambda target: pyrage.decrypt_io(file, target, keys), write=False) as stream:
                yield stream
        except (pyrage.DecryptError, OSError) as error:
            if getattr(error, "errno", None):
                raise
            raise Unusable("备份打不开：不是用这个私钥对应的公钥加密的，或者文件已损坏。") from error


def _secret_keys(path: Path) -> list[Any]:
    import pyrage

    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except (pyrage.IdentityError, UnicodeDecodeError):
        keys = []
    if not keys:
        raise Unusable(f"{path} 里没有私钥（应是以 AGE-SECRET-KEY-1 开头的一行）。")
    return keys


def new_key() -> tuple[str, str]:
    """(secret key, public key)."""
    import pyrage

    key = pyrage.x25519.Identity.generate()
    return str(key), str(key.to_public())


class _Noting:
    """A stream that remembers what it failed of: on the way through pyrage errors lose their kind."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        return self._noted(lambda: self._file.read(size))

    def write(self, data: bytes) -> int:
        return self._noted(lambda: self._file.write(data))

    def flush(self) -> None:
        self._noted(self._file.flush)

    def _noted(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except OSError as error:
            self.error = error
            raise


@contextlib.contextmanager
def _through(work: Callable[[Any], None], *, write: bool) -> Iterator[IO[bytes]]:
    """``work`` in a thread at one end of a pipe, the caller at the other.

    Its error is raised rather than what the caller's end makes of it, unless the caller left first.
    """
    reading, writing = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    ours, theirs = (writing, reading) if write else (reading, writing)
    end = _Noting(theirs)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with theirs:
                work(end)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield ours
    finally:
        with contextlib.suppress(BrokenPipeError):
            ours.close()
        thread.join()
        if failed and not isinstance(end.error or failed[0], BrokenPipeError):
            raise failed[0]
