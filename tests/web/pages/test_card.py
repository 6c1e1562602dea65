"""What does a card offer whose approval takes more than a press?"""

from __future__ import annotations

from bot.chat.slack import names
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, action_of, reading
from bot.domain.signoff import BY_FORM, Status
from tests.web.pages.conftest import stored
from tests.web.visitor import PUBLIC


async def test_the_card_leads_to_our_page_and_to_nothing_else(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff, "security key")
    (row,) = [block for block in card.blocks if block["type"] == "actions"]
    approve, *others, menu = row["elements"]
    assert approve["text"]["text"] == "Approve at Countersign…"
    assert approve["url"] == f"{PUBLIC}/decide/{signoff}"
    assert names.APPROVE not in [it["action_id"] for it in row["elements"]]
    assert all("url" not in it for it in others)
    assert "note" not in [it["value"] for it in menu["options"]]


async def test_that_the_page_was_opened_changes_nothing(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff)
    before = await stored(scene, signoff)
    await scene.slack.click(SENIOR, card, action_of(card.blocks, "Approve at Countersign…"))
    assert await stored(scene, signoff) == before
    assert scene.slack.modal(SENIOR) is None


async def test_the_details_lead_there_too(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff)
    await scene.press(SENIOR, card, "Details")
    view = await scene.slack.wait_for(lambda: scene.slack.modal(SENIOR), timeout=10)
    assert view
    assert "security key" in reading(view.body["blocks"])
    elements = [it for block in view.body["blocks"] for it in block.get("elements", ())]
    found = [it.get("url") for it in elements if it.get("action_id") == names.STEP_UP]
    assert found == [f"{PUBLIC}/decide/{signoff}"]


async def test_rejecting_stays_where_it_was(scene: Scene) -> None:
    """To stop something takes no key."""
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff)
    await scene.press(SENIOR, card, "Reject…")
    view = scene.slack.modal(SENIOR)
    assert view
    await scene.slack.submit(SENIOR, {"choice": "tests"})
    after = await stored(scene, signoff)
    assert after.status is Status.REJECTED
    assert (after.reviews[-1].proved, after.reviews[-1].level) == (BY_FORM, "senior")
