"""A real browser before the real demo. Where there is none the tests are skipped, and fail where
BROWSER says that it is required."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.clock import system_clock
from bot.demo.scene import CONFIG, Scene, playing
from tests.browser.deeds import Stage
from tests.clocks import QUICKLY, MovableClock

if TYPE_CHECKING:
    from playwright.async_api import Browser

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-lcd-text", "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip

EVERY_DAY = (
    CONFIG.replace("grace: 8s", "grace: 10s")
    .replace("remind: [20s], escalate: 40s, expire: 2m", "remind: [15m], escalate: 1h, expire: 8h")
    .replace("fast: {", "fast: {clock: working, ")
    .replace("timezone: Europe/London", "timezone: UTC")
)
"""The company of the demo, at the pace of a real one. The clock is moved, so nobody waits."""

PATIENCE = 10_000
"""Milliseconds for whatever the page is to show: only what is wrong takes so long."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all walks."""
    path = chromium()
    if find_spec("playwright") is None:
        _missing("Playwright is not installed: pip install -r requirements/browser.txt")
    if not path:
        _missing("Chromium is not on this machine; CHROMIUM may name it")
    playwright = import_module("playwright.async_api")
    playwright.expect.set_options(timeout=PATIENCE)
    async with playwright.async_playwright() as running:
        browser = await running.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()


def monday() -> MovableClock:
    """It is Monday, ten o'clock in London, whenever that is read."""
    now = system_clock().astimezone(UTC)
    then = now + timedelta(days=7 - now.weekday())
    return MovableClock(datetime(then.year, then.month, then.day, 10, tzinfo=UTC) - now)


@pytest.fixture
def clock() -> MovableClock:
    return monday()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, clock=clock, config=EVERY_DAY, patience=QUICKLY) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, scene: Scene, clock: MovableClock) -> AsyncIterator[Stage]:
    """Nobody's browser: no history, no size of window that somebody chose."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 1000}, locale="en-GB", timezone_id="UTC"
    )
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(scene.slack.page_url)
    playwright = import_module("playwright.async_api")
    yield Stage(page=page, scene=scene, clock=clock, playwright=playwright)
    await context.close()


def chromium() -> str | None:
    """Where it is."""
    named = os.environ.get("CHROMIUM")  # noqa: TID251
    return named or shutil.which("chromium") or shutil.which("google-chrome")


def _missing(what: str) -> None:
    if os.environ.get("BROWSER") == "required":  # noqa: TID251
        pytest.fail(what)
    pytest.skip(what)
