"""Every page of the dashboard, for whoever has no mouse, no script, a phone, the night, or a screen reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.clock import system_clock
from bot.demo import history
from bot.demo.changes import LEDGER, POOL, REFUNDS
from bot.demo.company import CHANNELS, MORE_CHANNELS, grown
from bot.demo.scene import Scene, staged
from bot.web.access import ACCESS, Access
from tests.browser import axe
from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
SIGNOFFS = 60
SIGNED_OUT = "401 (Unauthorized)"
"""A browser takes that for an error, and we for the sign-in page."""
NO_PAGES = ("/live", "/figures/{name}.csv", "/audit/export")
SEATED = [
    path for (method, path), asked in ACCESS.items() if (method, asked) == ("GET", Access.SEAT)
]
PAGES = [path for path in SEATED if path not in NO_PAGES]
"""All there are, whoever made them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A company that has lived for a while; `pending` and `decided` are sign-offs of it."""

    scene: Scene
    pending: str
    decided: str

    def addresses(self, pattern: str) -> list[str]:
        """Where there is such a page: one of what waits, and one of what was decided."""
        ids = (self.pending, self.decided) if "{id}" in pattern else ("",)
        return [self.at(pattern.replace("{id}", id)) for id in ids]

    def at(self, path: str) -> str:
        return f"{self.scene.public_url}{path}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def past(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Past]:
    async with staged(
        tmp_path_factory.mktemp("past"),
        clock=system_clock,
        config=history.CONFIG,
        members=grown(history.CONFIG),
        channels=(*CHANNELS, *MORE_CHANNELS),
    ) as scene:
        await history.live_through(scene.settings(), 1, SIGNOFFS, system_clock())
        await scene.start()
        decided = await scene.send(REFUNDS)
        pending = await scene.send(REFUNDS)
        yield Past(scene=scene, pending=pending, decided=decided)


async def sign_in(page: Page, past: Past) -> None:
    await page.goto(past.at("/queue"))
    await page.get_by_role("link", name="Sign in with Slack").click()
    await page.get_by_role("link", name="Ada Park").click()
    await page.wait_for_url(past.at("/queue"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signed_in(browser: Browser, past: Past) -> Any:
    """What Ada's browser keeps of it."""
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE)
    await sign_in(await context.new_page(), past)
    kept = await context.storage_state()
    await context.close()
    return kept


@asynccontextmanager
async def sitting(browser: Browser, **how: Any) -> AsyncIterator[Page]:
    """Whatever its console tells of our rules for it, or of a mistake, is a mistake of ours."""
    context = await browser.new_context(locale="en-GB", **how)
    context.set_default_timeout(PATIENCE)
    page, wrong = await context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    await context.close()
    assert [it for it in wrong if SIGNED_OUT not in it] == []


@pytest.mark.parametrize("pattern", PAGES)
async def test_a_page_can_be_used_by_everybody(
    browser: Browser, past: Past, signed_in: Any, pattern: str
) -> None:
    found: list[tuple[str, str, list[str]]] = []
    async with sitting(browser, storage_state=signed_in) as page:
        for address in past.addresses(pattern):
            answer = await page.goto(address)
            assert answer is not None
            assert answer.status == 200
            for scheme, size in product(SCHEMES, SIZES):
                await page.emulate_media(color_scheme=scheme)
                await page.set_viewport_size(SIZES[size])
                wide = ["one has to scroll sideways"] if await axe.is_too_wide(page) else []
                found.append((scheme, size, [*wide, *await axe.findings(page)]))
    assert [it for it in found if it[2]] == []
    assert len(found) >= 4


async def test_so_can_what_strangers_see(browser: Browser, past: Past) -> None:
    for size in SIZES.values():
        page = await browser.new_page(viewport=size)
        await page.goto(past.at("/queue"))
        assert await axe.findings(page) == []
        assert not await axe.is_too_wide(page)
        await page.close()


async def test_what_is_wrong_would_be_found(browser: Browser) -> None:
    page = await browser.new_page(viewport=SIZES["phone"])
    await page.set_content(
        "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><img src=x width=800>"
        "<div style='display:none'></div><a href=x tabindex=-1 style='outline:none'>y</a></main>"
    )
    (found,) = await axe.findings(page)
    assert found.startswith("image-alt (critical)")
    assert await axe.is_too_wide(page)
    assert [it[:2] for it in await axe.unreached(page)] == ["<a"]
    await page.close()


@pytest.mark.parametrize("pattern", PAGES)
async def test_the_key_tab_gets_everywhere_and_shows_where_one_is(
    browser: Browser, past: Past, signed_in: Any, pattern: str
) -> None:
    async with sitting(browser, storage_state=signed_in, viewport=SIZES["wide"]) as page:
        for address in past.addresses(pattern):
            await page.goto(address)
            assert await axe.unreached(page) == []


async def test_one_may_skip_what_is_the_same_on_every_page(
    browser: Browser, past: Past, signed_in: Any
) -> None:
    async with sitting(browser, storage_state=signed_in) as page:
        await page.goto(past.at("/queue"))
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"


async def test_without_script_one_reads_everything_and_signs_out(
    browser: Browser, past: Past
) -> None:
    async with sitting(browser, java_script_enabled=False) as page:
        await sign_in(page, past)
        for pattern in PAGES:
            await page.goto(past.addresses(pattern)[0])
            assert await page.locator("h1").count() == 1, pattern
            assert await page.locator("nav a").count() == 8, pattern
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("link", name="Sign in with Slack").wait_for()


async def test_what_changes_shows_by_itself_and_the_focus_stays(
    browser: Browser, past: Past, signed_in: Any
) -> None:
    async with sitting(browser, storage_state=signed_in) as page:
        await page.goto(past.at("/queue"))
        link = page.locator(f"a[href$='/signoffs/{past.pending}']").first
        await link.focus()
        newest = await past.scene.send(LEDGER)
        await page.locator(f"a[href$='/signoffs/{newest}']").first.wait_for()
        await page.wait_for_function("document.activeElement.tagName === 'A'")
        focused = await page.evaluate("document.activeElement.getAttribute('href')")
        assert focused == await link.get_attribute("href")
        assert "wait for a signature" in await page.inner_text("#said")


async def test_once_the_seat_is_over_an_open_page_leads_to_the_sign_in(
    browser: Browser, past: Past
) -> None:
    """It is taken away elsewhere; the page finds out when it looks for what has changed."""
    newest = text("DELETE FROM visit WHERE until = (SELECT max(until) FROM visit)")
    async with sitting(browser) as page:
        await sign_in(page, past)
        await page.locator("#list").wait_for()
        await past.scene.house.store.write(lambda it: it.connection().execute(newest))
        await past.scene.send(POOL)
        await page.get_by_role("link", name="Sign in with Slack").wait_for()
