"""What a Word file brought, kept beside the draft until its author has looked it through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from workflow_app import canonical
from workflow_app.extensions import db
from workflow_app.store import writing
from workflow_app.word_import.models import WordImport
from workflow_app.word_import.pieces import Piece
from workflow_app.word_reading.notices import Notice


@dataclass(frozen=True, slots=True)
class Left:
    """A text that is in no section; ``state``: open, placed, or dropped by its author."""

    text: str
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Choices:
    """What its author has chosen so far, page by page, while looking it through.

    ``moves``: number of a piece -> field key, or as ``service.moved`` says. ``unwanted``: fields whose
    proposed value is not taken. ``headings``: keep the words that only name a section.
    """

    moves: dict[int, str] = field(default_factory=dict)
    unwanted: frozenset[str] = frozenset()
    headings: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought: its pieces in order, what was read out of them besides, what is left over.

    ``offered``: nothing of it is in the draft before its author says so.
    """

    pieces: list[Piece]
    also: dict[str, Any]
    left: list[Left]
    pictures: int
    file_name: str
    version: int | None
    at: str
    notices: tuple[Notice, ...] = ()
    choices: Choices = Choices()
    offered: bool = False
    #: how many texts at the end of ``left`` an earlier import has left over
    earlier: int = 0

    @property
    def older(self) -> list[Left]:
        """What an earlier import has left over."""
        return self.left[len(self.left) - self.earlier :]

    @property
    def dropped(self) -> list[tuple[int, Left]]:
        """What its author does not want, with its number."""
        return [(index, one) for index, one in enumerate(self.left) if one.state == "dropped"]

    @property
    def open(self) -> list[tuple[int, Left]]:
        """What still waits for a decision, with its number."""
        return [(index, one) for index, one in enumerate(self.left) if one.state == "open"]


def found(artefact_id: int) -> Imported | None:
    """What a Word file brought into this document, as it stands now."""
    row = db.session.get(WordImport, artefact_id)
    return None if row is None else _read(row)


def _read(row: WordImport) -> Imported:
    body = canonical.loads(bytes(row.body))
    chosen = body.get("choices", {})
    return Imported(
        [Piece(**one) for one in body["pieces"]],
        body["also"],
        [Left(**one) for one in body["left"]],
        body["pictures"],
        row.file_name,
        row.version,
        row.imported_at,
        tuple(Notice.from_json(one) for one in body.get("notices", [])),
        Choices(
            {int(index): to for index, to in chosen.get("moves", {}).items()},
            frozenset(chosen.get("unwanted", [])),
            chosen.get("headings", False),
        ),
        body.get("offered", False),
        body.get("earlier", 0),
    )


def _body(imported: Imported) -> bytes:
    chosen = imported.choices
    # Not signed, so its bytes need not be canonical: tens of thousands of pieces are written fast.
    return canonical.dumps_plain(
        {
            "pieces": [piece.as_json() for piece in imported.pieces],
            "also": imported.also,
            "left": [{"text": one.text, "state": one.state} for one in imported.left],
            "pictures": imported.pictures,
            "notices": [one.as_json() for one in imported.notices],
            "choices": {
                "moves": {str(index): to for index, to in chosen.moves.items()},
                "unwanted": sorted(chosen.unwanted),
                "headings": chosen.headings,
            },
            "offered": imported.offered,
            "earlier": imported.earlier,
        }
    )


def keep_once(person_id: int, artefact_id: int, imported: Imported) -> Imported:
    """Keep it, unless a first try of the same request has done so already."""
    known = found(artefact_id)
    if known is not None:
        return known
    try:
        _insert(person_id, artefact_id, imported)
    except IntegrityError:
        return found(artefact_id) or imported
    return imported


def keep_anew(person_id: int, artefact_id: int, imported: Imported) -> Imported:
    """Keep it in the place of an earlier import; what that one left over and nobody decided stays."""
    known = found(artefact_id)
    if known is None:
        return keep_once(person_id, artefact_id, imported)
    waiting = [one for one in (known.older if known.offered else known.left) if one.state == "open"]
    imported = replace(imported, left=[*imported.left, *waiting], earlier=len(waiting))
    with writing() as session:
        row = session.get_one(WordImport, artefact_id)
        row.file_name, row.body, row.version = imported.file_name, _body(imported), imported.version
        row.imported_by, row.imported_at = person_id, imported.at
    return imported


def _insert(person_id: int, artefact_id: int, imported: Imported) -> None:
    with writing() as session:
        session.add(
            WordImport(
                artefact_id=artefact_id, file_name=imported.file_name, body=_body(imported),
                version=imported.version, imported_by=person_id, imported_at=imported.at,
            )
        )  # fmt: skip


def change(artefact_id: int, make: Callable[[Imported], Imported]) -> None:
    """Keep ``make`` of what is kept now."""
    with writing() as session:
        row = session.get_one(WordImport, artefact_id)
        changed = make(_read(row))
        row.body, row.version = _body(changed), changed.version


def looked_through(imported: Imported, left: Sequence[Left]) -> Imported:
    """The import after its author has confirmed it: only what is left over still matters."""
    return replace(
        imported, pieces=[], left=list(left), version=None, choices=Choices(), offered=False, earlier=0
    )
