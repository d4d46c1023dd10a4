"""Lists, the beginning of a document, the edit page and old revisions."""

import secrets
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select
from werkzeug.wrappers import Response

from workflow_app import clock
from workflow_app.artefacts import attachments, form, posted, queries, text
from workflow_app.artefacts import reading as contents
from workflow_app.artefacts.models import Artefact, Draft, Revision
from workflow_app.cursors import BadCursor, pack, unpack
from workflow_app.definitions import registry
from workflow_app.extensions import db
from workflow_app.language import lang
from workflow_app.papers import importing
from workflow_app.people.models import Person, Unit
from workflow_app.people.service import live_grants
from workflow_app.periods.models import Period
from workflow_app.periods.service import is_over
from workflow_app.signoff import drafting, history, policy, precheck, renewal
from workflow_app.signoff.errors import AlreadyThere, BadInput, Conflict, NotAllowed, SignoffError
from workflow_app.signoff.service import create
from workflow_app.signoff.standing import Standing

bp = Blueprint("artefacts", __name__, url_prefix="/artefacts")


# --- lists -----------------------------------------------------------------------------------


@bp.get("")
@login_required
def index() -> str | tuple[str, int]:
    laws = registry.current()
    periods = db.session.scalars(select(Period).order_by(Period.starts_on.desc(), Period.key)).all()
    states = {name: state.title for law in laws.values() for name, state in law.definition.states.items()}
    options = {
        "workflow": [(key, getattr(law.definition.title, lang())) for key, law in laws.items()],
        "state": [(name, getattr(title, lang())) for name, title in states.items()],
        "period": [(period.key, period.name) for period in periods],
        "school": _schools(),
    }
    chosen = {name: request.args.get(name, "") for name in ("q", "workflow", "state", "period", "school")}
    errors = {
        name: _("没有这个选项。")
        for name, allowed in options.items()
        if chosen[name] and chosen[name] not in dict(allowed)
    }
    try:
        text.clean(chosen["q"], 80)
    except text.Unclean as unclean:
        errors["q"] = str(unclean)
    rows: list[Any] = []
    following = None
    if not errors:
        try:
            cursor = unpack(request.args.get("cursor"))
        except BadCursor:
            abort(404)
        found, following = queries.page(
            policy.visible_to(current_user.id), queries.Filters.chosen(chosen), cursor
        )
        rows = [_row(row) for row in found]
    page = render_template(
        "artefacts/index.html",
        rows=rows, next=pack(following), chosen=chosen, options=options, errors=errors,
    )  # fmt: skip
    return (page, 422) if errors else page


def _schools() -> list[tuple[str, str]]:
    """Schools to choose from, for those whose office reaches beyond one school."""
    if all(grant.unit.kind == "school" for grant in live_grants(current_user.id)):
        return []
    return [(str(school), name) for school, name in queries.schools()]


def _row(row: queries.ListRow) -> SimpleNamespace:
    definition = registry.law(row.definition_id).definition
    state = definition.states[row.state]
    amending = row.in_force_revision is not None and not (state.in_force or state.final)
    due = row.due_at if row.due_at != clock.NEVER and state.tone in ("draft", "waiting", "returned") else None
    return SimpleNamespace(
        id=row.id, title=row.title, workflow=definition.title, school=row.school, who=row.who,
        state=row.state, state_title=state.title, tone=state.tone, when=row.when, due_at=due,
        note=_("第 %(n)s 版有效，正在变更", n=row.in_force_revision) if amending else "",
    )  # fmt: skip


# --- beginning -------------------------------------------------------------------------------


@bp.get("/new")
@login_required
def new() -> str:
    return _new_page()


def _new_page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "artefacts/new.html", kinds=_kinds(), errors=errors or {}, key=secrets.token_urlsafe(16)
    )


def _kinds() -> list[SimpleNamespace]:
    """What this person may begin, with the schools and periods to choose from."""
    may = policy.creatable(current_user.id)
    schools = select(Unit.id, Unit.name).where(Unit.id.in_({school for _key, school, _teacher in may}))
    names = {row[0]: row[1] for row in db.session.execute(schools)}
    today = clock.today()
    periods = [
        period
        for period in db.session.scalars(select(Period).order_by(Period.starts_on.desc(), Period.key))
        if not is_over(period, today) or period.gate == "open"
    ]
    offers = renewal.offers(current_user.id)
    kinds = []
    for key, law in registry.current().items():
        mine = sorted({school for kind, school, _teacher in may if kind == key})
        wanted = [(period.key, period.name) for period in periods if period.kind == law.definition.period]
        latest = max((one.starts_on for one in periods if one.kind == law.definition.period), default="")
        if not mine:
            continue
        now = [period.key for period in periods if period.starts_on <= today.isoformat()]
        kinds.append(
            SimpleNamespace(
                key=key, title=law.definition.title, periods=wanted,
                period=next((one for one, _name in wanted if one in now), ""),
                schools=[(school, names[school]) for school in mine],
                sources=[one for one in offers if one.workflow == key and one.starts_on < latest],
            )
        )  # fmt: skip
    chosen = request.args.get("workflow")
    return sorted(kinds, key=lambda kind: kind.key != chosen)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 18 else None


