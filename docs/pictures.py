"""What does it look like? Takes the pictures of README and docs/using.md from the running playground.

`make pictures`: needs Chromium on the machine (CHROMIUM names it, if it is not on the path).
Each picture says how one gets there in the words of docs/using.md.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright import async_api as playwright
from playwright.async_api import Browser, Locator, Page

from bot import logs
from bot.demo import changes
from bot.demo.scene import playing
from docs.png import packed
from tests.browser.conftest import EVERY_DAY, QUIET, chromium, monday
from tests.browser.deeds import Stage, be, deeds_of, do, go

HERE = Path(__file__).parent / "pictures"
WIDE, PHONE = 1180, 390
EDGE = 10
"""Pixels around a part of the page."""
TALL = {"form": 760, "bottom": 760, "home": 1000, "page": 860}

CARD, LAST, FORM, BOTTOM, HOME, ANSWER, THREAD, PAGE = (
    "card", "last", "form", "bottom", "home", "answer", "thread", "page",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of `what`, after the steps `then` of this person at this place."""

    name: str
    what: str
    given: str
    then: str = ""
    width: int = WIDE


ADA, GRACE, JUN = "Ada Park", "Grace Hill", "Jun Ito"
PAY, DIRECT, OWN = "payments-deploys", "Countersign", "Home"
APPROVED = (
    "Press **Approve**. It says “About to be approved”. 10 seconds later “Approved by Ada Park”."
)
TICKED = "Press **Approve…**, tick every point, write “Rolled back once in staging.” under **Why is it good to go?**"
ASKED = (
    "Choose **Ask the author…** in the menu `⋯`, write “What if the network answers twice?” under "
    "**What do you want to know?**, press **Ask**. It says “Ada Park asked the author”."
)

