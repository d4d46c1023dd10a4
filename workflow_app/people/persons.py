"""Persons: created, corrected, disabled, enabled. Never deleted."""

import re
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from workflow_app import clock, inputs, stamps
from workflow_app.errors import BadInput, NotFound
from workflow_app.extensions import db
from workflow_app.people import listing, names, sort_keys
from workflow_app.people.models import Grant, Person, RegistryEvent
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.people.roles import call_listeners, refuse_last_administrator
from workflow_app.store import AnySession, writing

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,39}")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}")
#: How long sign-offs carry the mark that somebody else has changed how their signer gets in.
MARKED_FOR = timedelta(hours=24)


def create_person(actor_id: int | None, username: str, name: str, *, phone: str | None = None) -> Person:
    """A new person, without a password; ``authentication.one_time`` gives them access.

    Raises:
        BadInput: naming the fields ``username``, ``name``, ``phone``.
    """
    problems: dict[str, str] = {}
    username = inputs.code(problems, "username", username, 40).lower()
    if username and not _USERNAME.fullmatch(username):
        problems["username"] = _("用户名用小写字母、数字和 . _ - @，2 到 40 个字符，以字母或数字开头。")
    name, phone = _name_and_phone(problems, name, phone)
    if problems:
        raise BadInput(problems)
    with changing() as session:
        if session.scalar(select(Person.id).where(Person.username == username)):
            raise BadInput({"username": _("这个用户名已有人用了。")})
        now = stamps.moment_in(session).at
        person = Person(
            username=username,
            name=name,
            sort_key=sort_keys.person_key(name),
            phone=phone or None,
            password_hash="",
            must_change_password=True,
            created_at=now,
        )
        session.add(person)
        session.flush()
        write(session, actor_id, Act.PERSON_CREATE, f"person:{person.id}", person.id, {})
        return person


def _name_and_phone(problems: dict[str, str], name: str, phone: str | None) -> tuple[str, str]:
    name = inputs.line(problems, "name", name, 40)
    phone = inputs.code(problems, "phone", phone, 20, required=False)
    if phone and not _PHONE.fullmatch(phone):
        problems["phone"] = _("电话号码只含数字、空格和连字符。")
    return name, phone


def change_person(actor_id: int | None, person_id: int, name: str, phone: str | None) -> Person:
    """Correct somebody's name and phone number. The log says which of them changed, not from what to what.

    Raises:
        NotFound: no such person. BadInput: naming the fields ``name``, ``phone``.
    """
    problems: dict[str, str] = {}
    name, phone = _name_and_phone(problems, name, phone)
    if problems:
        raise BadInput(problems)
    wanted = {"name": name, "phone": phone or None}
    with changing() as session:
        person = for_update(session, person_id)
        changed = [field for field, value in wanted.items() if getattr(person, field) != value]
        if changed:
            if "name" in changed:
                names.keep(session, until=stamps.moment_in(session).at, person=person)
            person.name, person.phone = name, phone or None
            person.sort_key = sort_keys.person_key(name)
            write(session, actor_id, Act.PERSON_CHANGE, f"person:{person.id}", person.id, {"fields": changed})
        return person


def by_username(username: str) -> Person | None:
    """The person of that login name, whatever its capitals."""
    wanted = inputs.username(username)
    if len(wanted) > 40 or not wanted.isprintable():
        return None  # PostgreSQL refuses NUL in a parameter
    return db.session.scalar(select(Person).where(Person.username == wanted))


def disable(actor_id: int | None, person_id: int) -> Person:
    """Shut somebody out at once: no login, no session, no token, no right.

    Raises:
        NotFound: no such person. BadInput: oneself, or the last administrator.
    """
    with changing() as session:
        person = for_update(session, person_id)
        if actor_id == person.id:
            raise BadInput({"person": _("不能停用自己的账号。")})
        if person.disabled_at:
            raise BadInput({"person": _("这个账号已经停用。")})
        held = _held(session, person.id)
        refuse_last_administrator(session, actor_id, held)
        person.disabled_at = stamps.moment_in(session).at
        person.epoch += 1
        write(session, actor_id, Act.PERSON_DISABLE, f"person:{person.id}", person.id, {})
        call_listeners(session, {grant.unit_id for grant in held})
        return person


def enable(actor_id: int | None, person_id: int) -> Person:
    """Let somebody in again, with the roles that have not ended meanwhile.

    Raises:
        NotFound: no such person. BadInput: not disabled.
    """
    with changing() as session:
        person = for_update(session, person_id)
        if not person.disabled_at:
            raise BadInput({"person": _("这个账号没有停用。")})
        person.disabled_at = None
        write(session, actor_id, Act.PERSON_ENABLE, f"person:{person.id}", person.id, {})
        call_listeners(session, {grant.unit_id for grant in _held(session, person.id)})
        return person


def for_update(session: AnySession, person_id: int) -> Person:
    """That person, held until the transaction ends.

    Raises:
        NotFound: no such person.
    """
    number = inputs.identifier(person_id)
    person = session.get(Person, number, with_for_update=True, populate_existing=True) if number else None
    if person is None:
        raise NotFound(person_id)
    return person


def changed_by_other(person: Person, entry: RegistryEvent) -> None:
    """Somebody else has changed how this person gets in: tell them, and mark what they sign."""
    tell(person, entry)
    mark(person, since=entry.at, at=entry.at)


def tell(person: Person, entry: RegistryEvent) -> None:
    """Show the person this entry of the register until they dismiss it."""
    if person.told_from is None:
        person.told_from = entry.seq


def mark(person: Person, *, since: str, at: str) -> None:
    """Sign-offs of the next hours after ``at`` say that access was changed by another at ``since``."""
    person.reset_at = since
    person.reset_marked_until = clock.stamp(clock.parse(at) + MARKED_FOR)


def dismiss_news(person_id: int, up_to: int) -> None:
    """The person has seen what others did to their account, up to that entry of the register."""
    with writing() as session:
        person = for_update(session, person_id)
        if person.told_from is not None and person.told_from <= up_to:
            later = listing.news(person_id, up_to + 1)
            person.told_from = later[0].seq if later else None


def _held(session: AnySession, person_id: int) -> list[Grant]:
    """What has not ended, of today and of days to come."""
    query = select(Grant).where(Grant.person_id == person_id, Grant.ended_at.is_(None))
    return list(session.scalars(query))
