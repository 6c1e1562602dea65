"""Is a destination that fails left alone, tried by one alone, and heard of again when it is back?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot.domain.effects import TellPipeline
from bot.domain.signoff import Status
from storage import destinations, outbox, recording
from storage.destinations import TOO_MANY
from storage.outbox import AT_ONCE, Item
from storage.store import Store
from tests.builders import NOW, a_change, a_signoff, hours, minutes

LEASE = timedelta(seconds=60)
REST = minutes(2)
TELL = TellPipeline(Status.APPROVED)


async def promise(store: Store, count: int, lane: str = "ci", at: datetime = NOW) -> None:
    """So many effects, each of another signoff."""
    await store.write(lambda session: promise_in(session, count, lane, at))


def promise_in(session: Session, count: int, lane: str, at: datetime) -> None:
    for number in range(count):
        signoff = a_signoff(signoff_id=f"sgn_{lane}_{number}", change=a_change(connection=lane))
        recording.promise(session, signoff, [TELL], at)


async def claim(
    store: Store, now: datetime = NOW, busy: Mapping[str, int] | None = None
) -> list[Item]:
    return list(await store.write(lambda s: outbox.claim(s, now, now + LEASE, busy or {})))


async def fail(
    store: Store,
    times: int = 1,
    now: datetime = NOW,
    *,
    lane: str = "ci",
    alone: bool = False,
    asked: timedelta | None = None,
) -> None:
    def unit(session: Session) -> None:
        for _ in range(times):
            destinations.failed(
                session, lane, "HTTP 500", now, lambda _: REST, alone=alone, asked=asked
            )

    await store.write(unit)


async def answer(
    store: Store, lane: str = "ci", now: datetime = NOW, *, alone: bool = False
) -> bool:
    return await store.write(lambda s: destinations.answered(s, lane, now, alone=alone))


async def resting(store: Store) -> list[str]:
    found = await store.read(destinations.ailing)
    return [lane for lane, how in found.items() if how.ails]


@pytest.mark.parametrize(("times", "goes"), [(TOO_MANY - 1, 3), (TOO_MANY, 0)])
async def test_after_too_many_failures_in_a_row_nothing_goes_there(
    store: Store, times: int, goes: int
) -> None:
    await promise(store, 3)
    await fail(store, times)
    assert len(await claim(store)) == goes


async def test_an_answer_between_them_makes_a_new_row(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY - 1)
    assert not await answer(store)
    await fail(store, TOO_MANY - 1)
    assert len(await claim(store)) == 3


async def test_then_one_goes_alone_to_see(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY)
    assert await claim(store, NOW + REST - timedelta(seconds=1)) == []
    (one,) = await claim(store, NOW + REST)
    assert one.alone
    assert await claim(store, NOW + REST) == []


async def test_if_that_fails_the_others_go_on_waiting(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY)
    await claim(store, NOW + REST)
    await fail(store, now=NOW + REST, alone=True)
    assert await claim(store, NOW + REST + LEASE) == []
    assert len(await claim(store, NOW + 2 * REST)) == 1


async def test_if_that_is_answered_all_go(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY)
    (one,) = await claim(store, NOW + REST)
    assert await answer(store, now=NOW + REST, alone=True)
    assert len(await claim(store, NOW + REST)) == 2
    assert not one.destination.rests(NOW + REST)


async def test_what_was_under_way_does_not_end_the_rest_that_it_asked_for(store: Store) -> None:
    await promise(store, 3)
    await fail(store, asked=hours(1))
    assert not await answer(store)
    assert await claim(store, NOW + hours(1) - timedelta(seconds=1)) == []
    (one,) = await claim(store, NOW + hours(1))
    assert not await answer(store, now=NOW + hours(1))
    assert one.alone
    assert await answer(store, now=NOW + hours(1), alone=True)
    assert await resting(store) == []


async def test_if_that_dies_another_goes_when_its_lease_ends(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY)
    await claim(store, NOW + REST)
    assert await claim(store, NOW + REST + LEASE - timedelta(seconds=1)) == []
    assert len(await claim(store, NOW + REST + LEASE)) == 1


async def test_it_goes_though_its_own_time_has_not_come(store: Store) -> None:
    """A pipeline that waits hears soon, however often it was tried before."""
    await promise(store, 3, at=NOW + hours(9))
    assert await claim(store) == []
    await fail(store, TOO_MANY)
    assert len(await claim(store, NOW + REST)) == 1


async def test_what_was_put_off_is_due_once_it_is_back(store: Store) -> None:
    await promise(store, 3, at=NOW + hours(9))
    await promise(store, 3, lane="other", at=NOW + hours(9))
    await store.write(lambda s: outbox.hurry(s, "ci", NOW))
    assert {item.lane for item in await claim(store)} == {"ci"}


async def test_others_that_fail_meanwhile_say_nothing_new(store: Store) -> None:
    """Eight under way time out at once: it is one failure that they saw."""
    await promise(store, 3)
    await fail(store, TOO_MANY)
    await fail(store, AT_ONCE, NOW + minutes(1))
    assert len(await claim(store, NOW + REST)) == 1


@pytest.mark.parametrize(("asked", "at_once"), [(None, 3), (minutes(30), 0)])
async def test_what_asks_to_be_left_alone_is_left_alone_at_once(
    store: Store, asked: timedelta | None, at_once: int
) -> None:
    await promise(store, 3)
    await fail(store, asked=asked)
    assert len(await claim(store, NOW + minutes(29))) == at_once


async def test_what_it_asks_for_is_not_cut_short(store: Store) -> None:
    await promise(store, 3)
    await fail(store, asked=minutes(30))
    await fail(store, TOO_MANY, asked=minutes(1))
    assert await claim(store, NOW + minutes(29)) == []
    assert len(await claim(store, NOW + minutes(30))) == 1


async def test_one_that_is_down_takes_nothing_from_the_others(store: Store) -> None:
    await promise(store, 20, lane="down")
    await promise(store, 3, lane="well")
    await fail(store, TOO_MANY, lane="down")
    assert [item.lane for item in await claim(store)] == ["well"] * 3
    assert await resting(store) == ["down"]


async def test_more_lanes_than_are_looked_at_at_a_time(store: Store) -> None:
    def all_of_them(session: Session) -> None:
        for number in range(40):
            promise_in(session, 1, f"ci-{number}", NOW)

    await store.write(all_of_them)
    assert len({item.lane for item in await claim(store)}) == 40


async def test_while_it_is_left_alone_nothing_is_due(store: Store) -> None:
    """Else the heartbeat would race all the time."""
    await promise(store, 3, at=NOW - hours(1))
    assert await store.read(outbox.next_due) == NOW - hours(1)
    await fail(store, TOO_MANY)
    assert await store.read(outbox.next_due) == NOW + REST
    later = NOW + REST
    await claim(store, later)
    assert await store.read(outbox.next_due) == later + LEASE


async def test_somebody_may_have_it_tried_at_once(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY)
    await store.write(lambda s: destinations.wake(s, "another"))
    assert await claim(store) == []
    await store.write(lambda s: destinations.wake(s, "ci"))
    assert len(await claim(store)) == 1


async def test_after_a_start_it_is_tried_at_once(store: Store) -> None:
    await promise(store, 3)
    await fail(store, TOO_MANY, asked=hours(1))
    await store.write(outbox.release)
    assert len(await claim(store)) == 1
