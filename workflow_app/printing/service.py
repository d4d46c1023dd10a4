"""Papers as people ask for them: which one somebody may have, and the one and only PDF of a revision."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from workflow_app import canonical, stamps
from workflow_app.artefacts import content as contents
from workflow_app.definitions import registry
from workflow_app.errors import NotFound
from workflow_app.extensions import db
from workflow_app.people.models import Unit
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.printing import codes, fonts, making, signing, typesetting
from workflow_app.printing.facts import ApprovalAct, Frozen, PaperFacts, acts, facts, frozen
from workflow_app.printing.models import IssuedPaper
from workflow_app.printing.paper import Check, Paper
from workflow_app.signoff import policy

#: A file name may have 255 bytes; a Chinese character takes three.
LONGEST_NAME = 70
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for and may have. ``frozen`` is None for the draft, whose content is given."""

    facts: PaperFacts
    frozen: Frozen | None
    full: bool
    draft: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        title = _UNFIT.sub("_", self.facts.title).strip(" .")[:LONGEST_NAME]
        return f"{title} 第{self.frozen.number}版" if self.frozen else f"{title} 草稿"

    @property
    def plain_name(self) -> str:
        """The same in ASCII: document-12-v2."""
        edition = f"v{self.frozen.number}" if self.frozen else "draft"
        return f"document-{self.facts.artefact_id}-{edition}"


def wanted(person_id: int, artefact_id: int, revision: int | None) -> Wanted | None:
    """The paper this person may have: a revision by number, or what they see on the document's page.

    None where there is no such document or revision, or none they may know of.
    """
    try:
        context = policy.readable(person_id, artefact_id)
    except NotFound:
        return None
    if revision is not None and not context.opens(revision):
        return None
    about = facts(artefact_id)
    assert about is not None
    full = context.level != "approved"
    if revision is None:
        seen = contents.shown(artefact_id, context.shown_revision())
        if seen.revision is None:
            return Wanted(about, None, full, seen.content)
        revision = seen.revision
    kept = frozen(artefact_id, revision)
    return Wanted(about, kept, full, {}) if kept else None


# --- Word ------------------------------------------------------------------------------------


def word(asked: Wanted) -> bytes:
    """The document as a Word file: to be worked with, so without a code."""
    from workflow_app.printing import word

    return word.docx(_unchecked(asked))


def _unchecked(asked: Wanted) -> Paper:
    if asked.frozen is None:
        return making.of_draft(asked.facts, asked.draft)
    done = acts(asked.facts, asked.frozen.number, full=asked.full)
    return making.of_revision(asked.facts, asked.frozen, done, full=asked.full, check=None)


# --- PDF -------------------------------------------------------------------------------------


def pdf(asked: Wanted) -> bytes:
    """The draft as a plain PDF; a revision as the PDF that was issued of it, issued now if none was."""
    if asked.frozen is None:
        paper = making.of_draft(asked.facts, asked.draft)
        db.session.rollback()  # no transaction stays open while the page is set
        return typesetting.pdf(paper, _fonts())
    return issue(asked.facts, asked.frozen, full=asked.full)


def issue(about: PaperFacts, kept: Frozen, *, full: bool) -> bytes:
    """The one PDF of this revision in this state of its trail, byte for byte the same ever after."""
    done = acts(about, kept.number, full=full)
    seq = done[-1].seq if done else 0
    found = _stored(about.artefact_id, kept.number, seq, full)
    if found is not None:
        return found
    county = county_name()
    db.session.rollback()  # no transaction stays open while the page is set
    code = codes.new()
    made = _made(about, kept, done, full, code, county)
    row = IssuedPaper(
        artefact_id=about.artefact_id, revision=kept.number, seq=seq, opinions=full, code=code,
        sha256=canonical.sha256(made), pdf=made,
    )  # fmt: skip
    try:
        with changing() as session:
            row.issued_at = stamps.moment_in(session).at
            session.add(row)
            session.flush()
            facts = {"document": about.artefact_id, "revision": kept.number}
            write(session, None, Act.PAPER_ISSUE, f"paper:{row.id}", None, facts)
    except IntegrityError:
        # Somebody asked for it at the same instant and was faster: theirs is the one.
        first = _stored(about.artefact_id, kept.number, seq, full)
        if first is None:
            raise
        return first
    return made


def _stored(artefact_id: int, revision: int, seq: int, full: bool) -> bytes | None:
    row = db.session.execute(
        select(IssuedPaper.pdf).filter_by(artefact_id=artefact_id, revision=revision, seq=seq, opinions=full)
    ).first()
    return bytes(row[0]) if row else None


def county_name() -> str:
    """Whose installation this is; it stands in the certificate."""
    query = select(Unit.name).where(Unit.kind == "county").order_by(Unit.id).limit(1)
    return db.session.scalar(query) or ""


def _made(
    about: PaperFacts, kept: Frozen, done: list[ApprovalAct], full: bool, code: str, county: str
) -> bytes:
    settings = current_app.config["SETTINGS"]
    check = Check(codes.shown(code), f"{settings.public_url}/check/{codes.shown(code)}")
    paper = making.of_revision(about, kept, done, full=full, check=check)
    plain = typesetting.pdf(paper, _fonts())
    return signing.sign(plain, signing.sealer(settings.data_dir, county))


def _fonts() -> tuple[Path, ...]:
    return fonts.folders(current_app.config["SETTINGS"].font_dirs)


# --- characters without a glyph --------------------------------------------------------------


def unprintable(asked: Wanted) -> tuple[str, ...]:
    """The characters of this paper that no font has; the PDF gives their code points instead."""
    return typesetting.without_glyph(_unchecked(asked), _fonts())


def unprintable_text(*things: object) -> tuple[str, ...]:
    """The same for texts, and for lists and mappings of them."""
    return fonts.without_glyph("".join(_texts(things)), _fonts())


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from _texts(one)
    elif isinstance(thing, Mapping):
        yield from _texts(list(thing.values()))


# --- the blank form --------------------------------------------------------------------------


def blank(key: str, ending: str) -> tuple[bytes, str, str] | None:
    """The form of a kind for paper use, its name and that in ASCII; None for a kind that is none."""
    machine = registry.current().get(key)
    if machine is None:
        return None
    paper = making.of_blank(machine.definition, county_name())
    if ending == "pdf":
        data = typesetting.pdf(paper, _fonts())
    else:
        from workflow_app.printing import word

        data = word.docx(paper)
    return data, f"{machine.definition.title.zh} 空白表", f"blank-{key}"
