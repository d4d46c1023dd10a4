"""Attachments as somebody may see and open them: like the content they belong to, revision by revision."""

from pathlib import Path

from flask import current_app

from workflow_app import canonical
from workflow_app.attachments import lists, scanning
from workflow_app.errors import FileUnavailable, NotFound
from workflow_app.files.storage import Altered
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.policy import readable


def shown_list(context: DocumentContext) -> str:
    """The digest of the list that goes with the content this person is shown."""
    number = context.shown_revision()
    if number is None:
        return context.row.attachments_sha256
    return lists.digest_of(context.row.id, number) or canonical.EMPTY_LIST_SHA256


def find(person_id: int, artefact_id: int, attachment_id: int) -> lists.Item:
    """An attachment this person may know of: by the lists of what they may read of the document.

    Raises:
        NotFound.
    """
    context = readable(person_id, artefact_id)
    row = context.row
    if context.level == "approved":
        digests = [shown_list(context)]
    else:
        last = row.revision if context.level == "draft" else row.submitted_revision
        digests = lists.digests_up_to(row.id, last)
        digests += [row.attachments_sha256] if context.level == "draft" else []
    item = lists.among(row.id, attachment_id, digests)
    if item is None:
        raise NotFound
    return item


def opened(person_id: int, artefact_id: int, attachment_id: int) -> tuple[lists.Item, Path]:
    """An attachment and where its bytes lie.

    Raises:
        NotFound. FileUnavailable: infected, waiting for the scanner, altered, or gone from
        the store.
    """
    item = find(person_id, artefact_id, attachment_id)
    scanned = item.scan
    if scanned == "unscanned" and current_app.config["SETTINGS"].clamd_address:
        scanned = scanning.scan_again(item.sha256).state
        if scanned == "unscanned" and item.added_by_id != person_id:
            raise FileUnavailable("file_unscanned")
    if scanned == "infected":
        raise FileUnavailable("file_infected")
    try:
        return item, lists.store().local(item.sha256)
    except FileNotFoundError as gone:
        raise FileUnavailable("file_missing") from gone
    except Altered as altered:
        raise FileUnavailable("file_altered") from altered
