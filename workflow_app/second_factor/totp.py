"""Codes of an authenticator app (RFC 6238): set up, confirmed, checked. A code counts once."""

import hmac
from typing import NamedTuple

import pyotp
from sqlalchemy import bindparam, update

from workflow_app import clock, security_log
from workflow_app.extensions import db
from workflow_app.people.accounts import Account
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.second_factor import recovery
from workflow_app.second_factor.models import TotpFactor
from workflow_app.second_factor.secrets_at_rest import Unreadable, decrypted, encrypted
from workflow_app.store import Statement, transaction

STEP_SECONDS = 30
#: Clocks of telephones and servers differ: a code also counts one step early and one step late.
STEPS_AROUND = 1
ISSUER = "研修签批"

_ACCEPT = Statement(
    update(TotpFactor)
    .where(
        TotpFactor.person_id == bindparam("person"),
        TotpFactor.secret == bindparam("seen_secret"),
        TotpFactor.last_step < bindparam("step"),
    )
    .values(last_step=bindparam("step"))
)


class Begun(NamedTuple):
    """An app that is being set up: its secret, the address an app reads as QR code, and the secret
    encrypted, which the session keeps until the first code.
    """

    secret: str
    address: str
    sealed: str


def begin(person: Account) -> Begun:
    """A new secret for that person; nothing is stored yet."""
    secret = pyotp.random_base32()
    return Begun(secret, _address(person, secret), encrypted(secret).decode())


def begun(person: Account, sealed: object) -> Begun | None:
    """What was begun before; None when nothing was."""
    try:
        secret = decrypted(str(sealed).encode())
    except Unreadable:
        return None
    return Begun(secret, _address(person, secret), str(sealed))


def _address(person: Account, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)


def confirm(person_id: int, sealed: object, code: str) -> list[str] | None:
    """Put the app in force with its first code; the recovery codes, None when the code is wrong."""
    try:
        secret = decrypted(str(sealed).encode())
    except Unreadable:
        return None
    step = _step_of(secret, code)
    if step is None:
        return None
    with changing() as session:
        if session.get(TotpFactor, person_id, with_for_update=True, populate_existing=True):
            return None
        now = clock.stamp(clock.now())
        row = TotpFactor(person_id=person_id, secret=encrypted(secret), last_step=step, created_at=now)
        session.add(row)
        codes = recovery.renew(session, person_id)
        write(session, person_id, Act.FACTOR_ADD, f"person:{person_id}", person_id, {"kind": "totp"})
    security_log.record("factor_added", person_id=person_id, factor="totp")
    return codes


def verify(person_id: int, code: str) -> bool:
    """Whether it is a code of that person's app, of now, that was not accepted before.

    Raises:
        Unreadable: the secret was encrypted with another key.
    """
    factor = db.session.get(TotpFactor, person_id, populate_existing=True)
    if factor is None:
        return False
    stored = bytes(factor.secret)
    db.session.rollback()
    step = _step_of(decrypted(stored), code)
    if step is None:
        return False
    with transaction() as tx:
        return tx.run(_ACCEPT, person=person_id, seen_secret=stored, step=step) == 1


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is, the newest first."""
    typed = "".join(code.split()).encode("utf-8", "replace")
    now = int(clock.now().timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    for step in range(now + STEPS_AROUND, now - STEPS_AROUND - 1, -1):
        if hmac.compare_digest(app.generate_otp(step).encode(), typed):
            return step
    return None
