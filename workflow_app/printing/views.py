"""Papers to take home, blank forms, and the page that says what a paper is worth."""

from typing import Any

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from workflow_app import inputs
from workflow_app.extensions import csrf
from workflow_app.printing import checking, codes, fonts, sending, service
from workflow_app.web import limits
from workflow_app.web.problems import problem

bp = Blueprint("printing", __name__)

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@bp.app_template_global("unprintable")
def unprintable(*things: object) -> list[tuple[str, str]]:
    """Characters of these texts that the PDF cannot show, each with its code point."""
    return [(one, fonts.code_point(one)) for one in service.unprintable_text(*things)]


# --- papers ----------------------------------------------------------------------------------


@bp.get("/artefacts/<int:artefact_id>/paper.pdf")
@login_required
def pdf(artefact_id: int) -> Response:
    asked = _wanted(artefact_id)
    return sending.download(service.pdf(asked), asked.name, asked.plain_name, "pdf")


@bp.get("/artefacts/<int:artefact_id>/paper.docx")
@login_required
def word(artefact_id: int) -> Response:
    asked = _wanted(artefact_id)
    return sending.download(service.word(asked), asked.name, asked.plain_name, "docx")


def _wanted(artefact_id: int) -> service.Wanted:
    typed = request.args.get("revision")
    number = inputs.version(typed)
    if typed is not None and number is None:
        abort(404)
    asked = service.wanted(current_user.id, artefact_id, number)
    return asked or abort(404)


@bp.get("/workflows/<key>/blank.<any(pdf, docx):ending>")
@login_required
def blank(key: str, ending: str) -> Response:
    form = service.blank(key, ending)
    if form is None:
        abort(404)
    return sending.download(*form, ending)


# --- the check -------------------------------------------------------------------------------


@bp.get("/check")
def check_any() -> Answer:
    """For those who type the code from the paper."""
    typed = request.args.get("code", "").strip()
    if typed:
        return redirect(url_for("printing.check", code=codes.shown(codes.read(typed)) or "0"), 303)
    return render_template("printing/check.html", found=None, code="", limit=_megabytes()), 200


@bp.get("/check/<code>")
def check(code: str) -> Answer:
    return _checked(code)


@bp.post("/check/<code>", endpoint="compare")
@limits.bodies(limits.Longest(limits.usual, by_view=True))
@csrf.exempt  # changes nothing, needs no login, and whoever holds the paper may have no cookie
def compare(code: str) -> Answer:
    return _checked(code, compare=True)


def _unknown() -> Response:
    wait = codes.wait(request.remote_addr)
    if wait:
        minutes = -(-wait // 60)
        return _refused(429, _("没有这个查验码。输错的次数太多，请 %(n)s 分钟后再试。", n=minutes), wait=wait)
    codes.count(request.remote_addr)
    return _refused(
        404, _("没有这个查验码。请对照纸上的查验码再输一次；仍然没有，这份纸就不是本系统签发的。")
    )


def _checked(typed: str, compare: bool = False) -> Answer:
    code = codes.read(typed)
    found = checking.look_up(code)
    if found is None:
        return _unknown()
    same, error = _comparison(found) if compare else (None, "")
    status = 422 if error else 200
    if _wants_json():
        if error:
            return problem(status, "bad_input", error)
        answer = jsonify({"code": codes.shown(code), **found.as_json()} | ({"same": same} if compare else {}))
        return _unstored(answer)
    page = render_template(
        "printing/check.html",
        found=found,
        code=codes.shown(code),
        same=same,
        error=error,
        limit=_megabytes(),
    )
    return _unstored(Response(page, status, content_type="text/html; charset=utf-8"))


def _comparison(paper: checking.CheckedPaper) -> tuple[bool | None, str]:
    """Whether the file sent is the one issued, or what was wrong with what was sent."""
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        return None, _("文件超过 %(n)s MB，太大了，没有比对。", n=_megabytes())
    if file is None or not file.filename:
        return None, _("请选择要比对的 PDF 文件。")
    return paper.is_the_issued(file.stream), ""


def _refused(status: int, why: str, wait: int = 0) -> Response:
    if _wants_json():
        answer: Any = problem(status, "not_found" if status == 404 else "too_many_requests", why)
    else:
        page = render_template("printing/check.html", found=None, code="", error=why, limit=_megabytes())
        answer = Response(page, status, content_type="text/html; charset=utf-8")
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return _unstored(answer)


def _unstored(answer: Any) -> Any:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _megabytes() -> int:
    return limits.usual(current_app.config["SETTINGS"]) // (1024 * 1024)
