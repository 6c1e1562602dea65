"""What if one connection announces without end? The others are asked as before."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import aiohttp

from bot.demo.scene import Scene
from bot.web.rates import BURST
from tests.hostile.runner import Inputs
from tests.web.ci import OTHER_SECRET, Ci

AT_ONCE, SHOWN = 20, 40
THEIRS = "/hooks/other-ci"
MORE = "connections:\n  other-ci: {kind: webhook, secret_env: OTHER_SECRET}\n"


async def flooded(ci: Ci, count: int) -> Counter[int]:
    """Each another change for the same place, signed as it should be."""
    statuses: Counter[int] = Counter()
    numbers = iter(range(count))

    async def one_sender() -> None:
        for number in numbers:
            data = ci.change(
                key=f"flood/{number}", repository="acme/payments-flood", callback_url=None
            )
            body = json.dumps({"type": "change.ready", "data": data}).encode()
            try:
                heard = await ci.post(body, ci.signed(body, secret=OTHER_SECRET), THEIRS)
                statuses[heard.status] += 1
            except aiohttp.ClientConnectionError:
                statuses[0] += 1  # sent away before all of it was read

    await asyncio.gather(*(one_sender() for _ in range(AT_ONCE)))
    return statuses


async def test_the_real_one_is_asked_while_another_connection_floods(
    ci: Ci,
    scene: Scene,
) -> None:
    await scene.stop()
    scene.config = scene.config.replace("connections:\n", MORE)
    scene.environ = {"OTHER_SECRET": OTHER_SECRET}
    await scene.start()
    flood = asyncio.create_task(flooded(ci, Inputs))
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    real = await ci.post(ci.message())
    assert (real.status, real.said["status"]) == (202, "pending")
    assert asyncio.get_running_loop().time() - began < 5
    await scene.slack.wait_for(lambda: scene.card(real.said["id"]), timeout=SHOWN)
    statuses = await flood
    assert set(statuses) <= {0, 202, 429}
    assert statuses[202] >= BURST
    assert (await ci.post(ci.message())).status == 202
