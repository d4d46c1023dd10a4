"""Who wrote a document, what of it was taken over: as its events say."""

from sqlalchemy import select

from workflow_app.artefacts.models import Author, CarriedOver, DraftSave, Revision
from workflow_app.attachments.models import Attachment
from workflow_app.integrity.document import DocumentReplay
from workflow_app.integrity.violations import Beside, Found, ReadEvent


class AuthorsCheck:
    """Authors, who froze which revision, and what was carried over, document by document."""

    def __init__(self) -> None:
        self.authors = Beside(
            select(Author.artefact_id, Author.person_id, Author.since).order_by(Author.artefact_id)
        )
        self.saves = Beside(
            select(DraftSave.artefact_id, DraftSave.saved_by).distinct().order_by(DraftSave.artefact_id)
        )
        self.attached = Beside(
            select(Attachment.artefact_id, Attachment.added_by).distinct().order_by(Attachment.artefact_id)
        )
        self.revisions = Beside(
            select(Revision.artefact_id, Revision.number, Revision.frozen_by, Revision.frozen_at).order_by(
                Revision.artefact_id, Revision.number
            )
        )
        self.carried = Beside(
            select(
                CarriedOver.artefact_id, CarriedOver.field, CarriedOver.value_sha256, CarriedOver.source_id,
                CarriedOver.source_revision,
            ).order_by(CarriedOver.artefact_id, CarriedOver.field)
        )  # fmt: skip

    def of(self, replay: DocumentReplay, events: list[ReadEvent]) -> Found:
        """What of its authors, revisions and taken-over sections is not as the events say."""
        document_id = replay.document.id
        since = {person: at for _id, person, at in self.authors.of(document_id)}
        typed = [*self.saves.of(document_id), *self.attached.of(document_id)]
        yield from _authors(replay, events, since)
        if any(person not in since for _id, person in typed):
            yield "authors", "填写过内容的人不在起草人名单里", None
        frozen = {number: (by, at) for _id, number, by, at in self.revisions.of(document_id)}
        for number, act in replay.frozen_by.items():
            if number in frozen and frozen[number] != act:
                yield "content", f"第 {number} 版的提交人或提交时间与事件不符", None
        rows = [list(row[1:]) for row in self.carried.of(document_id)]
        first = events[0].facts
        if events[0].states and rows != _carried(first.get("carried")):
            yield "carried", "沿用旧文件的部分与开始起草时的事件不符", None


def _authors(replay: DocumentReplay, events: list[ReadEvent], since: dict[int, str]) -> Found:
    """Events say who had written up to then; only while a draft is being typed may there be one more."""
    known: set[int] = set()
    said_at = ""
    for row, facts in events:
        authors = replay.stated_by(row.seq, facts).get("authors")
        if authors is None:
            continue
        if known - set(authors):
            yield "authors", "事件写明的起草人比前一条少", row.seq
        late = [one for one in authors if one not in known and since.get(one, "") > row.at]
        known, said_at = known | set(authors), row.at
        if late:
            yield "authors", "起草人在名单里的时间晚于事件", row.seq
    if not said_at:
        return
    if known - set(since):
        yield "authors", "事件写明的起草人，名单里没有", None
    extra = [one for one in since if one not in known]
    if any(since[one] <= said_at for one in extra) or (extra and not replay.editable):
        yield "authors", "名单里多出了事件没有写明的起草人", None


def _carried(said: object) -> list[list[object]]:
    """The rows an event's ``carried`` stands for."""
    if not isinstance(said, list) or len(said) != 3:
        return []
    source, revision, sections = said
    return sorted([key, digest, source, revision] for key, digest in sections)
