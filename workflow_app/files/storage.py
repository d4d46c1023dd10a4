"""Files on disk under their digest: the same bytes are kept once, whoever sends them under what name.

``<root>/ab/cdef…`` holds the file whose SHA-256 is ``abcdef…``; ``<root>/arriving`` what is still
being received. A file appears under its digest complete or not at all.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from workflow_app.settings import Settings

_PIECE = 1 << 18
_DIGEST = re.compile(r"[0-9a-f]{64}")


#: Files up to this size are digested each time they are opened; a larger one when it has changed.
ALWAYS_DIGESTED = 8 * 1024 * 1024


class TooLarge(Exception):
    """More bytes came than were allowed."""


class Altered(Exception):
    """A kept file no longer has its digest."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that was received but not yet accepted: where it lies, its size and digest."""

    path: Path
    size: int
    sha256: str


class Folder:
    """A store in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Large files that had their digest -> how they looked then (time, size and number on disk).
        self._whole: dict[str, tuple[int, ...]] = {}

    def path(self, sha256: str) -> Path:
        """Where the file with this digest lies, or would lie."""
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"no digest: {sha256!r}")
        return self.root / sha256[:2] / sha256[2:]

    def folder(self, name: str) -> Path:
        """A folder of the store, made now if it is not there; for this account alone, as is all of it."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self.root / name
        made.mkdir(mode=0o700, exist_ok=True)
        return made

    def size(self, sha256: str) -> int | None:
        """How long the kept file is; None when there is none."""
        path = self.path(sha256)
        return path.stat().st_size if path.is_file() else None

    def local(self, sha256: str) -> Path:
        """The kept file, with its digest, as one that can be opened here.

        Raises:
            FileNotFoundError. Altered.
        """
        path = self.path(sha256)
        if not self._has_digest(path, sha256):
            raise Altered(sha256)
        return path

    def _has_digest(self, path: Path, sha256: str) -> bool:
        """Raises FileNotFoundError."""
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            looks = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if found.st_size > ALWAYS_DIGESTED and self._whole.get(sha256) == looks:
                return True
            if _digest(lambda: file.read(_PIECE)) != sha256:
                return False
        if found.st_size > ALWAYS_DIGESTED:
            self._whole[sha256] = looks
        return True

    @contextlib.contextmanager
    def receiving(self, stream: IO[bytes], most: int) -> Iterator[Arrived]:
        """Take a stream in by pieces; what was not kept at the end is gone.

        Raises:
            TooLarge: after ``most`` bytes.
        """
        folder = self.folder("arriving")
        handle, name = tempfile.mkstemp(dir=folder)
        path, digest, size = Path(name), hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > most:
                        raise TooLarge
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            yield Arrived(path, size, digest.hexdigest())
        finally:
            path.unlink(missing_ok=True)

    def keep(self, arrived: Arrived) -> None:
        """Move a received file to its place, durably; nothing happens when it is there already, whole."""
        place = self.path(arrived.sha256)
        if place.is_file() and self._has_digest(place, arrived.sha256):
            return
        self.folder(place.parent.name)
        os.chmod(arrived.path, 0o600)
        os.replace(arrived.path, place)
        sync(place.parent)
        sync(self.root)

    def digests(self) -> Iterator[str]:
        """The digest of every file that is kept."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for file in sorted(folder.iterdir()):
                yield folder.name + file.name

    def is_whole(self, sha256: str) -> bool:
        """Whether the file is there and still has its digest; every byte is read."""
        try:
            with self.path(sha256).open("rb") as file:
                return _digest(lambda: file.read(_PIECE)) == sha256
        except FileNotFoundError:
            return False


def of(settings: Settings) -> Folder:
    """Where the files of an installation lie: in its folder, or in a bucket when one is set."""
    root = settings.data_dir / "files"
    if not settings.s3_bucket:
        return Folder(root)
    from workflow_app.files.buckets import Bucket

    return Bucket(root, settings)


def _digest(read: Callable[[], bytes]) -> str:
    found = hashlib.sha256()
    while piece := read():
        found.update(piece)
    return found.hexdigest()


def sync(folder: Path) -> None:
    """Make a new name in a folder durable, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
