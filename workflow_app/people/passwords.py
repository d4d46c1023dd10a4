"""Passwords: hashed with argon2id, checked in equal time whether or not the name exists."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _

LEAST, MOST = 8, 128
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
        return hasher().verify(password_hash, _normal(password[: 4 * MOST]))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made with other parameters than are in use now."""
    return hasher().check_needs_rehash(password_hash)


def problem(password: str, *familiar: str) -> str:
    """Why ``password`` will not do, or ''. ``familiar``: login name and name, which it may not be."""
    if len(password) < LEAST:
        return str(_("密码至少 %(least)s 个字符。", least=LEAST))
    if len(password) > MOST:
        return str(_("密码最多 %(most)s 个字符。", most=MOST))
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        return str(_("密码里不能有控制字符。"))
    if len(set(password)) < 4:
        return str(_("密码太简单，请至少用四个不同的字符。"))
    lowered = password.lower()
    if lowered in {word.lower() for word in familiar} or lowered in "0123456789012345678909876543210":
        return str(_("密码太容易猜到，请换一个。"))
    return ""


def generate() -> str:
    """A random password of twelve characters in three groups, easy to read aloud (about 59 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _character in range(4)) for _group in range(3))
    return "-".join(groups)
