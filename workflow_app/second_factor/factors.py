"""Which factors a person has, whether they must have one, proving one, taking them away."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import bindparam, exists, or_, select

from workflow_app import security_log
from workflow_app.authentication import attempts
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people import persons
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.people.roles import live_grants
from workflow_app.second_factor import recovery, totp
from workflow_app.second_factor.models import Passkey, TotpFactor
from workflow_app.store import AnySession, Reader, Statement

_totp = exists().where(TotpFactor.person_id == bindparam("person"))
_passkey = exists().where(Passkey.person_id == bindparam("person"))
_HAS = Statement(select(or_(_totp, _passkey)))
_KINDS = select(_totp, _passkey)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which kinds of factors a person has; false when none."""

    totp: bool
    passkey: bool

    def __bool__(self) -> bool:
        return self.totp or self.passkey


def kinds(person_id: int) -> Kinds:
    return Kinds(*map(bool, db.session.execute(_KINDS, {"person": person_id}).one()))


def has_any(reader: Reader, person_id: int) -> bool:
    """The same in one statement of the caller's transaction."""
    found = reader.one(_HAS, person=person_id)
    return bool(found and found[0])


def required_of(roles: set[str]) -> bool:
    """Whether whoever holds one of these roles must have a second factor (SECOND_FACTOR_ROLES)."""
    return not roles.isdisjoint(current_app.config["SETTINGS"].factor_roles)


def lacking(person_id: int) -> bool:
    """Whether the person must have a second factor and has none."""
    return required_of({grant.role for grant in live_grants(person_id)}) and not kinds(person_id)


def prove(person_id: int, typed: str) -> str:
    """How the typed code proves the person: ``totp``, ``recovery``, or "" when it does not.

    Raises:
        LoginRefused: ``locked``. Counted apart from passwords: whoever knows the password shall not
            begin anew with each login.
    """
    trial = attempts.at_second_step(person_id)
    if "".join(typed.split()).isdigit():
        how = "totp" if totp.verify(person_id, typed) else ""
    else:
        how = "recovery" if recovery.use(person_id, typed) else ""
    if how:
        attempts.right(trial)
    else:
        attempts.wrong(trial)
        security_log.record("factor_failed", person_id=person_id)
    return how


def remove(person_id: int, kind: str, passkey_id: int | None = None) -> None:
    """Take one of one's own factors away: ``totp``, or a passkey.

    Raises:
        BadInput: ``factor``: it is the last one of somebody who must have one.
    """
    with changing() as session:
        _delete(session, person_id, TotpFactor if kind == "totp" else Passkey, passkey_id)
        if not kinds(person_id):
            if lacking(person_id):
                raise BadInput({"factor": _("您的角色须有第二道验证，请先加上另一种，再取消这一种。")})
            recovery.clear(session, person_id)
        write(session, person_id, Act.FACTOR_REMOVE, f"person:{person_id}", person_id, {"kind": kind})
    security_log.record("factor_removed", person_id=person_id, factor=kind)


def reset(actor_id: int | None, person_id: int) -> None:
    """Take away all factors of somebody who has lost them. Sessions and tokens end, the person is told,
    and what they sign soon after carries the mark.

    Raises:
        NotFound: no such person. BadInput: ``person``: there are none.
    """
    with changing() as session:
        person = persons.for_update(session, person_id)
        if not kinds(person.id):
            raise BadInput({"person": _("此人没有第二道验证。")})
        for model in (TotpFactor, Passkey):
            _delete(session, person.id, model)
        recovery.clear(session, person.id)
        person.epoch += 1
        entry = write(session, actor_id, Act.FACTOR_RESET, f"person:{person.id}", person.id, {})
        if actor_id != person.id:
            persons.changed_by_other(person, entry)
    security_log.record("factor_removed", person_id=actor_id, about=person_id)


def _delete(
    session: AnySession, person_id: int, model: type[TotpFactor | Passkey], row_id: int | None = None
) -> None:
    """Take factors away one by one: the register states each."""
    for row in session.scalars(select(model).where(model.person_id == person_id)):
        if row_id is None or getattr(row, "id", None) == row_id:
            session.delete(row)
    session.flush()