@bp.post("/new")
@login_required
def begin() -> Response | tuple[str, int]:
    sent = request.form
    workflow = sent.get("workflow", "")
    try:
        outcome = create(
            current_user.id,
            workflow,
            sent.get("period", ""),
            school_id=_number(sent.get("school", "")),
            source_id=_number(sent.get("source", "")),
            key=sent.get("key", ""),
        )
    except AlreadyThere as there:
        flash(_("这一期已经有一份了，已为您打开。"), "warning")
        if not policy.may_read(current_user.id, there.artefact_id):
            abort(404)
        return redirect(url_for("signoff.show", artefact_id=there.artefact_id), 303)
    except SignoffError as error:
        return _new_page({"workflow": workflow, "message": error.say(lang())}), error.status
    return redirect(url_for("artefacts.edit", artefact_id=outcome.artefact_id), 303)


# --- editing ---------------------------------------------------------------------------------


def _standing(artefact_id: int) -> Standing:
    found = policy.standing(current_user.id, artefact_id)
    if found is None or policy.level(found) != "draft":
        abort(404)
    return found


@bp.get("/<int:artefact_id>/edit")
@login_required
def edit(artefact_id: int) -> str | Response:
    found = _standing(artefact_id)
    if refusal := policy.edit_refusal(found):
        flash(refusal.say(lang()), "warning")
        return redirect(url_for("signoff.show", artefact_id=artefact_id), 303)
    content = contents.draft(artefact_id).content
    return _edit_page(found, content, check="check" in request.args)


def _edit_page(
    found: Standing,
    content: dict[str, Any],
    *,
    check: bool = False,
    errors: dict[str, str] | None = None,
    theirs: dict[str, Any] | None = None,
    message: str = "",
    version: int | None = None,
) -> str:
    """The form with ``content`` in it, clean or as it was typed."""
    definition = found.law.definition
    wrong = dict(errors or {})
    findings = precheck.of_typed(found, content)
    if check:
        wrong = {one.path: one.say(lang()) for one in precheck.blocking(findings)} | wrong
    draft = db.session.get_one(Draft, found.row.id)
    points = [point for point in history.points(found) if point.state != "closed"]
    return render_template(
        "artefacts/edit.html",
        artefact_id=found.row.id,
        title=_title(found.row.id),
        fields=[(field, content.get(field.key, form.empty(field))) for field in definition.form],
        content=content,
        errors=wrong,
        points={field.key: [p for p in points if p.section == field.key] for field in definition.form},
        version=found.row.version if version is None else version,
        saved_at=draft.saved_at,
        saved_by=db.session.get_one(Person, draft.saved_by).name,
        warn_signer=policy.would_sign(found),
        check=check,
        advice=precheck.advice(findings) if check else (),
        unrenewed={one.field for one in findings if one.check == "renew"},
        message=message,
        theirs=[(field, theirs.get(field.key)) for field in posted.differing(definition, content, theirs)]
        if theirs
        else [],
        blank_row=posted.blank_row,
        imported=importing.found(found.row.id),
        files=attachments.items(found.row.id, found.row.attachments_sha256),
    )


def _title(artefact_id: int) -> str:
    return db.session.get_one(Artefact, artefact_id).title


