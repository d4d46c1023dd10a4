"""A security key in software: answers as a browser's script would send them."""

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One key for one site. ``count`` stays 0 as with most passkeys unless a test sets it."""

    def __init__(self, origin: str = "http://localhost", number: int = 1) -> None:
        self.origin, self.site = origin, origin.partition("//")[2].partition(":")[0]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count = bytes([number]) * 16, 0
        self.flags = PRESENT | VERIFIED

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps(
            {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        )

    def make(self, options: dict[str, Any]) -> str:
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        flags = self.flags | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(self.site.encode()).digest(), flags, self.count, credential)
        attestation = bytes(AttestationObject.create("none", data, {}))
        client = self._client_data("webauthn.create", options)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def show(self, options: dict[str, Any]) -> str:
        data = AuthenticatorData.create(sha256(self.site.encode()).digest(), self.flags, self.count)
        client = self._client_data("webauthn.get", options)
        signature = self.key.sign(bytes(data) + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(bytes(data)),
                "signature": text(signature),
            }
        )
