"""What the answers of the API hold. Nothing gets out that is not named here."""

from functools import cache
from typing import Any

from marshmallow import RAISE, Schema, fields, pre_dump, validate

from workflow_app.clock import STAMP_LENGTH
from workflow_app.files.kinds import KINDS
from workflow_app.people.models import UNIT_KINDS
from workflows.vocabulary import ROLES

DIGEST = r"^[0-9a-f]{64}$"


class Shape(Schema):
    """Every field is always there, and there is no other: a forgotten one is an error, not left out."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True
        super().on_bind_field(field_name, field_obj)

    @pre_dump
    def _nothing_else(self, said: Any, **_more: Any) -> Any:
        if isinstance(said, dict) and (unknown := said.keys() - self.fields.keys()):
            raise LookupError(f"{type(self).__name__} does not name {sorted(unknown)}")
        return said


def stamp(**more: Any) -> fields.String:
    """A moment in UTC, of 27 characters."""
    return fields.String(
        validate=validate.Length(equal=STAMP_LENGTH),
        metadata={"example": "2026-09-01T01:02:03.000004Z"},
        **more,
    )


def digest(**more: Any) -> fields.String:
    """A SHA-256 in hexadecimal digits."""
    return fields.String(validate=validate.Regexp(DIGEST), **more)


def one_of(words: Any, **more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(tuple(words)), **more)


@cache
def page_of(shape: type[Schema]) -> type[Schema]:
    """A page of a list; ``next`` is the cursor of the next page, null at the end."""
    name = f"{shape.__name__}Page"
    return Shape.from_dict(
        {"items": fields.List(fields.Nested(shape)), "next": fields.String(allow_none=True)}, name=name
    )


class Named(Shape):
    id = fields.Integer()
    name = fields.String()


# --- who I am --------------------------------------------------------------------------------


class UnitOut(Named):
    kind = one_of(UNIT_KINDS)


class GrantOut(Shape):
    id = fields.Integer()
    role = one_of(ROLES)
    unit = fields.Nested(UnitOut)
    starts_on = fields.String(data_key="from")
    ends_on = fields.String(data_key="to", allow_none=True)


class MeOut(Named):
    username = fields.String()
    grants = fields.List(fields.Nested(GrantOut))


class InboxLine(Shape):
    id = fields.Integer()
    title = fields.String()
    workflow = fields.String()
    state = fields.String()
    state_title = fields.String()
    school = fields.String()
    author = fields.String()
    at = stamp()
    due_at = stamp()


# --- documents -------------------------------------------------------------------------------


class ArtefactLine(Shape):
    id = fields.Integer()
    title = fields.String()
    workflow = fields.String()
    state = fields.String()
    school = fields.Nested(Named)
    author = fields.String()
    period = fields.String()
    revision = fields.Integer()
    version = fields.Integer(allow_none=True, metadata={"description": "null: only what is in force is seen"})
    updated_at = stamp()
    due_at = stamp(allow_none=True)


class FindingOut(Shape):
    level = fields.String()
    check = fields.String()
    field = fields.String()
    detail = fields.String()
    found = fields.Raw(allow_none=True)
    needed = fields.Raw(allow_none=True)


class ActionOut(Shape):
    name = fields.String()
    title = fields.String()
    allowed = fields.Boolean()
    reason = fields.String(allow_none=True)
    reason_code = fields.String(allow_none=True)
    asks = fields.List(fields.String())


class PointsCount(Shape):
    open = fields.Integer()
    unclosed = fields.Integer()


class ArtefactOut(Shape):
    id = fields.Integer()
    title = fields.String()
    workflow = fields.String()
    workflow_version = fields.String()
    state = fields.String()
    state_title = fields.String()
    version = fields.Integer(allow_none=True, metadata={"description": "null: only what is in force is seen"})
    revision = fields.Integer()
    shown_revision = fields.Integer(allow_none=True)
    in_force_revision = fields.Integer(allow_none=True)
    round = fields.Integer()
    school = fields.Nested(Named)
    teacher = fields.Nested(Named, allow_none=True)
    author = fields.Nested(Named)
    period = fields.String()
    created_at = stamp()
    updated_at = stamp()
    due_at = stamp(allow_none=True)
    content = fields.Dict()
    content_sha256 = digest()
    attachments_sha256 = digest()
    document_sha256 = digest()
    waits_for = fields.List(fields.String())
    points = fields.Nested(PointsCount)
    findings = fields.List(fields.Nested(FindingOut))
    actions = fields.List(fields.Nested(ActionOut))


class FieldProblem(Shape):
    field = fields.String()
    detail = fields.String()


class SavedOut(ArtefactOut):
    problems = fields.List(fields.Nested(FieldProblem))


class RevisionOut(Shape):
    revision = fields.Integer()
    content = fields.Dict()
    content_sha256 = digest()


class InForceOut(Shape):
    artefact = fields.Integer()
    on = fields.String(metadata={"format": "date"})
    revision = fields.Integer(allow_none=True)
    since = stamp(allow_none=True)
    until = stamp(allow_none=True)
    content = fields.Dict(allow_none=True)
    content_sha256 = digest(allow_none=True)


class PointOut(Shape):
    id = fields.Integer()
    round = fields.Integer()
    section = fields.String()
    text = fields.String()
    raised_by = fields.String()
    answer = fields.String()
    answered_by = fields.String(allow_none=True)
    closed_by = fields.String(allow_none=True)
    state = one_of(("open", "answered", "closed"))


class PlacedOut(Shape):
    section = fields.String()
    kind = fields.String()
    text = fields.String()


class NoticeOut(Shape):
    kind = fields.String()
    count = fields.Integer()
    texts = fields.List(fields.String())
    detail = fields.String()


class ImportedOut(Shape):
    artefact = fields.Nested(ArtefactOut)
    placed = fields.List(fields.Nested(PlacedOut))
    unplaced = fields.List(fields.String())
    proposed = fields.Raw()
    pictures = fields.Integer()
    notices = fields.List(fields.Nested(NoticeOut))


# --- attachments -----------------------------------------------------------------------------


class AttachmentOut(Shape):
    id = fields.Integer()
    name = fields.String()
    sha256 = digest()
    size = fields.Integer()
    kind = one_of(KINDS)
    mime = fields.String()
    added_by = fields.String()
    added_at = stamp()
    scan = fields.String()


class AttachmentsOut(page_of(AttachmentOut)):  # type: ignore[misc]
    attachments_sha256 = digest()


class ChangedOut(Shape):
    version = fields.Integer()
    attachments_sha256 = digest()


class AttachedOut(AttachmentOut, ChangedOut):
    """The attachment, and the document's version and list after it."""


# --- what changed ----------------------------------------------------------------------------


class SegmentOut(Shape):
    kind = fields.String()
    text = fields.String()


class RowOut(Shape):
    kind = one_of(("added", "removed", "changed"))
    number = fields.Integer()
    cells = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(SegmentOut)))


class SectionOut(Shape):
    section = fields.String()
    title = fields.String()
    added = fields.List(fields.String())
    removed = fields.List(fields.String())
    lines = fields.List(fields.List(fields.Nested(SegmentOut)))
    rows = fields.List(fields.Nested(RowOut))


class FileChange(Shape):
    kind = one_of(("added", "removed"))
    name = fields.String()
    sha256 = digest()


class ChangesOut(Shape):
    older = fields.Integer(data_key="from")
    newer = fields.Integer(data_key="to", allow_none=True)
    sections = fields.List(fields.Nested(SectionOut))
    attachments = fields.List(fields.Nested(FileChange))
