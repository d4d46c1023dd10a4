"""What the answers about many documents hold: search, the trail and its seal, definitions."""

from marshmallow import fields

from workflow_app.api.shapes import Named, Shape, digest, stamp

# --- search and trail ------------------------------------------------------------------------


class RunOut(Shape):
    hit = fields.Boolean()
    text = fields.String()


class HitOut(Shape):
    id = fields.Integer()
    title = fields.String()
    workflow = fields.String()
    state = fields.String()
    school = fields.String()
    author = fields.String()
    updated_at = stamp()
    stretches = fields.List(fields.List(fields.Nested(RunOut)))


class ActorOut(Named):
    username = fields.String()


class EventOut(Shape):
    """``seq``, ``auth``, ``prev``, ``hash``, ``canonical`` are null for who reads only what is in force."""

    id = fields.Integer()
    artefact = fields.Integer()
    seq = fields.Integer(allow_none=True)
    at = stamp()
    actor = fields.Nested(ActorOut)
    on_behalf_of = fields.Raw(allow_none=True)
    action = fields.String()
    from_state = fields.String(data_key="from", allow_none=True)
    to_state = fields.String(data_key="to")
    round = fields.Integer()
    revision = fields.Integer()
    content_sha256 = fields.String(allow_none=True)
    comment = fields.String()
    auth = fields.String(allow_none=True)
    reset_by_other = stamp(allow_none=True)
    prev = digest(allow_none=True)
    hash = digest(allow_none=True)
    canonical = fields.String(allow_none=True)


class CheckpointOut(Shape):
    size = fields.Integer()
    root = fields.String()
    at = stamp()
    checkpoint = fields.String(metadata={"description": "The signed note, as C2SP writes it."})
    keys = fields.List(fields.String())


class ConsistencyOut(Shape):
    first = fields.Integer()
    second = fields.Integer()
    proof = fields.List(fields.String())


class LeafOut(Shape):
    log = fields.String()
    document = fields.Integer()
    seq = fields.Integer()
    hash = digest()


class ProofOut(Shape):
    checkpoint = fields.String()
    keys = fields.List(fields.String())
    leaf = fields.Nested(LeafOut)
    index = fields.Integer()
    size = fields.Integer()
    proof = fields.List(fields.String())
    canonical = fields.String()


# --- definitions -----------------------------------------------------------------------------


class TitleOut(Shape):
    zh = fields.String()
    en = fields.String()


class WorkflowLine(Shape):
    key = fields.String()
    version = fields.String()
    title = fields.Nested(TitleOut)
    subject = fields.String()
    period = fields.String()
