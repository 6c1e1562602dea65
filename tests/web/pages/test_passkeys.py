"""Who lets in a security key? Somebody who has one, or who looked who it is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.scene import SENIOR, Scene, reading
from bot.domain.house_events import KeyUsed, PasskeyAdded, PasskeyRemoved
from storage import audit
from tests.web.authenticator import PRESENT, SoftKey
from tests.web.pages.conftest import Holder, waiting
from tests.web.visitor import Visitor


async def told(scene: Scene) -> list[Any]:
    """What the trail says of security keys."""
    found = await scene.house.store.read(audit.of_house)
    return [it for it in found if not isinstance(it, KeyUsed)]


async def approve(visitor: Visitor, credential: str, key: SoftKey, **bent: Any) -> Any:
    await visitor.open("/passkeys")
    asked = await visitor.post("/passkeys/challenge", {"do": "approve", "credential": credential})
    if asked.status != 200:
        return asked
    statement = asked.said["statement"]
    said = {"statement": statement, "assertion": key.sign(asked.said["get"], **bent)}
    return await visitor.post("/passkeys", said)


async def test_the_first_key_waits_for_somebody(scene: Scene, visitor: Visitor) -> None:
    await visitor.sign_in("ada")
    heard = await visitor.add_key(visitor.key())
    assert (heard.status, heard.said["state"]) == (200, "waiting")
    assert "waiting for an administrator" in await visitor.open("/passkeys")
    assert await told(scene) == []


async def test_an_administrator_lets_it_in_with_their_own_and_the_trail_says_so(
    scene: Scene, holder: Holder, visitor: Visitor
) -> None:
    pat, pats = await holder("pat")
    await visitor.sign_in("ada")
    await visitor.add_key(visitor.key(), label="Ada's laptop")
    (key,) = await waiting(scene)
    assert "Ada&#39;s laptop" in await pat.open("/passkeys")
    heard = await approve(pat, key.id, pats)
    assert (heard.status, heard.said["state"]) == (200, "active"), heard.body
    *_, added = await told(scene)
    assert isinstance(added, PasskeyAdded)
    assert (added.person, added.by, added.how, added.credential) == (
        "ada",
        "pat",
        "administrator",
        key.id,
    )
    assert await scene.house.board.broken() is None


async def test_who_has_one_lets_in_their_next_at_once(scene: Scene, holder: Holder) -> None:
    ada, first = await holder("ada")
    heard = await ada.add_key(ada.key(), by=first)
    assert heard.said["state"] == "active"
    assert [it.how for it in await told(scene)] == ["operator", "own-key"]


async def test_without_a_signature_of_the_first_there_is_no_second(
    scene: Scene, holder: Holder
) -> None:
    """Whoever only has my password is not to have a key of their own here."""
    ada, _ = await holder("ada")
    assert (await ada.add_key(ada.key())).status == 409
    assert (await ada.add_key(ada.key(), by=ada.key())).status == 409
    assert len(await told(scene)) == 1


async def test_only_an_administrator_lets_in_the_keys_of_others(
    scene: Scene, holder: Holder, visitor: Visitor
) -> None:
    grace, graces = await holder("grace")
    await visitor.sign_in("ada")
    await visitor.add_key(visitor.key())
    (key,) = await waiting(scene)
    assert (await approve(grace, key.id, graces)).status == 403
    assert "Keys of others" not in await grace.open("/passkeys")
    assert [it.id for it in await waiting(scene)] == [key.id]


async def test_an_administrator_without_a_key_lets_in_none_and_not_their_own(
    scene: Scene, visitor: Visitor
) -> None:
    """Nobody proves with what waits that it should not wait."""
    await visitor.sign_in("pat")
    key = visitor.key()
    await visitor.add_key(key)
    (waits,) = await waiting(scene)
    assert (await approve(visitor, waits.id, key)).status in (403, 409)
    assert await told(scene) == []


@pytest.mark.parametrize(
    "bent",
    [{"origin": "https://evil.example"}, {"rp": "evil.example"}, {"flags": PRESENT}, {"type": "webauthn.get"},
     {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}],
    ids=str,
)  # fmt: skip
async def test_a_key_that_was_made_elsewhere_is_none(
    scene: Scene, visitor: Visitor, bent: dict[str, Any]
) -> None:
    await visitor.sign_in("ada")
    await visitor.open("/passkeys")
    asked = (await visitor.post("/passkeys/challenge", {"do": "add", "label": "x"})).said
    made = visitor.key().create(asked["create"], **bent)
    said = {"statement": asked["statement"], "credential": made}
    assert (await visitor.post("/passkeys", said)).status == 409
    assert await waiting(scene) == []


async def test_the_same_key_is_not_registered_for_two(
    scene: Scene, holder: Holder, visitor: Visitor
) -> None:
    _, key = await holder("ada")
    await visitor.sign_in("grace")
    assert (await visitor.add_key(key)).status == 409
    assert await waiting(scene) == []


async def test_what_is_removed_never_decides_again(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    grace, _ = await holder("grace")
    (own,) = [it.credential for it in await told(scene) if it.person == "ada"]
    await grace.open("/passkeys")
    assert (await grace.post(f"/passkeys/{own}/remove", {})).status == 409  # it is not hers
    await ada.open("/passkeys")
    assert (await ada.post(f"/passkeys/{own}/remove", {})).status == 200
    assert isinstance((await told(scene))[-1], PasskeyRemoved)
    assert (await ada.decide(signoff, key)).status == 409
    assert (await ada.add_key(key)).status == 409


HOSTILE: list[Any] = [
    None, 7, "x", [], {}, {"id": "x"}, {"rawId": "x"}, {"response": 7}, {"rawId": "AA", "response": {}},
    {"rawId": "!", "response": {"clientDataJSON": "!", "authenticatorData": "", "signature": ""}},
    {"rawId": "AA", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}},
    {"rawId": "AA", "response": {"clientDataJSON": "W10", "attestationObject": "gYGBgYGBgYGBgYGBgYGB"}},
    {"rawId": "AA", "response": {"clientDataJSON": "e30", "attestationObject": "gY" * 20_000}},
    {"rawId": "AA", "response": {"clientDataJSON": "e30", "attestationObject": "_____w"}},
    {"rawId": ["AA"], "response": {"clientDataJSON": {}, "attestationObject": None}},
]  # fmt: skip


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: str(said)[:60])
async def test_what_no_browser_sends_is_refused(
    scene: Scene, holder: Holder, signoff: str, said: Any
) -> None:
    """By all that take it, and nothing breaks."""
    ada, _ = await holder("ada")
    grace = Visitor(scene, ada.provider)
    await grace.sign_in("grace")
    asked = await ada.challenge(signoff)
    sent = {"statement": asked.said["statement"], "assertion": said}
    assert (await ada.post(f"/decide/{signoff}", sent)).status == 409
    await grace.open("/passkeys")
    asked = await grace.post("/passkeys/challenge", {"do": "add", "label": said})
    sent = {"statement": asked.said["statement"], "credential": said}
    assert (await grace.post("/passkeys", sent)).status == 409
    for body in (said, {"statement": said}, {"do": said}, {"verdict": said}):
        for path in (f"/decide/{signoff}", f"/decide/{signoff}/challenge", "/passkeys"):
            assert (await grace.post(path, body)).status in (400, 409), (path, body)


async def test_the_owner_hears_of_every_key_in_their_name(scene: Scene, holder: Holder) -> None:
    """Whoever has one that they do not know of can say so."""
    ada, first = await holder("ada")
    await ada.add_key(ada.key(), by=first, label="green")
    await scene.house.settle()
    assert "“green”, can approve in your name now. It was let in by you" in await _told(scene)
    own = [it.credential for it in await told(scene)]
    await ada.open("/passkeys")
    await ada.post(f"/passkeys/{own[0]}/remove", {})
    await scene.house.settle()
    assert "“blue” was removed. If that was not you" in await _told(scene)


async def _told(scene: Scene) -> str:
    found = scene.slack.workspace.channels.values()
    direct = [channel.id for channel in found if channel.direct and SENIOR in channel.members]
    said = [it for id in direct for it in scene.slack.messages(id)]
    return " ".join(reading(it.blocks) or it.text for it in said)