SHOTS = (
    Shot("card", CARD, f"{ADA}, {PAY}, REFUNDS"),
    Shot("card-phone", CARD, f"{ADA}, {PAY}, REFUNDS", width=PHONE),
    Shot("card-low", CARD, f"{ADA}, {PAY}, WORDS"),
    Shot("card-high", CARD, f"{ADA}, {PAY}, LEDGER"),
    Shot("card-critical", CARD, f"{ADA}, {PAY}, SHRINK"),
    Shot("card-large", CARD, f"{ADA}, {PAY}, RENAME"),
    Shot("card-claimed", CARD, f"{ADA}, {PAY}, REFUNDS", "Press **I am on it**. “is on it until”"),
    Shot("card-settling", CARD, f"{ADA}, {PAY}, REFUNDS", "Press **Approve**. “About to be approved”"),
    Shot("card-partial", CARD, f"{ADA}, {PAY}, LEDGER", f"{TICKED}, press **Approve**. “1 of 2”"),
    Shot("card-passed-on", CARD, f"{ADA}, {PAY}, REFUNDS",
         "Choose **Pass it on…** in the menu `⋯`, select **Grace Hill** under **Who should look at it?**, write "
         "“She wrote the retry code.” under **Why they, and not you?**, press **Pass on**. “passed it on to”"),
    Shot("card-escalated", CARD, f"{ADA}, {PAY}, REFUNDS", "1 hour later “Nobody decided for a while”"),
    Shot("card-question", CARD, f"{ADA}, {PAY}, REFUNDS", ASKED),
    Shot("card-approved", CARD, f"{ADA}, {PAY}, REFUNDS",
         f"{APPROVED} “was told to go on”. Once the deployment is done “deployed”"),
    Shot("card-failed", CARD, f"{ADA}, {PAY}, REFUNDS",
         f"{APPROVED} “was told to go on”. Once the deployment fails “failed”"),
    Shot("card-rejected", CARD, f"{GRACE}, {PAY}, REFUNDS",
         "Press **Reject…**, pick **It is too risky as it is**, write “The back-off is too short.” under "
         "**What has to change?**, press **Reject**. “Rejected by Grace Hill”, “was told to stop”"),
    Shot("card-expired", CARD, f"{JUN}, {PAY}, REFUNDS", "24 hours later “was told to stop”"),
    Shot("card-superseded", CARD, f"{ADA}, {PAY}, REFUNDS, REFUNDS", "“Superseded”"),
    Shot("card-withdrawn", CARD, f"{JUN}, {PAY}, REFUNDS",
         "Press **Details**, and then **Withdraw…**. Pick **It needs more work**, press **Withdraw**. "
         "“Withdrawn by Jun Ito”. Press **Close**. “was told to stop”"),
    Shot("thread-question", THREAD, f"{ADA}, {PAY}, REFUNDS",
         f"{ASKED} You are **Jun Ito**. Open **Countersign**, press **Answer…**, write "
         "“The key is the same, so it books once.” under **Your answer**, press **Answer**. “Jun Ito answered.” "
         "Open **payments-deploys**. “so it books once”"),
    Shot("thread-ai", THREAD, f"{JUN}, {PAY}, POOL", "“Did AI help”"),
    Shot("form-approve", FORM, f"{ADA}, {PAY}, LEDGER", f"{TICKED}."),
    Shot("form-note", FORM, f"{ADA}, {PAY}, REFUNDS", "Choose **Approve with a note…** in the menu `⋯`."),
    Shot("form-reject", FORM, f"{ADA}, {PAY}, REFUNDS", "Press **Reject…**"),
    Shot("form-pass-on", FORM, f"{ADA}, {PAY}, REFUNDS", "Choose **Pass it on…** in the menu `⋯`."),
    Shot("form-ask", FORM, f"{ADA}, {PAY}, REFUNDS", "Choose **Ask the author…** in the menu `⋯`."),
    Shot("form-answer", FORM, f"{ADA}, {PAY}, REFUNDS",
         f"{ASKED} You are **Jun Ito**. Open **Countersign**, press **Answer…**"),
    Shot("form-later", FORM, f"{ADA}, {PAY}, REFUNDS", "Choose **Remind me later…** in the menu `⋯`."),
    Shot("form-withdraw", FORM, f"{JUN}, {PAY}, REFUNDS", "Press **Details**, and then **Withdraw…**. “Why?”"),
    Shot("form-evidence", FORM, f"{ADA}, {PAY}, REFUNDS",
         "Press **Details**, and then **This evidence is wrong…**. “Which evidence is wrong?”"),
    Shot("form-too-late", FORM, f"{ADA}, {PAY}, REFUNDS",
         "Press **Reject…**, pick **It is too risky as it is**. 24 hours later press **Reject**. “Not recorded”"),
    Shot("form-shortcut", FORM, f"{ADA}, {PAY}, REFUNDS", "Choose **Sign-offs** in the menu `⚡`."),
    Shot("details-top", FORM, f"{ADA}, {PAY}, REFUNDS", "Press **Details**."),
    Shot("details-bottom", BOTTOM, f"{ADA}, {PAY}, REFUNDS", "Press **Details**."),
    Shot("home-waiting", HOME, f"{ADA}, {OWN}, LEDGER, REFUNDS", "“Waiting for you (2)”"),
    Shot("home-own", HOME, f"{JUN}, {OWN}, LEDGER, REFUNDS", "Press **Yours**. “What you asked for”"),
    Shot("home-groups", HOME, f"{ADA}, {OWN}, LEDGER, REFUNDS", "Press **Your groups**. “What your groups have open”"),
    Shot("home-decided", HOME, f"{ADA}, {PAY}, REFUNDS",
         f"{APPROVED} Open **Home**, press **Decided**. “Your last decisions”, “You approved it”"),
    Shot("settings", FORM, f"{ADA}, {OWN}, REFUNDS", "Press **Settings…**"),
    Shot("away", FORM, f"{ADA}, {OWN}, REFUNDS", "Press **I am away…**"),
    Shot("signoff", ANSWER, f"{ADA}, {PAY}, REFUNDS", "Type `/signoff`. “Only visible to you”"),
    Shot("signoff-status", ANSWER, f"{ADA}, {PAY}, REFUNDS, LEDGER", "Type `/signoff status`. “Only visible to you”"),
    Shot("signoff-explain", ANSWER, f"{ADA}, {PAY}, REFUNDS", "Type `/signoff explain payments-api/deploy/4701`. “Only visible to you”"),
    Shot("signoff-who", ANSWER, f"{ADA}, {PAY}, REFUNDS", "Type `/signoff who payments-api/deploy/4701`. “Only visible to you”"),
    Shot("signoff-help", ANSWER, f"{ADA}, {PAY}, REFUNDS", "Type `/signoff help`. “Only visible to you”"),
    Shot("signoff-typo", ANSWER, f"{ADA}, {PAY}, REFUNDS", "Type `/signoff statsu`. “Only visible to you”"),
    Shot("signoff-metrics", ANSWER, f"{ADA}, {PAY}, REFUNDS", f"{APPROVED} Type `/signoff metrics`. “Only visible to you”"),
    Shot("reminder", LAST, f"{ADA}, {DIRECT}, REFUNDS, LEDGER", "15 minutes later “2 wait for you”"),
    Shot("digest", LAST, f"{ADA}, {PAY}, REFUNDS, LEDGER", "23 hours later “wait for a sign-off”"),
    Shot("playground", PAGE, f"{ADA}, {PAY}, REFUNDS", width=1280),
)  # fmt: skip


