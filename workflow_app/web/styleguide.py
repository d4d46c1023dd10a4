"""``/styleguide``: every piece that pages are made of, on one page. Not in production."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template
from flask_babel import gettext as _

from workflow_app import clock

TONES = ("draft", "waiting", "approved", "returned", "archived", "late")


def init_app(app: Flask) -> None:
    """Attach the page, unless this is the real thing."""
    if not app.config["SETTINGS"].production:
        app.add_url_rule("/styleguide", "styleguide", _styleguide)


def _styleguide() -> str:
    now = clock.now()
    soon, past = clock.stamp(now + timedelta(days=3)), clock.stamp(now - timedelta(days=2))
    return render_template(
        "web/styleguide.html",
        tones=TONES,
        stamps=(soon, past),
        rows=[_row(_("待签批"), "waiting", soon), _row(_("已退回"), "returned", past)],
        page=SimpleNamespace(
            doc=SimpleNamespace(state_title=_("待签批")),
            steps=[
                _step(_("起草"), "done", past),
                _step(_("学校审核"), "back", past),
                _step(_("县级论证"), "now", soon),
                _step(_("通过"), "todo", None),
            ],
        ),
        points=[_point(number, state, past) for number, state in enumerate(("open", "answered", "closed"))],
        field=_table_field(),
        values=[{"when": "2026-09-01", "theme": _("集体备课"), "form": _("研讨"), "hours": 2}],
    )


def _row(state: str, tone: str, due_at: str) -> SimpleNamespace:
    return SimpleNamespace(
        id=1, title=_("校本研修计划"), school=_("城关小学"), who="", when=due_at, note="",
        state_title=state, tone=tone, due_at=due_at,
    )  # fmt: skip


def _step(title: str, status: str, at: str | None) -> dict[str, Any]:
    due_at = at if status == "now" else None
    return {"title": title, "status": status, "who": (), "at": at, "due_at": due_at}


def _point(number: int, state: str, at: str) -> SimpleNamespace:
    closed = state == "closed"
    return SimpleNamespace(
        id=number, round=1, state=state, section="goals", section_title=_("研修目标"), text=_("请写具体。"),
        raised_by=_("王静怡"), answer="" if state == "open" else _("已改。"), answered_by=_("王静怡"),
        closed_by=_("王静怡") if closed else None, closed_at=at if closed else None,
        can_answer=False, can_close=False, can_reopen=False,
    )  # fmt: skip


def _table_field() -> SimpleNamespace:
    kinds = {"when": "date", "theme": "text", "form": "text", "hours": "number"}
    titles = {"when": _("时间"), "theme": _("主题与内容"), "form": _("形式"), "hours": _("学时")}
    columns = [SimpleNamespace(key=key, kind=kind, title=titles[key]) for key, kind in kinds.items()]
    return SimpleNamespace(key="activities", kind="table", title=_("活动安排"), columns=columns)
