"""The desk, the document's page, and the posts that act on it. Reads what was sent; writes nothing."""

import secrets
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from workflow_app import clock
from workflow_app.cursors import BadCursor, pack, unpack
from workflow_app.definitions import registry
from workflow_app.language import lang
from workflow_app.people import login
from workflow_app.periods.service import current as current_period
from workflow_app.review import comparing, remarks
from workflow_app.signoff import drafting, history, inbox, page, policy, precheck
from workflow_app.signoff.errors import BadInput, Conflict, KeyReused, NotAllowed, SignoffError
from workflow_app.signoff.inputs import typed_points
from workflow_app.signoff.service import OWN_ACTS, Outcome, take_action
from workflow_app.trail import in_force

bp = Blueprint("signoff", __name__)


# --- the desk --------------------------------------------------------------------------------


@bp.get("/", endpoint="inbox")
@login_required
def desk() -> str:
    box = request.args.get("box", "todo")
    if box not in inbox.BOXES:
        abort(404)
    try:
        cursor = unpack(request.args.get("cursor"))
    except BadCursor:
        abort(404)
    rows, following = inbox.page(current_user.id, box, cursor)
    counts = inbox.counts(current_user.id)
    period = current_period()
    return render_template(
        "signoff/inbox.html",
        box=box,
        rows=[_row(row, box) for row in rows],
        next=pack(following),
        counts=counts,
        nav_counts=counts,
        late_count=counts["late"],
        period_name=period.name if period else "",
        creatable=_creatable(),
    )


def _row(row: inbox.InboxRow, box: str) -> SimpleNamespace:
    definition = registry.law(row.definition_id).definition
    state = definition.states[row.state]
    late_matters = box in ("todo", "mine") and state.tone in ("draft", "waiting", "returned")
    due = row.due_at if late_matters and row.due_at != clock.NEVER else None
    return SimpleNamespace(
        id=row.id, title=row.title, workflow=definition.title, school=row.school, who=row.who,
        state=row.state, state_title=state.title, tone=state.tone, when=row.when, due_at=due, note="",
    )  # fmt: skip


def _creatable() -> list[tuple[str, Any, str, str]]:
    """(key, title, label, address) of what this person may begin."""
    laws = registry.current()
    kinds = dict.fromkeys(key for key, _school, _teacher in policy.creatable(current_user.id))
    return [(key, laws[key].definition.title, "", url_for("artefacts.new", workflow=key)) for key in kinds]


# --- the document ----------------------------------------------------------------------------


@bp.get("/artefacts/<int:artefact_id>")
@login_required
def show(artefact_id: int) -> str:
    return _show(artefact_id)


def _show(
    artefact_id: int, typed: dict[str, Any] | None = None, form_errors: dict[str, str] | None = None
) -> str:
    shown = page.build(current_user.id, artefact_id)
    if shown is None:
        abort(404)
    language = lang()
    content = {field.key: value for field, value in shown.fields}
    comparison = comparing.for_reviewer(shown.found, content, shown.timeline)
    return render_template(
        "signoff/show.html",
        comparison=comparison,
        only_changes=bool(comparison) and request.args.get("view") != "full",
        threads=remarks.threads(shown.found, content),
        audiences=policy.remark_audiences(shown.found),
        names=[name for person, name in shown.names.items() if person != current_user.id],
        asked=history.by_section([point for point in shown.points if point.round >= shown.doc.round - 1]),
        doc=shown.doc,
        level=shown.level,
        steps=shown.steps,
        waiting=shown.waiting.get(language, ""),
        why=shown.why.get(language, ""),
        fields=shown.fields,
        points=shown.points,
        timeline=shown.timeline,
        actions=shown.actions,
        key=secrets.token_urlsafe(16),
        typed=typed or {},
        form_errors=form_errors or {},
        can_edit=shown.edit_refusal is None,
        edit_reason=shown.edit_refusal.say(language) if shown.edit_refusal else "",
        warn_signer=shown.would_sign,
        grace=_in_grace(),
        findings=shown.findings,
        checked=precheck.applies(shown.found, shown.level),
        force=shown.force,
        files=shown.files,
        attachments_sha256=shown.attachments_sha256,
        asked_day=_asked_day(shown.force),
    )


def _asked_day(force: tuple[in_force.InForce, ...]) -> SimpleNamespace:
    """The day of ``?on=``, as typed, and what was in force on it."""
    asked = SimpleNamespace(typed=request.args.get("on", ""), day=None, found=None, error="")
    if asked.typed:
        try:
            day = date.fromisoformat(asked.typed)
            asked.day, asked.found = day.isoformat(), in_force.on(force, day)
        except (ValueError, OverflowError):
            asked.error = _("日期请写成 2026-09-01 这样。")
    return asked


