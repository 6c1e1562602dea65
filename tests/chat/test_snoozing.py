"""Is a person reminded when they said, by their own clock?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack import names
from bot.chat.slack.snoozing import next_morning, on_the_clock
from bot.domain.calendar import working_hours
from bot.domain.signoff import Verdict
from bot.domain.sla import Sla
from storage import nudges
from storage.preferences import Preferences
from storage.store import Session
from tests.builders import (
    NOW,
    ROSTER,
    a_click,
    a_person,
    a_policy,
    a_rule,
    hours,
    minutes,
    with_person,
)
from tests.chat.hand import Hand, choose, modal, offered, subject_of
from tests.chat.house import House, a_house, words_in


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("UTC", at(23, 10), at(24, 9)),
        ("UTC", at(23, 1), at(24, 9)),
        ("UTC", at(27, 10), at(30, 9)),
        ("UTC", at(29, 10), at(30, 9)),
        ("Asia/Tokyo", at(23, 14, 59), at(24, 0)),
        ("Asia/Tokyo", at(23, 15), at(25, 0)),
        ("America/New_York", at(24, 4, 59), at(24, 14)),
        ("Europe/Berlin", at(23, 12, month=10), at(26, 8, month=10)),
        ("Europe/Berlin", at(27, 12, month=3), at(30, 7, month=3)),
    ],
)
def test_the_next_working_day_begins_where_that_person_lives(
    zone: str, now: datetime, morning: datetime
) -> None:
    assert next_morning(working_hours("09:00-17:00", zone), now) == morning


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(23, 14, 30), "today at 14:30 (UTC)"),
        (at(24, 9), "tomorrow at 09:00 (UTC)"),
        (at(30, 9), "on Monday, 30 November at 09:00 (UTC)"),
        (at(1, 9, month=12), "on Tuesday, 1 December at 09:00 (UTC)"),
    ],
)
def test_a_moment_is_named_as_one_would_say_it(moment: datetime, said: str) -> None:
    assert on_the_clock(moment, at(23, 10), "UTC") == said


def test_days_are_counted_where_that_person_lives() -> None:
    assert on_the_clock(at(23, 15), at(23, 14), "Asia/Tokyo") == "tomorrow at 00:00 (Asia/Tokyo)"
    assert on_the_clock(at(24, 1), at(23, 23), "America/New_York").startswith("today at 20:00")


async def snoozed(house: House, person: str) -> dict[str, Any]:
    def read(session: Session) -> dict[str, Any]:
        return dict(nudges.snoozed(session, person))

    return await house.store.read(read)


@pytest.mark.parametrize(
    ("until", "length", "said"),
    [
        ("30m", minutes(30), "today at 10:30 (UTC)"),
        ("1h", hours(1), "today at 11:00 (UTC)"),
        ("3h", hours(3), "today at 13:00 (UTC)"),
    ],
)
async def test_i_am_reminded_when_i_said(
    house: House, until: str, length: timedelta, said: str
) -> None:
    signoff = await house.ask()
    await choose(house, "U0ADA", names.SNOOZE, signoff)
    assert (await house.slack.submit("U0ADA", {"until": until})).ok
    assert await snoozed(house, "ada") == {signoff.id: NOW + length}
    assert said in await house.whispered("U0ADA")
    assert await snoozed(house, "grace") == {}


async def test_my_day_begins_where_i_live_and_on_a_working_day(tmp_path: Path) -> None:
    tokyo = with_person(ROSTER, a_person("ada", timezone="Asia/Tokyo", hours="10:00-18:00"))
    async with a_house(tmp_path, None, tokyo) as house:
        house.clock.go_on(hours(96))  # Friday, 19:00 over there
        signoff = await house.ask()
        await choose(house, "U0ADA", names.SNOOZE, signoff)
        there = "on Monday, 30 November at 10:00 (Asia/Tokyo)"
        assert offered(modal(house, "U0ADA"), "until")[-1] == there
        await house.personal.prefer("ada", Preferences(hours="07:30-15:00"))
        await choose(house, "U0ADA", names.SNOOZE, signoff)
        assert "at 07:30 (Asia/Tokyo)" in offered(modal(house, "U0ADA"), "until")[-1]


async def test_where_it_expires_before_that_i_am_reminded_in_time_and_told_so(
    house: House,
) -> None:
    signoff = await house.ask()
    await choose(house, "U0ADA", names.SNOOZE, signoff)
    await house.slack.submit("U0ADA", {"until": "3h"})
    assert "expires" not in await house.whispered("U0ADA", "13:00")
    await choose(house, "U0ADA", names.SNOOZE, signoff)
    await house.slack.submit("U0ADA", {"until": "day"})
    told = await house.whispered("U0ADA", "sooner")
    (moment,) = (await snoozed(house, "ada")).values()
    assert moment < NOW + hours(8)
    assert f"today at {moment:%H:%M} (UTC)" in told
    assert told.endswith("because it expires today at 18:00 (UTC).")


async def test_tomorrow_is_when_my_day_begins(tmp_path: Path) -> None:
    slow = a_policy(a_rule(sla="slow"), slas={"slow": Sla(expire=hours(100))})
    async with a_house(tmp_path, slow) as house:
        signoff = await house.ask()
        await choose(house, "U0ADA", names.SNOOZE, signoff)
        await house.slack.submit("U0ADA", {"until": "day"})
        assert await snoozed(house, "ada") == {signoff.id: NOW + hours(23)}
        assert "tomorrow at 09:00 (UTC), and not before" in await house.whispered("U0ADA")


async def test_only_whom_it_concerns_is_reminded_and_only_while_it_waits(house: House) -> None:
    signoff = await house.ask()
    await choose(house, "U0KIM", names.SNOOZE, signoff)
    assert "Ada or Grace may sign it off." in await house.whispered("U0KIM")
    await choose(house, "U0ADA", names.SNOOZE, signoff)
    await house.signoffs.review(a_click(signoff, "grace"), Verdict.APPROVE)
    await house.slack.submit("U0ADA", {"until": "1h"})
    assert "already approved. Grace decided it." in words_in(modal(house, "U0ADA").blocks)
    await choose(house, "U0GRACE", names.SNOOZE, signoff)
    assert "already approved" in await house.whispered("U0GRACE")
    assert await snoozed(house, "ada") == await snoozed(house, "grace") == {}


@pytest.mark.parametrize("until", [[], ["100y"]])
async def test_when_is_one_of_those_we_offer(house: House, until: list[str]) -> None:
    signoff = await house.ask()
    hand, packed = Hand(house=house, user="U0ADA"), subject_of(signoff).pack()
    answer = await hand.send(names.SNOOZE_FORM, packed, until=until)
    assert "when" in answer.json["errors"]["until"]
    assert await snoozed(house, "ada") == {}
    await hand.send(names.SNOOZE_FORM, packed, until=["1h"])
    assert await snoozed(house, "ada") == {signoff.id: NOW + hours(1)}
