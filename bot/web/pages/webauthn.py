"""What did a security key sign, and is it of the person who says so? WebAuthn, by fido2."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from bot import assertions
from bot.domain.errors import KeyRefused
from bot.domain.signoff import Assertion
from bot.engine.stepping_up import Passkey, State, Used
from bot.web.pages.rendering import Site

_NAME, _REQUIRED = "Countersign", UserVerificationRequirement.REQUIRED
_KINDS = (-7, -8, -257)
"""ES256, EdDSA, RS256: what everybody can verify."""

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Signed:
    """What somebody's key signed, and which of their keys it was."""

    assertion: Assertion
    used: Used


class Keys:
    """Security keys that are bound to our address and to no other."""

    def __init__(self, site: Site) -> None:
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(id=site.host, name=_NAME),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == site.origin,
        )
        self._server.allowed_algorithms = [
            it for it in self._server.allowed_algorithms if it.alg in _KINDS
        ]

    def asking(self, statement: str, keys: Sequence[Passkey]) -> Options:
        """What a browser is asked for: that one of these keys signs exactly this."""
        options, _ = self._server.authenticate_begin(
            [_credential(key) for key in keys],
            user_verification=_REQUIRED,
            challenge=_digest(statement),
        )
        return dict(options)

    def signed(self, statement: str, said: object, keys: Sequence[Passkey]) -> Signed:
        """Raises KeyRefused unless one of these keys signed exactly this, here, for its owner."""
        state = {"challenge": websafe_encode(_digest(statement)), "user_verification": _REQUIRED}
        try:
            response = AuthenticationResponse.from_dict(_mapping(said))
            found = self._server.authenticate_complete(
                state, list(map(_credential, keys)), response
            )
        except _BROKEN as why:
            raise KeyRefused from why
        if response.response.client_data.cross_origin:
            raise KeyRefused  # it was asked for by a page around ours
        key = next(key for key in keys if key.id == websafe_encode(found.credential_id))
        given = response.response
        assertion = Assertion(
            credential=key.id,
            public_key=key.public_key,
            statement=statement,
            client_data=websafe_encode(bytes(given.client_data)),
            authenticator_data=websafe_encode(bytes(given.authenticator_data)),
            signature=websafe_encode(given.signature),
        )
        count = given.authenticator_data.counter
        return Signed(assertion, Used(person=key.person, credential=key.id, sign_count=count))

    def registering(
        self, person: str, name: str, statement: str, keys: Sequence[Passkey]
    ) -> Options:
        """What a browser is asked for to make a new one."""
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=person.encode(), name=person, display_name=name),
            [_credential(key) for key in keys],
            user_verification=_REQUIRED,
            challenge=_digest(statement),
        )
        return dict(options)

    def registered(
        self, statement: str, said: object, *, person: str, label: str, at: datetime
    ) -> Passkey:
        """The new one, waiting to be let in. Raises KeyRefused."""
        state = {"challenge": websafe_encode(_digest(statement)), "user_verification": _REQUIRED}
        try:
            made = self._server.register_complete(
                state, RegistrationResponse.from_dict(_mapping(said))
            )
        except _BROKEN as why:
            raise KeyRefused from why
        credential = made.credential_data
        if credential is None or credential.public_key.ALGORITHM not in _KINDS:
            raise KeyRefused
        public = websafe_encode(cbor.encode(dict(credential.public_key)))
        if not assertions.is_key(public):
            raise KeyRefused  # nobody could check later what it signs
        return Passkey(
            id=websafe_encode(credential.credential_id),
            person=person,
            public_key=public,
            sign_count=made.counter,
            label=label,
            at=at,
            state=State.WAITING,
        )


_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""What fido2 stumbles over when somebody sends what no browser would."""


def _digest(statement: str) -> bytes:
    return hashlib.sha256(statement.encode()).digest()


def _mapping(said: object) -> Mapping[str, object]:
    if not isinstance(said, dict):
        raise TypeError("no object")
    return said


def _credential(key: Passkey) -> AttestedCredentialData:
    public: Any = cbor.decode(websafe_decode(key.public_key))
    return AttestedCredentialData.create(
        Aaguid.NONE, websafe_decode(key.id), CoseKey.parse(dict(public))
    )
