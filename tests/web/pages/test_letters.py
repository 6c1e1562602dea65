"""Whose key is let in? The one in their hand: not another that was made to look like it."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from bot.demo.scene import Scene
from bot.domain.house_events import KeyUsed, PasskeyAdded, PasskeyRemoved
from storage import audit
from tests.web.authenticator import SoftKey, raw, text
from tests.web.pages.conftest import Holder, stored, waiting
from tests.web.pages.test_passkeys import _told as hears
from tests.web.provider import FakeProvider
from tests.web.visitor import Visitor

SEVERAL = "One of several that wait in this name"


async def shown(visitor: Visitor) -> list[str]:
    """The letters of their own keys."""
    page = await visitor.open("/passkeys")
    return re.findall(r"</strong> <code>([^<]+)</code>", page.partition("Keys of others")[0])


async def shown_of_others(visitor: Visitor) -> list[str]:
    page = await visitor.open("/passkeys")
    return re.findall(r"</span> <code>([^<]+)</code>", page.partition("Keys of others")[2])


async def with_a_key(scene: Scene, provider: FakeProvider, key: SoftKey | None = None) -> Visitor:
    """Somebody who is signed in as Ada, with a key that waits."""
    visitor = Visitor(scene, provider)
    await visitor.sign_in("ada")
    heard = await visitor.add_key(key or visitor.key())
    assert heard.said["state"] == "waiting"
    return visitor


async def test_both_pages_show_the_same_letters(
    scene: Scene, provider: FakeProvider, holder: Holder
) -> None:
    pat, _ = await holder("pat")
    ada = await with_a_key(scene, provider)
    assert await shown(ada) == await shown_of_others(pat)
    (letters,) = await shown(ada)
    assert re.fullmatch("([A-Z2-7]{4}-){4}[A-Z2-7]{4}", letters)
    assert SEVERAL not in await pat.open("/passkeys")


async def test_a_key_with_a_chosen_id_shows_other_letters(
    scene: Scene, provider: FakeProvider, holder: Holder
) -> None:
    """Whoever has Ada's session takes her key away, and brings one whose id begins as hers does."""
    pat, _ = await holder("pat")
    ada = await with_a_key(scene, provider)
    (letters,) = await shown(ada)
    (hers,) = await waiting(scene)
    fake = ada.key(id=raw(hers.id)[:24] + secrets.token_bytes(8))
    thief = await with_a_key(scene, provider, fake)
    assert (await thief.post(f"/passkeys/{hers.id}/remove", {})).status == 200
    (key,) = await waiting(scene)
    assert key.id[:32] == hers.id[:32]
    (seen,) = await shown_of_others(pat)
    assert seen != letters
    assert not set(seen.split("-")) & set(letters.split("-"))


async def test_the_letters_are_of_the_id_and_of_the_key(
    scene: Scene, provider: FakeProvider
) -> None:
    await with_a_key(scene, provider)
    (key,) = await waiting(scene)
    assert replace(key, label="x", sign_count=9).fingerprint == key.fingerprint
    assert replace(key, public_key=key.public_key[:-1]).fingerprint != key.fingerprint
    moved = replace(key, id=key.id + key.public_key[0], public_key=key.public_key[1:])
    assert moved.fingerprint != key.fingerprint


async def test_what_waited_is_not_removed_without_a_trace(
    scene: Scene, provider: FakeProvider
) -> None:
    ada = await with_a_key(scene, provider)
    (key,) = await waiting(scene)
    await scene.house.settle()
    assert f"was registered in your name; its letters are {key.fingerprint}" in await hears(scene)
    assert (await ada.post(f"/passkeys/{key.id}/remove", {})).status == 200
    (event,) = [
        it for it in await scene.house.store.read(audit.of_house) if not isinstance(it, KeyUsed)
    ]
    assert isinstance(event, PasskeyRemoved)
    assert (event.person, event.credential) == ("ada", key.id)
    await scene.house.settle()
    assert "“blue” was removed. If that was not you" in await hears(scene)


