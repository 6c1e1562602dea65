"""May auditors take a period of the trail with them, and is it the same as the command writes?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import AUTHOR, PRINCIPAL, SENIOR, Scene, playing
from bot.web.dashboard.exports import LONGEST, MOST
from storage import browsing
from tests.web.ci import MovableClock
from tests.web.dashboard.sitter import seated
from tests.web.visitor import PUBLIC

CONFIG = (
    AT_ONCE.replace("auditors: [pat]", "auditors: [pat], stays: 12h") + "\nadministrators: [ada]\n"
)


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC}
    async with playing(tmp_path, clock=clock, config=CONFIG, environ=environ) as scene:
        yield scene


def asked(clock: MovableClock, days: int = 1) -> str:
    """From today on, for so many days."""
    since = clock()
    until = since + timedelta(days=days)
    return f"/audit/export?since={since:%Y-%m-%d}&until={until:%Y-%m-%d}"


async def test_an_auditor_takes_every_decision_with_them_and_hears_whether_it_is_complete(
    scene: Scene, clock: MovableClock
) -> None:
    signoff = await scene.send(REFUNDS)
    pat = await seated(scene, PRINCIPAL)
    assert "Export it here" in await pat.open("/audit")
    heard = await pat.get(asked(clock))
    assert (heard.status, heard.headers["content-type"]) == (200, "application/jsonl")
    assert heard.headers["content-disposition"].startswith("attachment; filename=")
    record, last = [json.loads(line) for line in heard.body.splitlines()]
    assert record["record_id"] == signoff
    assert last["completeness"]["records_written"] == 1


async def test_nobody_else_does(scene: Scene, clock: MovableClock) -> None:
    jun = await seated(scene, AUTHOR)
    assert "Export it here" not in await jun.open("/audit")
    assert (await jun.get(asked(clock))).status == 403
    ada = await seated(scene, SENIOR)
    heard = await ada.ask("GET", asked(clock), headers={"Sec-Fetch-Site": "cross-site"})
    assert heard.status == 403
    scene.slack.down = True
    assert (await ada.get(asked(clock))).status == 409
    scene.slack.down = False


async def test_what_is_too_long_is_left_to_the_command(scene: Scene, clock: MovableClock) -> None:
    ada = await seated(scene, SENIOR)
    heard = await ada.get(asked(clock, LONGEST.days + 1))
    assert (heard.status, "more than 92 days" in heard.body.decode()) == (409, True)
    for query in ("", "?since=x&until=2026-01-01", "?since=2026-01-02&until=2026-01-01"):
        assert (await ada.get(f"/audit/export{query}")).status == 400


async def test_what_is_too_much_is_counted_no_further(scene: Scene, clock: MovableClock) -> None:
    for n in range(3):
        await scene.send(REFUNDS, repository=f"acme/payments-{n}")
    since, until = clock() - timedelta(days=1), clock() + timedelta(days=1)

    async def counted(at_most: int) -> int:
        return await scene.house.store.read(
            lambda session: browsing.count_opened(session, since, until, at_most)
        )

    assert [await counted(2), await counted(MOST)] == [2, 3]
