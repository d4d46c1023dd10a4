"""Who is it? User name and password, checked alike whether or not the name exists."""

from workflow_app import security_log
from workflow_app.authentication import attempts
from workflow_app.authentication.credentials import renew_hash
from workflow_app.errors import LoginRefused
from workflow_app.extensions import db
from workflow_app.people import passwords
from workflow_app.people.models import Person
from workflow_app.people.persons import by_username

__all__ = ["LoginRefused", "authenticate", "confirm_password"]


def authenticate(username: str, password: str) -> Person:
    """The person of that name and password.

    Unknown names cost a verification too, against a hash of nobody's password.

    Raises:
        LoginRefused: ``wrong`` and ``locked`` for known and unknown names alike; ``disabled`` only
            for the right password.
    """
    attempts.count(username)
    person = by_username(username)
    stored = person.password_hash if person else passwords.dummy_hash()
    db.session.rollback()  # no transaction stays open while the slow hash is made
    right = passwords.verify(stored, password)
    if person is None or not right:
        _tell_failure(person, username, "wrong")
        raise LoginRefused("wrong")
    attempts.forget(username)
    if person.disabled_at is not None:
        _tell_failure(person, username, "disabled")
        raise LoginRefused("disabled")
    if passwords.needs_rehash(stored):
        renew_hash(person.id, stored, password)
    return person


def _tell_failure(person: Person | None, username: str, reason: str) -> None:
    """Into the security log: the person, or only a digest of what may be a password in the wrong field."""
    facts = {"name_digest": None if person else security_log.name_digest(username), "reason": reason}
    security_log.record("login_failed", person_id=person.id if person else None, **facts)


def confirm_password(person: Person, password: str) -> bool:
    """Whether it is this person's password; asked before signing. Counted as tries to log in are.

    Raises:
        LoginRefused: ``locked``.
    """
    person_id, username, stored = person.id, person.username, person.password_hash
    attempts.count(username)
    right = passwords.verify(stored, password)
    if right:
        attempts.forget(username)
    else:
        security_log.record("confirmation_failed", person_id=person_id)
    return right
