"""Settings of an application that is already made, changed for one test."""

from typing import Any

from flask import Flask


def configure(app: Flask, **changes: Any) -> None:
    """``configure(app, base_url="https://…")``: what reads its settings from now on finds these."""
    app.config["SETTINGS"] = app.config["SETTINGS"].changed(**changes)
