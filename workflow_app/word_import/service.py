"""Word files into drafts: begin a document with one, look it through, place what was left over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from workflow_app import canonical, clock
from workflow_app.artefacts import content as contents
from workflow_app.definitions import registry
from workflow_app.drafting import save
from workflow_app.drafting.create import create
from workflow_app.errors import BadInput, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.inputs import shown
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.writer import Outcome
from workflow_app.store import writing
from workflow_app.word_import import composing, reading
from workflow_app.word_import.models import WordImport
from workflow_app.word_import.placing import Piece, place
from workflow_app.word_import.proposals import proposed
from workflows.definition import Definition
from workflows.guards import Reason

#: What a move names besides a field: in no section, or words that the form says by itself.
UNPLACED, UNSAID = "", "-"


@dataclass(frozen=True, slots=True)
class Left:
    """A text that is in no section; ``state``: open, placed, or dropped by its author."""

    text: str
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought: its pieces in order, what was read out of them besides, what is left over."""

    pieces: list[Piece]
    also: dict[str, Any]
    left: list[Left]
    pictures: int
    file_name: str
    version: int | None
    at: str

    @property
    def dropped(self) -> list[tuple[int, Left]]:
        """What its author does not want, with its number."""
        return [(index, one) for index, one in enumerate(self.left) if one.state == "dropped"]

    @property
    def open(self) -> list[tuple[int, Left]]:
        """What still waits for a decision, with its number."""
        return [(index, one) for index, one in enumerate(self.left) if one.state == "open"]


@dataclass(frozen=True, slots=True)
class Begun:
    """A document begun with a file."""

    outcome: Outcome
    imported: Imported


def begin(
    person_id: int,
    workflow: str,
    period: str,
    data: bytes,
    file_name: str,
    *,
    school_id: int | None = None,
    teacher_id: int | None = None,
    key: str,
) -> Begun:
    """A new draft filled from a Word file. Every word of the file is in its content or left over.

    Raises:
        word_opening.NotImported: the file is not taken in.
        Whatever ``drafting.create`` raises.
    """
    machine = registry.current().get(workflow)
    if machine is None:
        raise BadInput({"workflow": "没有这一类文件。"})
    if not any(one == workflow for one, _school, _teacher in policy.creatable(person_id)):
        raise NotAllowed(Reason("no_right"))  # before the work of reading
    read = reading.read(data, file_name)
    pieces = place(machine.definition, read.blocks)
    plain = composing.compose(machine.definition, pieces, headings=True)
    also = proposed(machine.definition, pieces, plain.content)
    made = composing.compose(machine.definition, pieces, headings=True, also=also)
    outcome = create(
        person_id, workflow, period, school_id=school_id, teacher_id=teacher_id, content=made.content, key=key
    )
    imported = Imported(
        pieces, also, [Left(piece.words) for piece in made.left], read.pictures, shown(file_name, 255),
        outcome.version, clock.stamp(clock.now()),
    )  # fmt: skip
    return Begun(outcome, _keep_once(person_id, outcome.artefact_id, imported))


def _keep_once(person_id: int, artefact_id: int, imported: Imported) -> Imported:
    """Keep it, unless a first try of the same request has done so already."""
    known = found(artefact_id)
    if known is not None:
        return known
    row = WordImport(
        artefact_id=artefact_id, file_name=imported.file_name, body=_body(imported),
        version=imported.version, imported_by=person_id, imported_at=imported.at,
    )  # fmt: skip
    try:
        with writing() as session:
            session.add(row)
    except IntegrityError:
        return found(artefact_id) or imported
    return imported


def found(artefact_id: int) -> Imported | None:
    """What a Word file brought into this document, as it stands now."""
    row = db.session.get(WordImport, artefact_id)
    if row is None:
        return None
    body = canonical.loads(bytes(row.body))
    return Imported(
        [Piece(**one) for one in body["pieces"]],
        body["also"],
        [Left(**one) for one in body["left"]],
        body["pictures"],
        row.file_name,
        row.version,
        row.imported_at,
    )


def _body(imported: Imported) -> bytes:
    return canonical.dumps(
        {
            "pieces": [piece.as_json() for piece in imported.pieces],
            "also": imported.also,
            "left": [{"text": one.text, "state": one.state} for one in imported.left],
            "pictures": imported.pictures,
        }
    )


