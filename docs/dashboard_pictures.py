"""What does the dashboard look like after a quarter? Takes the pictures of docs/dashboard.md and README.

`make pictures` takes them with all others; the quarter is the demo's, and ends on a Monday at ten.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot import logs
from bot.demo import history
from bot.demo.changes import REFUNDS
from bot.demo.company import CHANNELS, MORE_CHANNELS, grown
from bot.demo.scene import Scene, staged
from docs.png import packed
from tests.browser.conftest import QUIET, chromium, monday

HERE = Path(__file__).parent / "pictures"
SIGNOFFS, TALLEST = 1_200, 900
WIDE, PHONE = (1180, 900), (390, 844)

PLACES = {
    "queue": "/queue",
    "figures": "/figures",
    "course": "/figures?tab=course",
    "work": "/figures?tab=work",
    "outcomes": "/outcomes",
    "escapes": "/outcomes?tab=escapes",
    "policy": "/policy",
    "people": "/people",
    "connections": "/connections",
    "audit": "/audit",
    "me": "/me",
}
DARK = ("queue", "figures")
"""These on a phone in the dark as well."""


async def main() -> None:
    path = chromium()
    if not path:
        sys.exit("Chromium is not on this machine; set CHROMIUM to its path.")
    logs.configure((), stream=io.StringIO())
    clock = monday()
    async with async_playwright() as running:
        browser = await running.chromium.launch(executable_path=path, args=QUIET)
        with tempfile.TemporaryDirectory() as folder:
            async with staged(
                Path(folder),
                clock=clock,
                config=history.CONFIG,
                members=grown(history.CONFIG),
                channels=(*CHANNELS, *MORE_CHANNELS),
            ) as scene:
                await history.live_through(scene.settings(), 1, SIGNOFFS, clock())
                await scene.start()
                await _look_around(scene, browser, await scene.send(REFUNDS))
        await browser.close()


async def _look_around(scene: Scene, browser: Browser, asked: str) -> None:
    page = await _signed_in(scene, browser, WIDE, "light")
    for name, place in {**PLACES, "signoff": f"/signoffs/{asked}"}.items():
        await _shoot(scene, page, place, f"dashboard-{name}")
    await page.close()
    page = await _signed_in(scene, browser, PHONE, "dark")
    for name in DARK:
        await _shoot(scene, page, PLACES[name], f"dashboard-{name}-phone")
    await page.close()


async def _signed_in(scene: Scene, browser: Browser, size: tuple[int, int], theme: str) -> Page:
    width, height = size
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-GB",
        timezone_id="UTC",
    )
    await page.goto(f"{scene.public_url}/queue")
    await page.get_by_text("Sign in with Slack").click()
    await page.get_by_text("Ada Park").click()
    await page.wait_for_url("**/queue")
    return page


async def _shoot(scene: Scene, page: Page, place: str, name: str) -> None:
    answer = await page.goto(f"{scene.public_url}{place}")
    if answer is None or answer.status != 200:
        sys.exit(f"{place}: {answer and answer.status}")
    height = await page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": min(height, TALLEST)}
    (HERE / f"{name}.png").write_bytes(packed(await page.screenshot(clip=clip, full_page=True)))


if __name__ == "__main__":
    asyncio.run(main())
