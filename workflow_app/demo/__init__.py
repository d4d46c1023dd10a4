"""A county to try things in: 青禾县, three schools, documents in every state. Refused in production."""

from workflow_app.demo.access import accounts, init, ready
from workflow_app.demo.loader import Refused, is_loaded, load

__all__ = ["Refused", "accounts", "init", "is_loaded", "load", "ready"]
