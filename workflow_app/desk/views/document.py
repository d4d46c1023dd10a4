"""The desk, the document's page, and the posts that act on it. Reads what was sent; writes nothing."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
)
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import bindparam, func, select
from werkzeug.wrappers import Response

from workflow_app import clock, inputs
from workflow_app.artefacts.lines import DocumentLine
from workflow_app.artefacts.models import Artefact
from workflow_app.authentication import login
from workflow_app.definitions import registry
from workflow_app.desk import document, inbox
from workflow_app.desk.actions import closes_points
from workflow_app.desk.page import Page
from workflow_app.desk.views.blueprint import bp
from workflow_app.drafting import points
from workflow_app.errors import ApplicationError, BadInput, Conflict, KeyReused, LoginRefused, NotAllowed
from workflow_app.events import in_force
from workflow_app.second_factor import factors, passkeys, proofs
from workflow_app.signoff import policy
from workflow_app.signoff.inputs import typed_points
from workflow_app.signoff.models import Point
from workflow_app.signoff.transition import take_action
from workflow_app.signoff.writer import Outcome
from workflow_app.store import Statement, first
from workflow_app.web.language import lang
from workflow_app.web.presentation import in_language, url_for

# --- the document ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into the sheet of an action; shown again when it is refused."""

    action: str
    comment: str
    points: list[dict[str, str]]
    settled: str


@bp.get("/artefacts/<int:artefact_id>")
@login_required
def show(artefact_id: int) -> str:
    return _show(artefact_id)


def _show(
    artefact_id: int, typed: Typed | dict[str, Any] | None = None, form_errors: dict[str, str] | None = None
) -> str:
    page = document.build(current_user.id, artefact_id)
    return render_template(
        "desk/show.html",
        page=page,
        form=SimpleNamespace(
            typed=typed or {},
            errors=form_errors or {},
            key=secrets.token_urlsafe(16),
            grace=_in_grace() or bool(proofs.there()),
            passkey=session.get("has_passkey", False),
        ),
        only_changes=bool(page.comparison) and request.args.get("view") != "full",
        asked_day=_asked_day(page.force),
        following=None if form_errors else _following(page),
    )


def _following(page: Page) -> DocumentLine | None:
    """The next document that waits for this person: once, after a decision on somebody else's."""
    decided = session.pop("decided", None)
    if decided != page.doc.id or "author" in page.context.case.relations:
        return None
    waiting, _next = inbox.page(current_user.id, "todo")
    return next((line for line in waiting if line.id != decided), None)


def _asked_day(force: tuple[in_force.InForce, ...]) -> SimpleNamespace:
    """The day of ``?on=``, as typed, and what was in force on it."""
    asked = SimpleNamespace(typed=request.args.get("on", ""), day=None, found=None, error="")
    if asked.typed:
        try:
            day = inputs.as_day(asked.typed)
            asked.day, asked.found = day.isoformat(), in_force.on(force, day)
        except inputs.NotADay as no:
            asked.error = str(no)
    return asked


@bp.post("/artefacts/<int:artefact_id>/actions/<action>")
@login_required
def act(artefact_id: int, action: str) -> Response | tuple[str, int]:
    """Take one action from its sheet: 303 to what follows; refused, the sheet as typed, 403, 409, 422."""
    form = request.form
    typed = Typed(action, form.get("comment", ""), typed_points(form.items()), form.get("settled", ""))
    try:
        _check_words(artefact_id, typed)
        outcome = _take(artefact_id, typed)
    except Conflict as conflict:
        return _conflict_page(artefact_id, conflict, typed), 409
    except BadInput as bad:
        return _show(artefact_id, typed, bad.problems), 422
    except KeyReused as reused:
        return _show(artefact_id, typed, {"action": reused.say(lang())}), 422
    except NotAllowed as no:
        where = {"reauthentication_required": "password", "points_required": "points.0.text"}
        return _show(artefact_id, typed, {where.get(no.reason.code, "action"): no.say(lang())}), 403
    except LoginRefused as locked:
        return _show(artefact_id, typed, {"password": locked.say(lang())}), 403
    flash(_done_sentence(outcome), "success")
    session["decided"] = artefact_id
    return redirect(url_for("desk.show", artefact_id=artefact_id), 303)


_ASKED = Statement(
    select(
        Artefact.definition_id,
        Artefact.state,
        Artefact.version,
        select(func.count())
        .where(Point.artefact_id == bindparam("artefact_id"), Point.state != "closed")
        .scalar_subquery(),
    ).where(Artefact.id == bindparam("artefact_id"))
)


def _check_words(artefact_id: int, typed: Typed) -> None:
    """What the page asks for and the service does not: a reason, and a word on points still open.

    Raises:
        BadInput. Whoever may not act at all is refused by the service, which says why.
    """
    row = first(_ASKED, artefact_id=artefact_id)
    if row is None:
        return
    definition_id, state, version, open_points = row
    action = registry.machine(definition_id).definition.actions.get(typed.action)
    if (
        version != inputs.version(request.form.get("version"))
        or action is None
        or state not in action.sources
    ):
        return
    problems: dict[str, str] = {}
    if action.ask_why and not typed.comment.strip():
        problems["comment"] = _("请写明为什么%(action)s。", action=in_language(action.title))
    if closes_points(action) and open_points and typed.settled != str(open_points):
        problems["settled"] = _("还有 %(n)s 条意见没有关闭，请逐条看过，确认都已落实。", n=open_points)
    if problems and _may(artefact_id, typed.action):
        raise BadInput(problems)


