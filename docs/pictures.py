"""What does it look like? Takes the pictures of README from the running playground.

`make picture`: needs Chromium on the machine (CHROMIUM names it, if it is not on the path).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot import logs
from bot.demo.changes import REFUNDS
from bot.demo.scene import OTHER_SENIOR, Scene, playing

HERE = Path(__file__).parent / "pictures"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


async def main() -> None:
    browser_path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if not browser_path:
        sys.exit("Chromium is not on this machine; set CHROMIUM to its path.")
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        logs.configure((), stream=log)
        async with playing(Path(folder)) as scene, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=browser_path, args=QUIET)
            await _take(scene, await browser.new_page(viewport={"width": 1280, "height": 900}))
            await browser.close()


async def _take(scene: Scene, page: Page) -> None:
    first = await scene.send(REFUNDS)
    await scene.shown(first)
    await scene.slack.wait_for(lambda: scene.slack.messages_to(OTHER_SENIOR))
    await page.goto(scene.slack.page_url)
    await page.get_by_role("radio", name="Ada Park").click()
    await page.get_by_role("button", name="Approve").first.wait_for()
    await page.wait_for_timeout(600)
    await page.screenshot(path=HERE / "playground.png")
    await page.set_viewport_size({"width": 1280, "height": 1200})
    await page.locator("#timeline article").first.screenshot(path=HERE / "card.png")


if __name__ == "__main__":
    asyncio.run(main())
