"""Writing, answering and settling remarks; and where in the text each stands now."""

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from workflow_app import inputs, stamps
from workflow_app.artefacts import plain
from workflow_app.errors import BadInput, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.review import mentions
from workflow_app.review.models import Remark
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.signoff.models import Notice
from workflow_app.store import reading, writing
from workflows.definition import Definition
from workflows.guards import Reason

MAX_BODY = 1000
MAX_QUOTE = 300
MAX_AROUND = 40
#: Remarks on one document; more are refused.
MOST = 500
_BLANK = re.compile(r"\s+")


class Written(NamedTuple):
    """A remark that was written, and who was named in it but may not read it."""

    id: int
    unreached: tuple[str, ...]


#: What may be sent with a remark, and how long it may be.
_LIMITS = {
    "section": 40, "body": MAX_BODY, "quote": MAX_QUOTE, "before": MAX_AROUND, "after": MAX_AROUND,
    "audience": 20,
}  # fmt: skip


def write(person_id: int, artefact_id: int, *, thread_id: int | None = None, **typed: object) -> Written:
    """A remark on a section (or a passage of it), or the answer to the thread ``thread_id``.

    People named with @ in it (see ``mentions``) find the document among what was copied to them, if
    they may read it.

    Args:
        typed: text under ``section``, ``body``, ``quote`` (the passage), ``before`` and ``after`` (the
            words around it), ``audience``; what is not given is empty.

    Raises:
        NotFound, NotAllowed, BadInput: nothing was written.
    """
    problems: dict[str, str] = {}
    values = {
        name: inputs.text(problems, name, typed.get(name, ""), limit) for name, limit in _LIMITS.items()
    }
    if not values["body"] and "body" not in problems:
        problems["body"] = _("请写下批注的内容。")
    with writing() as session:
        context = _context(person_id, artefact_id)
        root = _placed(context, thread_id, values, problems)
        mentioned = mentions.found(problems, values["body"], artefact_id)
        if problems:
            raise BadInput(problems)
        if session.query(Remark.id).filter_by(artefact_id=artefact_id).count() >= MOST:
            raise BadInput({"body": _("一份文件最多 %(most)s 条批注。", most=MOST)})
        remark = Remark(
            artefact_id=artefact_id, thread_id=root.id if root else None, revision=context.row.revision,
            by_id=person_id, at=stamps.moment_in(session).at, **values,
        )  # fmt: skip
        session.add(remark)
        session.flush()
        reached = [one for one in mentioned if _may_read(one.id, artefact_id, values["audience"])]
        for one in reached:
            _notify(session, context, one.id, remark.at)
        return Written(remark.id, tuple(one.name for one in mentioned if one not in reached))


def _placed(
    context: DocumentContext, thread_id: int | None, values: dict[str, str], problems: dict[str, str]
) -> Remark | None:
    """Where the remark belongs and whom it is for, put into ``values``; the thread it answers, if any."""
    audiences = policy.remark_audiences(context)
    if not audiences:
        raise NotAllowed(Reason("no_right"))
    if thread_id is not None:
        root = _thread(context, thread_id)
        values.update(section=root.section, audience=root.audience, quote="", before="", after="")
        return root
    if context.definition.field(values["section"]) is None:
        problems["section"] = _("请选择批注针对的部分。")
    values["audience"] = values["audience"] or audiences[0]
    if values["audience"] not in audiences:
        problems["audience"] = _("这一步不能写给这些人看。")
    return None


def settle(person_id: int, artefact_id: int, remark_id: int) -> None:
    """Settle a thread: by whoever began it or by those who draft. Settling twice is settling once.

    Raises:
        NotFound, NotAllowed.
    """
    with writing() as session:
        context = _context(person_id, artefact_id)
        root = _thread(context, remark_id)
        if not may_settle(context, root.by_id):
            raise NotAllowed(Reason("no_right"))
        if root.resolved_at is None:
            root.resolved_at, root.resolved_by = stamps.moment_in(session).at, person_id


def may_settle(context: DocumentContext, began: int) -> bool:
    return began == context.me or (
        "drafter" in context.case.relations and bool(policy.remark_audiences(context))
    )


