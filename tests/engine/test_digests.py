"""Does everybody who gets a list of the day get it once, when it is due, and only if something waits?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.notes import Listing, ListingKind
from bot.domain.people import Roster
from bot.domain.sla import Sla
from bot.engine.digests import Digests
from bot.engine.personal import Away, Preferences
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    FakeClock,
    a_file,
    hours,
    ids,
    minutes,
    with_person,
)
from tests.engine.desk import ADA, QUIET, Desk, a_desk, anywhere
from tests.engine.house import a_house

DIGEST = ListingKind.DIGEST
LONG: Mapping[str, Sla] = {"long": Sla(remind=(), escalate=None, expire=timedelta(days=30))}
POLICY = replace(anywhere(sla="long"), slas=LONG)
"""Nobody is reminded, and nothing ends while we look."""

EARLY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday, an hour before the list of the day."""

WISH = Preferences(digest=True)


def with_group(roster: Roster, id: str, **facts: Any) -> Roster:
    return replace(roster, groups={**roster.groups, id: replace(roster.groups[id], **facts)})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Of groups."""
    async with a_house(tmp_path, FakeClock(EARLY), roster=ROSTER, policy=POLICY) as house:
        yield a_desk(house, ROSTER)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Desk]:
    """Of people alone."""
    async with a_house(tmp_path, FakeClock(EARLY), roster=QUIET, policy=POLICY) as house:
        yield a_desk(house, QUIET)


def of_group(desk: Desk, channel: str = "C0PAY") -> list[list[str]]:
    return desk.ids(channel, DIGEST)


def of_ada(desk: Desk) -> list[list[str]]:
    return desk.ids(ADA, DIGEST)


async def test_a_group_is_told_what_waits_for_it_at_its_time(desk: Desk) -> None:
    opened = [await desk.open(1), await desk.open(2)]
    await desk.later(minutes(59))
    assert of_group(desk) == []
    await desk.later(minutes(1))
    assert of_group(desk) == [[signoff.id for signoff in opened]]
    assert of_group(desk, "C0PLAT") == []
    assert desk.lists("C0PAY", DIGEST)[0].lead == "2 wait for a sign-off"


async def test_it_is_told_once_a_day(desk: Desk) -> None:
    await desk.open()
    for _ in range(2 * 24):
        await desk.later(minutes(30))
    assert len(of_group(desk)) == 1
    for _ in range(2 * 24):
        await desk.later(minutes(30))
    assert len(of_group(desk)) == 2


async def test_it_is_told_once_a_day_though_the_server_starts_again_and_again(desk: Desk) -> None:
    await desk.open()
    for _ in range(8):
        await a_desk(desk.house, ROSTER).later(minutes(30))
    assert len(of_group(desk)) == 1


@pytest.mark.parametrize("steps", [(60, -90, 90), (60, -1, 1), (61, -61, 61)])
async def test_it_is_told_once_a_day_though_the_clock_is_put_back(
    desk: Desk, steps: tuple[int, ...]
) -> None:
    await desk.open()
    for step in steps:
        await desk.later(minutes(step))
        await a_desk(desk.house, ROSTER).later()
    assert len(of_group(desk)) == 1


async def test_a_clock_that_was_a_day_ahead_does_not_tell_it_again_and_again(desk: Desk) -> None:
    await desk.open()
    await desk.later(hours(25))
    desk.clock.go_on(-hours(24))
    for _ in range(3):
        await a_desk(desk.house, ROSTER).later()
    assert len(of_group(desk)) == 1


@pytest.mark.parametrize(("late", "told"), [(239, True), (240, False)])
async def test_a_server_that_was_down_tells_it_late_but_not_for_ever(
    desk: Desk, late: int, told: bool
) -> None:
    await desk.open()
    await desk.later(minutes(60 + late))
    assert bool(of_group(desk)) == told


async def test_it_is_told_on_working_days_alone(desk: Desk) -> None:
    await desk.open()
    for _ in range(7 * 24):
        await desk.later(hours(1))
    assert len(of_group(desk)) == 5


async def test_where_nothing_waits_nothing_is_said_that_day(desk: Desk) -> None:
    await desk.later(hours(1))
    signoff = await desk.open()
    await desk.later(minutes(1))
    await a_desk(desk.house, ROSTER).later(minutes(1))
    assert of_group(desk) == []
    await desk.later(hours(24))
    assert of_group(desk) == [[signoff.id]]


async def test_what_is_decided_is_not_on_it(desk: Desk) -> None:
    done, open_still = await desk.open(1), await desk.open(2)
    await desk.house.review(done)
    await desk.later(hours(1))
    assert of_group(desk) == [[open_still.id]]


async def test_nothing_but_what_is_decided_is_no_list(desk: Desk) -> None:
    await desk.house.review(await desk.open())
    await desk.later(hours(1))
    assert of_group(desk) == []


async def test_what_expires_soonest_comes_first_and_the_rest_is_counted(desk: Desk) -> None:
    opened = []
    for number in range(25):
        opened.append(await desk.open(number))
        desk.clock.go_on(timedelta(seconds=1))
    await desk.later(hours(1))
    assert of_group(desk) == [[signoff.id for signoff in opened[:20]]]
    assert desk.lists("C0PAY", DIGEST)[0].more == 5


async def test_of_what_is_due_about_as_soon_the_riskiest_comes_first(desk: Desk) -> None:
    """The same order as on Home."""
    first = await desk.open(1)
    desk.clock.go_on(timedelta(seconds=1))
    risky = await desk.open(2, files=(a_file(".github/workflows/deploy.yml", 900, 400),))
    await desk.later(hours(1))
    assert of_group(desk) == [[risky.id, first.id]]


@pytest.mark.parametrize("facts", [{"digest": ""}, {"digest": "soon"}, {"channel": ""}])
async def test_a_group_without_time_or_channel_is_told_nothing(
    tmp_path: Path, facts: dict[str, str]
) -> None:
    roster = with_group(ROSTER, PAYMENTS, **facts)
    async with a_house(tmp_path, FakeClock(EARLY), roster=roster, policy=POLICY) as house:
        desk = a_desk(house, roster)
        await desk.open()
        await desk.later(hours(1))
        assert [*of_group(desk), *of_group(desk, "C0PLAT")] == []


async def test_a_group_is_told_by_its_own_clock(tmp_path: Path) -> None:
    """Half past eight in Auckland is the evening before in UTC."""
    roster = with_group(ROSTER, PAYMENTS, digest="08:30", timezone="Pacific/Auckland")
    async with a_house(tmp_path, FakeClock(EARLY), roster=roster, policy=POLICY) as house:
        desk = a_desk(house, roster)
        await desk.open()
        await desk.later(datetime(2026, 11, 23, 19, 29, tzinfo=UTC) - EARLY)
        assert of_group(desk) == []
        await desk.later(minutes(1))
        assert len(of_group(desk)) == 1


async def test_two_groups_in_one_channel_are_told_each(tmp_path: Path) -> None:
    roster = with_group(ROSTER, PLATFORM, channel="C0PAY")
    async with a_house(tmp_path, FakeClock(EARLY), roster=roster, policy=POLICY) as house:
        desk = a_desk(house, roster)
        first = await desk.open(1)
        second = await desk.open(2, repository="acme/elsewhere")
        await desk.later(hours(1))
        assert sorted(of_group(desk)) == [[first.id], [second.id]]


# For one person.


async def test_whoever_wants_it_is_told_as_their_day_begins(own: Desk) -> None:
    await own.personal.prefer("ada", replace(WISH, hours="08:30-17:00"))
    signoff = await own.open()
    await own.later(minutes(29))
    assert of_ada(own) == []
    await own.later(minutes(1))
    assert of_ada(own) == [[signoff.id]]
    for _ in range(6):
        await own.later(minutes(30))
    assert len(of_ada(own)) == 1


async def test_nobody_is_told_who_did_not_say_so(own: Desk) -> None:
    await own.personal.prefer("ada", Preferences(hours="08:30-17:00"))
    await own.open()
    await own.later(hours(1))
    assert own.house.chat.notes(ADA, Listing) == []


@pytest.mark.parametrize("said", ["", "late", "22:00-06:00"])
async def test_hours_that_are_none_leave_those_of_the_roster(tmp_path: Path, said: str) -> None:
    there = replace(ROSTER.people["ada"], hours="10:00-18:00", timezone="Europe/Berlin")
    roster = with_person(QUIET, there)
    async with a_house(tmp_path, FakeClock(EARLY), roster=roster, policy=POLICY) as house:
        desk = a_desk(house, roster)
        await desk.personal.prefer("ada", replace(WISH, hours=said))
        await desk.open()
        await desk.later(minutes(59))
        assert of_ada(desk) == []
        await desk.later(minutes(1))
        assert len(of_ada(desk)) == 1


async def test_what_they_answered_is_not_on_it(tmp_path: Path) -> None:
    policy = replace(anywhere(sla="long", approvals=2), slas=LONG)
    async with a_house(tmp_path, FakeClock(EARLY), roster=QUIET, policy=policy) as house:
        desk = a_desk(house)
        for person in ("ada", "grace"):
            await desk.personal.prefer(person, WISH)
        signoff = await desk.open()
        await house.review(signoff, "ada")
        await desk.later(hours(1))
        assert of_ada(desk) == []
        assert desk.ids("@U0GRACE", DIGEST) == [[signoff.id]]


async def test_what_others_were_asked_is_not_on_it(own: Desk) -> None:
    await own.personal.prefer("ada", WISH)
    await own.open(repository="acme/elsewhere")
    await own.later(hours(1))
    assert of_ada(own) == []


async def test_it_waits_until_their_peace_is_over(own: Desk) -> None:
    await own.personal.prefer("ada", replace(WISH, quiet="20:00-10:00"))
    await own.open()
    await own.later(hours(1))
    assert of_ada(own) == []
    await own.later(hours(1))
    assert len(of_ada(own)) == 1


async def test_whoever_is_away_is_not_told(own: Desk) -> None:
    await own.personal.prefer("ada", WISH)
    await own.personal.go_away("ada", Away(None))
    await own.open()
    await own.later(hours(1))
    assert of_ada(own) == []


@pytest.mark.parametrize("urgent", [False, True])
async def test_what_stands_on_it_is_no_reminder_besides(own: Desk, urgent: bool) -> None:
    await own.personal.prefer("ada", WISH)
    signoff = await own.open()
    own.clock.go_on(hours(1))
    await own.nudge(signoff, urgent=urgent)
    await own.later()
    assert of_ada(own) == [[signoff.id]]
    assert bool(own.ids()) == urgent


async def test_somebody_who_left_the_roster_is_not_told(own: Desk) -> None:
    await own.personal.prefer("nobody", WISH)
    await own.open()
    await own.later(hours(1))
    assert [it for _, it in own.house.chat.calls if isinstance(it, Listing)] == []


async def test_what_is_decided_while_the_list_is_written_is_not_on_it(desk: Desk) -> None:
    """Somebody is quicker than we are between looking and writing; and nobody is told twice."""
    first, second = await desk.open(1), await desk.open(2)
    now = desk.clock.go_on(hours(1))
    digests, store = Digests(roster=ROSTER, new_id=ids("lst_")), desk.house.store
    found = await store.read(lambda session: digests.due(session, {}, now))
    [due] = [it for it in found if it.reader.name == PAYMENTS]
    await desk.house.review(first)
    assert await store.write(lambda session: digests.send(session, due, now))
    assert not await store.write(lambda session: digests.send(session, due, now))
    await desk.house.settle()
    assert of_group(desk) == [[second.id]]


async def test_where_all_is_decided_while_the_list_is_written_nothing_is_sent(desk: Desk) -> None:
    signoff = await desk.open()
    now = desk.clock.go_on(hours(1))
    digests, store = Digests(roster=ROSTER, new_id=ids("lst_")), desk.house.store
    found = await store.read(lambda session: digests.due(session, {}, now))
    [due] = [it for it in found if it.reader.name == PAYMENTS]
    await desk.house.review(signoff)
    assert not await store.write(lambda session: digests.send(session, due, now))
    await desk.house.settle()
    assert of_group(desk) == []
