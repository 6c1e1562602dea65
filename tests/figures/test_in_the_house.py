"""Does a running house count what happens, and tell what ended?"""

from __future__ import annotations

from pathlib import Path

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import OTHER_SENIOR, playing
from storage.charting_now import progress
from tests.figures.lived import as_counted, by_the_oracle


async def test_it_does_and_no_click_waits_for_it(tmp_path: Path) -> None:
    async with playing(tmp_path, config=AT_ONCE) as scene:
        house = scene.house
        await house.heartbeat.beat()
        signoff = await scene.send(REFUNDS)
        await scene.approve(OTHER_SENIOR, await scene.shown(signoff))
        await house.settle()
        await house.heartbeat.beat()
        found = await house.store.read(as_counted)
        assert found == await house.store.read(by_the_oracle)
        assert found.rows[signoff]["status"] == "approved"
        assert (await house.store.read(progress)).behind == 0
        async with scene.http.get(f"{scene.address}/metrics") as answer:
            told = await answer.text()
        assert 'countersign_sla_total{outcome="in_time"} 1.0' in told
