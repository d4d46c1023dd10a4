"""Passkeys (WebAuthn): made, shown. The verification is fido2's; kept here is what must not happen twice.

A challenge lives in the browser's signed session, which can be sent again; so an answered challenge is
written down, and a second answer to it does not count.
"""

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy import delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflow_app import canonical, clock, inputs, security_log
from workflow_app.errors import BadInput
from workflow_app.extensions import db
from workflow_app.people.accounts import Account
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.second_factor import factors, recovery
from workflow_app.second_factor.models import Passkey, UsedChallenge
from workflow_app.store import AnySession, writing

__all__ = ["begin", "begin_proof", "make", "of_person", "prove"]

log = logging.getLogger(__name__)

#: How long a challenge may be answered.
OPEN_FOR = timedelta(minutes=5)
MOST = 20
_VERIFIED = UserVerificationRequirement.REQUIRED


def _server() -> Fido2Server:
    """For the address of this site: BASE_URL where it is set, else what the browser asks for."""
    base = current_app.config["SETTINGS"].base_url or request.host_url
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    site = PublicKeyCredentialRpEntity(id=parts.hostname or "", name="研修签批")
    return Fido2Server(site, verify_origin=lambda asked: asked == origin)


def of_person(person_id: int) -> list[Passkey]:
    return list(
        db.session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id))
    )


def _credentials(person_id: int) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(row.credential)) for row in of_person(person_id)]


def _kept(state: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "at": clock.stamp(clock.now())}


def begin(person: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser needs to make a passkey, and what the session keeps until it comes back."""
    user = PublicKeyCredentialUserEntity(
        id=str(person.id).encode(), name=person.username, display_name=person.name
    )
    options, state = _server().register_begin(
        user,
        _credentials(person.id),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=_VERIFIED,
    )
    return dict(options), _kept(state)


def make(person_id: int, kept: Any, answer: str, label: str) -> list[str]:
    """Keep a passkey the browser has made. The recovery codes where there were none, else [].

    Raises:
        BadInput: ``label`` or ``passkey``.
    """
    problems: dict[str, str] = {}
    label = inputs.line(problems, "label", label, 40, required=False) or _("通行密钥")
    if problems:
        raise BadInput(problems)
    try:
        made = _server().register_complete(_fresh(kept), json.loads(answer))
        assert made.credential_data is not None
        credential = made.credential_data
    except Exception as error:  # whatever was sent: fido2 raises errors of many kinds
        log.info("no passkey was made: %s", error)
        raise BadInput({"passkey": _("没有做成，请再试一次。")}) from error
    with changing() as session:
        if len(_credentials(person_id)) >= MOST or not _first_answer(session, kept):
            raise BadInput({"passkey": _("没有做成，请再试一次。")})
        digest = canonical.sha256(credential.credential_id)
        if session.scalar(select(Passkey.id).where(Passkey.credential_digest == digest)):
            raise BadInput({"passkey": _("这个通行密钥已经登记过。")})
        first = not factors.kinds(person_id)
        session.add(
            Passkey(
                person_id=person_id,
                credential_digest=digest,
                credential=bytes(credential),
                sign_count=made.counter,
                label=label,
                created_at=clock.stamp(clock.now()),
            )
        )
        codes = recovery.renew(session, person_id) if first else []
        write(session, person_id, Act.FACTOR_ADD, f"person:{person_id}", person_id, {"kind": "passkey"})
    security_log.record("factor_added", person_id=person_id, factor="passkey")
    return codes


def begin_proof(person_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser needs to show a passkey of that person, and what the session keeps."""
    options, state = _server().authenticate_begin(_credentials(person_id), user_verification=_VERIFIED)
    return dict(options), _kept(state)


def prove(person_id: int, kept: Any, answer: str) -> bool:
    """Whether the answer shows a passkey of that person, for the challenge kept, the first time."""
    try:
        sent = json.loads(answer)
        used = _server().authenticate_complete(_fresh(kept), _credentials(person_id), sent)
        count = AuthenticationResponse.from_dict(sent).response.authenticator_data.counter
    except Exception as error:  # whatever was sent: fido2 raises errors of many kinds
        log.info("no passkey was shown: %s", error)
        security_log.record("factor_failed", person_id=person_id, factor="passkey")
        return False
    with writing() as session:
        if not _first_answer(session, kept):
            return False
        counted = session.execute(
            update(Passkey)
            .where(
                Passkey.credential_digest == canonical.sha256(used.credential_id),
                Passkey.person_id == person_id,
                # A counter that does not go up is a copy of the key; many never count and stay at 0.
                or_(Passkey.sign_count < count, (Passkey.sign_count == 0) & (literal(count) == 0)),
            )
            .values(sign_count=count, last_used_at=clock.stamp(clock.now()))
        )
        return bool(counted.rowcount == 1)  # type: ignore[attr-defined]


def _fresh(kept: Any) -> Mapping[str, Any]:
    """Raises ValueError: nothing is kept, or for too long."""
    if not isinstance(kept, dict) or clock.parse(str(kept["at"])) + OPEN_FOR <= clock.now():
        raise ValueError("no challenge, or an old one")
    return kept


def _first_answer(session: AnySession, kept: Mapping[str, Any]) -> bool:
    """Write the challenge down as answered; False when it was before."""
    now = clock.now()
    session.execute(delete(UsedChallenge).where(UsedChallenge.until < clock.stamp(now)))
    dialect: Any = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    digest = canonical.sha256(str(kept["challenge"]).encode())
    values = {"digest": digest, "until": clock.stamp(now + 2 * OPEN_FOR)}
    adding = dialect.insert(UsedChallenge).values(values).on_conflict_do_nothing()
    return session.scalar(adding.returning(UsedChallenge.digest)) is not None