def _change(artefact_id: int, left: Sequence[Left], *, looked_through: bool = False) -> None:
    with writing() as session:
        row = session.get_one(WordImport, artefact_id)
        body = canonical.loads(bytes(row.body))
        body["left"] = [{"text": one.text, "state": one.state} for one in left]
        if looked_through:
            body["pieces"], row.version = [], None
        row.body = canonical.dumps(body)


def editable(person_id: int, artefact_id: int) -> tuple[DocumentContext, Imported]:
    """The standing of somebody who may type into the document now, and what was imported.

    Raises:
        NotFound, NotAllowed.
    """
    context = policy.readable(person_id, artefact_id)
    imported = found(artefact_id)
    if context.level != "draft" or imported is None:
        raise NotFound
    if refusal := policy.edit_refusal(context):
        raise NotAllowed(refusal)
    return context, imported


# --- looking it through ----------------------------------------------------------------------


def moved(definition: Definition, pieces: Sequence[Piece], moves: Mapping[int, str]) -> list[Piece]:
    """Pieces where their author wants them: ``moves`` is number -> field key, ``UNPLACED`` or ``UNSAID``.

    A move to a field that cannot hold the piece is as if it had not been made.
    """
    made = []
    for index, piece in enumerate(pieces):
        to = moves.get(index)
        if to is None or to == where(piece):
            made.append(piece)
        elif to == UNPLACED or to in {field.key for field in composing.choices(definition, piece)}:
            # Words that named the old section are words of the text in a new one.
            made.append(replace(piece, section=to or None, kind="text", head="", text=piece.words))
        else:
            made.append(piece)
    return made


def where(piece: Piece) -> str:
    """Where a piece stands, in the words of ``moved``."""
    return UNSAID if piece.kind in ("title", "heading") else piece.section or UNPLACED


def confirm(
    person_id: int, artefact_id: int, moves: Mapping[int, str], also: Sequence[str], *, headings: bool
) -> int:
    """Make the draft anew out of the pieces as moved; returns how many texts are still in no section.

    Args:
        also: which of the proposed values to take.
        headings: keep the words that only name a section.

    Raises:
        NotFound, NotAllowed, BadInput. Conflict: the draft has been typed into since the import.
    """
    standing, imported = editable(person_id, artefact_id)
    if imported.version is None:
        raise NotFound
    definition = standing.machine.definition
    pieces = moved(definition, imported.pieces, moves)
    wanted = {key: value for key, value in imported.also.items() if key in also}
    made = composing.compose(definition, pieces, headings=headings, also=wanted)
    save.save_content(person_id, artefact_id, imported.version, made.content)
    _change(artefact_id, [Left(piece.words) for piece in made.left], looked_through=True)
    return len(made.left)


# --- what was left over ----------------------------------------------------------------------


def decide(person_id: int, artefact_id: int, number: int, to: str) -> None:
    """Put a left-over text behind what a section says (``to`` a field), drop it, or take it up again.

    Raises:
        NotFound, NotAllowed, Conflict. BadInput: the section has no room, or cannot hold text.
    """
    standing, imported = editable(person_id, artefact_id)
    if not 0 <= number < len(imported.left):
        raise NotFound
    one = imported.left[number]
    if to in ("drop", "again"):
        wanted = {"drop": "dropped", "again": "open"}[to]
        if one.state != "placed":
            _mark(artefact_id, imported, number, wanted)
        return
    field = standing.machine.definition.field(to)
    if field is None or field.kind not in composing.PROSE:
        raise BadInput({"to": "请选择要放入的部分。"})
    if one.state == "placed":
        return
    content = contents.draft(artefact_id).content
    text = composing.appended(field, content[field.key], one.text)
    if text is None:
        raise BadInput({"to": f"「{field.title.zh}」最多 {field.limit} 个字，放不下了。"})
    # First into the content: if the mark fails afterwards the text stands twice, never nowhere.
    save.save_content(person_id, artefact_id, standing.row.version, {**content, field.key: text})
    _mark(artefact_id, imported, number, "placed")


def _mark(artefact_id: int, imported: Imported, number: int, state: str) -> None:
    left = list(imported.left)
    left[number] = replace(left[number], state=state)
    _change(artefact_id, left)
