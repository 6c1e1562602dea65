"""A pipeline runs and waits: who decides meanwhile? A senior, in Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot.demo.scene import CHANNEL, SENIOR, Scene, reading
from bot.playground.things import Message
from tests.peers.programs import PATIENCE, Ran

APPROVED, REJECTED = "approved", "rejected"
BOTH_WAYS = (APPROVED, REJECTED)


async def decided(
    scene: Scene,
    decision: str,
    words: str,
    run: Coroutine[Any, Any, Ran],
    by: tuple[str, ...] = (SENIOR,),
) -> Ran:
    """How the run ended, after the decision on the change whose card holds these words.

    `by` are those whose yes it needs; the first is who says no.
    """
    running = asyncio.create_task(run)
    try:
        card = await _asked_for(scene, words, running)
        if decision == APPROVED:
            for person in by:
                await scene.approve(person, card)
        else:
            await _reject(scene, by[0], card)
        return await running
    finally:
        running.cancel()


async def _asked_for(scene: Scene, words: str, running: asyncio.Task[Ran]) -> Message:
    def found() -> Message | None:
        assert not running.done(), f"it asked for nothing: {running.result().out}"
        cards = scene.slack.cards(CHANNEL)
        return next((card for card in cards if words in reading(card.blocks)), None)

    card = await scene.slack.wait_for(found, timeout=PATIENCE)
    assert card is not None
    return card


async def _reject(scene: Scene, person: str, card: Message) -> None:
    await scene.press(person, card, "Reject")
    await scene.slack.submit(person, {"choice": "other", "reason": "No test."})
