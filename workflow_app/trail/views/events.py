"""The trail: look-up, the exact content signed at an event, export."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Response, abort, render_template, request, stream_with_context
from flask_babel import gettext as _
from flask_login import current_user, login_required

from workflow_app import canonical, clock, inputs, security_log
from workflow_app.artefacts import content as contents
from workflow_app.attachments import lists
from workflow_app.definitions import registry
from workflow_app.errors import NotFound
from workflow_app.events import chain, in_force
from workflow_app.events.view import EventView
from workflow_app.extensions import db
from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.people.models import Unit
from workflow_app.sealing import proofs, stored
from workflow_app.signoff import policy
from workflow_app.signoff.context import DocumentContext
from workflow_app.trail import lookup
from workflow_app.trail.views.blueprint import bp
from workflow_app.web.dates import moment
from workflow_app.web.presentation import in_language
from workflow_app.web.presentation import role as role_title
from workflows.vocabulary import BUILT_IN_ACTIONS, WITHOUT_EVENT

FIELDS = ("document", "person", "unit", "action", "since", "until")
MOST = 50_000


def _filters() -> tuple[lookup.TrailFilters, dict[str, str], dict[str, str]]:
    """The filters asked for, as they were typed, and what is wrong with them."""
    typed = {name: request.args.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    for name in ("document", "person", "unit"):
        try:
            typed[name] = inputs.clean(typed[name], 80).strip()
        except inputs.Unclean as unclean:
            errors[name] = str(unclean)
    if typed["action"] and typed["action"] not in _action_titles():
        errors["action"] = _("没有这个动作。")
    days = inputs.since_until(errors, typed)
    words: dict[str, Any] = {name: typed[name] for name in ("document", "person", "unit", "action")}
    return lookup.TrailFilters(**words | days) if not errors else lookup.TrailFilters(), typed, errors


def _action_titles() -> dict[str, Any]:
    """Every action of every definition, by key."""
    titles: dict[str, Any] = {
        key: title for key, title in BUILT_IN_ACTIONS.items() if key not in WITHOUT_EVENT
    }
    for machine in registry.current().values():
        for key, action in machine.definition.actions.items():
            titles.setdefault(key, action.title)
    return titles


@bp.get("")
@login_required
def index() -> str | tuple[str, int]:
    """The trail: events the user may read, filtered, newest first; a bad filter is said beside it, 422."""
    filters, typed, errors = _filters()
    rows: list[EventView] = []
    following = None
    if not errors:
        try:
            cursor = unpack(request.args.get("cursor"))
        except BadCursor:
            abort(404)
        rows, following = lookup.page(policy.trail_scope(current_user.id), filters, cursor)
    page = render_template(
        "trail/index.html",
        rows=rows,
        next=pack(following),
        typed=typed,
        errors=errors,
        actions=list(_action_titles().items()),
        most=MOST,
        reads_security_log=bool(policy.security_kinds(current_user.id)),
    )
    return (page, 422) if errors else page


@bp.get("/<int:event_id>")
@login_required
def event(event_id: int) -> str:
    """One event and the exact content it was about."""
    row = lookup.one(policy.trail_scope(current_user.id), event_id)
    if row is None:
        abort(404)
    definition, facts = row.definition, row.facts
    digest = facts.get("content_sha256", "")
    context = _context(row)
    opened = row.actor_id == current_user.id or (context is not None and context.opens(row.revision))
    content = contents.named(row.artefact_id, row.revision, digest) if row.revision and opened else None
    events = lookup.chain(row.artefact_id)
    listed = facts.get("attachments_sha256", "")
    scope = (facts.get("grant") or {}).get("scope")
    unit = db.session.get(Unit, scope) if scope else None
    section = {field.key: field.title for field in definition.form}
    return render_template(
        "trail/event.html",
        row=row,
        points=[(section.get(point.get("section", "")), point["text"]) for point in row.points],
        unit=unit.name if unit else "",
        fields=[(field, content.content.get(field.key)) for field in definition.form] if content else [],
        content_number=content.revision if content else None,
        recomputed=content.sha256 if content else "",
        hash_again=canonical.sha256(bytes(row.body)),
        in_force=in_force.at(in_force.spans(row.artefact_id), row.at),
        breaks=chain.breaks(row.artefact_id, events),
        length=len(events),
        files=lists.items(row.artefact_id, listed) if opened else [],
        files_again=lists.recomputed(row.artefact_id, listed),
        may_read=context is not None,
        opened=opened,
        afterwards=_afterwards(row, context),
        sealed=_sealed(row),
    )


def _sealed(row: EventView) -> dict[str, Any] | None:
    """Its place in the tree; None where it is not sealed, or what was sealed is no longer there."""
    try:
        return proofs.of_event(row.artefact_id, row.seq)
    except stored.Incomplete:
        return None


@bp.get("/<int:event_id>/proof.json")
@login_required
def proof(event_id: int) -> Response:
    """What shows with a checkpoint alone that this event was sealed."""
    row = lookup.one(policy.trail_scope(current_user.id), event_id)
    found = _sealed(row) if row else None
    if row is None or found is None:
        abort(404)
    text = canonical.dumps_plain({**found, "canonical": row.canonical})
    headers = {"Content-Disposition": f'attachment; filename="proof-{row.artefact_id}-{row.seq}.json"'}
    return Response(text, mimetype="application/json", headers=headers)


def _context(row: EventView) -> DocumentContext | None:
    """The reader before the document of an event; None when it is no longer theirs to read."""
    try:
        return policy.readable(current_user.id, row.artefact_id)
    except NotFound:
        return None


def _afterwards(row: EventView, context: DocumentContext | None) -> str:
    """Whether what this event was about has been changed since; "" where the reader may not know."""
    if context is None or not row.revision:
        return ""
    later = [one for one in in_force.spans(row.artefact_id) if one.revision > row.revision]
    if later:
        return _(
            "此后有变更：第 %(n)s 版于 %(day)s 生效。", n=later[-1].revision, day=moment(later[-1].since)
        )
    if context.level == "approved":
        return ""
    if context.row.revision > row.revision or context.row.state != row.to_state:
        if context.row.in_force_revision == row.revision and context.state.editable:
            return _("此后正在变更，新版还没有通过。")
        if context.row.revision > row.revision:
            return _("此后又提交过第 %(n)s 版。", n=context.row.revision)
    return _("此后内容没有变更。")


# --- export ----------------------------------------------------------------------------------


def _safe_cell(value: str) -> str:
    """Text a spreadsheet would take for a formula gets a quote before it."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@bp.get("/export.<kind>")
