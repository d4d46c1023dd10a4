"""Checkpoints outside of the database: files in SEAL_DIR, named by size, added and never changed.

They are what shows that the end of the trail was cut off together with its checkpoints, as far as
whoever did that could not reach them.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import select

from workflow_app.extensions import db
from workflow_app.sealing.models import Checkpoint, SealKey
from workflow_app.sealing.refused import SealRefused
from workflow_app.settings import Settings

_NAME = re.compile(r"checkpoint-(\d{12})\.txt")


def folder_of(settings: Settings) -> Path | None:
    return Path(settings.seal_dir) if settings.seal_dir else None


def sizes(folder: Path) -> list[int]:
    """Of the checkpoints in the folder, in order. Raises SealRefused."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SealRefused(f"SEAL_DIR 的文件夹 {folder} 读不出来（{error.strerror}）。") from error
    return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))


def path_of(folder: Path, size: int) -> Path:
    return folder / f"checkpoint-{size:012}.txt"


def read(folder: Path) -> Iterator[tuple[int, str]]:
    """(size, text) of every checkpoint in the folder; what cannot be read is "". Raises SealRefused."""
    for size in sizes(folder):
        yield size, text_at(folder, size)


def text_at(folder: Path, size: int) -> str:
    try:
        return path_of(folder, size).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def write(folder: Path) -> int:
    """Write what is not there yet, keys and checkpoints; how many checkpoints. Raises SealRefused."""
    there = sizes(folder)
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for key in db.session.scalars(select(SealKey).order_by(SealKey.number)):
            _add(folder / f"key-{key.number:04}.txt", key.note)
        lacking = select(Checkpoint.size, Checkpoint.note).where(
            Checkpoint.size > (there[-1] if there else 0)
        )
        rows = db.session.execute(lacking.order_by(Checkpoint.size))
        return _add_all(folder, ((row.size, row.note) for row in rows))
    except OSError as error:
        raise SealRefused(f"检查点写不进 SEAL_DIR（{error.filename}：{error.strerror}）。") from error


def _add_all(folder: Path, notes: Iterable[tuple[int, str]]) -> int:
    count = 0
    for size, note in notes:
        _add(path_of(folder, size), note)
        count += 1
    return count


def _add(path: Path, text: str) -> None:
    """Write it whole or not at all; another content under that name stays, and is an error."""
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            _name_it(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
    if path.read_bytes() != text.encode():
        raise SealRefused(f"{path} 里已有另一份内容，没有覆盖。同一位置先后有两个不同的检查点，请查明原因。")


def _name_it(name: str, path: Path) -> None:
    """Under its name, unless that is taken; not every shared folder knows hard links."""
    try:
        os.link(name, path)
    except FileExistsError:
        return
    except OSError:
        if not path.exists():
            os.rename(name, path)
