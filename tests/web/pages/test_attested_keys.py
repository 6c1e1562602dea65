"""Is nothing attested that somebody's own key did not sign, whatever an entry of the trail says?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fido2 import cbor
from fido2.cose import RS256
from fido2.webauthn import Aaguid, AttestedCredentialData

from bot.demo.scene import Scene
from bot.domain.signoff import BY_KEY, Assertion, Status, Verdict
from bot.engine.clicks import Click, Proof
from bot.engine.letting_in import take_away_by_hand
from storage import passkeys
from tests.builders import AN_ASSERTION
from tests.web.authenticator import ATTESTED, PRESENT, VERIFIED, SoftKey, text
from tests.web.ci import BEARER
from tests.web.pages.conftest import Holder, stored
from tests.web.pages.test_rows_alone import public
from tests.web.visitor import Visitor

WHY = "looked at every line"


async def attested(visitor: Visitor, signoff: str) -> int:
    """Once it was tried."""
    await visitor.scene.house.settle()
    found = await visitor.ask("GET", f"/api/v1/signoffs/{signoff}/attestation", headers=BEARER)
    return found.status


async def troubles(visitor: Visitor) -> Any:
    ready = await visitor.ask("GET", "/readyz")
    return ready.said.get("problems", [])


async def recorded(scene: Scene, signoff: str, made: Assertion) -> None:
    """An approval by Ada is written as if her key had signed it: nobody looked at what it signed."""
    it = await stored(scene, signoff)
    click = Click(
        id="forged",
        signoff_id=signoff,
        person="ada",
        revision=it.change.revision,
        policy_digest=it.requirement.policy_digest,
    )
    proof = Proof(how=BY_KEY, assertion=made, used=None)
    after = await scene.house.signoffs.review(click, Verdict.APPROVE, WHY, (), proof)
    assert after.status is Status.APPROVED


async def signed(scene: Scene, holder: Holder, signoff: str) -> tuple[Visitor, Assertion]:
    """What Ada's own key made, of a decision that was then never sent."""
    ada, key = await holder("ada")
    asked = await ada.challenge(signoff)
    [row] = await scene.house.store.read(lambda s: passkeys.of(s, "ada"))
    return ada, assertion(key, asked.said, row.public_key)


def assertion(key: SoftKey, asked: dict[str, Any], public_key: str) -> Assertion:
    given = key.sign(asked)["response"]
    return Assertion(
        credential=text(key.id),
        public_key=public_key,
        statement=asked["statement"],
        client_data=given["clientDataJSON"],
        authenticator_data=given["authenticatorData"],
        signature=given["signature"],
    )


async def test_what_her_key_signed_is_attested(scene: Scene, holder: Holder, signoff: str) -> None:
    """The twin: the same entry, and the signature fits."""
    ada, made = await signed(scene, holder, signoff)
    await recorded(scene, signoff, made)
    assert await attested(ada, signoff) == 200
    assert await troubles(ada) == []


async def test_what_was_signed_with_a_key_that_is_lost_since_is_attested(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, made = await signed(scene, holder, signoff)
    await recorded(scene, signoff, made)
    await scene.house.store.write(lambda s: take_away_by_hand(s, made.credential))
    assert await attested(ada, signoff) == 200


@pytest.mark.parametrize(
    "bent",
    [
        {"signature": AN_ASSERTION.signature},
        {"statement": AN_ASSERTION.statement},
        {"client_data": AN_ASSERTION.client_data},
        {"public_key": AN_ASSERTION.public_key},
    ],
    ids=lambda it: next(iter(it)),
)
async def test_what_it_did_not_is_not(
    bent: dict[str, str], scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, made = await signed(scene, holder, signoff)
    await recorded(scene, signoff, replace(made, **bent))
    assert await attested(ada, signoff) != 200
    assert "1 decision was not signed: run countersign audit verify" in await troubles(ada)


async def test_nor_what_a_key_signed_that_nobody_let_in(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """All of it fits, and the trail knows no such key."""
    ada, _ = await holder("ada")
    asked = await ada.challenge(signoff)
    other = ada.key()
    await recorded(scene, signoff, assertion(other, asked.said, public(other)))
    assert await attested(ada, signoff) != 200


class OfRsa(SoftKey):
    """As Windows Hello makes them, of some length."""

    bits = 2048

    def create(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        public = rsa.generate_private_key(65537, self.bits).public_key()
        cose = RS256.from_cryptography_key(public)  # type: ignore[no-untyped-call]
        data = AttestedCredentialData.create(Aaguid.NONE, self.id, cose)
        auth = self._data(PRESENT | VERIFIED | ATTESTED, bent) + bytes(data)
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": auth})
        client = self._client("webauthn.create", options["publicKey"]["challenge"], bent)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(made)}, bent)


@pytest.mark.parametrize(("bits", "status"), [(2048, 200), (3072, 409)])
async def test_a_key_is_taken_if_what_it_signs_can_be_checked_later(
    bits: int, status: int, visitor: Visitor
) -> None:
    await visitor.sign_in("ada")
    plain = visitor.key()
    key = OfRsa(origin=plain.origin, rp=plain.rp)
    key.bits = bits
    assert (await visitor.add_key(key)).status == status
