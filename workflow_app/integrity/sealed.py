"""The seal, as ``doctor`` asks for it: see ``sealing.checks``."""

from collections.abc import Iterable, Iterator

from flask import current_app

from workflow_app.integrity.violations import Violation
from workflow_app.sealing import checks, offsite
from workflow_app.sealing.checks import Finding
from workflow_app.sealing.refused import SealRefused


def files_outside() -> list[tuple[int, str]] | str:
    """The checkpoints in SEAL_DIR, or why they cannot be read. Read before the database."""
    folder = offsite.folder_of(current_app.config["SETTINGS"])
    try:
        return list(offsite.read(folder)) if folder else []
    except SealRefused as refused:
        return str(refused)


def _violations(found: Iterable[Finding]) -> Iterator[Violation]:
    return (Violation(*one) for one in found)


def tree_wrong(_examination: object) -> Iterator[Violation]:
    return _violations(checks.whole())


def unsealed(_examination: object) -> Iterator[Violation]:
    return _violations(checks.unsealed())


def outside_wrong(files: list[tuple[int, str]] | str) -> Iterator[Violation]:
    if isinstance(files, str):
        return iter([Violation(files)])
    return _violations(checks.outside(files))
