"""Files under their names in a document, and the lists of them that are signed."""

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Digest, Id, Stamp
from workflow_app.extensions import db


class Attachment(db.Model):
    """A file under a name in a document: who brought it first, and when. Never changed or removed.

    Whether it is in the draft or in a revision, the lists say.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("artefact_id", "name", "sha256"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[str] = mapped_column(Stamp)


class AttachmentList(db.Model):
    """A list of attachments that a document has or had: canonical JSON under its own digest.

    ``attachments_sha256`` of the document, of each revision and of each event names one of these;
    the empty list has no row. What was signed can therefore always be shown, and never changes.
    """

    __tablename__ = "attachment_list"

    artefact_id: Mapped[int] = mapped_column(ForeignKey("artefact.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(Digest, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
