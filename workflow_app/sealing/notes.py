"""Signed notes (C2SP signed-note) with Ed25519, and keys as such notes name them.

A note is text, an empty line, and signature lines: ``— name base64(key id, signature)``. A key is
``name+key id+base64(1, public key)``; its id is made of its name and its bytes.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_DASH = "— "


class NotANote(ValueError):
    """The text is no signed note, or no key of one."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs, by name, and the 32 bytes that show it."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises NotANote."""
        name, _, rest = text.strip().partition("+")
        number, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        if not name or key[:1] != _ED25519 or len(key) != 33:
            raise NotANote(text)
        found = cls(name, key[1:])
        if found.id.hex() != number:
            raise NotANote(text)
        return found

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> Self:
        return cls(name, key.public_key().public_bytes_raw())

    @property
    def id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + _ED25519 + self.public).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the public key, to be compared on paper."""
        return hashlib.sha256(self.public).hexdigest()

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; whether a signature is right says ``signed_by``."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, whole: str) -> Self:
        """Raises NotANote."""
        text, separator, lines = whole.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise NotANote(whole)
        return cls(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))

    def signed_by(self, key: VerifierKey) -> bool:
        return any(
            _holds(key, signature, self.text)
            for name, number, signature in self.signatures
            if (name, number) == (key.name, key.id)
        )


def sign(text: str, *signers: tuple[str, Ed25519PrivateKey]) -> str:
    """``text`` (ending with a line feed) signed under these names."""
    lines = []
    for name, key in signers:
        signature = VerifierKey.of(name, key).id + key.sign(text.encode())
        lines.append(f"{_DASH}{name} {base64.b64encode(signature).decode()}\n")
    return f"{text}\n{''.join(lines)}"


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    signature = _decoded(encoded)
    if not line.startswith(_DASH) or not name or len(signature) < 5:
        raise NotANote(line)
    return name, signature[:4], signature[4:]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotANote(text) from error


def _holds(key: VerifierKey, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
