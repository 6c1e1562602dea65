"""Our own pages: what somebody posts who has signed in, and whoever has their cookie and their page open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.demo.scene import Scene
from bot.domain.signoff import Status
from tests.hostile.runner import Door, Inputs, withstood
from tests.web.ci import MovableClock
from tests.web.pages.conftest import (  # noqa: F401 -- fixtures
    Holder,
    holder,
    provider,
    scene,
    signoff,
    stored,
)
from tests.web.provider import FakeProvider
from tests.web.visitor import Visitor

CLEARLY = {0, 200, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429}

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("troubles")]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def door_of(visitor: Visitor, path: str, body: object, taken: frozenset[int]) -> Door:
    """Of somebody who has everything but a key that signs this."""
    said = json.dumps(body).encode()
    headers: Mapping[str, str] = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()),
        "Content-Type": "application/json",
        "Origin": visitor.public,
        "Sec-Fetch-Site": "same-origin",
        "X-Csrf": visitor.csrf,
    }
    return Door(
        name=path.partition("sgn_")[0] + path.rpartition("/")[2][:9],
        address=visitor.scene.address,
        path=path,
        good=lambda: said,
        sealed=lambda _: headers,
        taken=taken,
    )


async def test_what_is_asked_to_be_signed(scene: Scene, holder: Holder, signoff: str) -> None:  # noqa: F811
    ada, _ = await holder("ada")
    await ada.open(f"/decide/{signoff}")
    now = await stored(scene, signoff)
    asked: dict[str, Any] = {"verdict": "approve", "reason": "looked at it", "checklist": []}
    asked |= {"revision": now.change.revision, "policy_digest": now.requirement.policy_digest}
    door = door_of(ada, f"/decide/{signoff}/challenge", asked, frozenset({200}))
    async with withstood(door, Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY
        assert {200, 400, 403} <= set(found.total())
    assert (await stored(scene, signoff)).status is Status.PENDING


async def test_what_was_signed(scene: Scene, holder: Holder, signoff: str) -> None:  # noqa: F811
    """Bent in every way it never counts; as it was signed it does, once."""
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    bent = key.sign(asked)
    bent["response"]["signature"] = bent["response"]["signature"][:-6] + "AAAAAA"
    wrong = {"statement": asked["statement"], "assertion": bent}
    never = frozenset({400, 401, 403, 409, 422})
    async with withstood(door_of(ada, f"/decide/{signoff}", wrong, never), Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY - {200}
    assert (await stored(scene, signoff)).status is Status.PENDING
    heard = await ada.post(f"/decide/{signoff}", said)
    assert (heard.status, heard.said["status"]) == (200, "approved")


async def test_an_override(scene: Scene, holder: Holder, signoff: str) -> None:  # noqa: F811
    """Of somebody who may not: however it is written, nothing goes on."""
    ada, _ = await holder("ada")
    await ada.open(f"/decide/{signoff}")
    asked: dict[str, Any] = {"do": "override", "incident": "INC-1", "reason": "it is down"}
    asked |= {"revision": (await stored(scene, signoff)).change.revision}
    door = door_of(ada, f"/override/{signoff}/challenge", asked, frozenset({409}))
    async with withstood(door, Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY - {200}
    assert (await stored(scene, signoff)).status is Status.PENDING


async def test_an_override_by_the_api(
    scene: Scene,  # noqa: F811
    provider: FakeProvider,  # noqa: F811
    signoff: str,  # noqa: F811
) -> None:
    """The same of somebody who has just signed in."""
    provider.sign_in_as("ada")
    provider.bent = {"nonce": None, "exp": 9**10}
    token = provider.signed(provider.claims({}))
    said = {"incident": "INC-1", "reason": "it is down"}
    said |= {"revision": (await stored(scene, signoff)).change.revision}
    door = Door(
        name="override",
        address=scene.address,
        path=f"/api/v1/signoffs/{signoff}/override",
        good=lambda: json.dumps(said).encode(),
        sealed=lambda _: {"Authorization": f"Bearer {token}"},
        taken=frozenset({409, 429}),
    )
    async with withstood(door, Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY - {200}
        assert {401, 429} <= set(found.total())
    assert (await stored(scene, signoff)).status is Status.PENDING


@pytest.mark.parametrize("what", ["/passkeys/challenge", "/passkeys"])
async def test_keys_that_are_none(holder: Holder, what: str) -> None:  # noqa: F811
    ada, _ = await holder("ada")
    await ada.open("/passkeys")
    asked: Any = {"do": "add", "label": "blue"}
    taken = frozenset({200})
    if what == "/passkeys":
        heard = (await ada.post("/passkeys/challenge", asked)).said
        made = ada.key().create(heard["create"])
        made["response"]["attestationObject"] = made["response"]["attestationObject"][:-9]
        asked, taken = (
            {"statement": heard["statement"], "credential": made},
            frozenset({400, 403, 409, 422}),
        )
    async with withstood(door_of(ada, what, asked, taken), Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY
