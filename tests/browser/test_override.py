"""Overriding at night with a security key, in a real browser, while Slack is down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.demo.changes import REFUNDS
from bot.demo.scene import FALLBACK_CHANNEL, Scene, playing
from bot.domain.proving import BY_KEY
from bot.domain.signoff import Status
from tests.browser.conftest import EVERY_DAY
from tests.browser.test_step_up import PAYLOAD, home, page, provider, sign_in, with_a_key
from tests.clocks import QUICKLY, MovableClock
from tests.web.pages.conftest import stepped_up, stored
from tests.web.provider import SECRET, FakeProvider

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["page", "provider"]  # fixtures

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = f"\noverride: {{people: [pat, grace], channel: {FALLBACK_CHANNEL}, per_month: 1}}\n"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    tmp_path: Path,
    clock: MovableClock,
    provider: FakeProvider,
) -> AsyncIterator[Scene]:
    config, environ = stepped_up(EVERY_DAY, provider.url) + RULES, {"OIDC_SECRET": SECRET}
    async with playing(
        tmp_path, clock=clock, config=config, environ=environ, patience=QUICKLY
    ) as scene:
        provider.redirect_uri = f"{home(scene)}/signed-in"
        yield scene


async def overridden(page: Page, scene: Scene, signoff: str, button: str) -> None:
    await page.goto(f"{home(scene)}/override/{signoff}")
    await page.fill("#incident", "INC-4711")
    await page.fill("#reason", "Checkout is down, this is the fix")
    await page.get_by_role("button", name=button, exact=True).click()


async def test_while_slack_is_down_it_goes_on(
    page: Page,
    scene: Scene,
    provider: FakeProvider,
) -> None:
    await with_a_key(page, scene, provider, "pat")
    signoff = await scene.send(REFUNDS)
    await scene.slack.stop()
    await page.context.clear_cookies()
    await page.goto(f"{home(scene)}/override/{signoff}")
    assert "Retry" not in await page.inner_text("main")
    await sign_in(page, provider, "pat")
    await page.wait_for_url(f"{home(scene)}/override/{signoff}")
    await overridden(page, scene, signoff, "Override")
    await page.get_by_text("Overridden: it may go on until").wait_for()
    after = await stored(scene, signoff)
    assert after.override
    assert (after.status, after.override.shown.how) == (Status.OVERRIDDEN, BY_KEY)
    await scene.house.dispatcher.settle()
    run = await scene.slack.wait_for(lambda: scene.pipeline.runs[after.change.key], timeout=10)
    assert run.state == "deployed"
    await page.reload()
    text = await page.inner_text("main")
    assert ("INC-4711" in text, "You had a part" in text) == (True, True)


async def test_what_is_missing_is_said_and_the_words_are_kept(
    page: Page,
    scene: Scene,
    provider: FakeProvider,
) -> None:
    await with_a_key(page, scene, provider, "pat")
    signoff = await scene.send(REFUNDS)
    await page.goto(f"{home(scene)}/override/{signoff}")
    await page.fill("#reason", "Checkout is down")
    await page.get_by_role("button", name="Override", exact=True).click()
    await page.get_by_text("Please name the incident, as in INC-4711").wait_for()
    await page.reload()
    assert await page.input_value("#reason") == "Checkout is down"
    assert (await stored(scene, signoff)).status is Status.PENDING


async def test_the_second_of_a_month_takes_two_and_another_reviews_it(
    page: Page,
    scene: Scene,
    provider: FakeProvider,
) -> None:
    await with_a_key(page, scene, provider, "pat")
    first = await scene.send(REFUNDS)
    await overridden(page, scene, first, "Override")
    await page.get_by_text("Overridden: it may go on until").wait_for()
    second = await scene.send(REFUNDS, title=PAYLOAD, environment="canary")
    await overridden(page, scene, second, "Ask to override")
    await page.get_by_text("somebody else who may has to confirm it").wait_for()
    await page.context.clear_cookies()
    await with_a_key(page, scene, provider, "grace")
    await page.goto(f"{home(scene)}/override/{second}")
    text = await page.inner_text("main")
    assert "the 2nd override of this month, and after 1 it takes two people" in text
    assert ("INC-4711" in text, "onerror" in text) == (True, True)
    assert await page.locator("main img, main script, main iframe, main [style]").count() == 0
    await page.get_by_role("button", name="Confirm the override").click()
    await page.get_by_text("Overridden: it may go on until").wait_for()
    after = await stored(scene, second)
    assert after.override
    assert (after.override.by, after.override.second) == ("pat", "grace")
    await page.goto(f"{home(scene)}/override/{first}")
    await page.fill("#reason", "It was the fix")
    await page.get_by_role("button", name="It was fine").click()
    await page.get_by_text("Your review was recorded").wait_for()
    assert await scene.house.board.broken() is None


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1000, "dark")])
async def test_nothing_is_wider_than_a_phone(
    page: Page,
    scene: Scene,
    provider: FakeProvider,
    width: int,
    scheme: Any,
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme)
    await with_a_key(page, scene, provider, "pat")
    signoff = await scene.send(REFUNDS)
    await page.goto(f"{home(scene)}/override/{signoff}")
    await page.get_by_role("button", name="Override", exact=True).wait_for()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