@login_required
def export(kind: str) -> Response:
    """What the look-up found, as CSV for a spreadsheet or as JSON Lines for checking."""
    filters, _typed, errors = _filters()
    if errors or kind not in ("csv", "jsonl"):
        abort(404)
    security_log.record("exported", person_id=current_user.id, what="trail", format=kind)
    rows = lookup.everything(policy.trail_scope(current_user.id), filters, MOST)
    lines = _csv(rows) if kind == "csv" else _json_lines(rows)
    mime = "text/csv; charset=utf-8" if kind == "csv" else "application/jsonl; charset=utf-8"
    name = f"trail-{clock.today().isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), mimetype=mime, headers=headers)


def _csv(rows: Iterator[EventView]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    heads = [_("时间"), _("人员"), _("角色"), _("动作"), _("文件"), _("编号"), _("单位"), _("从"), _("到")]
    writer.writerow([*heads, _("版本"), _("意见"), _("摘要")])
    yield "\ufeff"
    for row in rows:
        cells = [
            moment(row.at), row.actor, role_title(row.role), in_language(row.action_title),
            row.title, str(row.artefact_id), row.school,
            in_language(row.from_title), in_language(row.to_title),
            str(row.revision), row.comment, row.hash,
        ]  # fmt: skip
        writer.writerow([_safe_cell(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _json_lines(rows: Iterator[EventView]) -> Iterator[str]:
    for row in rows:
        line = {
            "artefact": row.artefact_id,
            "seq": row.seq,
            "canonical": row.canonical,
        }
        yield canonical.dumps({**line, "hash": row.hash}).decode() + "\n"
