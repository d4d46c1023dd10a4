"""Looking for words: which documents, and where in them."""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, cast, false, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY

from workflow_app.artefacts.lines import DocumentLine, lines
from workflow_app.artefacts.models import Artefact
from workflow_app.extensions import db
from workflow_app.search import grams, index
from workflow_app.search.models import FACES, Entry
from workflow_app.signoff import policy

PAGE = 20
#: Characters shown before and after a hit.
AROUND = 36
#: Stretches shown of one document.
MOST_STRETCHES = 3
#: Entries read for one page: of a document its content and what was said may both be hits.
READ = PAGE * 2
#: How many reads in vain (the index only narrows down) before a page is as long as it is.
MOST_READS = 5

Stretch = list[tuple[bool, str]]


class Hit(NamedTuple):
    """A document with the words in it; its title and ``stretches`` as runs of (whether it is a hit, text)."""

    line: DocumentLine
    title: Stretch
    stretches: list[Stretch]


class _Row(NamedTuple):
    id: int
    at: str
    title: str
    text: str


def find(
    person_id: int, question: str, cursor: tuple[str, int] | None = None
) -> tuple[list[Hit], tuple[str, int] | None]:
    """Documents this person may see with every word of ``question``, last changed first, and a cursor.

    What is searched of a document is what its page would show this person, as it is now.
    """
    index.catch_up()
    words = grams.words(question)
    if not any(grams.wanted(word) for word in words):
        return [], None
    visible = _visible(person_id)
    found: dict[int, list[_Row]] = {}
    for _ in range(MOST_READS):
        rows = _read(words, visible, cursor)
        for row in rows:
            if len(found) == PAGE and row.id not in found:
                break
            cursor = (row.at, row.id)
            folded = grams.fold(row.text)
            if all(word in folded for word in words):
                found.setdefault(row.id, []).append(row)
        else:
            if len(rows) == READ:
                continue
            cursor = None
        break
    shown = policy.lines_for(person_id, lines([(row.id, row.at, row.id) for row, *_more in found.values()]))
    return [_hit(line, found[line.id], words) for line in shown], cursor


def _visible(person_id: int) -> ColumnElement[bool]:
    """Which entries: of each document those of the highest level this person has."""
    levels = policy.visible_by_level(person_id)
    higher: ColumnElement[bool] = false()
    clauses = []
    for level, bit in FACES.items():
        mine = levels[level]  # type: ignore[index]
        clauses.append(and_(Entry.faces.bitwise_and(bit) != 0, mine, ~higher))
        higher = or_(higher, mine)
    return or_(*clauses)


def _matching(words: list[str]) -> ColumnElement[bool]:
    """Entries that have the terms of every word. Words of signs alone are left to the second look."""
    terms = [term for word in words for term in grams.wanted(word)]
    if db.engine.dialect.name == "sqlite":
        asked = " AND ".join(f'"{term}"{"*" if begins else ""}' for term, begins in terms)
        asked = f'({asked}) OR "{grams.ANYTHING}"'
        ids = text("SELECT rowid FROM search_index WHERE search_index MATCH :asked").bindparams(asked=asked)
        return Entry.id.in_(ids)  # type: ignore[arg-type]
    asked = " & ".join(f"'{term}'{':*' if begins else ''}" for term, begins in terms)
    return Entry.grams.op("@@")(cast(f"({asked}) | '{grams.ANYTHING}'", TSQUERY))


def _read(words: list[str], visible: ColumnElement[bool], cursor: tuple[str, int] | None) -> list[_Row]:
    query = (
        select(Artefact.id, Artefact.updated_at, Artefact.title, Entry.text)
        .select_from(Entry)
        .join(Artefact, Artefact.id == Entry.artefact_id)
        .where(_matching(words), visible)
    )
    if cursor:
        query = query.where(tuple_(Artefact.updated_at, Artefact.id) < tuple_(*map(literal, cursor)))
    query = query.order_by(Artefact.updated_at.desc(), Artefact.id.desc(), Entry.id).limit(READ)
    return [_Row._make(row) for row in db.session.execute(query)]


# --- where -----------------------------------------------------------------------------------


def _hit(line: DocumentLine, rows: list[_Row], words: list[str]) -> Hit:
    stretches = [stretch for row in rows for stretch in marked(_body(row), words)]
    return Hit(line, _split(line.title, words), stretches[:MOST_STRETCHES])


def _body(row: _Row) -> str:
    """The text without its first line where that is the heading, which is shown anyway."""
    head, _, rest = row.text.partition("\n")
    return rest if head.startswith(row.title) else row.text


def marked(body: str, words: list[str]) -> list[Stretch]:
    """The first stretches of ``body`` with hits in them, each cut to what stands around."""
    folded, places = grams.fold(body), grams.places(body)
    hits = sorted({hit for word in words for hit in _hits(folded, word)})
    stretches: list[Stretch] = []
    end = -1
    for hit in hits:
        place = places[hit] if places else hit
        if place < end:
            continue
        start, end = max(place - AROUND, 0), min(place + 2 * AROUND, len(body))
        shown = body[start:end].replace("\n", " ")
        cut_before, cut_after = "…" if start else "", "…" if end < len(body) else ""
        stretches.append(_split(f"{cut_before}{shown}{cut_after}", words))
        if len(stretches) == MOST_STRETCHES:
            break
    return stretches


def _hits(folded: str, word: str) -> list[int]:
    found: list[int] = []
    place = folded.find(word)
    while place >= 0 and len(found) < MOST_STRETCHES * 4:
        found.append(place)
        place = folded.find(word, place + len(word))
    return found


def _split(shown: str, words: list[str]) -> Stretch:
    """Runs of (whether it is a hit, text); the longest word first where two begin together."""
    folded, places = grams.fold(shown), grams.places(shown) or range(len(shown) + 1)
    either = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    runs: Stretch = []
    done = 0
    for hit in either.finditer(folded):
        # A character of several parts is a hit as a whole.
        first, last = max(places[hit.start()], done), places[hit.end() - 1] + 1
        if done < first:
            runs.append((False, shown[done:first]))
        if first < last:
            runs.append((True, shown[first:last]))
        done = max(last, done)
    if done < len(shown):
        runs.append((False, shown[done:]))
    return runs
