"""Word files into drafts: begin a document with one or fill an empty one, look it through, place the rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflow_app import clock
from workflow_app.artefacts import content as contents
from workflow_app.artefacts import form
from workflow_app.definitions import registry
from workflow_app.drafting import save
from workflow_app.drafting.create import create
from workflow_app.errors import AlreadyThere, BadInput, NotAllowed, NotFound
from workflow_app.inputs import shown
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.writer import Outcome
from workflow_app.word_import import composing, keeping
from workflow_app.word_import.access import editable, typing
from workflow_app.word_import.keeping import Choices, Imported, Left, found
from workflow_app.word_import.leftovers import decide
from workflow_app.word_import.pieces import Piece
from workflow_app.word_import.placing import place
from workflow_app.word_import.proposals import proposed
from workflow_app.word_reading import reading
from workflows.definition import Definition
from workflows.guards import Reason

__all__ = [
    "UNPLACED", "UNSAID", "Begun", "Choices", "Imported", "Left", "begin", "choose", "confirm", "decide",
    "editable", "fill", "found", "offer", "refuse",
]  # fmt: skip

#: What a move names besides a field: in no section, or words that the form says by itself.
UNPLACED, UNSAID = "", "-"


@dataclass(frozen=True, slots=True)
class Begun:
    """A document begun with a file."""

    outcome: Outcome
    imported: Imported


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file as read and placed, and the content it makes."""

    imported: Imported
    content: dict[str, Any]


