"""What happens between the judging of a change and its writing is not missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.change import Change, Identity
from bot.domain.events import Opened
from bot.domain.signoff import Verdict
from bot.engine.knowing import Known
from bot.engine.opening import Opener
from bot.ports import Sighting
from tests.builders import a_change, sha
from tests.engine.house import House

PULL = "pull/12"


def once_judged(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[object]]) -> None:
    """After the next judging, and before anything is written."""
    judge, left = Opener.judge, [happens]

    async def judged(self: Opener, change: Change, known: Known) -> Opened:
        event = await judge(self, change, known)
        while left:
            await left.pop()()
        return event

    monkeypatch.setattr(Opener, "judge", judged)


async def test_whoever_pushes_meanwhile_has_a_part_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = a_change(key="seen", lineage=PULL, revision=sha("c"), pushers=(Identity(login="grace"),))
    once_judged(monkeypatch, lambda: house.signoffs.see(Sighting(seen)))
    opened = (await house.signoffs.open(a_change(lineage=PULL))).signoff
    assert "grace" in opened.contributors.people


async def test_what_is_stopped_meanwhile_goes_along(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped() -> None:
        await house.review(await house.open(key="1", revision=sha("c")), "ada", Verdict.REJECT)

    once_judged(monkeypatch, stopped)
    opened = (await house.signoffs.open(a_change(key="2", revision=sha("d")))).signoff
    assert len((*opened.along, *opened.apart)) == 1
