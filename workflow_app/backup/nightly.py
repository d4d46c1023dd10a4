"""The backup the worker makes every night, and how many of them are kept."""

import logging
import shutil
import time
from pathlib import Path

from flask import current_app

from workflow_app import clock
from workflow_app.backup.save import NAMES, name, save
from workflow_app.settings import Settings

#: From this hour on, county time: schools are closed, and the day's work is done.
HOUR = 2
#: What a killed backup has left is cleared away after so many seconds.
_ABANDONED = 86400

log = logging.getLogger(__name__)


def run() -> Path | None:
    """Make tonight's backup if there is none yet and it is time; where it lies, None for none made.

    Raises:
        archive.Unusable: it could not be made; the next call tries again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.backup_dir:
        return None
    folder, now = Path(settings.backup_dir), clock.now()
    if now.astimezone(clock.SHANGHAI).hour < HOUR:
        return None
    target = folder / name(now, encrypted=bool(settings.backup_recipient))
    day = target.name.rpartition("-")[0]
    if any(path.name.startswith(f"{day}-") for path in made(folder)):
        return None
    _clear(folder)
    recipients = [settings.backup_recipient] if settings.backup_recipient else []
    saved = save(
        settings, target, keys=bool(recipients), recipients=recipients, watched=lambda _done, _all: None
    )
    if saved.manifest.damaged:
        log.error("backup %s: %d attachments are missing or altered", target, len(saved.manifest.damaged))
    log.info("backup %s: %d bytes", target, saved.size)
    for path in made(folder)[: -settings.backup_keep]:
        path.unlink()
    return target


def made(folder: Path) -> list[Path]:
    """The backups of a folder that bear our names, the oldest first."""
    return sorted(path for path in folder.iterdir() if NAMES.fullmatch(path.name))


def _clear(folder: Path) -> None:
    for path in folder.glob(".backup-*"):
        if time.time() - path.stat().st_mtime > _ABANDONED:
            shutil.rmtree(path, ignore_errors=True)
