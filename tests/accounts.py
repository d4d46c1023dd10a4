"""Persons who can log in: with a first code from the command line they have set a password of their own."""

from workflow_app.authentication import one_time
from workflow_app.people import service
from workflow_app.people.models import Person


def set_password(person_id: int, username: str, password: str) -> Person:
    """As its owner does it with a code."""
    access = one_time.by_code(username, one_time.give(None, person_id).raw)
    assert access
    return one_time.set_password(access.digest, password)


def an_account(username: str, name: str, password: str) -> int:
    """A new person with a password of their own; returns the id."""
    person = service.create_person(None, username, name).id
    set_password(person, username, password)
    return person