def _version(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    raise BadInput({"version": _("页面缺少版本信息，请刷新后再试。")})


@bp.post("/<int:artefact_id>/edit")
@login_required
def post_edit(artefact_id: int) -> Response | str | tuple[str, int]:
    """Save, or add and move rows, for browsers without scripts; ``op`` says which button."""
    found = _standing(artefact_id)
    definition = found.law.definition
    raw = posted.content(definition, request.form.items(multi=True))
    operation = request.form.get("op", "save")
    seen: int | None = None
    try:
        seen = _version(request.form.get("version"))
        if posted.with_row_operation(definition, raw, operation):
            return _edit_page(found, raw, version=seen)
        drafting.save_content(current_user.id, artefact_id, seen, raw)
    except Conflict as conflict:
        theirs = contents.draft(artefact_id).content
        say = _(
            "%(why)s 下面列出不同之处，您写的都还在；再点「保存」就以您的为准。", why=conflict.say(lang())
        )
        return _edit_page(found, raw, theirs=theirs, message=say, version=conflict.version), 409
    except BadInput as bad:
        # The version the page was made from stays: what a colleague saved meanwhile must still be noticed.
        wrong = {path.removeprefix("content."): why for path, why in bad.problems.items()}
        return _edit_page(found, raw, errors=wrong, message=bad.say(lang()), version=seen), 422
    except NotAllowed as no:
        return _edit_page(found, raw, message=no.say(lang()), version=seen), 403
    if operation.startswith("keep:"):
        return _confirmed(artefact_id, operation.removeprefix("keep:"))
    if operation == "check":
        return redirect(url_for("artefacts.edit", artefact_id=artefact_id, check=1), 303)
    if operation == "submit":
        return redirect(url_for("signoff.show", artefact_id=artefact_id) + "#act-submit", 303)
    if operation == "preview":
        return redirect(url_for("signoff.show", artefact_id=artefact_id), 303)
    flash(_("已保存。"), "success")
    return redirect(url_for("artefacts.edit", artefact_id=artefact_id), 303)


def _confirmed(artefact_id: int, field: str) -> Response:
    """A section taken over stays as it was: the author has said so, with the button below it."""
    renewal.confirm(current_user.id, artefact_id, field)
    return redirect(url_for("artefacts.edit", artefact_id=artefact_id) + f"#s-{field}", 303)


@bp.post("/<int:artefact_id>/renewals/<field>")
@login_required
def confirm(artefact_id: int, field: str) -> Response | tuple[Response, int]:
    """The same for the script of the page: JSON."""
    try:
        renewal.confirm(current_user.id, artefact_id, field)
    except SignoffError as error:
        return jsonify({"code": error.code, "detail": error.say(lang())}), error.status
    return jsonify({"field": field})


@bp.put("/<int:artefact_id>/content")
@login_required
def save(artefact_id: int) -> tuple[Response, int]:
    """Save as one types: JSON ``{version, content}``; every answer is JSON."""
    sent = request.get_json(silent=True)
    try:
        if not isinstance(sent, dict):
            raise BadInput({"": _("没有收到内容。")})
        # Content that is missing is refused by the form, not read as an empty document.
        content: Any = sent.get("content")
        saved = drafting.save_content(current_user.id, artefact_id, _version(sent.get("version")), content)
    except Conflict as conflict:
        body = {"code": conflict.code, "detail": conflict.say(lang()), "by": conflict.by, "at": conflict.at,
                "version": conflict.version, "content": contents.draft(artefact_id).content}  # fmt: skip
        return jsonify(body), 409
    except BadInput as bad:
        problems = {path.removeprefix("content."): why for path, why in bad.problems.items()}
        return jsonify({"code": bad.code, "detail": bad.say(lang()), "problems": problems}), 422
    except SignoffError as error:
        return jsonify({"code": error.code, "detail": error.say(lang())}), error.status
    problems = {problem.path: getattr(problem, lang()) for problem in saved.problems}
    at = f"{clock.local(saved.saved_at):%H:%M:%S}"
    findings = precheck.as_json(saved.findings, lang())
    body = {"version": saved.version, "saved_at": at, "problems": problems, "findings": findings}
    return jsonify(body), 200


# --- old revisions ---------------------------------------------------------------------------


@bp.get("/<int:artefact_id>/revisions/<int:number>")
@login_required
def revision(artefact_id: int, number: int) -> str:
    found = policy.standing(current_user.id, artefact_id)
    level = policy.level(found) if found else None
    if found is None or level is None or (level == "approved" and number != found.row.in_force_revision):
        abort(404)
    content = contents.revision(artefact_id, number)
    if content is None:
        abort(404)
    frozen_at, frozen_by, frozen_list = db.session.execute(
        select(Revision.frozen_at, Person.name, Revision.attachments_sha256)
        .join(Person, Person.id == Revision.frozen_by)
        .where(Revision.artefact_id == artefact_id, Revision.number == number)
    ).one()
    signatures = [entry for entry in history.events(found, level) if entry.signs and entry.revision == number]
    return render_template(
        "artefacts/revision.html",
        artefact_id=artefact_id,
        title=_title(artefact_id),
        number=number,
        in_force=number == found.row.in_force_revision,
        fields=[(field, content.content.get(field.key)) for field in found.law.definition.form],
        sha256=content.sha256,
        frozen_at=frozen_at,
        frozen_by=frozen_by,
        signatures=signatures,
        files=attachments.items(artefact_id, frozen_list),
        attachments_sha256=frozen_list,
    )
