"""The JSON API: the same services, for programs."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Filled in next."""
