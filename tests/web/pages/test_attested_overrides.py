"""Is no override attested in the name of a key that did not sign it, whatever an entry says?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import Scene, playing
from bot.domain.proving import BY_KEY
from bot.domain.signoff import Assertion, Status
from bot.engine.clicks import Click, Proof
from storage import passkeys
from tests.builders import AN_ASSERTION
from tests.web.ci import MovableClock
from tests.web.pages.conftest import Holder, stepped_up, stored
from tests.web.pages.test_attested_keys import assertion, attested, troubles
from tests.web.pages.test_overriding import ALONE, challenge, do
from tests.web.provider import SECRET, FakeProvider
from tests.web.visitor import PUBLIC, Visitor

INCIDENT, WHY = "INC-4711", "checkout is down"
TWO = ALONE.replace("minutes", "second: true, minutes")
BENT = [
    {},
    {"signature": AN_ASSERTION.signature},
    {"statement": AN_ASSERTION.statement},
    {"client_data": AN_ASSERTION.client_data},
    {"public_key": AN_ASSERTION.public_key},
]
NAMES = ["as it was signed", "signature", "statement", "client_data", "public_key"]


@pytest.fixture
def rules() -> str:
    return ALONE


@pytest.fixture
async def scene(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider, rules: str
) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    config = stepped_up(AT_ONCE.replace("expire: 2m", "expire: 8h"), provider.url) + rules
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


@pytest.fixture
async def night(scene: Scene) -> str:
    return await scene.send(REFUNDS)


async def signed(
    scene: Scene, holder: Holder, person: str, signoff: str, do: str = "override"
) -> tuple[Visitor, Assertion]:
    """What their own key made, of an override that was then never sent."""
    visitor, key = await holder(person)
    asked = await challenge(visitor, signoff, do)
    assert asked.status == 200, asked.body
    [row] = await scene.house.store.read(lambda s: passkeys.of(s, person))
    return visitor, assertion(key, asked.said, row.public_key)


async def click(scene: Scene, signoff: str, person: str) -> Click:
    it = await stored(scene, signoff)
    return Click(
        id="forged",
        signoff_id=signoff,
        person=person,
        revision=it.change.revision,
        policy_digest=it.requirement.policy_digest,
    )


def by_key(made: Assertion, bent: dict[str, Any]) -> Proof:
    """Nobody looked at what it signed."""
    return Proof(how=BY_KEY, assertion=replace(made, **bent), used=None)


async def check(visitor: Visitor, signoff: str, bent: dict[str, Any]) -> None:
    """It is attested as it was signed, and not at all if one thing differs."""
    status, said = await attested(visitor, signoff), await troubles(visitor)
    assert (status == 200) is (not bent)
    assert ("1 decision was not signed: run countersign audit verify" in said) is bool(bent)


@pytest.mark.parametrize("bent", BENT, ids=NAMES)
async def test_of_whoever_overrides(
    bent: dict[str, Any], scene: Scene, holder: Holder, night: str
) -> None:
    pat, made = await signed(scene, holder, "pat", night)
    it = await click(scene, night, "pat")
    after = await scene.house.signoffs.override(it, INCIDENT, WHY, by_key(made, bent))
    assert after.status is Status.OVERRIDDEN
    await check(pat, night, bent)


@pytest.mark.parametrize("rules", [TWO], ids=["two"])
@pytest.mark.parametrize("bent", BENT, ids=NAMES)
async def test_of_whoever_confirms_it(
    bent: dict[str, Any], scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    assert (await do(pat, night, key)).status == 200
    grace, made = await signed(scene, holder, "grace", night, "confirm")
    it, asked = await click(scene, night, "grace"), (await stored(scene, night)).override_asked
    after = await scene.house.signoffs.confirm_override(it, asked, by_key(made, bent))
    assert after.status is Status.OVERRIDDEN
    await check(grace, night, bent)


@pytest.mark.parametrize("rules", [TWO], ids=["two"])
@pytest.mark.parametrize("bent", BENT, ids=NAMES)
async def test_of_whoever_asked_for_it(
    bent: dict[str, Any], scene: Scene, holder: Holder, night: str, clock: MovableClock
) -> None:
    """A quarter of an hour may pass until somebody else confirms it."""
    _, made = await signed(scene, holder, "pat", night)
    it = await click(scene, night, "pat")
    asked = await scene.house.signoffs.override(it, INCIDENT, WHY, by_key(made, bent))
    assert asked.override_asked
    clock.advance(minutes=14)
    grace, key = await holder("grace")
    assert (await do(grace, night, key, "confirm")).said["status"] == "overridden"
    await check(grace, night, bent)
