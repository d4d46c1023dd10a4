"""Attaching files to a draft and taking them off again.

Like typing this is no event: the list is signed with the content when the draft is submitted. It is
guarded like typing too: by who may edit, by the state, by the document's version. Who may open which
file: ``access``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from flask import current_app
from sqlalchemy import bindparam, insert, select, update

from workflow_app import canonical
from workflow_app.artefacts.models import Draft
from workflow_app.attachments import lists, scanning
from workflow_app.attachments.models import Attachment, AttachmentList
from workflow_app.drafting.idempotency import remember, replayed
from workflow_app.errors import FileRefused, NotFound
from workflow_app.extensions import db
from workflow_app.files import kinds, names, scan, storage
from workflow_app.signoff import sql
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.policy import edit_refusal, readable
from workflow_app.signoff.transition import INTEGRITY_ERRORS, conflict_over, draft_refused
from workflow_app.signoff.writer import StaleDocument
from workflow_app.store import Statement, Tx, transaction

#: How often a change is tried again when a colleague's came between: files do not overwrite each other.
TRIES = 10
MB = 1024 * 1024

_LIST = Statement(
    select(AttachmentList.body).where(
        AttachmentList.artefact_id == bindparam("artefact_id"), AttachmentList.sha256 == bindparam("sha256")
    )
)
_NEW_LIST = Statement(
    insert(AttachmentList).values({name: bindparam(name) for name in ("artefact_id", "sha256", "body")})
)
_ATTACHMENT = Statement(
    select(Attachment.id).where(
        Attachment.artefact_id == bindparam("artefact_id"),
        Attachment.name == bindparam("name"),
        Attachment.sha256 == bindparam("sha256"),
    )
)
_NAMED = Statement(
    select(Attachment.name, Attachment.sha256).where(
        Attachment.id == bindparam("attachment_id"), Attachment.artefact_id == bindparam("artefact_id")
    )
)
_NEW_ATTACHMENT = Statement(
    insert(Attachment).values(
        {name: bindparam(name) for name in ("artefact_id", "name", "kind", "sha256", "added_by", "added_at")}
    )
)
_SAVED = Statement(
    update(Draft)
    .where(Draft.artefact_id == bindparam("at_artefact"))
    .values(saved_by=bindparam("new_saved_by"), saved_at=bindparam("new_saved_at"))
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A document after its attachments changed. ``attachment_id``: the one that came or went."""

    version: int
    attachments_sha256: str
    attachment_id: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was found acceptable and lies in the store."""

    name: str
    kind: str
    sha256: str
    size: int
    verdict: scan.Verdict


def may_attach(person_id: int, artefact_id: int) -> None:
    """Asked before a single byte is taken in.

    Raises:
        NotFound, NotAllowed. Conflict: somebody has moved it on.
    """
    context = readable(person_id, artefact_id)
    if refusal := edit_refusal(context):
        raise draft_refused(context, refusal)


def attach(
    person_id: int, artefact_id: int, stream: IO[bytes], sent_name: str,
    *, version: int | None = None, key: str | None = None,
) -> Changed:  # fmt: skip
    """Take a file in and put it at the end of the draft's list.

    The same file under the same name is there already: nothing changes, so a lost upload may simply
    be sent again. Another file under a name that is taken gets a number behind its name.

    Args:
        version: refuse unless this is the document's version; None: whatever it is now.
        key: idempotency key.

    Raises:
        NotFound, NotAllowed, FileRefused, Conflict, BadInput, KeyReused: the list is as it was.
    """
    may_attach(person_id, artefact_id)
    # The reading transaction ends here: files take their time, and nothing is held meanwhile.
    db.session.rollback()
    settings = current_app.config["SETTINGS"]
    try:
        with lists.store().receiving(stream, settings.attachment_mb * MB) as arrived:
            kind, name = kinds.recognise(arrived.path, names.tidy(sent_name))
            verdict = scanning.verdict_on(arrived.sha256, arrived.path)
            lists.store().keep(arrived)
            file = _File(name, kind.key, arrived.sha256, arrived.size, verdict)
            return _change(person_id, artefact_id, version, key, file)
    except storage.TooLarge as large:
        raise _too_large(settings.attachment_mb) from large


def detach(
    person_id: int, artefact_id: int, attachment_id: int,
    *, version: int | None = None, key: str | None = None,
) -> Changed:  # fmt: skip
    """Take a file off the draft's list; revisions that have it keep it.

    Raises:
        NotFound, NotAllowed, Conflict, BadInput, KeyReused: the list is as it was.
    """
    return _change(person_id, artefact_id, version, key, attachment_id)


def _too_large(megabytes: int) -> FileRefused:
    return FileRefused(
        "file_too_large", f"文件超过 {megabytes} MB，没有收。请压缩图片或分成几个文件再传。",
        f"The file is larger than {megabytes} MB.",
    )  # fmt: skip


# --- the change ----------------------------------------------------------------------------------


def _change(
    person_id: int, artefact_id: int, version: int | None, key: str | None, what: _File | int
) -> Changed:
    sent = [what.name, what.sha256] if isinstance(what, _File) else what
    asked = canonical.digest(["attachments", artefact_id, version, sent])
    for _ in range(TRIES):
        try:
            with transaction() as tx:
                tx.wait_for(sql.HOLD, artefact_id=artefact_id)
                context = readable(person_id, artefact_id, tx)
                if key and (old := replayed(tx, person_id, key, asked)):
                    return Changed(**old, replayed=True)
                if refusal := edit_refusal(context):
                    raise draft_refused(context, refusal)
                if version is not None and context.row.version != version:
                    raise conflict_over(artefact_id)
                done = _add(tx, context, what) if isinstance(what, _File) else _remove(tx, context, what)
                if key:
                    answer = {name: getattr(done, name) for name in done.__slots__ if name != "replayed"}
                    remember(tx, person_id, key, asked, context.row.moment().at, **answer)
                return done
        except (StaleDocument, *INTEGRITY_ERRORS):
            continue
    raise conflict_over(artefact_id)


def _lines(tx: Tx, context: DocumentContext) -> list[dict[str, Any]]:
    row = context.row
    if row.attachments_sha256 == canonical.EMPTY_LIST_SHA256:
        return []
    body = tx.one(_LIST, artefact_id=row.id, sha256=row.attachments_sha256)
    assert body is not None
    return list(canonical.loads(bytes(body[0])))


def _add(tx: Tx, context: DocumentContext, file: _File) -> Changed:
    row, lines = context.row, _lines(tx, context)
    name, there = _free_name(lines, file)
    at = row.moment().at
    if not there:
        _room_for(lines, file)
        scanning.write_down(tx, file.sha256, file.size, file.verdict, at)
    of = {"artefact_id": row.id, "name": name, "sha256": file.sha256}
    if tx.one(_ATTACHMENT, **of) is None:
        tx.run(_NEW_ATTACHMENT, **of, kind=file.kind, added_by=context.me, added_at=at)
    number = tx.one(_ATTACHMENT, **of)
    assert number is not None
    if there:
        return Changed(row.version, row.attachments_sha256, number[0])
    lines.append(lists.entry(name, file.kind, file.sha256, file.size))
    return _write(tx, context, lines, number[0], at)


def _remove(tx: Tx, context: DocumentContext, attachment_id: int) -> Changed:
    named = tx.one(_NAMED, artefact_id=context.row.id, attachment_id=attachment_id)
    lines = _lines(tx, context)
    left = [line for line in lines if named is None or (line["name"], line["sha256"]) != tuple(named)]
    if len(left) == len(lines):
        raise NotFound
    return _write(tx, context, left, attachment_id, context.row.moment().at)


def _write(
    tx: Tx, context: DocumentContext, lines: Sequence[dict[str, Any]], attachment_id: int, at: str
) -> Changed:
    row, body = context.row, canonical.dumps(list(lines))
    digest = canonical.sha256(body)
    known = digest == canonical.EMPTY_LIST_SHA256 or tx.one(_LIST, artefact_id=row.id, sha256=digest)
    if not known:
        tx.run(_NEW_LIST, artefact_id=row.id, sha256=digest, body=body)
    if tx.run(
        sql.SAVE_ATTACHMENTS, at_artefact=row.id, seen_version=row.version,
        new_attachments_sha256=digest, new_updated_at=at,
    ) != 1:  # fmt: skip
        raise StaleDocument
    tx.run(_SAVED, at_artefact=row.id, new_saved_by=context.me, new_saved_at=at)
    if context.me not in context.authors:
        tx.run(sql.AUTHOR, artefact_id=row.id, person_id=context.me, since=at)
    return Changed(row.version + 1, digest, attachment_id)


def _free_name(lines: Sequence[dict[str, Any]], file: _File) -> tuple[str, bool]:
    """The name it gets, and whether this very file is there under that name already."""
    taken = {line["name"]: line["sha256"] for line in lines}
    name, number = file.name, 1
    while name in taken:
        if taken[name] == file.sha256:
            return name, True
        number += 1
        name = names.numbered(file.name, number)
    return name, False


def _room_for(lines: Sequence[dict[str, Any]], file: _File) -> None:
    settings = current_app.config["SETTINGS"]
    most, megabytes = settings.attachments_most, settings.attachments_mb
    if len(lines) >= most:
        raise FileRefused(
            "too_many_files", f"一份文件最多带 {most} 个附件。请先删去不用的。",
            f"A document may have {most} attachments at most.",
        )  # fmt: skip
    if sum(line["size"] for line in lines) + file.size > megabytes * MB:
        raise FileRefused(
            "files_too_large", f"附件合计不能超过 {megabytes} MB。请压缩图片或删去不用的。",
            f"All attachments together may have {megabytes} MB at most.",
        )  # fmt: skip
