"""Pages: logging in and out, one's own page, and the administrator's pages about people and units."""

from workflow_app.people.views import login, own, persons, units
from workflow_app.people.views.blueprint import bp

__all__ = ["bp", "login", "own", "persons", "units"]
