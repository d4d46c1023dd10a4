"""Keys to the API. The key itself is shown once; only its digest is kept."""

import secrets
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from workflow_app import canonical, clock, inputs, security_log, stamps
from workflow_app.authentication.models import Token
from workflow_app.errors import BadInput, NotAllowed, NotFound
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.people.persons import tell
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.store import AnySession
from workflows.guards import Reason

#: Begins every key, so that one that has leaked is recognised.
PREFIX = "yx_"
MOST_DAYS = 730


def make(
    actor_id: int | None, person_id: int, *, may_sign: bool = False, label: str = "", days: int = 180
) -> str:
    """A new key for that person, valid for so many days.

    Nobody makes one for somebody else, but whoever has the machine (``actor_id`` None): the log says
    so, and the person is told.

    Raises:
        NotFound: no such person. BadInput: naming ``label``, ``days`` or ``person``.
        NotAllowed: it would be somebody else's.
    """
    if actor_id not in (None, person_id):
        raise NotAllowed(Reason("no_right"))
    problems: dict[str, str] = {}
    label = inputs.line(problems, "label", label, 80, required=False)
    if not 1 <= days <= MOST_DAYS:
        problems["days"] = _("有效天数在 1 到 %(most)s 之间。", most=MOST_DAYS)
    raw = PREFIX + secrets.token_urlsafe(32)
    with changing() as session:
        person = _owner(session, person_id, problems)
        if problems:
            raise BadInput(problems)
        now = clock.now()
        token = Token(
            person_id=person.id,
            digest=canonical.sha256(raw.encode()),
            label=label,
            may_sign=may_sign,
            epoch=person.epoch,
            created_at=clock.stamp(now),
            expires_at=clock.stamp(now + timedelta(days=days)),
        )
        session.add(token)
        session.flush()
        made = "command_line" if actor_id is None else "own_page"
        facts = {"person": person.id, "may_sign": may_sign, "expires_at": token.expires_at, "made": made}
        entry = write(session, actor_id, Act.TOKEN_MAKE, f"token:{token.id}", person.id, facts)
        if actor_id is None and may_sign:
            tell(person, entry)
        said = {"about": person.id, "token": token.id, "may_sign": may_sign}
    security_log.record("token_made", person_id=actor_id, **said)
    return raw


def _owner(session: AnySession, person_id: int, problems: dict[str, str]) -> Person:
    """Whose key it will be; why they may have none stands under ``person``.

    Raises:
        NotFound: no such person.
    """
    person = session.get(Person, inputs.identifier(person_id) or 0)
    if person is None:
        raise NotFound(person_id)
    if person.disabled_at:
        problems["person"] = _("这个账号已停用，请先启用。")
    elif person.must_change_password:
        problems["person"] = _("本人还没有设置自己的密码，不能有访问密钥。")
    return person


def find(raw: str) -> Token | None:
    """The token of a key, with its person, if it may be used now; None otherwise."""
    if not raw.startswith(PREFIX) or len(raw) > 100:
        return None
    query = (
        select(Token)
        .join(Token.person)
        .options(contains_eager(Token.person))
        .where(
            Token.digest == canonical.sha256(raw.encode("utf-8", "surrogatepass")),
            Token.revoked_at.is_(None),
            Token.expires_at > clock.stamp(clock.now()),
            Token.epoch == Person.epoch,
            Person.disabled_at.is_(None),
            Person.must_change_password.is_(False),
        )
    )
    return db.session.scalar(query)


def revoke(actor_id: int | None, token_id: int, *, of: int | None = None) -> None:
    """Make a key useless; again does nothing. ``of``: only when it is this person's.

    Raises:
        NotFound: no such token.
    """
    with changing() as session:
        token = session.get(Token, inputs.identifier(token_id) or 0)
        if token is None or of not in (None, token.person_id):
            raise NotFound(token_id)
        if token.revoked_at is not None:
            return
        owner = token.person_id
        token.revoked_at = stamps.moment_in(session).at
        write(session, actor_id, Act.TOKEN_REVOKE, f"token:{token.id}", owner, {})
    security_log.record("token_revoked", person_id=actor_id, about=owner, token=token_id)


def of_person(person_id: int) -> list[tuple[Token, bool]]:
    """A person's tokens, newest first, with whether each may still be used."""
    now = clock.stamp(clock.now())
    query = (
        select(Token)
        .join(Token.person)
        .options(contains_eager(Token.person))
        .where(Token.person_id == person_id)
        .order_by(Token.id.desc())
        .limit(50)
    )
    return [
        (
            token,
            token.revoked_at is None
            and (token.expires_at or now) > now
            and token.epoch == token.person.epoch
            and token.person.disabled_at is None
            and not token.person.must_change_password,
        )
        for token in db.session.scalars(query)
    ]
