"""What can somebody do who writes the trail as well as rows, and has not got our signing key?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.demo.scene import Scene
from bot.domain.errors import CannotVouch, NotVouchedFor
from bot.domain.house_events import PasskeyAdded
from bot.domain.signoff import Status
from bot.engine.vouching import NOBODY, Vouching
from storage import audit, passkeys
from storage.documents import house_event_facts, read_house_event
from storage.passkeys import State
from tests.builders import NOW, minutes
from tests.vouching import OURS, VOUCHING, signed_for, vouching_with
from tests.web.authenticator import SoftKey, text
from tests.web.pages.conftest import Holder, let_in, stored
from tests.web.pages.test_attested_keys import assertion, attested, recorded
from tests.web.pages.test_rows_alone import change, decides, public, put_in
from tests.web.visitor import Visitor

STRANGE = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
WHAT_TO_DO = "remove it and register it again"


def entry(key: SoftKey, person: str = "ada") -> PasskeyAdded:
    return PasskeyAdded(
        person=person,
        credential=text(key.id),
        key_digest=passkeys.digest_of(public(key)),
        by="pat",
        how="administrator",
        at=NOW,
    )


async def write(scene: Scene, event: PasskeyAdded) -> None:
    """Well-formed and properly hashed, as the server would."""
    await scene.house.store.write(lambda session: audit.append_house(session, event))


async def ours(scene: Scene, event: PasskeyAdded) -> PasskeyAdded:
    return await scene.house.signoffs.vouching.signed(event)


async def genuine(scene: Scene, person: str) -> PasskeyAdded:
    told = await scene.house.store.read(lambda s: audit.of_house(s, "passkey_added"))
    return next(it for it in told if isinstance(it, PasskeyAdded) and it.person == person)


# A key of their own, in somebody's name.


@pytest.mark.parametrize("how", ["unsigned", "garbage", "by another key", "a copied signature"])
async def test_a_key_that_we_do_not_vouch_for_decides_nothing(
    how: str, scene: Scene, holder: Holder, visitor: Visitor, signoff: str
) -> None:
    await holder("pat")
    await visitor.sign_in("ada")
    key = visitor.key()
    event = entry(key)
    signature = {
        "unsigned": "",
        "garbage": "no base64",
        "by another key": signed_for(event, STRANGE).signature,
        "a copied signature": (await genuine(scene, "pat")).signature,
    }
    await put_in(scene, key, State.ACTIVE)
    await write(scene, replace(event, signature=signature[how]))
    heard = await visitor.decide(signoff, key)
    assert heard.status == 409
    assert WHAT_TO_DO in str(heard.body)
    assert (await stored(scene, signoff)).status is Status.PENDING


async def test_one_that_we_vouch_for_does(scene: Scene, visitor: Visitor, signoff: str) -> None:
    """The twin: by the same rows, and with our signature."""
    await visitor.sign_in("ada")
    key = visitor.key()
    await put_in(scene, key, State.ACTIVE)
    await write(scene, await ours(scene, entry(key)))
    assert await decides(visitor, signoff, key) == 200
    assert (await stored(scene, signoff)).status is Status.APPROVED


@pytest.mark.parametrize("vouches", [False, True])
async def test_nor_does_it_let_in_another(
    scene: Scene, visitor: Visitor, signoff: str, *, vouches: bool
) -> None:
    await visitor.sign_in("ada")
    key, other = visitor.key(), visitor.key()
    await put_in(scene, key, State.ACTIVE)
    event = entry(key)
    await write(scene, await ours(scene, event) if vouches else event)
    heard = await visitor.add_key(other, by=key)
    assert heard.status == (200 if vouches else 409), heard.body
    assert (WHAT_TO_DO in str(heard.body)) is not vouches


@pytest.mark.parametrize("vouches", [False, True])
async def test_nor_is_attested_what_it_signed(
    scene: Scene, holder: Holder, signoff: str, *, vouches: bool
) -> None:
    ada, _ = await holder("ada")
    asked = await ada.challenge(signoff)
    other = ada.key()
    event = entry(other)
    await write(scene, await ours(scene, event) if vouches else event)
    await recorded(scene, signoff, assertion(other, asked.said, public(other)))
    assert (await attested(ada, signoff) == 200) is vouches


# What we said, once more.


async def test_a_copy_of_what_we_said_brings_no_removed_key_back(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    said = await genuine(scene, "ada")
    await ada.open("/passkeys")
    assert (await ada.post(f"/passkeys/{text(key.id)}/remove", {})).status == 200
    await change(scene, "UPDATE passkey SET state = 'active'")
    await write(scene, said)
    assert await decides(ada, signoff, key) == 409


async def test_a_copy_does_no_harm_to_one_that_was_not(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """The twin."""
    ada, key = await holder("ada")
    await write(scene, await genuine(scene, "ada"))
    assert await decides(ada, signoff, key) == 200


CHANGED: dict[str, Any] = {
    "person": "grace",
    "credential": "other",
    "key_digest": "sha256:00",
    "by": "grace",
    "how": "operator",
    "at": NOW + minutes(1),
}
SAID = PasskeyAdded(
    person="ada", credential="c", key_digest="sha256:01", by="pat", how="administrator", at=NOW
)


def test_all_that_it_says_is_signed() -> None:
    said = signed_for(SAID)
    assert VOUCHING.is_ours(said)
    facts = house_event_facts(SAID)
    assert isinstance(facts, dict)
    assert facts.keys() == CHANGED.keys() | {"signature", "kind"}
    for name, value in CHANGED.items():
        assert not VOUCHING.is_ours(replace(said, **{name: value})), name


def test_a_key_of_before_still_vouches_where_it_is_named() -> None:
    said = signed_for(SAID, STRANGE)
    assert vouching_with(OURS, STRANGE).is_ours(said)
    assert not vouching_with(OURS).is_ours(said)
    assert not NOBODY.is_ours(said)


def test_an_entry_of_before_can_be_read() -> None:
    facts = house_event_facts(SAID)
    assert isinstance(facts, dict)
    del facts["signature"]
    assert read_house_event(facts) == SAID


async def test_where_nothing_signs_no_key_is_let_in() -> None:
    with pytest.raises(CannotVouch):
        await NOBODY.signed(SAID)
    remote = Vouching(keys=VOUCHING.keys, sign=OURS.sign, remote=True)
    assert VOUCHING.is_ours(await remote.signed(SAID))


def test_it_is_said_what_to_do() -> None:
    assert NotVouchedFor().sentence == (
        "This key was added before keys were vouched for, or by somebody without our signing key: "
        "remove it and register it again."
    )


# Where we are made to vouch.


@pytest.mark.parametrize("exchanged", [False, True])
async def test_what_was_exchanged_after_an_administrator_looked_is_not_let_in(
    scene: Scene, holder: Holder, visitor: Visitor, *, exchanged: bool
) -> None:
    pat, pats = await holder("pat")
    await visitor.sign_in("ada")
    key = visitor.key()
    assert (await visitor.add_key(key)).status == 200
    await pat.open("/passkeys")
    asked = await pat.post("/passkeys/challenge", {"do": "approve", "credential": text(key.id)})
    if exchanged:
        mine = public(visitor.key())
        await change(scene, "UPDATE passkey SET public_key = :p WHERE person = 'ada'", p=mine)
    said = {
        "statement": asked.said["statement"],
        "assertion": pats.sign(asked.said["get"]),
    }
    heard = await pat.post("/passkeys", said)
    assert heard.status == (409 if exchanged else 200), heard.body


async def test_the_house_vouches_for_what_it_lets_in(scene: Scene, holder: Holder) -> None:
    await holder("ada")
    assert scene.house.signoffs.vouching.is_ours(await genuine(scene, "ada"))
    await let_in(scene, "nobody")
