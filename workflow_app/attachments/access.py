"""Attachments as somebody may see and open them: like the content they belong to, revision by revision."""

from pathlib import Path

from flask import current_app
from sqlalchemy import bindparam, update

from workflow_app import canonical, clock
from workflow_app.artefacts.models import StoredFile
from workflow_app.attachments import lists
from workflow_app.errors import FileUnavailable, NotFound
from workflow_app.files import scan
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.policy import level, standing
from workflow_app.store import Statement, transaction

#: Writes down what the scanner said of a file.
SCANNED = Statement(
    update(StoredFile)
    .where(StoredFile.sha256 == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("scan", "scanned_at", "found")})
)


def shown_list(context: DocumentContext, at: str) -> str:
    """The digest of the list that goes with the content somebody of this level is shown."""
    row = context.row
    if at == "draft" and (context.machine.definition.states[row.state].editable or not row.revision):
        return row.attachments_sha256
    number = row.in_force_revision if at == "approved" else row.revision
    return lists.digest_of(row.id, number) or canonical.EMPTY_LIST_SHA256


def find(person_id: int, artefact_id: int, attachment_id: int) -> lists.Item:
    """An attachment this person may know of: by the lists of what they may read of the document.

    Raises:
        NotFound.
    """
    context = standing(person_id, artefact_id)
    at = level(context) if context else None
    if context is None or at is None:
        raise NotFound
    row = context.row
    if at == "approved":
        digests = [shown_list(context, at)]
    else:
        digests = lists.digests_up_to(row.id, row.revision)
        digests += [row.attachments_sha256] if at == "draft" else []
    item = lists.among(row.id, attachment_id, digests)
    if item is None:
        raise NotFound
    return item


def opened(person_id: int, artefact_id: int, attachment_id: int) -> tuple[lists.Item, Path]:
    """An attachment and where its bytes lie.

    Raises:
        NotFound. FileUnavailable: infected, waiting for the scanner, or gone from the store.
    """
    item = find(person_id, artefact_id, attachment_id)
    scanned = item.scan
    if scanned == "unscanned" and current_app.config["SETTINGS"].clamd_address:
        scanned = scan_again(item.sha256).state
        if scanned == "unscanned" and item.added_by_id != person_id:
            raise FileUnavailable("file_unscanned")
    if scanned == "infected":
        raise FileUnavailable("file_infected")
    try:
        return item, lists.store().local(item.sha256)
    except FileNotFoundError as gone:
        raise FileUnavailable("file_missing") from gone


def scan_again(sha256: str) -> scan.Verdict:
    """Ask the scanner about a stored file and write down what it says."""
    address = current_app.config["SETTINGS"].clamd_address
    try:
        verdict = scan.scan(address, lists.store().local(sha256))
    except FileNotFoundError:
        return scan.UNSCANNED
    if verdict.state != "unscanned":
        with transaction() as tx:
            now = clock.stamp(clock.now())
            tx.run(SCANNED, of=sha256, new_scan=verdict.state, new_scanned_at=now, new_found=verdict.found)
    return verdict