async def test_two_that_wait_for_one_person_are_warned_of(
    scene: Scene, provider: FakeProvider, holder: Holder
) -> None:
    pat, _ = await holder("pat")
    ada = await with_a_key(scene, provider)
    await scene.house.settle()
    assert "More than one" not in await ada.open("/passkeys") + await hears(scene)
    await with_a_key(scene, provider)
    assert (await pat.open("/passkeys")).count(SEVERAL) == 2
    assert "More than one key waits in your name" in await ada.open("/passkeys")
    await scene.house.settle()
    assert "More than one of yours waits to be let in" in await hears(scene)


# Who has a key vouches with it for one new key, and for no other.


async def test_one_touch_lets_in_one_key(scene: Scene, holder: Holder) -> None:
    """Of a key that does not count, so that nothing else tells one use from the next."""
    ada, key = await holder("ada", count=None)
    await ada.open("/passkeys")
    asked = (await ada.post("/passkeys/challenge", {"do": "add", "label": "green"})).said
    assert asked["vouch"] is True
    assert "get" not in asked
    new, other = ada.key(), ada.key()
    made = {"statement": asked["statement"], "credential": new.create(asked["create"])}
    known = (await ada.post("/passkeys/challenge", {"do": "vouch", **made})).said
    touched = {"statement": known["statement"], "assertion": key.sign(known["get"])}
    more = {**touched, "credential": other.create(asked["create"])}
    assert (await ada.post("/passkeys", more)).said["state"] == "active"
    for again in (touched, more, {**more, "statement": asked["statement"]}):
        assert (await ada.post("/passkeys", again)).status == 409
    added = [
        it.credential
        for it in await scene.house.store.read(audit.of_house)
        if isinstance(it, PasskeyAdded) and it.how == "own-key"
    ]
    assert added == [text(new.id)]


async def test_a_touch_for_the_making_alone_lets_in_nothing(scene: Scene, holder: Holder) -> None:
    """What was signed has to name the key."""
    ada, key = await holder("ada", count=None)
    await ada.open("/passkeys")
    asked = (await ada.post("/passkeys/challenge", {"do": "add", "label": "green"})).said
    made = {"statement": asked["statement"], "credential": ada.key().create(asked["create"])}
    known = (await ada.post("/passkeys/challenge", {"do": "vouch", **made})).said
    early = {**known["get"]["publicKey"], "challenge": asked["create"]["publicKey"]["challenge"]}
    signed = key.sign({"publicKey": early})
    assert (await ada.post("/passkeys", {**made, "assertion": signed})).status == 409
    named = {"statement": known["statement"], "assertion": signed}
    assert (await ada.post("/passkeys", named)).status == 409
    named["assertion"] = key.sign(known["get"])
    assert (await ada.post("/passkeys", named)).status == 200


async def test_who_has_no_key_vouches_for_nothing(scene: Scene, provider: FakeProvider) -> None:
    ada = await with_a_key(scene, provider)
    asked = (await ada.post("/passkeys/challenge", {"do": "add", "label": "green"})).said
    assert asked["vouch"] is False
    made = {"statement": asked["statement"], "credential": ada.key().create(asked["create"])}
    assert (await ada.post("/passkeys/challenge", {"do": "vouch", **made})).status == 409
    assert (await ada.post("/passkeys", made)).said["state"] == "waiting"


async def test_what_was_signed_to_vouch_decides_nothing_else(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada", count=None)
    await ada.open("/passkeys")
    asked = (await ada.post("/passkeys/challenge", {"do": "add", "label": "green"})).said
    made = {"statement": asked["statement"], "credential": ada.key().create(asked["create"])}
    known = (await ada.post("/passkeys/challenge", {"do": "vouch", **made})).said
    touched = {"statement": known["statement"], "assertion": key.sign(known["get"])}
    assert (await ada.post(f"/decide/{signoff}", touched)).status in (400, 409)
    assert (await stored(scene, signoff)).reviews == ()
    twice = {"do": "vouch", **touched, "credential": made["credential"]}
    assert (await ada.post("/passkeys/challenge", twice)).status == 400
