"""A security key made of software, and everything that one can do wrong."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestedCredentialData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(said: str) -> bytes:
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


@dataclass
class SoftKey:
    """One credential. `count` is how often it was used; None: it does not count."""

    origin: str
    rp: str
    count: int | None = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """As navigator.credentials.create answers."""
        asked = options["publicKey"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        flags = bent.get("flags", PRESENT | VERIFIED) | ATTESTED
        auth = self._data(flags, bent) + bytes(data)
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": auth})
        client = self._client("webauthn.create", asked["challenge"], bent)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(made)}, bent)

    def sign(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """As navigator.credentials.get answers."""
        asked = options["publicKey"]
        if self.count is not None:
            self.count += 1
        auth = self._data(bent.get("flags", PRESENT | VERIFIED), bent)
        client = self._client("webauthn.get", asked["challenge"], bent)
        signed = auth + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(auth),
                "signature": text(bent.get("signature", signature)),
            },
            bent,
        )

    def _data(self, flags: int, bent: dict[str, Any]) -> bytes:
        rp = hashlib.sha256(bent.get("rp", self.rp).encode()).digest()
        count = bent.get("count", self.count or 0)
        return rp + bytes([flags]) + int(count).to_bytes(4, "big")

    def _client(self, sort: str, challenge: str, bent: dict[str, Any]) -> bytes:
        said = {
            "type": bent.get("type", sort),
            "challenge": bent.get("challenge", challenge),
            "origin": bent.get("origin", self.origin),
            "crossOrigin": bent.get("cross_origin", False),
        }
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any], bent: dict[str, Any]) -> dict[str, Any]:
        id = text(bent.get("id", self.id))
        return {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
