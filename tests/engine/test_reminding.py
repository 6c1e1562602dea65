"""Is everybody reminded of all that waits for them, once, in their time, and of nothing else?"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.asking.choosing import Seen
from bot.domain.notes import Listing
from bot.domain.signoff import Verdict
from bot.engine.personal import Away, Preferences
from bot.engine.reminding import GAP, KEPT, PULLED
from storage import listings, surfaces
from storage.tables import table
from tests.builders import (
    NOW,
    PAYMENTS,
    ROSTER,
    a_click,
    a_file,
    a_person,
    hours,
    minutes,
    with_person,
    without_person,
)
from tests.engine.desk import ADA, GRACE, QUIET, Desk, a_desk, anywhere
from tests.engine.house import a_house


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_house(tmp_path, roster=QUIET, policy=anywhere()) as house:
        yield a_desk(house)


# What is said, to whom.


async def test_all_that_is_due_for_a_person_is_one_message(desk: Desk) -> None:
    opened = [await desk.open(number) for number in range(1, 4)]
    await desk.later(minutes(15))
    assert desk.ids(ADA) == desk.ids(GRACE) == [[signoff.id for signoff in opened]]
    assert desk.lists()[0].lead == "3 wait for you"


async def test_nothing_is_said_twice(desk: Desk) -> None:
    await desk.open()
    await desk.later(minutes(15))
    for _ in range(3):
        await desk.later(minutes(1))
    assert len(desk.lists()) == 1
    assert await desk.due() == {}


async def test_nothing_is_said_before_it_is_due(desk: Desk) -> None:
    await desk.open()
    await desk.later(minutes(14))
    assert desk.lists() == []


async def test_whoever_answered_meanwhile_is_not_reminded(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=QUIET, policy=anywhere(approvals=2)) as house:
        desk = a_desk(house)
        signoff = await desk.open()
        await desk.nudge(signoff, "ada", "grace")
        await house.review(signoff, "ada")
        await desk.later()
        assert desk.lists(ADA) == []
        assert desk.ids(GRACE) == [[signoff.id]]
        assert await desk.due() == {}


async def test_nobody_is_reminded_of_what_is_decided(desk: Desk) -> None:
    signoff, other = await desk.open(1), await desk.open(2)
    await desk.house.review(signoff, "grace", Verdict.REJECT)
    await desk.nudge(signoff)
    await desk.nudge(other)
    await desk.later()
    assert desk.ids() == [[other.id]]


async def test_what_expired_is_not_spoken_of_though_nobody_noted_it_yet(desk: Desk) -> None:
    signoff = await desk.open()
    await desk.nudge(signoff)
    desk.clock.go_on(hours(8))
    await desk.reminding.beat()
    assert await desk.due() == {}
    assert await desk.house.store.read(lambda s: listings.about(s, signoff.id)) == []


async def test_whoever_is_not_asked_is_not_reminded(desk: Desk) -> None:
    signoff = await desk.open()
    await desk.nudge(signoff, "pat", "jun", "nobody")
    await desk.later()
    assert [desk.lists(f"@U0{name}") for name in ("PAT", "JUN")] == [[], []]
    assert [await desk.due(name) for name in ("pat", "jun", "nobody")] == [{}, {}, {}]


async def test_whoever_passed_it_on_is_not_reminded(tmp_path: Path) -> None:
    roster = with_person(QUIET, replace(ROSTER.people["ruth"], level="senior"), PAYMENTS)
    async with a_house(tmp_path, roster=roster, policy=anywhere()) as house:
        desk = a_desk(house, roster)
        signoff = await desk.open()
        assert len(signoff.asked) == 2
        by = signoff.asked[0]
        other = ({"ada", "grace", "ruth"} - set(signoff.asked)).pop()
        await desk.personal.snooze(by, signoff.id, desk.clock() + minutes(5))
        await house.signoffs.delegate(a_click(signoff, by), other, "knows refunds")
        await desk.nudge(signoff, by, other)
        await desk.later(minutes(5))
        assert desk.lists(f"@U0{by.upper()}") == []
        assert desk.ids(f"@U0{other.upper()}") == [[signoff.id]]


async def test_somebody_whom_the_chat_does_not_know_is_not_reminded(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=QUIET, policy=anywhere()) as house:
        signoff = await house.open()
        nameless = with_person(QUIET, replace(ROSTER.people["ada"], slack=""))
        desk = a_desk(house, nameless)
        await desk.nudge(signoff, "ada")
        await desk.later()
        assert desk.lists() == []
        assert await desk.due() == {}


async def test_somebody_who_left_is_not_reminded(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=QUIET, policy=anywhere()) as house:
        signoff = await house.open()
        desk = a_desk(house, without_person(QUIET, "ada"))
        await desk.nudge(signoff)
        await desk.later()
        assert desk.lists() == []
        assert await desk.due() == {}


async def test_what_expires_soonest_comes_first_and_the_rest_is_counted(desk: Desk) -> None:
    opened = []
    for number in range(23):
        opened.append(await desk.open(number))
        desk.clock.go_on(timedelta(seconds=1))
    for signoff in reversed(opened):
        await desk.nudge(signoff)
    await desk.later()
    assert desk.ids() == [[signoff.id for signoff in opened[:20]]]
    assert desk.lists()[0].more == 3
    assert await desk.due() == {}


async def test_of_what_is_due_about_as_soon_the_riskiest_comes_first(desk: Desk) -> None:
    """The same order as on Home."""
    first = await desk.open(1)
    desk.clock.go_on(timedelta(seconds=1))
    risky = await desk.open(2, files=(a_file(".github/workflows/deploy.yml", 900, 400),))
    await desk.nudge(first)
    await desk.nudge(risky)
    await desk.later()
    assert desk.ids() == [[risky.id, first.id]]


async def test_a_list_stays_true(desk: Desk) -> None:
    first, _second = await desk.open(1), await desk.open(2)
    await desk.later(minutes(15))
    await desk.house.review(first, "grace")
    await desk.house.settle()
    [listing] = desk.lists()
    assert [line.open for line in listing.lines] == [False, True]


# When it is said.


async def test_what_is_due_soon_is_said_along(desk: Desk) -> None:
    now, soon, later = [await desk.open(number) for number in range(1, 4)]
    await desk.personal.snooze("ada", soon.id, desk.clock() + PULLED)
    await desk.personal.snooze("ada", later.id, desk.clock() + PULLED + minutes(1))
    await desk.nudge(now)
    await desk.later()
    assert desk.ids() == [[now.id, soon.id]]
    assert list(await desk.due()) == [later.id]


async def test_what_is_due_soon_is_said_along_with_something_only(desk: Desk) -> None:
    signoff = await desk.open()
    await desk.personal.snooze("ada", signoff.id, desk.clock() + PULLED)
    await desk.later()
    assert desk.lists() == []


async def test_what_is_due_soon_does_not_come_early_where_nothing_else_is_said(
    desk: Desk,
) -> None:
    soon, held = await desk.open(1), await desk.open(2)
    await desk.personal.snooze("ada", soon.id, desk.clock() + PULLED)
    await desk.house.signoffs.claim(a_click(held, "grace"))
    await desk.nudge(held)
    await desk.later()
    assert desk.lists() == []
    assert (await desk.due())[soon.id] == NOW + PULLED


async def test_two_reminders_are_some_time_apart(desk: Desk) -> None:
    first, second = await desk.open(1), await desk.open(2)
    await desk.nudge(first)
    await desk.later()
    await desk.nudge(second)
    await desk.later(GAP - minutes(1))
    assert desk.ids() == [[first.id]]
    await desk.later(minutes(1))
    assert desk.ids() == [[first.id], [second.id]]


async def test_what_is_urgent_does_not_wait_and_takes_the_rest_along(desk: Desk) -> None:
    first, second, third = [await desk.open(number) for number in range(1, 4)]
    await desk.nudge(first)
    await desk.later()
    await desk.nudge(second)
    await desk.nudge(third, urgent=True)
    await desk.later(minutes(1))
    assert desk.ids() == [[first.id], [second.id, third.id]]


async def test_a_clock_that_was_put_back_silences_nobody(desk: Desk) -> None:
    first, second = await desk.open(1), await desk.open(2)
    await desk.nudge(first)
    await desk.later(hours(1))
    desk.clock.go_on(-hours(1))
    await desk.nudge(second)
    await desk.later()
    assert desk.ids()[1:] == [[second.id]]


@pytest.mark.parametrize("urgent", [False, True])
async def test_in_quiet_hours_only_what_is_urgent_is_said(desk: Desk, urgent: bool) -> None:
    await desk.personal.prefer("ada", Preferences(quiet="09:00-12:00"))
    signoff, other = await desk.open(1), await desk.open(2)
    await desk.nudge(signoff, urgent=urgent)
    await desk.nudge(other)
    await desk.later()
    assert desk.ids() == ([[signoff.id]] if urgent else [])
    assert (await desk.due())[other.id] == NOW + hours(2)
    desk.clock.go_on(hours(2))
    await desk.reminding.beat()
    await desk.house.settle()
    assert desk.ids()[-1] == ([other.id] if urgent else [signoff.id, other.id])


async def test_quiet_is_by_the_clocks_where_the_person_is(tmp_path: Path) -> None:
    """Ten in the morning in London is seven in the evening in Tokyo."""
    there = with_person(QUIET, replace(ROSTER.people["ada"], timezone="Asia/Tokyo"))
    async with a_house(tmp_path, roster=there, policy=anywhere()) as house:
        desk = a_desk(house, there)
        await desk.personal.prefer("ada", Preferences(quiet="19:00-20:00"))
        await desk.nudge(await desk.open())
        await desk.later()
        assert desk.lists() == []
        await desk.later(hours(1))
        assert len(desk.lists()) == 1


async def test_what_the_chat_says_of_their_peace_counts_as_well(desk: Desk) -> None:
    desk.house.chat.seen["U0ADA"] = Seen(member=True, quiet_until=NOW + minutes(10))
    desk.house.circumstances.chat = desk.house.chat
    await desk.house.circumstances.look()
    signoff = await desk.open()
    await desk.nudge(signoff)
    await desk.later()
    assert desk.lists() == []
    assert await desk.due() == {signoff.id: NOW + minutes(10)}


async def test_a_peace_of_the_chat_that_is_over_keeps_nothing_back(desk: Desk) -> None:
    desk.house.chat.seen["U0ADA"] = Seen(member=True, quiet_until=NOW - minutes(10))
    desk.house.circumstances.chat = desk.house.chat
    await desk.house.circumstances.look()
    signoff = await desk.open()
    await desk.nudge(signoff)
    await desk.later()
    assert desk.ids() == [[signoff.id]]


@pytest.mark.parametrize("until", [NOW + hours(3), None])
async def test_whoever_is_away_is_left_alone(desk: Desk, until: datetime | None) -> None:
    signoff = await desk.open()
    await desk.personal.go_away("ada", Away(until))
    await desk.nudge(signoff)
    await desk.later()
    assert desk.lists() == []
    assert await desk.due() == {signoff.id: until or NOW + hours(24)}
    await desk.nudge(signoff, urgent=True)
    await desk.later()
    assert desk.ids() == [[signoff.id]]


async def test_while_somebody_is_on_it_the_others_are_not_reminded(desk: Desk) -> None:
    signoff = await desk.open()
    claimed = await desk.house.signoffs.claim(a_click(signoff, "grace"))
    assert claimed.claim is not None
    await desk.nudge(signoff, "ada", "grace")
    await desk.later()
    assert desk.lists(ADA) == []
    assert desk.ids(GRACE) == [[signoff.id]]
    assert await desk.due() == {signoff.id: claimed.claim.until}


@pytest.mark.parametrize("taken_back", [False, True])
async def test_what_is_decided_in_a_moment_is_not_spoken_of(
    tmp_path: Path, taken_back: bool
) -> None:
    policy = replace(anywhere(), grace=minutes(1))
    async with a_house(tmp_path, roster=QUIET, policy=policy) as house:
        desk = a_desk(house)
        signoff = await desk.open()
        await house.review(signoff, "grace")
        await desk.nudge(signoff, urgent=True)
        await desk.later()
        assert desk.lists() == []
        if taken_back:
            await house.signoffs.take_back(a_click(signoff, "grace", id="undo"))
        await desk.later(minutes(1))
        assert desk.ids() == ([[signoff.id]] if taken_back else [])


# What a person said themselves.


async def test_a_snoozed_one_comes_up_then_and_not_before(desk: Desk) -> None:
    signoff = await desk.open()
    assert await desk.personal.snooze("ada", signoff.id, NOW + minutes(40)) == NOW + minutes(40)
    await desk.later(minutes(15))
    assert (desk.lists(ADA), len(desk.lists(GRACE))) == ([], 1)
    await desk.later(minutes(25))
    assert desk.ids(ADA) == [[signoff.id]]


async def test_somebody_who_was_not_asked_may_want_to_be_reminded(tmp_path: Path) -> None:
    more = [a_person("carl"), a_person("dora")]
    roster = with_person(with_person(QUIET, more[0], PAYMENTS), more[1], PAYMENTS)
    async with a_house(tmp_path, roster=roster, policy=anywhere()) as house:
        desk = a_desk(house, roster)
        signoff = await desk.open()
        other = next(id for id in ("carl", "dora", "ada", "grace") if id not in signoff.asked)
        await desk.personal.snooze(other, signoff.id, NOW + minutes(3))
        await desk.personal.snooze("jun", signoff.id, NOW + minutes(3))
        await desk.later(minutes(3))
        assert desk.ids(f"@U0{other.upper()}") == [[signoff.id]]
        assert desk.lists("@U0JUN") == []


# Nothing is lost, nothing is invented.


async def test_one_signoff_that_cannot_be_read_hides_no_other(desk: Desk) -> None:
    broken, other = await desk.open(1), await desk.open(2)
    rows = table("signoff")
    spoil = rows.update().where(rows.c.id == broken.id).values(document="{")
    await desk.house.store.write(lambda session: session.connection().execute(spoil).rowcount)
    await desk.nudge(broken)
    await desk.nudge(other)
    await desk.reminding.beat()
    assert await desk.house.store.read(lambda s: listings.about(s, other.id)) == ["lst_1"]
    assert await desk.due() == {}


async def test_the_bell_rings_for_what_was_sent_and_for_nothing_else(desk: Desk) -> None:
    """A beat that rang each time would call for the next beat at once, for ever."""
    rung: list[int] = []
    await desk.nudge(await desk.open())
    desk.house.bell.listen(lambda: rung.append(1))
    await desk.reminding.beat()
    await desk.reminding.beat()
    assert len(rung) == 1


async def test_after_a_restart_nobody_is_told_again(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=QUIET, policy=anywhere()) as house:
        desk = a_desk(house)
        await desk.nudge(await desk.open())
        await desk.later()
        again = a_desk(house)
        await again.reminding.beat()
        await house.settle()
        assert len(desk.lists()) == 1


async def test_old_lists_are_forgotten(desk: Desk) -> None:
    signoff = await desk.open()
    await desk.later(minutes(15))
    assert await desk.house.store.read(lambda s: listings.about(s, signoff.id))
    desk.clock.go_on(KEPT + minutes(1))
    await desk.reminding.beat()
    assert await desk.house.store.read(lambda s: listings.about(s, signoff.id)) == []


async def test_the_list_hangs_before_the_chat_is_asked(desk: Desk) -> None:
    """What was decided to be sent is a row; a crash right after loses nothing."""
    await desk.nudge(await desk.open())
    await desk.reminding.beat()
    hung = await desk.house.store.read(lambda s: surfaces.hung(s, "lst_1"))
    assert list(hung) == [f"listing {ADA}"]
    assert await desk.due() == {}
    await desk.house.settle()
    assert len(desk.lists()) == 1


@pytest.mark.parametrize("seed", range(8))
async def test_nobody_is_ever_sent_a_list_in_which_nothing_waits(desk: Desk, seed: int) -> None:
    """Whatever happens, in whatever order: every list has something for its reader as it leaves."""
    chance = random.Random(seed)  # noqa: S311
    await desk.personal.prefer("grace", Preferences(quiet="10:30-11:30"))
    opened = [await desk.open(number) for number in range(6)]
    seen = 0
    for _ in range(40):
        signoff, person = chance.choice(opened), chance.choice(("ada", "grace"))
        now = await desk.house.now(signoff)
        match chance.randrange(6):
            case 0 if not now.status.is_final:
                verdict = chance.choice((Verdict.APPROVE, Verdict.REJECT))
                await desk.house.review(now, person, verdict)
            case 1:
                until = desk.clock() + minutes(chance.randrange(1, 90))
                await desk.personal.snooze(person, signoff.id, until)
            case 2:
                await desk.nudge(signoff, person, urgent=chance.random() < 0.2)
            case 3 if not now.status.is_final and now.claim is None:
                await desk.house.signoffs.claim(a_click(now, person))
            case _:
                await desk.later(minutes(chance.randrange(1, 12)))
        new = [it for ref, it in desk.house.chat.calls[seen:] if isinstance(it, Listing)]
        known = {it.id for _, it in desk.house.chat.calls[:seen] if isinstance(it, Listing)}
        assert [
            it for it in new if it.id not in known and not any(li.open for li in it.lines)
        ] == []
        seen = len(desk.house.chat.calls)
    assert desk.lists(ADA) or desk.lists(GRACE)


def test_the_times_fit_each_other() -> None:
    """What is said along would else have been a message of its own within the gap."""
    assert PULLED <= GAP
