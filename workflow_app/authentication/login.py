"""Who is it? User name and password, checked alike whether or not the name exists."""

from workflow_app import security_log
from workflow_app.authentication import attempts
from workflow_app.authentication.credentials import renew_hash
from workflow_app.errors import LoginRefused
from workflow_app.extensions import db
from workflow_app.people import passwords
from workflow_app.people.accounts import Account
from workflow_app.people.models import Person
from workflow_app.people.persons import by_username

__all__ = ["LoginRefused", "authenticate", "confirm_password"]


def authenticate(username: str, password: str, *, address: str = "", browser: str = "") -> Person:
    """The person of that name and password.

    Unknown names cost a verification too, against a hash of nobody's password.

    Args:
        address: where the request comes from.
        browser: what ``browsers.number_for`` says of the browser and this name.

    Raises:
        LoginRefused: ``wrong`` and ``locked`` for known and unknown names alike; ``disabled`` only
            for the right password.
    """
    trial = attempts.at_login(username, address, browser)
    person = by_username(username)
    # Read now: later the row would be loaded again, which takes time that tells who exists.
    number, stored = (person.id, person.password_hash) if person else (None, "")
    stored = stored or passwords.dummy_hash()
    db.session.rollback()  # no transaction stays open while the slow hash is made
    right = passwords.verify(stored, password)
    if person is None or not right:
        attempts.wrong(trial)
        # Of names that do not exist a digest only: it may be a password in the wrong field.
        digest = None if number else security_log.name_digest(username)
        security_log.record("login_failed", person_id=number, name_digest=digest, reason="wrong")
        trial.tell(number, name_digest=digest)
        raise LoginRefused("wrong")
    attempts.right(trial)
    if person.disabled_at is not None:
        security_log.record("login_failed", person_id=number, reason="disabled")
        raise LoginRefused("disabled")
    if passwords.needs_rehash(stored):
        renew_hash(person.id, stored, password)
    return person


def confirm_password(person: Account, password: str) -> bool:
    """Whether it is this person's password; asked of who is logged in, before signing.

    Counted for the person alone: what strangers guess at the login page does not matter here.

    Raises:
        LoginRefused: ``locked``.
    """
    number, stored = person.id, person.password_hash or passwords.dummy_hash()
    trial = attempts.at_confirmation(number)
    right = passwords.verify(stored, password)
    if right:
        attempts.right(trial)
    else:
        attempts.wrong(trial)
        security_log.record("confirmation_failed", person_id=number)
        trial.tell(number)
    return right