def _context(person_id: int, artefact_id: int) -> DocumentContext:
    context = policy.readable(person_id, artefact_id, reading())
    if not policy.reads_remarks(context):
        raise NotFound
    return context


def _thread(context: DocumentContext, remark_id: int) -> Remark:
    root = db.session.get(Remark, remark_id)
    if root is None or root.artefact_id != context.row.id or root.thread_id is not None:
        raise NotFound
    if root.audience not in policy.reads_remarks(context):
        raise NotFound
    return root


# --- who is informed -----------------------------------------------------------------------------


def mentionable(context: DocumentContext) -> dict[int, str]:
    """Who may be named: those near the document who may read it, by id, with their names."""
    ids = ({item.person_id for item in context.held} | context.authors | {context.row.author_id}) - {
        context.me
    }
    rows = db.session.execute(
        select(Person.id, Person.name).where(Person.id.in_(ids)).order_by(Person.sort_key, Person.id)
    )
    return {row[0]: row[1] for row in rows}


def _may_read(person_id: int, artefact_id: int, audience: str) -> bool:
    try:
        return audience in policy.reads_remarks(policy.readable(person_id, artefact_id, reading()))
    except NotFound:
        return False


def _notify(session: Any, context: DocumentContext, person_id: int, at: str) -> None:
    seq = context.row.head_seq
    informed = session.query(Notice.id).filter_by(
        artefact_id=context.row.id, seq=seq, person_id=person_id, purpose="copy"
    )
    if informed.first() is None:
        session.add(Notice(artefact_id=context.row.id, seq=seq, purpose="copy", person_id=person_id, at=at))


# --- reading ---------------------------------------------------------------------------------


_settler = aliased(Person)
_REMARKS = (
    select(Remark, Person.name, _settler.name)
    .join(Person, Person.id == Remark.by_id)
    .outerjoin(_settler, _settler.id == Remark.resolved_by)
    .where(
        Remark.artefact_id == bindparam("artefact"),
        Remark.audience.in_(bindparam("audiences", expanding=True)),
    )
    .order_by(Remark.id)
)


def threads(context: DocumentContext, content: Mapping[str, Any]) -> list[SimpleNamespace]:
    """The threads this person may read, in the order of the form; each with its answers.

    ``gone`` says that the passage no longer stands in ``content``.
    """
    audiences = policy.reads_remarks(context)
    if not audiences:
        return []
    asked = {"artefact": context.row.id, "audiences": list(audiences)}
    rows = db.session.execute(_REMARKS, asked).all()
    if not rows:
        return []
    definition = context.machine.definition
    texts = _texts(definition, content)
    answers: dict[int, list[SimpleNamespace]] = {}
    for remark, name, _settled_by in rows:
        if remark.thread_id is not None:
            answers.setdefault(remark.thread_id, []).append(_shown(remark, name))
    order = {field.key: index for index, field in enumerate(definition.form)}
    roots = [
        SimpleNamespace(
            **vars(_shown(remark, name)), section=remark.section, quote=remark.quote, before=remark.before,
            after=remark.after, section_title=context.machine.definition.section_title(remark.section),
            gone=not stands(texts.get(remark.section, ""), remark.quote), settled_by=settled_by,
            settled_at=remark.resolved_at, answers=answers.get(remark.id, []),
            may_settle=remark.resolved_at is None and may_settle(context, remark.by_id),
        )
        for remark, name, settled_by in rows
        if remark.thread_id is None
    ]  # fmt: skip
    return sorted(roots, key=lambda root: order[root.section])


def _shown(remark: Remark, name: str) -> SimpleNamespace:
    return SimpleNamespace(
        id=remark.id, by=name, at=remark.at, body=remark.body, audience=remark.audience,
        revision=remark.revision,
    )  # fmt: skip


def _texts(definition: Definition, content: Mapping[str, Any]) -> dict[str, str]:
    return {field.key: plain.value(field, content.get(field.key)) for field in definition.form}


def stands(text: str, quote: str) -> bool:
    """Whether the passage stands in the text; how lines and blanks fall does not matter."""
    return not quote or _BLANK.sub("", quote) in _BLANK.sub("", text)
