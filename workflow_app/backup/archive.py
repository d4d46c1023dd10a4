"""The archive: a tar file, encrypted or not, that ends with a manifest of everything in it.

========================  ===================================================================
``database.sqlite3.gz``   SQLite: the database file
``database.dump``         PostgreSQL: what ``pg_dump`` writes in its custom format
``files/<sha256>``        attachments
``keys/<name>``           keys, when they were asked for
``manifest.json``         ``Manifest``; last, so that an archive cut short has none
========================  ===================================================================

It may be encrypted as a whole, see ``encryption``.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from workflow_app import data_dir

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, DUMP = "database.sqlite3.gz", "database.dump"
_NAMES = re.compile(
    rf"{re.escape(SQLITE)}|{re.escape(DUMP)}|files/[0-9a-f]{{64}}|keys(/\w[\w.-]{{0,80}}){{1,2}}"
)
_PIECE = 1 << 18
_MANIFEST_MOST = 1 << 30


class Unusable(Exception):
    """The archive, the target or the tools cannot be used; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive is: ``taken_at`` is the moment before the database was read.

    ``database``: sqlite or postgresql; ``schema``: its revision; ``counts``: rows by table;
    ``damaged``: attachments that were missing or altered already when the archive was made.
    """

    version: str
    database: str
    schema: str
    taken_at: str
    counts: dict[str, int]
    damaged: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    format: int = FORMAT

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def _manifest(body: bytes) -> Manifest:
    try:
        facts = json.loads(body)
        if facts["format"] != FORMAT:
            raise Unusable("备份来自更新的版本，请先升级本系统。")
        return Manifest(**{**facts, "members": [Member(**one) for one in facts["members"]]})
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable("备份里的清单读不懂，文件可能已损坏。") from error


# --- writing -----------------------------------------------------------------------------------


class Writer:
    """Members go in one by one, the manifest at the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._gate = _Gate(stream)
        self._tar = tarfile.open(fileobj=self._gate, mode="w|", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload] # noqa: SIM115
        self.members: list[Member] = []

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_error: object) -> None:
        self._gate.shut = True

    def add(self, name: str, path: Path) -> Member:
        """A file as it is found now; its digest is taken from the bytes that are written."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digesting = _Digesting(file)
            self._tar.addfile(_entry(name, size), digesting)  # type: ignore[arg-type]
        member = Member(name, size, digesting.sha256.hexdigest())
        self.members.append(member)
        return member

    def close(self, manifest: Manifest) -> None:
        body = manifest.as_json()
        self._tar.addfile(_entry(MANIFEST, len(body)), io.BytesIO(body))
        self._tar.close()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Gate:
    """Lets nothing through any more once it is shut: a tar that is given up still writes its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.shut = stream, False

    def write(self, data: bytes) -> int:
        return len(data) if self.shut else self._stream.write(data)


class _Digesting:
    """Reads through, digesting."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


# --- reading -----------------------------------------------------------------------------------


def read(
    stream: IO[bytes], folder: Path, wanted: Callable[[str], bool], watched: Callable[[int], None]
) -> Manifest:
    """Read the archive to its end, compare every member with the manifest, lay out the ``wanted`` ones.

    Args:
        folder: where they are laid out, under their names.
        watched: told how many bytes have been read since.

    Raises:
        Unusable: it is cut short, damaged, or not ours.
    """
    found: dict[str, Member] = {}
    manifest = None
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None or manifest or entry.name in found:
                    raise Unusable("这不是本系统的备份，或者内容被改动过。")
                if entry.name == MANIFEST and entry.size <= _MANIFEST_MOST:
                    manifest = _manifest(content.read())
                    continue
                if not _NAMES.fullmatch(entry.name):
                    raise Unusable(f"备份里有不认识的内容：{entry.name[:80]!r}。")
                place = folder / entry.name if wanted(entry.name) else None
                found[entry.name] = _lay_out(entry, content, place, watched)
    except (tarfile.TarError, EOFError) as error:
        raise Unusable("备份不完整或已损坏，读到一半读不下去了。") from error
    if manifest is None:
        raise Unusable("备份不完整：末尾的清单缺失。")
    _compare(manifest, found)
    return manifest


def _lay_out(
    entry: tarfile.TarInfo, content: IO[bytes], place: Path | None, watched: Callable[[int], None]
) -> Member:
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None
        if place:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = stack.enter_context(data_dir.new_file(place))
        while piece := content.read(_PIECE):
            digest.update(piece)
            watched(len(piece))
            if file:
                file.write(piece)
        if file:
            file.flush()
            os.fsync(file.fileno())
    return Member(entry.name, entry.size, digest.hexdigest())


def _compare(manifest: Manifest, found: dict[str, Member]) -> None:
    """Raises Unusable: members missing, added or altered; an attachment under another's digest."""
    listed = {one.name: one for one in manifest.members}
    for name in [*listed, *(name for name in found if name not in listed)]:
        if found.get(name) != listed.get(name):
            raise Unusable(f"备份里的 {name} 与清单不符，文件已损坏或被改动过。")
        folder, _slash, digest = name.partition("/")
        if folder == "files" and found[name].sha256 != digest and digest not in manifest.damaged:
            raise Unusable(f"备份里的 {name} 与清单不符，文件已损坏或被改动过。")
