"""The page 可信度: the newest checkpoint, the keys, what the seal shows and what it does not."""

import base64

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask_login import current_user, login_required

from workflow_app.listing import BadCursor, pack, unpack
from workflow_app.sealing import overview, stored
from workflow_app.settings import Settings
from workflow_app.signoff import policy

bp = Blueprint("sealing", __name__, url_prefix="/trail/trust")


@bp.before_request
@login_required
def for_everybody_who_is_logged_in() -> None:
    """All may see the newest checkpoint and the keys; the rest is asked of ``policy`` below."""


@bp.get("")
def index() -> str:
    """What the seal shows; the list of checkpoints for those who watch it."""
    try:
        cursor = unpack(request.args.get("cursor"))
    except BadCursor:
        abort(404)
    watches = policy.watches_the_seal(current_user.id)
    settings: Settings = current_app.config["SETTINGS"]
    newest, age = stored.newest(), overview.age()
    rows, following = overview.checkpoints(cursor) if watches else ([], None)
    return render_template(
        "sealing/index.html",
        newest=newest,
        root=base64.b64encode(bytes.fromhex(newest.root)).decode() if newest else "",
        minutes=max(0, int(age.total_seconds() // 60)) if age else 0,
        waiting=overview.waiting(),
        most=overview.MOST,
        keys=overview.shown_keys(),
        watches=watches,
        outside=overview.outside(),
        mailed=bool(settings.seal_mail_to),
        rows=rows,
        next=pack(following),
    )


@bp.get("/checkpoint-<int:size>.txt")
def checkpoint(size: int) -> Response:
    """The exact text of a checkpoint, to be kept elsewhere."""
    newest, found = stored.newest(), overview.checkpoint_at(size)
    if found is None or newest is None:
        abort(404)
    if size != newest.size and not policy.watches_the_seal(current_user.id):
        abort(403)
    return _file(found.note, f"checkpoint-{size:012}.txt")


@bp.get("/keys.txt")
def keys() -> Response:
    """All public keys, the newest first, as ``trail verify --key`` reads them."""
    return _file("".join(f"{key.vkey}\n" for key in overview.shown_keys()), "keys.txt")


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype="text/plain; charset=utf-8", headers=headers)
