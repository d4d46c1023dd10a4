"""A county to try things in: 青禾县, three schools, documents in every state. DemoRefused in production."""

from workflow_app.demo.access import accounts, init, ready
from workflow_app.demo.loader import DemoRefused, is_loaded, load

__all__ = ["DemoRefused", "accounts", "init", "is_loaded", "load", "ready"]
