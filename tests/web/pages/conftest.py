"""A house whose approvals take a fresh sign-in and a security key, and people who have both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import Scene, playing
from bot.domain.signoff import Signoff
from bot.engine.letting_in import let_in_by_hand
from bot.engine.stepping_up import Passkey
from storage import passkeys
from tests.databases import begun
from tests.web.authenticator import SoftKey
from tests.web.ci import MovableClock
from tests.web.provider import SECRET, FakeProvider
from tests.web.visitor import PUBLIC, Visitor

STEP_UP = """
step_up: {{issuer: "{issuer}", client_id: countersign, client_secret_env: OIDC_SECRET, risk: []}}
administrators: [pat]
"""


def stepped_up(config: str, issuer: str) -> str:
    """The same house, where a person's own key has to sign."""
    asked = config.replace("from: owners, sla: fast}", "from: owners, sla: fast, step_up: true}")
    return asked + STEP_UP.format(issuer=issuer)


@pytest.fixture
async def provider(clock: MovableClock) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider(clock, redirect_uri=f"{PUBLIC}/signed-in")
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def scene(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider
) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    config = stepped_up(AT_ONCE, provider.url)
    begun(tmp_path / "countersign.db")
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


@pytest.fixture
def visitor(scene: Scene, provider: FakeProvider) -> Visitor:
    return Visitor(scene, provider)


Holder = Callable[..., Awaitable[tuple[Visitor, SoftKey]]]


@pytest.fixture
def holder(scene: Scene, provider: FakeProvider) -> Holder:
    """Somebody who has signed in, and has a key that may decide."""

    async def signed_in(person: str, **facts: object) -> tuple[Visitor, SoftKey]:
        visitor = Visitor(scene, provider)
        await visitor.sign_in(person)
        key = visitor.key(**facts)
        heard = await visitor.add_key(key)
        assert heard.status == 200, heard.body
        await let_in(scene, person)
        return visitor, key

    return signed_in


async def let_in(scene: Scene, person: str) -> None:
    """As an operator does by hand."""
    for key in await waiting(scene):
        if key.person == person:
            house = scene.house
            await let_in_by_hand(house.store, house.signoffs.vouching, key.id)


async def waiting(scene: Scene) -> list[Passkey]:
    return list(await scene.house.store.read(passkeys.waiting))


@pytest.fixture
async def signoff(scene: Scene) -> str:
    """Jun's change, that waits for a senior."""
    return await scene.send(REFUNDS)


async def stored(scene: Scene, signoff: str) -> Signoff:
    found = await scene.house.board.signoff(signoff)
    assert found is not None
    return found
