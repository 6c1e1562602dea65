"""Does everybody get what they want for themselves, as far as it makes sense?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.asking.choosing import PassedOver, Seen
from bot.domain.signoff import Signoff
from bot.engine.personal import LONGEST, SPARED, Away, Preferences
from storage import nudges, preferences
from tests.builders import NOW, PAYMENTS, ROSTER, a_person, a_roster, hours, minutes
from tests.engine.desk import Desk, a_desk, anywhere
from tests.engine.house import a_house

EXPIRES = NOW + hours(8)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_house(tmp_path, policy=anywhere()) as house:
        yield a_desk(house)


async def snoozed(desk: Desk) -> dict[str, datetime]:
    return dict(await desk.house.store.read(lambda s: nudges.snoozed(s, "ada")))


# Snoozing.


@pytest.mark.parametrize(
    ("until", "then"),
    [
        (NOW + hours(2), NOW + hours(2)),
        (EXPIRES - SPARED, EXPIRES - SPARED),
        (EXPIRES, EXPIRES - SPARED),
        (datetime.max.replace(tzinfo=NOW.tzinfo), EXPIRES - SPARED),
        (NOW - hours(1), NOW),
    ],
)
async def test_a_reminder_comes_in_time_to_be_of_use(
    desk: Desk, until: datetime, then: datetime
) -> None:
    signoff = await desk.open()
    assert signoff.expires_at == EXPIRES
    assert await desk.personal.snooze("ada", signoff.id, until) == then
    assert await snoozed(desk) == {signoff.id: then}


async def test_of_little_time_half_is_left(desk: Desk) -> None:
    signoff = await desk.open()
    desk.clock.now = EXPIRES - minutes(10)
    assert await desk.personal.snooze("ada", signoff.id, EXPIRES) == EXPIRES - minutes(5)


async def test_nobody_snoozes_for_longer_than_a_week(desk: Desk) -> None:
    signoff = await desk.open()
    desk.clock.now = EXPIRES - 2 * LONGEST
    until = await desk.personal.snooze("ada", signoff.id, EXPIRES)
    assert until == desk.clock() + LONGEST


async def test_what_is_decided_is_not_snoozed(desk: Desk) -> None:
    signoff = await desk.open()
    await desk.house.review(signoff)
    assert await desk.personal.snooze("ada", signoff.id, NOW + hours(1)) is None
    assert await desk.personal.snooze("ada", "sgn_unknown", NOW + hours(1)) is None
    assert await snoozed(desk) == {}


# Preferences.


async def test_what_they_prefer_is_kept(desk: Desk) -> None:
    said = Preferences(hours="10:00-18:00", quiet="20:00-08:00", digest=True)
    await desk.personal.prefer("ada", said)
    assert await desk.personal.preferences("ada") == said
    assert await desk.personal.preferences("grace") == Preferences()


@pytest.mark.parametrize("bad", ["<!channel>", "18:00-10:00 ", "25:00-26:00", "x" * 1_000_000])
async def test_hours_that_are_none_count_as_nothing_said(desk: Desk, bad: str) -> None:
    await desk.personal.prefer("ada", Preferences(hours=bad, quiet=bad, digest=True))
    assert await desk.personal.preferences("ada") == Preferences(digest=True)


async def test_who_is_away_is_known(desk: Desk) -> None:
    away = Away(NOW + hours(24), "grace")
    await desk.personal.go_away("ada", away)
    assert await desk.personal.away("ada") == away
    await desk.personal.go_away("ada", None)
    assert await desk.personal.away("ada") is None


# Whom to ask.

CREW = a_roster(
    people=(a_person("jun", "mid"), *(a_person(name) for name in ("ada", "bo", "cy"))),
    groups=(replace(ROSTER.groups[PAYMENTS], members=("ada", "bo", "cy")),),
)
"""Two of three are asked."""


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_house(tmp_path, roster=CREW, policy=anywhere()) as house:
        yield a_desk(house, CREW)


async def first_asked(crew: Desk) -> Signoff:
    return await crew.open(1)


async def whom_one_would_ask(crew: Desk, signoff: Signoff) -> set[str]:
    [choice] = (await crew.house.board.explained(signoff)).choices
    return {asked.person for asked in choice.asked}


@pytest.mark.parametrize(
    "said", [Preferences(hours="20:00-23:00"), Preferences(quiet="09:00-19:00")]
)
async def test_whoever_is_not_at_work_or_wants_their_peace_is_not_asked_first(
    crew: Desk, said: Preferences
) -> None:
    signoff = await first_asked(crew)
    who = signoff.asked[0]
    assert who in await whom_one_would_ask(crew, signoff)
    await crew.personal.prefer(who, said)
    assert who not in await whom_one_would_ask(crew, signoff)


async def test_what_they_prefer_is_said_when_one_asks_why_not_they(crew: Desk) -> None:
    signoff = await first_asked(crew)
    who = signoff.asked[0]
    await crew.personal.prefer(who, Preferences(hours="15:00-18:00"))
    [choice] = (await crew.house.board.explained(signoff)).choices
    [over] = [it for it in choice.passed_over if it.person == who]
    assert isinstance(over, PassedOver)
    assert "at work from 15:00" in over.why


async def test_of_two_quiets_the_later_end_counts(crew: Desk) -> None:
    signoff = await first_asked(crew)
    who = signoff.asked[0]
    slack = CREW.people[who].slack
    crew.house.chat.seen[slack] = Seen(member=True, quiet_until=NOW + hours(5))
    await crew.house.circumstances.look()
    await crew.personal.prefer(who, Preferences(quiet="09:00-11:00"))
    [choice] = (await crew.house.board.explained(signoff)).choices
    [over] = [it for it in choice.passed_over if it.person == who]
    assert "notifications are paused until 15:00" in over.why


async def test_bad_hours_in_the_database_change_nothing(crew: Desk) -> None:
    from_storage = Preferences(hours="late", quiet="always")
    signoff = await first_asked(crew)
    before = (await crew.house.board.explained(signoff)).choices
    await crew.house.store.write(
        lambda session: preferences.put(session, signoff.asked[0], from_storage)
    )
    assert (await crew.house.board.explained(signoff)).choices == before


async def test_wishes_of_somebody_who_left_change_nothing(crew: Desk) -> None:
    await crew.personal.prefer("nobody", Preferences(hours="10:00-11:00", quiet="09:00-19:00"))
    assert len((await first_asked(crew)).asked) == 2
