"""The administrator's pages about people and units."""

from workflow_app.people.views import persons, units
from workflow_app.people.views.blueprint import bp

__all__ = ["bp", "persons", "units"]
