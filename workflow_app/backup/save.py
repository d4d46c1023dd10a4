"""Make an archive of the whole installation, while it is in use.

The database first, as of one moment; then the attachments it knows. Attachments are only ever added,
and lie in their place before the database knows them: whatever the copy knows is there.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from workflow_app import clock, data_dir
from workflow_app.backup import databases
from workflow_app.backup.archive import Manifest, Unusable, Writer
from workflow_app.backup.encryption import sealed
from workflow_app.files import storage
from workflow_app.files.storage import Altered, Folder
from workflow_app.settings import Settings

PRODUCT = "yanxiu-signoff"
#: Free space beyond what is needed: a disk is not filled to its last byte for a backup.
SPARE = 16 * 1024 * 1024
NAMES = re.compile(r"signoff-\d{8}-\d{6}\.tar(\.age)?")

#: Told (bytes done, bytes in all, at most).
Watched = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Saved:
    """A finished archive."""

    path: Path
    size: int
    manifest: Manifest


def name(moment: datetime, *, encrypted: bool) -> str:
    """What an archive is called unless somebody says otherwise; by name they sort as they were made."""
    local = moment.astimezone(clock.SHANGHAI)
    return f"signoff-{local:%Y%m%d-%H%M%S}.tar{'.age' if encrypted else ''}"


def save(
    settings: Settings, target: Path, *, keys: bool, recipients: Sequence[str] = (), watched: Watched
) -> Saved:
    """Make the archive ``target`` (mode 600): complete and on disk, or not there at all.

    Args:
        keys: with the keys of DATA_DIR.
        recipients: public keys (age1…) it is encrypted for; none: not encrypted.

    Raises:
        Unusable: it is there already; the disk is full; the database cannot be read.
    """
    if target.exists():
        raise Unusable(f"{target} 已经存在，没有覆盖它。请换一个名字。")
    taken_at = clock.stamp(clock.now())
    try:
        with _scratch(target.parent) as scratch:
            arriving = scratch / "archive"
            with _created(arriving) as file, sealed(file, recipients) as stream, Writer(stream) as writer:
                manifest = _fill(settings, writer, scratch, taken_at, keys, watched)
            if target.exists():  # since
                raise FileExistsError
            os.replace(arriving, target)
            storage.sync(target.parent)
    except FileExistsError as error:
        raise Unusable(f"{target} 已经存在，没有覆盖它。请换一个名字。") from error
    except OSError as error:
        raise Unusable(
            f"备份写不进 {target.parent}（{error.strerror or error}），没有留下半个文件。"
        ) from error
    return Saved(target, target.stat().st_size, manifest)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside the target, gone at the end."""
    path = Path(tempfile.mkdtemp(dir=folder, prefix=".backup-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    """A new file (mode 600), on disk at the end."""
    with data_dir.new_file(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _fill(
    settings: Settings, writer: Writer, scratch: Path, taken_at: str, keys: bool, watched: Watched
) -> Manifest:
    store = storage.of(settings)
    enough(scratch, databases.size(settings) * 2)
    progress = _Progress(watched, databases.size(settings))
    snapshot = databases.snapshot(settings, scratch, progress.more)
    sizes = {digest: store.size(digest) or 0 for digest in snapshot.files}
    enough(scratch, snapshot.path.stat().st_size + sum(sizes.values()))
    progress.all += sum(sizes.values())
    writer.add(snapshot.member, snapshot.path)
    snapshot.path.unlink()
    damaged = []
    for digest, size in sizes.items():
        if not _add_file(writer, store, digest):
            damaged.append(digest)
        progress.more(size)
    for path in data_dir.keys(settings.data_dir) if keys else ():
        writer.add(f"keys/{path.relative_to(settings.data_dir).as_posix()}", path)
    manifest = Manifest(
        version=version(PRODUCT),
        database=databases.kind(settings),
        schema=snapshot.schema,
        taken_at=taken_at,
        counts=dict(snapshot.counts),
        damaged=damaged,
        members=writer.members,
    )
    writer.close(manifest)
    return manifest


def _add_file(writer: Writer, store: Folder, digest: str) -> bool:
    """Whether it was there and whole; what is left of an altered one goes in all the same."""
    try:
        path = store.local(digest)
    except FileNotFoundError:
        return False
    except Altered:
        path = store.path(digest)
        if not path.is_file():
            return False
    return writer.add(f"files/{digest}", path).sha256 == digest


def enough(folder: Path, needed: int) -> None:
    """Raises Unusable: fewer than ``needed`` bytes are free."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        wanted = _megabytes(needed + SPARE)
        raise Unusable(f"磁盘空间不够：{folder} 所在的磁盘还剩 {_megabytes(free)}，大约需要 {wanted}。")


def _megabytes(size: int) -> str:
    return f"{max(1, round(size / 1024**2))} MB"


class _Progress:
    """How far it is; ``all`` grows as more becomes known."""

    def __init__(self, watched: Watched, total: int) -> None:
        self._watched, self.all, self._done = watched, total, 0

    def more(self, size: int) -> None:
        self._done = min(self._done + size, self.all)
        self._watched(self._done, self.all)