@bp.post("/artefacts/<int:artefact_id>/actions/<action>")
@login_required
def act(artefact_id: int, action: str) -> Response | tuple[str, int]:
    form = request.form
    typed = {
        "action": action,
        "comment": form.get("comment", ""),
        "points": typed_points(form.items()),
    }
    try:
        outcome = _take(artefact_id, action, typed)
    except Conflict as conflict:
        return _conflict_page(artefact_id, conflict, typed), 409
    except BadInput as bad:
        return _show(artefact_id, typed, bad.problems), 422
    except KeyReused as reused:
        return _show(artefact_id, typed, {"action": reused.say(lang())}), 422
    except NotAllowed as no:
        where = {"reauthentication_required": "password", "points_required": "points.0.text"}
        return _show(artefact_id, typed, {where.get(no.reason.code, "action"): no.say(lang())}), 403
    except login.LoginRefused as locked:
        return _show(artefact_id, typed, {"password": locked.say(lang())}), 403
    flash(_done_sentence(outcome), "success")
    return redirect(url_for("signoff.show", artefact_id=artefact_id), 303)


def _take(artefact_id: int, action: str, typed: dict[str, Any]) -> Outcome:
    form = request.form
    version = form.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise BadInput({"action": _("页面缺少版本信息，请刷新后再试。")})
    return take_action(
        current_user.id,
        artefact_id,
        action,
        version=int(version),
        content_sha256=form.get("content_sha256", ""),
        attachments_sha256=form.get("attachments_sha256", ""),
        comment=typed["comment"],
        points=typed["points"],
        key=form.get("key", ""),
        auth=_authentication(form.get("password", "")),
    )


def _authentication(password: str) -> str:
    """``password`` when it was entered and is right, ``grace`` when it was a short while ago."""
    if password:
        if not login.confirm_password(current_user, password):
            raise BadInput({"password": _("密码不对，请再输一次。")})
        session["confirmed_at"] = clock.stamp(clock.now())
        return "password"
    return "grace" if _in_grace() else "session"


def _in_grace() -> bool:
    """Whether the password was entered for a signature within the configured minutes."""
    minutes = current_app.config["SETTINGS"].reauth_grace_minutes
    confirmed = session.get("confirmed_at")
    if not minutes or not confirmed:
        return False
    return clock.parse(confirmed) + timedelta(minutes=minutes) > clock.now()


def _done_sentence(outcome: Outcome) -> str:
    definition = registry.law(outcome.definition_id).definition
    return _(
        "已%(action)s，文件现在是「%(state)s」。",
        action=getattr(definition.actions[outcome.action].title, lang()),
        state=getattr(definition.states[outcome.to_state].title, lang()),
    )


def _conflict_page(artefact_id: int, conflict: Conflict, typed: dict[str, Any]) -> str:
    found = policy.standing(current_user.id, artefact_id)
    if found is None:
        abort(404)
    return render_template(
        "signoff/conflict.html",
        artefact_id=artefact_id,
        conflict=conflict,
        message=conflict.say(lang()),
        action_title=OWN_ACTS.get(conflict.action, {"zh": conflict.action_zh, "en": conflict.action_en}),
        state_title=found.law.definition.states[conflict.state].title,
        tone=found.law.definition.states[conflict.state].tone,
        typed=typed,
    )


@bp.post("/artefacts/<int:artefact_id>/points/<int:point_id>")
@login_required
def point(artefact_id: int, point_id: int) -> Response | tuple[Response | str, int]:
    """The author's answer, or the reviewer's closing, of one point; JSON for the edit page's script."""
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        if request.form.get("closed"):
            drafting.close_point(current_user.id, artefact_id, point_id, key=request.form.get("key", ""))
            state = "closed"
        else:
            answer = request.form.get("answer", "")
            state = drafting.answer_point(current_user.id, artefact_id, point_id, answer)
    except SignoffError as error:
        if wants_json:
            return jsonify(code=error.code, detail=error.say(lang())), error.status
        if error.status == 404:
            abort(404)
        field = f"answer.{point_id}"
        typed = {field: request.form.get("answer", "")}
        return _show(artefact_id, typed, {field: error.say(lang())}), error.status
    if wants_json:
        return jsonify(id=point_id, state=state)
    back = request.form.get("back")
    endpoint = "artefacts.edit" if back == "edit" else "signoff.show"
    return redirect(url_for(endpoint, artefact_id=artefact_id) + f"#point-{point_id}", 303)
