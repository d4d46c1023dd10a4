"""An installation from an archive: everything is read and compared first, then it takes its place.

The database comes last: without it nothing that was laid down counts, and another try begins anew.
Attachments lie under their digest, so none is ever overwritten; whatever else was there is kept in a
folder beside it.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workflow_app import clock, schema
from workflow_app.backup import databases
from workflow_app.backup.archive import Manifest, Unusable, read
from workflow_app.backup.encryption import opened
from workflow_app.backup.save import enough
from workflow_app.files import storage
from workflow_app.files.storage import Arrived, Folder
from workflow_app.settings import Settings

#: Told how many bytes of the archive have been read since.
Watched = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back; ``aside``: where lies what was there before, None for nothing."""

    manifest: Manifest
    aside: Path | None


def verify(archive: Path, settings: Settings, *, identities: Path | None, watched: Watched) -> Manifest:
    """Whether the archive is whole: every byte compared, the database looked into. Raises Unusable."""
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".verify-") as name:
        folder = Path(name)
        with opened(archive, identities) as stream:
            manifest = read(stream, folder, _is_database, watched)
        databases.check(settings, _database(manifest, folder))
        return manifest


def restore(
    settings: Settings, archive: Path, *, identities: Path | None, force: bool, watched: Watched
) -> Restored:
    """All of it or nothing.

    Args:
        force: also in place of a database that is there.

    Raises:
        Unusable: the archive is damaged or for another database; something is there already.
    """
    if not force and databases.occupied(settings):
        raise Unusable(
            "这里已经有数据，没有恢复。请换一个空的 DATA_DIR（或空的 DATABASE_URL）；"
            "确实要用备份代替现有的数据，请先停止网站，再加 --force。"
        )
    enough(settings.data_dir, archive.stat().st_size)
    staging = Path(tempfile.mkdtemp(dir=settings.data_dir, prefix=".restore-"))
    try:
        with opened(archive, identities) as stream:
            manifest = read(stream, staging, lambda _name: True, watched)
        _fits(manifest, settings)
        database = databases.check(settings, _database(manifest, staging))
        moment = clock.stamp(clock.now()).translate({ord(mark): None for mark in "-:."})
        aside = settings.data_dir / f"before-restore-{moment}"
        _lay_down(storage.of(settings), manifest, staging / "files")
        databases.replace(settings, database, aside)
        _put_keys(settings.data_dir, staging / "keys", aside)
    except OSError as error:
        raise Unusable(f"没有恢复：{error.strerror or error}。") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Restored(manifest, aside if aside.exists() else None)


def _is_database(name: str) -> bool:
    return "/" not in name


def _database(manifest: Manifest, folder: Path) -> Path:
    found = [one.name for one in manifest.members if _is_database(one.name)]
    if len(found) != 1:
        raise Unusable("备份里没有数据库，或者不止一个。")
    return folder / found[0]


def _fits(manifest: Manifest, settings: Settings) -> None:
    if manifest.database != databases.kind(settings):
        titles = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Unusable(
            f"备份是 {titles.get(manifest.database, manifest.database)} 的，"
            f"现在的设置用的是 {titles[databases.kind(settings)]}，请改 DATABASE_URL。"
        )
    if manifest.schema not in schema.revisions():
        raise Unusable(f"备份来自更新的版本（{manifest.version}），请先升级本系统。")


def _lay_down(store: Folder, manifest: Manifest, folder: Path) -> None:
    for member in manifest.members:
        place, _slash, digest = member.name.partition("/")
        if place == "files" and digest not in manifest.damaged:
            store.keep(Arrived(folder / digest, member.size, digest))


def _put_keys(target: Path, folder: Path, aside: Path) -> None:
    """Keys that are other than those there take their place; the old ones go aside."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        place = target / name
        if place.is_file():
            if place.read_bytes() == path.read_bytes():
                continue
            (aside / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(place, aside / name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(path, place)
