"""What the virus scanner says of the files of attachments, and what is written down of it."""

from pathlib import Path

from flask import current_app
from sqlalchemy import bindparam, insert, select, update

from workflow_app import clock
from workflow_app.attachments import lists
from workflow_app.errors import FileRefused
from workflow_app.extensions import db
from workflow_app.files import scan
from workflow_app.files.models import StoredFile
from workflow_app.files.storage import Altered
from workflow_app.store import Statement, Tx, transaction

#: Writes down what the scanner said of a file.
_SCANNED = Statement(
    update(StoredFile)
    .where(StoredFile.sha256 == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("scan", "scanned_at", "found")})
)
_STORED = Statement(select(StoredFile.scan).where(StoredFile.sha256 == bindparam("sha256")))
_NEW_STORED = Statement(
    insert(StoredFile).values(
        {name: bindparam(name) for name in ("sha256", "size", "stored_at", "scan", "scanned_at", "found")}
    )
)


def verdict_on(sha256: str, path: Path) -> scan.Verdict:
    """What the scanner says of a file that has arrived; infected ones go no further."""
    known = db.session.execute(
        select(StoredFile.scan, StoredFile.found).where(StoredFile.sha256 == sha256)
    ).first()
    db.session.rollback()
    verdict = scan.Verdict(*known) if known else scan.UNSCANNED
    if verdict.state == "unscanned":
        verdict = scan.scan(current_app.config["SETTINGS"].clamd_address, path)
    if verdict.state == "infected":
        raise FileRefused(
            "file_infected", f"查出病毒（{verdict.found}），没有收。", f"Infected: {verdict.found}."
        )
    return verdict


def scan_again(sha256: str) -> scan.Verdict:
    """Ask the scanner about a stored file and write down what it says; nothing of one gone or altered."""
    address = current_app.config["SETTINGS"].clamd_address
    try:
        verdict = scan.scan(address, lists.store().local(sha256))
    except (FileNotFoundError, Altered):
        return scan.UNSCANNED
    if verdict.state != "unscanned":
        with transaction() as tx:
            now = clock.stamp(clock.now())
            tx.run(_SCANNED, of=sha256, new_scan=verdict.state, new_scanned_at=now, new_found=verdict.found)
    return verdict


def write_down(tx: Tx, sha256: str, size: int, verdict: scan.Verdict, at: str) -> None:
    """The row of a file that is kept, with what the scanner said of it."""
    state, found = verdict
    stored = tx.one(_STORED, sha256=sha256)
    scanned_at = None if state == "unscanned" else at
    if stored is None:
        tx.run(
            _NEW_STORED, sha256=sha256, size=size, stored_at=at,
            scan=state, scanned_at=scanned_at, found=found,
        )  # fmt: skip
    elif stored[0] != state and scanned_at:
        tx.run(_SCANNED, of=sha256, new_scan=state, new_scanned_at=at, new_found=found)
