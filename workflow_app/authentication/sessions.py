"""The login of one browser, from entering to leaving.

The cookie is signed; what it holds counts only while three things agree: the row of the session is
there (logging out, and ending it from elsewhere, takes it away), the person's ``epoch`` is the one in
the cookie (a new password, an ended role, disabling raise it: ends every session and key), and the
session is neither too long unused nor too old.

Flask-Login's "strong" protection is off: it logs out whoever's address changes, and phones on a
school's network change theirs all day, in the middle of a form.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app, g, request, session
from flask_login import login_user, logout_user
from sqlalchemy import bindparam, delete, func, select, text

from workflow_app import canonical, clock, inputs, security_log
from workflow_app.authentication import browsers, resubmission
from workflow_app.authentication.models import LoginSession
from workflow_app.errors import NotFound
from workflow_app.extensions import db
from workflow_app.people.accounts import FIELDS, Account
from workflow_app.people.models import Person
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.store import Statement, first, transaction

#: When a session was last used is written so seldom: most requests write nothing.
SEEN_EVERY = timedelta(minutes=5)
#: How many sessions a list shows.
SHOWN = 50

# Every request asks it.
_PERSON = Statement(
    select(*(getattr(Person, name) for name in FIELDS), LoginSession.id, LoginSession.seen_at)
    .join(LoginSession, LoginSession.person_id == Person.id)
    .where(
        Person.id == bindparam("number"),
        Person.epoch == bindparam("epoch"),
        Person.disabled_at.is_(None),
        LoginSession.digest == bindparam("digest"),
        LoginSession.ends_at > bindparam("now"),
        LoginSession.seen_at > bindparam("idle"),
        # Begun while the clock was ahead, it would go on for as long as that.
        LoginSession.started_at < bindparam("ahead"),
    )
)
_TIDY = Statement(
    text(
        "DELETE FROM login_session WHERE ends_at <= :now"
        " OR person_id = :person AND (epoch <> :epoch OR seen_at < :idle)"
    )
)
_BEGIN = Statement(
    text(
        "INSERT INTO login_session (digest, person_id, epoch, address, agent, started_at, seen_at, ends_at)"
        " VALUES (:digest, :person, :epoch, :address, :agent, :now, :now, :ends)"
    )
)
_SEEN = Statement(text("UPDATE login_session SET seen_at = :now WHERE id = :id AND seen_at < :now"))
_LEAVE = Statement(text("DELETE FROM login_session WHERE digest = :digest"))
_END = Statement(text("DELETE FROM login_session WHERE id = :id AND person_id = :person"))
_END_OTHERS = Statement(text("DELETE FROM login_session WHERE person_id = :person AND digest <> :digest"))


@dataclass(frozen=True, slots=True)
class Row:
    """A session as its person sees it. ``here``: it is the one that asks."""

    id: int
    device: str
    address: str
    started_at: str
    seen_at: str
    here: bool


def _digest() -> str:
    return canonical.sha256(str(session.get("login", "")).encode())


def _unused_since(now: datetime) -> str:
    """Sessions not used since then have ended. Uses are written late, so a little is added."""
    hours = timedelta(hours=current_app.config["SETTINGS"].session_hours)
    return clock.stamp(now - hours - SEEN_EVERY)


# --- of this request -----------------------------------------------------------------------------


def load(user_id: str) -> Account | None:
    """The person of a cookie, if nothing has ended the session since; one statement."""
    number, _, epoch = user_id.partition(":")
    person, since = inputs.identifier(number), inputs.version(epoch)
    if person is None or since is None:
        return None
    now = clock.now()
    values = {"digest": _digest(), "now": clock.stamp(now), "idle": _unused_since(now)}
    values["ahead"] = clock.stamp(now + clock.FAR_BEHIND)
    found = first(_PERSON, number=person, epoch=since, **values)
    if found is None:
        return None
    *facts, session_id, seen_at = found
    g.login_session = session_id, seen_at
    return Account(*facts)


def enter(person: Person) -> None:
    """Log this browser in. Nothing of the session before stays, the CSRF token neither."""
    now, secret = clock.now(), secrets.token_urlsafe(16)
    longest = timedelta(hours=current_app.config["SETTINGS"].session_longest_hours)
    number, epoch, username = person.id, person.epoch, person.username
    values = {
        "digest": canonical.sha256(secret.encode()),
        "address": (request.remote_addr or "")[:45],
        "agent": "".join(char for char in request.user_agent.string if char.isprintable())[:300],
        "ends": clock.stamp(now + longest),
    }
    before = _digest()
    with transaction() as tx:
        tx.run(_LEAVE, digest=before)
        tx.run(_TIDY, person=number, epoch=epoch, now=clock.stamp(now), idle=_unused_since(now))
        tx.run(_BEGIN, person=number, epoch=epoch, now=clock.stamp(now), **values)
    session.clear()
    session.permanent = True
    session["login"] = secret
    session["csrf_token"] = resubmission.token_for(number)
    browsers.remember(username)
    login_user(Account.of(person))


def leave() -> None:
    """Log this browser out for good: its cookie is refused from now on."""
    digest = _digest()
    logout_user()
    with transaction() as tx:
        tx.run(_LEAVE, digest=digest)
    session.clear()


def seen(response: Response) -> Response:
    """After a request: write that the session was used, unless that was written a short while ago."""
    number, seen_at = g.get("login_session", (None, ""))
    now = clock.now()
    if number and clock.parse(seen_at) + SEEN_EVERY < now:
        with transaction() as tx:
            tx.run(_SEEN, id=number, now=clock.stamp(now))
    return response


# --- of one person ---------------------------------------------------------------------------------


def of_person(person_id: int) -> list[Row]:
    """A person's sessions that have not ended, the one last used first."""
    now = clock.now()
    query = (
        select(LoginSession)
        .join(Person, Person.id == LoginSession.person_id)
        .where(
            LoginSession.person_id == person_id,
            LoginSession.epoch == Person.epoch,
            LoginSession.ends_at > clock.stamp(now),
            LoginSession.seen_at > _unused_since(now),
            LoginSession.started_at < clock.stamp(now + clock.FAR_BEHIND),
            Person.disabled_at.is_(None),
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        .limit(SHOWN)
    )
    mine = g.get("login_session", (None, ""))[0]
    rows = [
        Row(one.id, browsers.in_words(one.agent), one.address, one.started_at, one.seen_at, one.id == mine)
        for one in db.session.scalars(query)
    ]
    return sorted(rows, key=lambda row: not row.here)


def end(person_id: int, session_id: int) -> None:
    """End one of a person's sessions.

    Raises:
        NotFound: none of this person's, or it has ended.
    """
    with transaction() as tx:
        if not tx.run(_END, id=session_id, person=person_id):
            raise NotFound(session_id)
    security_log.record("session_ended", person_id=person_id, sessions=1)


def end_others(person_id: int) -> None:
    """End all sessions of the person who asks but the one that asks."""
    digest = _digest()
    with transaction() as tx:
        ended = tx.run(_END_OTHERS, person=person_id, digest=digest)
    security_log.record("session_ended", person_id=person_id, sessions=ended)


def end_all(actor_id: int, person_id: int) -> None:
    """End all sessions of somebody; the log of people tells who did it. Keys to the API stay.

    Raises:
        NotFound: no such person.
    """
    with changing() as writer:
        if writer.get(Person, person_id) is None:
            raise NotFound(person_id)
        theirs = LoginSession.person_id == person_id
        ended = writer.scalar(select(func.count()).select_from(LoginSession).where(theirs))
        writer.execute(delete(LoginSession).where(theirs))
        write(writer, actor_id, Act.SESSIONS_END, f"person:{person_id}", person_id, {"sessions": ended})
    security_log.record("session_ended", person_id=actor_id, about=person_id, sessions=ended)
