"""Approving with a security key, in a real browser: from the card to the pipeline that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.demo.changes import REFUNDS
from bot.demo.scene import Scene, playing
from bot.domain.signoff import BY_KEY, Status
from tests.browser.conftest import EVERY_DAY, PATIENCE
from tests.clocks import QUICKLY, MovableClock
from tests.web.pages.conftest import let_in, stepped_up, stored
from tests.web.provider import SECRET, FakeProvider

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAYLOAD = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\"'"
"""What somebody might hope that a page of ours runs."""


@pytest_asyncio.fixture(loop_scope="session")
async def provider(clock: MovableClock) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider(clock)
    await provider.start()
    yield provider
    await provider.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider
) -> AsyncIterator[Scene]:
    config = stepped_up(EVERY_DAY, provider.url)
    environ = {"OIDC_SECRET": SECRET}
    async with playing(
        tmp_path, clock=clock, config=config, environ=environ, patience=QUICKLY
    ) as scene:
        provider.redirect_uri = f"{home(scene)}/signed-in"
        yield scene


def home(scene: Scene) -> str:
    """Browsers let security keys be used here, as it is this machine."""
    return f"http://localhost:{scene.port}"


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A browser with a security key in it; whatever goes wrong on a page is a mistake."""
    context = await browser.new_context(viewport={"width": 1000, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Security" in said.text else None)
    await insert_key(page)
    yield page
    await context.close()
    assert wrong == []


async def insert_key(page: Page) -> None:
    """A security key, and a finger that touches it whenever it is asked."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


async def sign_in(page: Page, provider: FakeProvider, person: str) -> None:
    provider.sign_in_as(person)
    await page.get_by_role("link", name="Sign in to").click()
    await page.click("#ok")


async def with_a_key(page: Page, scene: Scene, provider: FakeProvider, person: str) -> None:
    await page.goto(f"{home(scene)}/passkeys")
    await sign_in(page, provider, person)
    await page.fill("#label", "Ada's laptop")
    await page.get_by_role("button", name="Add a security key").click()
    await page.get_by_text("Your key is registered").wait_for()
    await let_in(scene, person)


async def test_from_the_card_to_the_pipeline_that_goes_on(
    page: Page, scene: Scene, provider: FakeProvider
) -> None:
    await with_a_key(page, scene, provider, "ada")
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff, "security key")
    (row,) = [block for block in card.blocks if block["type"] == "actions"]
    await page.goto(row["elements"][0]["url"])
    assert "Your decision" in await page.inner_text("main")  # she signed in a moment ago
    await page.fill("#reason", "Looked at every line of it")
    await page.get_by_role("button", name="Approve with your security key").click()
    await page.get_by_text("Your approval was recorded").wait_for()
    after = await stored(scene, signoff)
    assert after.status is Status.APPROVED
    assert (after.reviews[-1].proved, after.reviews[-1].person) == (BY_KEY, "ada")
    await scene.house.settle()
    run = await scene.slack.wait_for(lambda: scene.pipeline.runs[after.change.key], timeout=10)
    assert run
    assert await scene.house.board.broken() is None


async def test_whoever_is_not_signed_in_comes_back_to_where_they_were(
    page: Page, scene: Scene, provider: FakeProvider
) -> None:
    """Over another site, there and back: the strict cookie is there all the same."""
    await with_a_key(page, scene, provider, "ada")
    await page.context.clear_cookies()
    signoff = await scene.send(REFUNDS)
    await page.goto(f"{home(scene)}/decide/{signoff}")
    assert "Retry" not in await page.inner_text("main")
    await sign_in(page, provider, "ada")
    await page.wait_for_url(f"{home(scene)}/decide/{signoff}")
    await page.get_by_role("button", name="Approve with your security key").wait_for()


async def test_without_a_reason_a_rejection_says_so_and_keeps_the_words(
    page: Page, scene: Scene, provider: FakeProvider
) -> None:
    await with_a_key(page, scene, provider, "ada")
    signoff = await scene.send(REFUNDS)
    await page.goto(f"{home(scene)}/decide/{signoff}")
    await page.get_by_role("button", name="Reject").click()
    await page.get_by_text("Please say why in a few words").wait_for()
    await page.fill("#reason", "It retries twice")
    await page.reload()
    assert await page.input_value("#reason") == "It retries twice"
    await page.get_by_role("button", name="Reject").click()
    await page.get_by_text("Your rejection was recorded").wait_for()
    assert (await stored(scene, signoff)).status is Status.REJECTED


async def test_what_strangers_write_is_only_read(
    page: Page, scene: Scene, provider: FakeProvider
) -> None:
    hostile: dict[str, Any] = {
        "title": PAYLOAD,
        "description": PAYLOAD,
        "branch": PAYLOAD,
        "ai": {"assisted": True, "tools": [PAYLOAD], "rationale": PAYLOAD},
        "files": [{"path": PAYLOAD, "additions": 1, "deletions": 1}],
        "commits": [{"sha": "a" * 40, "message": PAYLOAD, "author": {"name": PAYLOAD}}],
    }
    await with_a_key(page, scene, provider, "ada")
    signoff = await scene.send(REFUNDS, **hostile)
    await page.goto(f"{home(scene)}/decide/{signoff}")
    text = await page.inner_text("main")
    assert "onerror" in text
    assert await page.title() != "owned"
    assert await page.locator("main img, main script, main iframe, main [style]").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1000, "dark")])
async def test_nothing_is_wider_than_a_phone(
    page: Page, scene: Scene, provider: FakeProvider, width: int, scheme: Any
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme)
    await with_a_key(page, scene, provider, "ada")
    signoff = await scene.send(REFUNDS)
    for path in (f"/decide/{signoff}", "/passkeys"):
        await page.goto(f"{home(scene)}{path}")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
