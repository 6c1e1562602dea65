"""Does a flood of sign-offs reach Slack as fast as Slack takes it, and no faster?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.slack.client import PACE
from bot.domain.change import Commit
from bot.domain.signoff import Signoff, Verdict
from bot.engine.showing import urgency_of
from tests.builders import a_change, a_click, a_file, sha, who
from tests.chat.house import House, a_house

MANY = 500
SECOND = timedelta(seconds=1)
BY_AI = Commit(
    sha=sha("1"), message="x\n\nCo-Authored-By: Claude <noreply@anthropic.com>", author=who("jun")
)
"""So that no author has to be asked."""


async def opened(house: House, name: str, path: str = "docs/a.md") -> Signoff:
    change = a_change(key=name, title=name, commits=(BY_AI,), files=(a_file(path),))
    return (await house.signoffs.open(change)).signoff


async def many_opened(house: House, count: int) -> list[Signoff]:
    """In less than a minute; each tenth is about a migration, and the last are no less urgent."""
    made = []
    for number in range(count):
        path = "docs/a.md" if number % 10 else f"db/migrations/{number}_drop.sql"
        made.append(await opened(house, f"change {number}", path))
        house.clock.go_on(0.1 * SECOND)
    return made


async def drained(house: House) -> timedelta:
    """How long it takes until everything is shown: the first seconds one by one."""
    began = house.clock()
    while (await house.board.surfaces()).get("wanting", 0):
        await house.settle()
        house.clock.go_on(SECOND if house.clock() - began < 30 * SECOND else 5 * SECOND)
    return house.clock() - began


def hung(house: House, channel: str = "C0PAY") -> list[str]:
    """The ids of the sign-offs whose cards hang there, in the order they came."""
    metadata = [message.metadata or {} for message in house.slack.cards(channel)]
    return [about["event_payload"]["mark"].split()[1] for about in metadata]


@pytest.mark.timeout(180)
async def test_five_hundred_opened_in_a_minute_all_hang_the_most_urgent_first(
    tmp_path: Path,
) -> None:
    """1,500 messages, none lost, and none that Slack refuses as one too many."""
    async with a_house(tmp_path, keep_older=frozenset({"payments-ci"}), pace=PACE) as house:
        house.slack.rates = True
        made = await many_opened(house, MANY)
        assert await drained(house) < timedelta(seconds=MANY * 1.1)
        assert house.slack.refusals.total() == 0
        urgencies = {signoff.id: urgency_of(signoff) for signoff in made}
        for place in ("C0PAY", house.slack.workspace.direct("U0ADA")):
            order = hung(house, place)
            assert sorted(order) == sorted(urgencies)
            assert [urgencies[id] for id in order] == sorted(urgencies.values(), reverse=True)


async def test_many_that_are_decided_at_once_are_all_corrected_and_nothing_is_refused(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, keep_older=frozenset({"payments-ci"}), pace=PACE) as house:
        house.slack.rates = True
        made = [await opened(house, f"change {number}") for number in range(40)]
        await drained(house)
        for signoff in made:
            await house.signoffs.review(a_click(signoff), Verdict.APPROVE)
        assert await drained(house) < timedelta(minutes=4)
        assert house.slack.refusals.total() == 0
        assert all(card.text.startswith("Approved") for card in house.slack.cards("C0PAY"))


async def test_what_is_urgent_overtakes_what_waits(tmp_path: Path) -> None:
    async with a_house(tmp_path, keep_older=frozenset({"payments-ci"}), pace=PACE) as house:
        house.slack.rates = True
        for number in range(30):
            await opened(house, f"change {number}")
        for _ in range(3):
            await house.settle()
            house.clock.go_on(2 * SECOND)
        waits = len(hung(house))
        assert waits < 20
        urgent = await opened(house, "urgent", "db/migrations/1_drop.sql")
        await drained(house)
        assert hung(house)[waits] == urgent.id
        assert len(hung(house)) == 31