async def main(wanted: Iterable[str]) -> None:
    path = chromium()
    if not path:
        sys.exit("Chromium is not on this machine; set CHROMIUM to its path.")
    HERE.mkdir(exist_ok=True)
    shots = [shot for shot in SHOTS if not wanted or shot.name in wanted]
    playwright.expect.set_options(timeout=10_000)
    async with AsyncExitStack() as stack:
        logs.configure((), stream=io.StringIO())
        running = await stack.enter_async_context(playwright.async_playwright())
        browser = await running.chromium.launch(executable_path=path, args=QUIET)
        for shot in shots:
            try:
                await _take(shot, browser)
            except (AssertionError, playwright.Error) as problem:
                sys.exit(f"{shot.name}: {str(problem).partition('Call log')[0]}")
        await browser.close()


async def _take(shot: Shot, browser: Browser) -> None:
    """Each from a company of its own, on a Monday at ten."""
    person, place, *names = (word.strip() for word in shot.given.split(","))
    clock = monday()
    with tempfile.TemporaryDirectory() as folder:
        async with playing(Path(folder), clock=clock, config=EVERY_DAY) as scene:
            size = {"width": shot.width, "height": TALL.get(shot.what, 1600)}
            page = await browser.new_page(viewport=size, locale="en-GB", timezone_id="UTC")
            await page.goto(scene.slack.page_url)
            stage = Stage(page=page, scene=scene, clock=clock, playwright=playwright)
            for name in names:
                await scene.shown(await scene.send(getattr(changes, name)))
            await be(stage, person)
            await go(stage, place)
            for told in deeds_of(shot.then):
                await do(stage, told)
            await _shoot(shot, page)
            await page.close()


async def _shoot(shot: Shot, page: Page) -> None:
    path = HERE / f"{shot.name}.png"
    if shot.what == PAGE:
        await page.get_by_role("button", name="Approve").first.wait_for()
        path.write_bytes(packed(await page.screenshot()))
        return
    if shot.what in (FORM, BOTTOM):
        fields = page.locator("dialog[open] .fields")
        await fields.wait_for()
        await fields.evaluate(
            "(it, down) => it.scrollTo(0, down ? it.scrollHeight : 0)", shot.what == BOTTOM
        )
    part = _part(shot.what, page)
    while (box := await part.bounding_box()) is None:  # it is being drawn anew
        await part.wait_for()
    edge = 0 if shot.what in (FORM, BOTTOM) else EDGE
    clip = {"x": box["x"] - edge, "y": box["y"] - edge,
            "width": box["width"] + 2 * edge, "height": box["height"] + 2 * edge}  # fmt: skip
    path.write_bytes(packed(await page.screenshot(clip=clip, animations="disabled")))


def _part(what: str, page: Page) -> Locator:
    parts = {
        CARD: "#timeline > article:has(.card)",
        LAST: "#timeline > article:has(.card)",
        THREAD: "#timeline .thread",
        ANSWER: "#timeline article.only",
        HOME: "#timeline .home",
    }
    found = page.locator(parts.get(what, "dialog[open]"))
    return found.first if what == CARD else found.last


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
