"""Attachments of a document: the lists that are signed, and what is known of each file in them.

A list is ``[{kind, name, sha256, size}, …]`` in the order of arrival, as canonical JSON under its own
digest. The draft has one, each revision has one, each event names one; see ``AttachmentList``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select, union

from workflow_app import canonical
from workflow_app.artefacts.models import Artefact, Revision
from workflow_app.attachments.models import Attachment, AttachmentList
from workflow_app.extensions import db
from workflow_app.files import storage
from workflow_app.files.kinds import KINDS, Kind
from workflow_app.files.models import StoredFile
from workflow_app.files.storage import Folder
from workflow_app.people.models import Person

Listed = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, with who brought the file, when, and what the virus scan said."""

    id: int
    name: str
    kind: Kind
    size: int
    sha256: str
    added_by: str
    added_by_id: int
    added_at: str
    scan: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.name, "sha256": self.sha256, "size": self.size,
            "kind": self.kind.key, "mime": self.kind.mime, "added_by": self.added_by,
            "added_at": self.added_at, "scan": self.scan,
        }  # fmt: skip


def store() -> Folder:
    """Where the files of this installation lie: in a folder, or in a bucket when one is set."""
    made: Folder | None = current_app.extensions.get("attachments")
    if made is None:
        made = storage.of(current_app.config["SETTINGS"])
        current_app.extensions["attachments"] = made
    return made


def entry(name: str, kind: str, sha256: str, size: int) -> dict[str, Any]:
    """A line as it is signed."""
    return {"kind": kind, "name": name, "sha256": sha256, "size": size}


def listed(artefact_id: int, digest: str) -> Listed | None:
    """The list with this digest; None when the document never had it."""
    body = _body(artefact_id, digest)
    return None if body is None else canonical.loads(body)


def _body(artefact_id: int, digest: str) -> bytes | None:
    if digest == canonical.EMPTY_LIST_SHA256:
        return b"[]"
    body = db.session.scalar(
        select(AttachmentList.body).where(
            AttachmentList.artefact_id == artefact_id, AttachmentList.sha256 == digest
        )
    )
    return None if body is None else bytes(body)


def recomputed(artefact_id: int, digest: str) -> str:
    """The digest that the list kept under ``digest`` has now; "" when there is none."""
    body = _body(artefact_id, digest)
    return "" if body is None else canonical.sha256(body)


def items(artefact_id: int, digest: str) -> list[Item]:
    """The list with this digest, line by line; [] for one the document never had."""
    lines = listed(artefact_id, digest) or []
    if not lines:
        return []
    rows = db.session.execute(
        select(Attachment, StoredFile.size, StoredFile.scan, Person.name)
        .join(StoredFile, StoredFile.sha256 == Attachment.sha256)
        .join(Person, Person.id == Attachment.added_by)
        .where(Attachment.artefact_id == artefact_id)
    )
    known = {
        (one.name, one.sha256): Item(
            id=one.id,
            name=one.name,
            kind=KINDS[one.kind],
            size=size,
            sha256=one.sha256,
            added_by=who,
            added_by_id=one.added_by,
            added_at=one.added_at,
            scan=scan,
        )
        for one, size, scan, who in rows
    }
    return [known[line["name"], line["sha256"]] for line in lines]


def digest_of(artefact_id: int, number: int | None) -> str | None:
    """The digest of the list of a revision (None: of the draft); None for no such revision."""
    if number is None:
        return db.session.scalar(select(Artefact.attachments_sha256).where(Artefact.id == artefact_id))
    return db.session.scalar(
        select(Revision.attachments_sha256).where(
            Revision.artefact_id == artefact_id, Revision.number == number
        )
    )


def among(artefact_id: int, attachment_id: int, digests: Iterable[str]) -> Item | None:
    """The attachment if it stands in one of these lists, else None."""
    for digest in dict.fromkeys(digests):
        for item in items(artefact_id, digest):
            if item.id == attachment_id:
                return item
    return None


def digests_up_to(artefact_id: int, last: int) -> list[str]:
    """The digests of the lists of all revisions up to ``last``."""
    query = select(Revision.attachments_sha256).where(
        Revision.artefact_id == artefact_id, Revision.number <= last
    )
    return list(db.session.scalars(query.distinct()))


# --- what should be there, and is not ------------------------------------------------------------


def wrong() -> Iterator[tuple[int, str]]:
    """(document, what is wrong): lists that are not what they were."""
    kept: set[tuple[int, str]] = set()
    listed_lines: set[tuple[Any, ...]] = set()
    for one in db.session.scalars(select(AttachmentList).execution_options(yield_per=200)):
        kept.add((one.artefact_id, one.sha256))
        if canonical.sha256(bytes(one.body)) != one.sha256:
            yield one.artefact_id, "附件清单与它的摘要不符"
            continue
        listed_lines |= {
            (one.artefact_id, line["name"], line["kind"], line["sha256"], line["size"])
            for line in canonical.loads(bytes(one.body))
        }
    yield from _files_unlike(listed_lines)
    drafts = select(Artefact.id, Artefact.attachments_sha256)
    revisions = select(Revision.artefact_id, Revision.attachments_sha256)
    for artefact_id, digest in db.session.execute(union(drafts, revisions)):
        if digest != canonical.EMPTY_LIST_SHA256 and (artefact_id, digest) not in kept:
            yield artefact_id, "附件清单不在库里"


def _files_unlike(lines: set[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    """Files of documents that are in no list, lines of lists that no file stands behind."""
    rows = db.session.execute(
        select(
            Attachment.artefact_id, Attachment.name, Attachment.kind, Attachment.sha256, StoredFile.size
        ).join(StoredFile, StoredFile.sha256 == Attachment.sha256)
    )
    files = {tuple[Any, ...](row) for row in rows}
    for artefact_id, name, *_rest in sorted(lines - files):
        yield artefact_id, f"附件「{name}」在清单里，却没有登记，或登记的不同"
    for artefact_id, name, *_rest in sorted(files - lines):
        yield artefact_id, f"附件「{name}」不在任何清单里，或与清单不同"


def accepted() -> list[tuple[str, int]]:
    """(digest, size) of every file that was ever accepted."""
    query = select(StoredFile.sha256, StoredFile.size).order_by(StoredFile.sha256)
    return [(digest, size) for digest, size in db.session.execute(query)]


def file_wrong(digest: str, size: int, *, quick: bool = False) -> str:
    """What is wrong with an accepted file, "" for nothing; ``quick``: by its size alone."""
    found = store().size(digest)
    if found != size:
        return f"附件的文件{'缺失' if found is None else '大小不对'}：{digest}"
    return "" if quick or store().is_whole(digest) else f"附件的文件被改动过，与摘要不符：{digest}"


def damaged() -> list[str]:
    """Digests of accepted files that are missing from the store or have been altered."""
    return [digest for digest, size in accepted() if file_wrong(digest, size)]


def orphans() -> list[str]:
    """Digests of files in the store that no document refers to: left over from uploads that failed."""
    known = set(db.session.scalars(select(Attachment.sha256)))
    return [digest for digest in store().digests() if digest not in known]