def _taken(definition: Definition, data: bytes, file_name: str) -> _Taken:
    read = reading.read(data, file_name)
    pieces = place(definition, read.blocks)
    plain = composing.compose(definition, pieces, headings=True)
    also = proposed(definition, pieces, plain.content)
    made = composing.compose(definition, pieces, headings=True, also=also)
    imported = Imported(
        pieces, also, [Left(piece.words) for piece in made.left], read.pictures, shown(file_name, 255),
        None, clock.stamp(clock.now()), read.notices,
    )  # fmt: skip
    return _Taken(imported, made.content)


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

    The parameters of ``drafting.create``, with the file where that one has the content.

    Raises:
        opening.NotImported: the file is not taken in.
        Whatever ``drafting.create`` raises.
    """
    machine = registry.current().get(workflow)
    if machine is None:
        raise BadInput({"workflow": "没有这一类文件。"})
    if not any(one == workflow for one, _school, _teacher in policy.creatable(person_id)):
        raise NotAllowed(Reason("no_right"))  # before the work of reading
    taken = _taken(machine.definition, data, file_name)
    outcome = create(
        person_id,
        workflow,
        period,
        school_id=school_id,
        teacher_id=teacher_id,
        content=taken.content,
        key=key,
    )
    imported = replace(taken.imported, version=outcome.version)
    return Begun(outcome, keeping.keep_once(person_id, outcome.artefact_id, imported))


# --- a draft that is there already -----------------------------------------------------------


def _empty_draft(person_id: int, artefact_id: int) -> DocumentContext:
    """The context of somebody who may type into this draft, which says nothing yet.

    Raises:
        NotFound, NotAllowed. AlreadyThere: it says something.
    """
    context = typing(person_id, artefact_id)
    content = contents.draft(artefact_id).content
    if any(
        content.get(one.key, form.empty(one)) != form.empty(one) for one in context.machine.definition.form
    ):
        raise AlreadyThere(artefact_id)
    return context


def offer(person_id: int, artefact_id: int, data: bytes, file_name: str) -> Imported:
    """A Word file for an empty draft, to be looked through first: nothing is in the draft before ``confirm``.

    Raises:
        opening.NotImported, NotFound, NotAllowed. AlreadyThere: the draft says something.
    """
    context = _empty_draft(person_id, artefact_id)
    taken = _taken(context.machine.definition, data, file_name).imported
    # Until it is confirmed no section holds any of it: all of it is left over.
    waiting = [Left(piece.words) for piece in taken.pieces if piece.kind not in ("form", "title")]
    offered = replace(taken, left=waiting, version=context.row.version, offered=True)
    return keeping.keep_anew(person_id, artefact_id, offered)


def fill(
    person_id: int, artefact_id: int, version: int, data: bytes, file_name: str, *, key: str | None = None
) -> Imported:
    """An empty draft filled from a Word file, as ``begin`` fills a new one.

    Raises:
        opening.NotImported, NotFound, NotAllowed, KeyReused. AlreadyThere: the draft says something.
        Conflict: ``version`` is no longer the last.
    """
    context = typing(person_id, artefact_id)
    taken = _taken(context.machine.definition, data, file_name)
    try:
        _empty_draft(person_id, artefact_id)
    except AlreadyThere:
        known = found(artefact_id)
        if not key or known is None or known.version != version + 1:
            raise
        # Perhaps the same request comes twice. If it does not, the version is an old one: a conflict.
        save.save_content(person_id, artefact_id, version, taken.content, key=key)
        return known
    saved = save.save_content(person_id, artefact_id, version, taken.content, key=key)
    return keeping.keep_anew(person_id, artefact_id, replace(taken.imported, version=saved.version))


# --- looking it through ----------------------------------------------------------------------


def moved(definition: Definition, pieces: Sequence[Piece], moves: Mapping[int, str]) -> list[Piece]:
    """Pieces where their author wants them: ``moves`` is number -> field key, ``UNPLACED`` or ``UNSAID``.

    A move to a field that cannot hold the piece is as if it had not been made.
    """
    made = []
    for index, piece in enumerate(pieces):
        to = moves.get(index)
        if to is None or to == where(piece) or piece.kind == "form":
            made.append(piece)
        elif to == UNPLACED or to in {field.key for field in composing.choices(definition, piece)}:
            # Words that named the old section are words of the text in a new one.
            made.append(replace(piece, section=to or None, kind="text", head="", text=piece.words))
        else:
            made.append(piece)
    return made


def where(piece: Piece) -> str:
    """Where a piece stands, in the words of ``moved``."""
    return UNSAID if piece.kind in ("title", "heading", "form") else piece.section or UNPLACED


def choose(
    person_id: int,
    artefact_id: int,
    moves: Mapping[int, str],
    also: Mapping[str, bool],
    *,
    headings: bool | None = None,
) -> None:
    """Keep what was chosen on one page, for the confirmation to come.

    Args:
        also: for proposed values that were shown, whether to take them.
        headings: None where it was not asked.

    Raises:
        NotFound, NotAllowed.
    """
    editable(person_id, artefact_id)

    def chosen(imported: Imported) -> Imported:
        before = imported.choices
        refused = {one for one, wanted in also.items() if not wanted}
        return replace(
            imported,
            choices=Choices(
                {
                    **before.moves,
                    **{index: to for index, to in moves.items() if index < len(imported.pieces)},
                },
                frozenset((before.unwanted - set(also)) | refused),
                before.headings if headings is None else headings,
            ),
        )

    keeping.change(artefact_id, chosen)


def confirm(
    person_id: int, artefact_id: int, moves: Mapping[int, str], also: Collection[str], *, headings: bool
) -> int:
    """Make the draft anew out of the pieces as moved; returns how many texts are still in no section.

    Args:
        also: which of the proposed values to take.
        headings: keep the words that only name a section.

    Raises:
        NotFound, NotAllowed, BadInput. Conflict: the draft has been typed into since the import.
    """
    context, imported = editable(person_id, artefact_id)
    if imported.version is None:
        raise NotFound
    definition = context.machine.definition
    pieces = moved(definition, imported.pieces, moves)
    wanted = {key: value for key, value in imported.also.items() if key in also}
    made = composing.compose(definition, pieces, headings=headings, also=wanted)
    save.save_content(person_id, artefact_id, imported.version, made.content)
    left = [Left(piece.words) for piece in made.left]
    keeping.change(artefact_id, lambda now: keeping.looked_through(now, [*left, *now.older]))
    return len(left)


def refuse(person_id: int, artefact_id: int) -> None:
    """Take nothing of an offered file; its texts can be taken up again one by one.

    Raises:
        NotFound, NotAllowed.
    """
    _context, imported = editable(person_id, artefact_id)
    if not imported.offered:
        raise NotFound
    dropped = [replace(one, state="dropped") if one.state == "open" else one for one in imported.left]
    keeping.change(artefact_id, lambda now: keeping.looked_through(now, dropped))
