"""A password changed by its owner, with its entry in the log of people."""

from flask_babel import gettext as _

from workflow_app import security_log
from workflow_app.authentication import attempts, former_passwords
from workflow_app.errors import BadPassword, NotFound
from workflow_app.extensions import db
from workflow_app.people import familiar, password_rules, passwords
from workflow_app.people.models import Person
from workflow_app.people.persons import for_update
from workflow_app.people.registry_log import Act, changing, write


def change_password(person_id: int, old: str, new: str) -> Person:
    """Change one's own password. Sessions and tokens end; the caller logs the present session in again.

    Raises:
        BadPassword: field ``old`` or ``new``.
        LoginRefused: ``locked``; the old password is guessed at no faster here than elsewhere.
    """
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(person_id)
    before, known = person.password_hash, familiar.of_person(person)
    trial = attempts.at_confirmation(person_id)
    if not passwords.verify(before, old):
        attempts.wrong(trial)
        security_log.record("confirmation_failed", person_id=person_id)
        trial.tell(person_id)
        raise BadPassword({"old": _("现在的密码不对。")})
    attempts.right(trial)
    if why := password_rules.problem(new, known):
        raise BadPassword({"new": why})
    if passwords.verify(before, new):
        raise BadPassword({"new": _("新密码与现在的相同。")})
    if former_passwords.comes_again(person_id, new):
        raise BadPassword({"new": _("最近 %(n)s 次用过的密码不能再用。", n=password_rules.NOT_AGAIN)})
    hashed = passwords.hash_password(new)
    with changing() as session:
        person = for_update(session, person_id)
        if person.password_hash != before:
            raise BadPassword({"old": _("密码刚刚被改过，请重试。")})
        former_passwords.replace(session, person, hashed, must_change=False)
        write(session, person_id, Act.PASSWORD_CHANGE, f"person:{person_id}", person_id, {})
    security_log.record("password_changed", person_id=person_id)
    return person


def renew_hash(person_id: int, before: str, password: str) -> None:
    """Hash the same password again, with the parameters in use now."""
    hashed = passwords.hash_password(password)
    with changing() as session:
        person = for_update(session, person_id)
        if person.password_hash == before:
            person.password_hash = hashed
            write(session, person_id, Act.PASSWORD_REHASH, f"person:{person_id}", person_id, {})
