"""Passwords: hashed with argon2id, checked in equal time whether or not the name exists."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

#: Longer ones are cut before they are hashed: wrong anyway.
MOST = 4 * 128
#: No characters that are taken for one another on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    """19 MiB, two passes, one lane: about 30 ms on a small server, eight at once fit its memory."""
    if cheap:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hasher() -> PasswordHasher:
    return _hasher(current_app.config["SETTINGS"].testing)


@cache
def _dummy(cheap: bool) -> str:
    return _hasher(cheap).hash(secrets.token_hex(16))


def dummy_hash() -> str:
    """The hash of a password nobody knows, as slow to verify as any other."""
    return _dummy(current_app.config["SETTINGS"].testing)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    return hasher().hash(_normal(password))


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed. Over-long ones are cut: wrong anyway."""
    try:
        return hasher().verify(password_hash, _normal(password[:MOST]))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made with other parameters than are in use now."""
    return hasher().check_needs_rehash(password_hash)


def generate() -> str:
    """A random password of twelve characters in three groups, easy to read aloud (about 59 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _character in range(4)) for _group in range(3))
    return "-".join(groups)