def _may(artefact_id: int, action: str) -> bool:
    context = policy.readable(current_user.id, artefact_id)
    return any(answer.name == action and answer.allowed for answer in context.machine.ask(context.case))


def _take(artefact_id: int, typed: Typed) -> Outcome:
    form = request.form
    version = inputs.version(form.get("version"))
    if version is None:
        raise BadInput({"action": _("页面缺少版本信息，请刷新后再试。")})
    return take_action(
        current_user.id,
        artefact_id,
        typed.action,
        version=version,
        content_sha256=form.get("content_sha256", ""),
        attachments_sha256=form.get("attachments_sha256", ""),
        document_sha256=form.get("document_sha256", ""),
        comment=typed.comment,
        points=typed.points,
        key=form.get("key", ""),
        auth=_authentication(),
    )


def _authentication() -> str:
    """How the person has proved who they are with this form; ``grace``: a short while ago; ``session``."""
    shown, typed = request.form.get("passkey", ""), request.form.get("password", "")
    if not shown and not typed:
        return proofs.take() or ("grace" if _in_grace() else "session")
    if shown:
        how = "passkey" if passkeys.prove(current_user.id, session.pop("passkey_shown", None), shown) else ""
        wrong = _("通行密钥没有通过，请再试一次，或换用别的方式。")
    else:
        how, wrong = _typed_proof(typed), _("密码不对，请再输一次。")
    if not how:
        raise BadInput({"password": wrong})
    session["confirmed_at"] = clock.stamp(clock.now())
    return how


def _typed_proof(typed: str) -> str:
    """``password``; for who has none, the six digits of an authenticator app: ``totp``."""
    if current_user.password_hash:
        return "password" if login.confirm_password(current_user, typed) else ""
    how = factors.prove(current_user.id, typed[:40])
    return how if how == "totp" else ""


def _in_grace() -> bool:
    """Whether the password was entered for a signature within the configured minutes."""
    minutes = current_app.config["SETTINGS"].reauth_grace_minutes
    confirmed = session.get("confirmed_at")
    if not minutes or not confirmed:
        return False
    # A clock that was ahead and has been put right must not make the minutes longer.
    return timedelta(0) <= clock.now() - clock.parse(confirmed) < timedelta(minutes=minutes)


def _done_sentence(outcome: Outcome) -> str:
    definition = registry.machine(outcome.definition_id).definition
    action, state = definition.actions[outcome.action], definition.states[outcome.to_state]
    if action.done:
        return f"{in_language(action.done)}。" if lang() == "zh" else f"{in_language(action.done)}."
    return _(
        "已%(action)s，文件现在是「%(state)s」。",
        action=in_language(action.title),
        state=in_language(state.title),
    )


def _conflict_page(artefact_id: int, conflict: Conflict, typed: Typed) -> str:
    context = policy.readable(current_user.id, artefact_id)
    return render_template(
        "desk/conflict.html",
        artefact_id=artefact_id,
        conflict=conflict,
        message=conflict.say(lang()),
        action_title={"zh": conflict.action_zh, "en": conflict.action_en},
        state_title=context.machine.definition.states[conflict.state].title,
        tone=context.machine.definition.states[conflict.state].tone,
        typed=typed,
    )


@bp.post("/artefacts/<int:artefact_id>/points/<int:point_id>")
@login_required
def point(artefact_id: int, point_id: int) -> Response | tuple[Response | str, int]:
    """The author's answer to a point, or the reviewer's word that it is settled (``closed`` 1) or not (0).

    JSON for the edit page's script.
    """
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        if settled := request.form.get("closed"):
            settle = points.close_point if settled == "1" else points.reopen_point
            version = inputs.version(request.form.get("version"))
            key = request.form.get("key", "")
            settle(current_user.id, artefact_id, point_id, key=key, version=version)
            state = "closed" if settled == "1" else "answered"
        else:
            answer, before = request.form.get("answer", ""), request.form.get("before")
            state = points.answer_point(current_user.id, artefact_id, point_id, answer, before=before)
    except ApplicationError as error:
        if wants_json:
            theirs = points.answer_of(point_id) if error.status == 409 else None
            return jsonify(code=error.code, detail=error.say(lang()), answer=theirs), error.status
        return _point_refused(artefact_id, point_id, error)
    if wants_json:
        return jsonify(id=point_id, state=state)
    back = request.form.get("back")
    endpoint = "desk.edit" if back == "edit" else "desk.show"
    return redirect(url_for(endpoint, artefact_id=artefact_id) + f"#point-{point_id}", 303)


def _point_refused(artefact_id: int, point_id: int, error: ApplicationError) -> tuple[str, int]:
    """What was answered stays in its field, or on the page that says who was faster."""
    if error.status == 404:
        abort(404)
    answer = request.form.get("answer", "")
    if isinstance(error, Conflict) and error.action != "answer_point":
        return _conflict_page(artefact_id, error, Typed("", answer, [], "")), error.status
    if not answer:
        flash(error.say(lang()), "error")
        return _show(artefact_id), error.status
    field = f"answer.{point_id}"
    return _show(artefact_id, {field: answer}, {field: error.say(lang())}), error.status
