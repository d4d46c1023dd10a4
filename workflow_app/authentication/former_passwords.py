"""Passwords that may not come again. Kept (as hashes) only where the profile ``dengbao`` asks for it."""

from sqlalchemy import delete, select

from workflow_app import clock
from workflow_app.authentication.models import FormerPassword
from workflow_app.extensions import db
from workflow_app.people import password_rules, passwords
from workflow_app.people.models import Person
from workflow_app.store import AnySession

#: The present password is one of those that may not come again.
_KEPT = password_rules.NOT_AGAIN - 1


def comes_again(person_id: int, password: str) -> bool:
    """Whether it is one of the former passwords that may not come again; slow, a hash for each."""
    if not password_rules.is_dengbao():
        return False
    query = select(FormerPassword.password_hash).where(FormerPassword.person_id == person_id)
    hashes = list(db.session.scalars(query.order_by(FormerPassword.id.desc()).limit(_KEPT)))
    db.session.rollback()  # no transaction stays open meanwhile
    return any(passwords.verify(one, password) for one in hashes)


def replace(session: AnySession, person: Person, password_hash: str, *, must_change: bool) -> None:
    """Give a person another password in the caller's transaction: every session and key ends."""
    now = clock.stamp(clock.now())
    if password_rules.is_dengbao() and person.password_hash:
        session.add(FormerPassword(person_id=person.id, password_hash=person.password_hash, until=now))
        session.flush()
        theirs = FormerPassword.person_id == person.id
        newest = select(FormerPassword.id).where(theirs).order_by(FormerPassword.id.desc()).limit(_KEPT)
        session.execute(delete(FormerPassword).where(theirs, FormerPassword.id.not_in(newest)))
    person.password_hash, person.password_set_at = password_hash, now
    person.must_change_password = must_change
    person.epoch += 1
