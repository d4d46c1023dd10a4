"""Secrets of authenticator apps as they lie in the database: encrypted with a key made of SECRET_KEY.

A copy of the database alone is of no use for codes. With another SECRET_KEY they cannot be read any
more: those people's second factors must be taken away and set up again.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


class Unreadable(Exception):
    """It was encrypted with another SECRET_KEY."""


def _fernet() -> Fernet:
    key = HKDF(hashes.SHA256(), 32, salt=None, info=b"second factor secrets v1")
    return Fernet(base64.urlsafe_b64encode(key.derive(current_app.config["SECRET_KEY"].encode())))


def encrypted(secret: str) -> bytes:
    return _fernet().encrypt(secret.encode())


def decrypted(stored: bytes) -> str:
    """Raises Unreadable."""
    try:
        return _fernet().decrypt(bytes(stored)).decode()
    except InvalidToken as error:
        raise Unreadable from error
