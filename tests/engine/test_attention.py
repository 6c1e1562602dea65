"""Who is told how people decided: themselves, and of a group all together?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.domain.attention import Signals
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff, Verdict
from bot.engine.attention import Attention
from bot.engine.glancing import Glancing
from storage import attention as stored
from tests.builders import (
    NOW,
    a_change,
    a_click,
    a_file,
    a_group,
    a_person,
    a_policy,
    a_roster,
    a_rule,
    hours,
    minutes,
)
from tests.engine.house import House, a_house

NAMES = ("ada", "bo", "cy", "dee", "eli", "flo")
TEAM = a_group("team", *NAMES[:5], channel="C0TEAM", owns=("acme/*",))
OTHERS = a_group("others", "flo", "ada")
ROSTER = a_roster([a_person("jun", "mid"), *(a_person(it) for it in NAMES)], [TEAM, OTHERS])
DAYS = 24
HOME = Path(__file__).parents[2]


def policy() -> Policy:
    return a_policy(a_rule(sources=("team",)))


@pytest.fixture
async def house(tmp_path: Path) -> Any:
    async with a_house(tmp_path, roster=ROSTER, policy=policy()) as made:
        yield made


async def ask(house: House, number: int, **facts: Any) -> Signoff:
    change = a_change(key=f"k{number}", repository=f"acme/payments-{number}", **facts)
    return (await house.signoffs.open(change)).signoff


async def decide(
    house: House, number: int, person: str = "ada", verdict: Verdict = Verdict.APPROVE
) -> Signoff:
    """After ten minutes."""
    signoff = await ask(house, number)
    house.clock.go_on(minutes(10))
    return await house.review(signoff, person, verdict)


def attention(house: House) -> Attention:
    return Attention(house.store, house.clock)


async def test_a_person_is_told_of_themselves_and_of_nobody_else(house: House) -> None:
    began = house.clock()
    for n in range(5):
        signoff = await ask(house, n, files=(a_file(additions=150, deletions=50),))
        house.clock.go_on(minutes(6))
        if n < 2:
            await Glancing(house.store).looked(signoff, "ada")
        house.clock.go_on(minutes(4))
        await house.review(signoff, "ada", Verdict.REJECT if n == 0 else Verdict.APPROVE)
    await decide(house, 9, "bo")
    found = await attention(house).of_oneself("ada", began)
    assert found == Signals(
        reviews=5,
        approved_share=0.8,
        opened_share=0.4,
        took=minutes(10),
        per_100_lines=minutes(5),
        busiest_hour=5,
    )
    assert (await attention(house).of_oneself("bo", began)).reviews == 1
    assert (await attention(house).of_oneself("cy", began)).reviews == 0


async def test_time_runs_from_when_this_person_was_asked(house: House) -> None:
    signoff = await ask(house, 1)
    told = next(it for it in NAMES[:5] if it not in signoff.asked)
    house.clock.go_on(minutes(30))
    await house.signoffs.delegate(a_click(signoff, signoff.asked[0]), told, "knows it best")
    house.clock.go_on(minutes(2))
    await house.review(signoff, told)
    (found,) = await house.store.read(lambda session: stored.decided_by(session, {told}, NOW))
    assert found.took == minutes(2)


async def test_what_was_opened_before_does_not_count(house: House) -> None:
    await decide(house, 1)
    house.clock.go_on(hours(1))
    began = house.clock()
    await decide(house, 2)
    assert (await attention(house).of_oneself("ada", began)).reviews == 1


async def test_of_much_the_newest_is_looked_through(house: House) -> None:
    for n in range(3):
        await decide(house, n)

    async def found(**bounds: int) -> int:
        decided = await house.store.read(
            lambda session: stored.decided_by(session, {"ada"}, NOW, **bounds)
        )
        return len(decided)

    assert [await found(), await found(limit=2), await found(budget=1)] == [3, 2, 0]


async def filled(house: House, people: tuple[str, ...], times: int = 1) -> None:
    """In one week; the next has begun since."""
    number = 0
    for person in people:
        for _ in range(times):
            number += 1
            await decide(house, number, person)
    house.clock.go_on(hours(7 * DAYS))


async def test_a_member_is_told_of_all_together(house: House) -> None:
    await filled(house, NAMES[:5], 2)
    found = await attention(house).of_group(TEAM, "ada")
    assert found is not None
    assert (found.reviews, found.approved_share, found.opened_share) == (10, 1.0, 0.0)
    assert found.busiest_hour is None


async def test_who_is_no_member_is_told_nothing(house: House) -> None:
    await filled(house, NAMES[:5], 2)
    assert await attention(house).of_group(TEAM, "flo") is None
    assert await attention(house).of_group(TEAM, "") is None
    assert await attention(house).of_group(TEAM, "bo")


async def test_of_four_nothing_is_told(house: House) -> None:
    await filled(house, NAMES[:4], 3)
    assert await attention(house).of_group(TEAM, "ada") is None


async def test_who_asks_again_within_the_week_is_told_the_same(house: House) -> None:
    """What somebody decides today cannot be worked out from two answers."""
    await filled(house, NAMES[:5], 2)
    before = await attention(house).of_group(TEAM, "ada")
    await decide(house, 99, "bo", Verdict.REJECT)
    assert before
    assert await attention(house).of_group(TEAM, "ada") == before


async def test_what_was_opened_before_monday_and_decided_on_it_is_of_the_next_week(
    house: House,
) -> None:
    """Or it would show in an answer of this week, and not in one of a minute before."""
    monday = NOW + minutes(10)
    await decide(house, 1)

    async def found(until: Any) -> int:
        decided = await house.store.read(
            lambda session: stored.decided_by(session, {"ada"}, NOW, until)
        )
        return len(decided)

    assert [await found(monday), await found(monday + minutes(1))] == [0, 1]


def test_nothing_but_an_answer_to_oneself_can_tell() -> None:
    """Slack's answer, one's own page and that of one's groups; no API, no command line, no metric and
    no export knows of any of it.
    """
    modules = ("bot.domain.attention", "bot.engine.attention", "storage.attention")
    told = re.compile(rf"{'|'.join(modules)}|storage import attention".replace(".", r"\."))
    files = [it for room in ("bot", "storage") for it in (HOME / room).rglob("*.py")]
    knows = {str(it.relative_to(HOME)) for it in files if told.search(it.read_text("utf-8"))}
    assert knows == {
        "bot/chat/slack/commands/answers.py",
        "bot/chat/slack/commands/signals.py",
        "bot/engine/attention.py",
        "bot/engine/charts/every.py",
        "bot/engine/charts/people.py",
        "bot/web/dashboard/me.py",
        "bot/web/dashboard/people.py",
        "storage/attention.py",
    }
