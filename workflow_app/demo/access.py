"""Who may log in to the demo county, and with which password.

The password comes from ``DEMO_PASSWORD``, else it is made once at random. It is kept in
``DATA_DIR/demo_password`` (mode 600), so that later starts can show it.
"""

import os
from pathlib import Path

from flask import Flask, current_app

from workflow_app.demo import loader, people
from workflow_app.people import passwords
from workflow_app.settings import Settings


def _path(settings: Settings) -> Path:
    return settings.data_dir / "demo_password"


def kept_password(settings: Settings) -> str:
    """The password kept from an earlier start; empty when there is none."""
    try:
        return _path(settings).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _keep(settings: Settings, password: str) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(_path(settings), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(password + "\n")


def accounts(app: Flask) -> list[tuple[str, str, str]]:
    """(username, name, role and unit) of everybody in the demo county."""
    return [(one.username, one.name, one.label) for one in people.PEOPLE]


def init(app: Flask) -> bool:
    """Show the demo accounts on the login page where the demo is loaded; one cheap query."""
    settings: Settings = app.config["SETTINGS"]
    if settings.production:
        return False
    with app.app_context():
        if not loader.is_loaded():
            return False
    app.config["DEMO_ACCOUNTS"] = accounts(app)
    app.config["DEMO_PASSWORD_SHOWN"] = kept_password(settings)
    return True


def set_up(app: Flask) -> bool:
    """Load the county if it is not there, with the password asked for; False when it was.

    Raises:
        loader.DemoRefused: in production, or where other people's data lives.
    """
    settings: Settings = app.config["SETTINGS"]
    kept = kept_password(settings)
    password = settings.demo_password or kept or passwords.generate()
    with app.app_context():
        fresh = loader.lacking(app)
        if fresh or settings.demo_password:
            _keep(settings, password)  # first: an interrupted load goes on with the same one
        if not fresh and settings.demo_password not in ("", kept):
            people.set_passwords(password)
    return fresh and loader.load(app, password)


def ready(settings: Settings) -> list[str]:
    """For ``serve --demo``: load into an empty database; lines that say who may log in."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        set_up(app)
    except loader.DemoRefused:
        return []
    init(app)
    return lines(app)


def lines(app: Flask) -> list[str]:
    """What a start prints."""
    password = kept_password(app.config["SETTINGS"]) or "（装入时给出的那一个）"
    lines = [f"示例县 {people.COUNTY}，所有人的密码都是：{password}"]
    lines += [f"  {username:<14}{name}  {label}" for username, name, label in accounts(app)]
    return lines
