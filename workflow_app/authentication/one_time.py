"""Access that works once: a link or a code on paper, which open “set your own password” and nothing else.

Nobody makes a password for somebody else. Of a link or code only the digest is kept. It is used up in the
transaction that sets the password, and the register has one writer at a time: it works once however often
it is sent.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import select

from workflow_app import canonical, clock, security_log
from workflow_app.authentication import former_passwords
from workflow_app.authentication.models import OneTimeAccess
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import familiar, password_rules, passwords, persons
from workflow_app.people.models import Person
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.store import AnySession

Kind = Literal["link", "code"]
#: A link is sent and opened soon; a code on paper waits until its owner comes to a computer.
VALID_FOR: dict[str, timedelta] = {"link": timedelta(hours=24), "code": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Given:
    """What is handed over, shown once: the raw link part or code, and until when (stamp) it works."""

    kind: Kind
    raw: str
    expires_at: str


def give(actor_id: int | None, person_id: int, kind: Kind = "code") -> Given:
    """A new link or code; earlier ones stop working.

    The first one of a new person is an entry in the log. Every later one is a reset: the password,
    sessions and tokens end at once, the person is told, and what they sign soon after carries a mark.

    Raises:
        NotFound: no such person. BadInput: ``person``, who is disabled.
    """
    raw = secrets.token_urlsafe(32) if kind == "link" else passwords.generate()
    with changing() as session:
        person = persons.for_update(session, person_id)
        if person.disabled_at:
            raise BadInput({"person": _("这个账号已停用，请先启用。")})
        now = clock.now()
        access = OneTimeAccess(
            person_id=person.id,
            digest=_digest(raw),
            kind=kind,
            given_by=actor_id,
            given_at=clock.stamp(now),
            expires_at=clock.stamp(now + VALID_FOR[kind]),
        )
        for earlier in session.scalars(select(OneTimeAccess).where(OneTimeAccess.person_id == person.id)):
            session.delete(earlier)
        session.flush()
        session.add(access)
        _log(session, actor_id, person, access)
        given = Given(kind, raw, access.expires_at)
    security_log.record("password_reset", person_id=actor_id, about=person_id)
    return given


def _log(session: AnySession, actor_id: int | None, person: Person, access: OneTimeAccess) -> None:
    facts = {"person": person.id, "kind": access.kind, "expires_at": access.expires_at}
    subject = f"person:{person.id}"
    if not person.had_password:
        write(session, actor_id, Act.ACCESS_GIVE, subject, person.id, facts)
        return
    former_passwords.replace(session, person, "", must_change=True)
    entry = write(session, actor_id, Act.PASSWORD_RESET, subject, person.id, facts)
    if actor_id != person.id:
        persons.changed_by_other(person, entry)


def _digest(raw: str) -> str:
    """Of a link or of a code, which people type with or without hyphens and in capitals."""
    plain = raw if len(raw) > 20 else raw.lower().replace("-", "").replace(" ", "")
    return canonical.sha256(plain.encode("utf-8", "surrogatepass"))


def by_link(raw: str) -> OneTimeAccess | None:
    """The access a link opens, if it still works."""
    return current(_digest(raw)) if 20 < len(raw) <= 100 else None


def by_code(username: str, code: str) -> OneTimeAccess | None:
    """The access that this code opens for the person of that login name, if it still works."""
    access = current(_digest(code)) if len(code) <= 20 else None
    person = persons.by_username(username)
    return access if access and person and access.person_id == person.id else None


def current(digest: str) -> OneTimeAccess | None:
    """The access of that digest with its person, if it has not been used and not expired."""
    query = (
        select(OneTimeAccess)
        .join(OneTimeAccess.person)
        .where(
            OneTimeAccess.digest == digest,
            OneTimeAccess.used_at.is_(None),
            OneTimeAccess.expires_at > clock.stamp(clock.now()),
            Person.disabled_at.is_(None),
        )
    )
    return db.session.scalar(query)


def set_password(digest: str, new: str) -> Person:
    """Use the access of that digest up and give its person the password they have chosen.

    Raises:
        NotFound: it does not work any more. BadInput: field ``new``.
    """
    access = current(digest)
    if access is None:
        raise NotFound(digest)
    if why := password_rules.problem(new, familiar.of_person(access.person)):
        raise BadInput({"new": why})
    person_id, given_by, given_at = access.person_id, access.given_by, access.given_at
    if former_passwords.comes_again(person_id, new):
        raise BadInput({"new": _("最近 %(n)s 次用过的密码不能再用。", n=password_rules.NOT_AGAIN)})
    hashed = passwords.hash_password(new)  # slow: before the lock is taken
    with changing() as session:
        person = persons.for_update(session, person_id)
        locked = select(OneTimeAccess).where(OneTimeAccess.digest == digest).with_for_update()
        found = session.scalar(locked.execution_options(populate_existing=True))
        now = clock.stamp(clock.now())
        if found is None or found.used_at or found.expires_at <= now or person.disabled_at:
            raise NotFound(digest)
        again = person.had_password
        found.used_at, person.had_password = now, True
        former_passwords.replace(session, person, hashed, must_change=False)
        entry = write(session, person_id, Act.PASSWORD_SET, f"person:{person_id}", person_id, {})
        if again and given_by != person_id:
            persons.mark(person, since=given_at, at=entry.at)
    security_log.record("link_used", person_id=person_id)
    return person
