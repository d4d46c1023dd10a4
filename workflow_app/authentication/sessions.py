"""The login of one browser, from entering to leaving.

The cookie is signed, not stored, so logging out cannot take it back. Two things can refuse it: the
person's ``epoch`` in it (raised by a new password, an ended role, disabling: ends every session and
token), and the list of ended logins (logging out ends this one browser's session, no other's).

Flask-Login's "strong" protection is off: it logs out whoever's address changes, and phones on a
school's network change theirs all day, in the middle of a form.
"""

import secrets
from datetime import timedelta

from flask import current_app, session
from flask_login import login_user, logout_user
from sqlalchemy import bindparam, exists, select, text

from workflow_app import canonical, clock, inputs
from workflow_app.authentication import resubmission
from workflow_app.authentication.models import EndedLogin
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.store import Statement, transaction

_END = Statement(
    text("INSERT INTO ended_login (digest, until) VALUES (:digest, :until) ON CONFLICT DO NOTHING")
)
# Built once: every request asks it.
_PERSON = select(Person).where(
    Person.id == bindparam("number"),
    Person.epoch == bindparam("epoch"),
    Person.disabled_at.is_(None),
    ~exists().where(EndedLogin.digest == bindparam("digest")),
)
_TIDY = Statement(text("DELETE FROM ended_login WHERE until < :now"))


def _digest() -> str:
    return canonical.sha256(str(session.get("login", "")).encode())


def load(user_id: str) -> Person | None:
    """The person of a cookie, if nothing has ended the session since; one statement."""
    number, _, epoch = user_id.partition(":")
    person, since = inputs.identifier(number), inputs.version(epoch)
    if person is None or since is None:
        return None
    return db.session.scalar(_PERSON, {"number": person, "epoch": since, "digest": _digest()})


def enter(person: Person) -> None:
    """Log this browser in. Nothing of the session before stays, the CSRF token neither."""
    session.clear()
    session.permanent = True
    session["login"] = secrets.token_urlsafe(16)
    session["csrf_token"] = resubmission.token_for(person.id)
    login_user(person)


def leave() -> None:
    """Log this browser out for good: its cookie is refused from now on."""
    digest, now = _digest(), clock.now()
    hours = timedelta(hours=current_app.config["SETTINGS"].session_hours)
    logout_user()
    with transaction() as tx:
        tx.run(_TIDY, now=clock.stamp(now))
        tx.run(_END, digest=digest, until=clock.stamp(now + hours))
    session.clear()
