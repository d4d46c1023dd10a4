"""People, roles and units, for the other packages. Each change is one transaction with its log entry."""

from workflow_app.people.persons import (
    by_username,
    change_person,
    create_person,
    disable,
    enable,
)
from workflow_app.people.roles import end_role, give_role, grant_listeners, live_grants
from workflow_app.people.staff_numbers import set_staff_number
from workflow_app.people.units import change_unit, create_unit, routes, set_route, tree

__all__ = [
    "by_username",
    "change_person",
    "change_unit",
    "create_person",
    "create_unit",
    "disable",
    "enable",
    "end_role",
    "give_role",
    "grant_listeners",
    "live_grants",
    "routes",
    "set_route",
    "set_staff_number",
    "tree",
]
