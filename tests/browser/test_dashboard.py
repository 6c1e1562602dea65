"""Somebody with five minutes: they see what waits for them, read it, and decide, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, OTHER_SENIOR, SENIOR, Scene
from bot.domain.signoff import Status
from tests.browser import axe
from tests.browser.conftest import PATIENCE
from tests.web.dashboard.hostile import ALL
from tests.web.dashboard.pressing import stored
from tests.web.dashboard.sitter import SEAT, seated

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def sitting(
    browser: Browser, scene: Scene, user: str = SENIOR, **how: Any
) -> AsyncIterator[Page]:
    """Their browser, once they have signed in; nothing that its console tells is wrong."""
    who = await seated(scene, user)
    context = await browser.new_context(**how)
    context.set_default_timeout(PATIENCE)
    address = scene.public_url.replace("http:", "https:")
    cookie = {"name": SEAT, "value": who.cookies[SEAT], "url": address}
    await context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[list-item]
    page, wrong = await context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    await context.close()
    assert [it for it in wrong if "409 (Conflict)" not in it] == []


def at(scene: Scene, path: str) -> str:
    return f"{scene.public_url}{path}"


async def test_from_the_queue_to_a_decision_in_three_presses(
    browser: Browser, scene: Scene
) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene) as page:
        await page.goto(at(scene, "/queue"))
        await page.get_by_role("link", name="acme/payments-api → production").click()
        await page.get_by_role("button", name="Approve", exact=True).click()
        await page.get_by_text("Your approval is recorded.").wait_for()
        assert await page.get_by_role("heading", level=1).inner_text() != ""
        assert await page.get_by_role("button", name="Approve").count() == 0
    found = await stored(scene, signoff)
    assert [it.person for it in found.reviews] == ["ada"]
    assert [it.looked_at is not None for it in found.reviews] == [True]


async def test_on_a_phone_the_buttons_are_seen_at_once_and_rejecting_asks_why(
    browser: Browser, scene: Scene
) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene, viewport=PHONE) as page:
        await page.goto(at(scene, f"/signoffs/{signoff}"))
        for name in ("Approve", "Reject…"):
            box = await page.get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= PHONE["height"]
            assert min(box["height"], box["width"]) >= 44
        await page.get_by_role("button", name="Reject…").click()
        await page.keyboard.type(".")
        await page.get_by_role("button", name="Reject", exact=True).click()
        await page.get_by_text("Please say why in a few words.").wait_for()
        await page.reload()
        await page.get_by_role("button", name="Reject…").click()
        why = page.get_by_label("Why do you reject it?")
        assert await why.input_value() == "."
        await why.fill("the migration locks")
        await page.get_by_role("button", name="Reject", exact=True).click()
        await page.get_by_text("Your rejection is recorded.").wait_for()
        assert "the migration locks" in await page.inner_text("#main")


async def test_a_double_press_is_one_review(browser: Browser, scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene) as page:
        await page.goto(at(scene, f"/signoffs/{signoff}"))
        await page.get_by_role("button", name="I am on it").dblclick()
        await page.get_by_text("Everybody sees that you are on it.").wait_for()
        await page.get_by_role("button", name="Approve", exact=True).dblclick()
        await page.get_by_text("Your approval is recorded.").wait_for()
    assert len((await stored(scene, signoff)).reviews) == 1


async def test_an_open_page_tells_that_somebody_was_quicker_and_keeps_what_was_written(
    browser: Browser, scene: Scene
) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene) as page:
        await page.goto(at(scene, f"/signoffs/{signoff}"))
        await page.get_by_role("button", name="Reject…").click()
        await page.get_by_label("Why do you reject it?").fill("half a sentence")
        card = await scene.shown(signoff)
        await scene.press(OTHER_SENIOR, card, "I am on it")
        await page.locator("#now").get_by_text("Something has changed since").wait_for()
        await page.get_by_text("Grace Hill is on it").first.wait_for()
        assert await page.get_by_label("Why do you reject it?").input_value() == "half a sentence"
        await scene.press(OTHER_SENIOR, card, "Approve")
        await page.get_by_role("heading", name="About to be approved").wait_for()


async def test_the_author_is_asked_and_answers_there(browser: Browser, scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene) as ada, sitting(browser, scene, AUTHOR) as jun:
        await ada.goto(at(scene, f"/signoffs/{signoff}"))
        await ada.get_by_role("button", name="Ask the author…").click()
        await ada.get_by_label("What do you want to know").fill("Why three times?")
        await ada.get_by_role("button", name="Ask", exact=True).click()
        await ada.get_by_text("Your question is on its way").wait_for()
        await jun.goto(at(scene, f"/signoffs/{signoff}"))
        await jun.get_by_label("Your answer").fill("The network drops two.")
        await jun.get_by_role("button", name="Answer").click()
        await jun.get_by_text("Your answer is recorded").wait_for()
    assert (await stored(scene, signoff)).inquiries[0].answer == "The network drops two."


async def test_without_script_one_reads_it_all_and_is_told_where_to_decide(
    browser: Browser, scene: Scene
) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene, java_script_enabled=False) as page:
        await page.goto(at(scene, f"/signoffs/{signoff}"))
        told = await page.inner_text("#main")
        assert "Deciding needs JavaScript; you can decide in Slack." in told
        assert "refunds/retry.py" in told
        assert await page.get_by_role("button", name="Approve").count() == 0


async def test_what_opens_on_a_press_can_be_used_by_everybody(
    browser: Browser, scene: Scene
) -> None:
    signoff = await scene.send(REFUNDS)
    async with sitting(browser, scene, viewport=PHONE) as page:
        await page.goto(at(scene, f"/signoffs/{signoff}"))
        for name in ("Reject…", "Ask the author…", "Pass it on…"):
            await page.get_by_role("button", name=name).click()
            focused = await page.evaluate("document.activeElement.tagName")
            assert focused in ("TEXTAREA", "SELECT"), name
            assert await axe.findings(page) == [], name
            assert not await axe.is_too_wide(page)
        await page.get_by_role("button", name="Cancel").click()
        assert await page.evaluate("document.activeElement.textContent") == "Pass it on…"
        await page.goto(at(scene, "/queue?status=pending"))
        assert await axe.findings(page) == []


async def test_what_strangers_write_runs_nowhere(browser: Browser, scene: Scene) -> None:
    signoff = await scene.send(
        REFUNDS, title=ALL, description=ALL, ai={**REFUNDS["ai"], "rationale": ALL}
    )
    async with sitting(browser, scene, viewport=PHONE) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
        for path in ("/queue", f"/signoffs/{signoff}", f"/audit?of={signoff}"):
            await page.goto(at(scene, path))
            await page.mouse.move(200, 400)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], path
        assert [it for it in asked if not it.startswith(scene.public_url)] == []
        assert not [it for it in asked if "sign-out" in it]
        assert await page.get_by_role("link", name="Audit").count() == 1
    assert (await stored(scene, signoff)).status is Status.PENDING
