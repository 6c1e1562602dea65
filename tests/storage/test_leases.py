"""Does a task belong to one process at a time, and does one that slept find out?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.tenure import LENGTH, Tenure
from storage import leases
from storage.leases import Lease, Lost
from storage.store import Session, Store
from tests.builders import FakeClock

LONG = timedelta(seconds=15)


async def take(store: Store, holder: str, *, alone: bool = False) -> Lease | None:
    return await store.write(lambda s: leases.take(s, "chat", holder, LONG, alone=alone))


async def test_what_nobody_has_may_be_taken(store: Store, clock: FakeClock) -> None:
    lease = await take(store, "a")
    assert lease == Lease(task="chat", holder="a", epoch=1, until=clock.now + LONG)


async def test_what_another_has_may_not(store: Store) -> None:
    await take(store, "a")
    assert await take(store, "b") is None


async def test_once_it_ran_out_it_may_and_the_epoch_says_so(store: Store, clock: FakeClock) -> None:
    await take(store, "a")
    clock.go_on(LONG)
    lease = await take(store, "b")
    assert lease is not None
    assert (lease.holder, lease.epoch) == ("b", 2)


async def test_whoever_has_it_may_have_it_longer(store: Store, clock: FakeClock) -> None:
    await take(store, "a")
    clock.go_on(LONG / 2)
    longer = await take(store, "a")
    assert longer is not None
    assert (longer.epoch, longer.until) == (1, clock.now + LONG)


async def test_where_nobody_else_lives_the_dead_are_not_waited_for(store: Store) -> None:
    await take(store, "a")
    lease = await take(store, "b", alone=True)
    assert lease is not None
    assert lease.epoch == 2


async def test_tasks_do_not_know_each_other(store: Store) -> None:
    await take(store, "a")
    other = await store.write(lambda s: leases.take(s, "other", "b", LONG))
    assert other is not None


async def test_what_was_given_up_is_free_at_once(store: Store) -> None:
    lease = await take(store, "a")
    assert lease is not None
    await store.write(lambda s: leases.give_up(s, lease))
    assert await take(store, "b") is not None


async def test_nobody_gives_up_what_is_another_s_by_now(store: Store, clock: FakeClock) -> None:
    lease = await take(store, "a")
    assert lease is not None
    clock.go_on(LONG)
    await take(store, "b")
    await store.write(lambda s: leases.give_up(s, lease))
    assert await take(store, "a") is None


# What an engine does because a task is its own.


def a_tenure(store: Store, holder: str) -> Tenure:
    return Tenure(store=store, task="chat", holder=holder)


async def test_it_is_held_on_to(store: Store, clock: FakeClock) -> None:
    ours, theirs = a_tenure(store, "a"), a_tenure(store, "b")
    for _ in range(10):
        assert await ours.hold()
        clock.go_on(LENGTH / 3)
    assert ours.valid
    if not store.alone:
        assert not await theirs.hold()


async def test_what_is_to_be_done_first_is_done_when_it_becomes_ours(
    store: Store, clock: FakeClock
) -> None:
    tenure, done = a_tenure(store, "a"), list[str]()

    def first(_: Session) -> None:
        done.append("first")

    for _ in range(5):
        await tenure.hold(then=first)
        clock.go_on(LENGTH / 2)
    assert done == ["first"]


async def test_a_process_that_slept_writes_nothing_more(store: Store, clock: FakeClock) -> None:
    slept, awake = a_tenure(store, "a"), a_tenure(store, "b")
    await slept.hold()
    clock.go_on(LENGTH)
    assert not slept.valid
    assert await awake.hold()
    written: list[str] = []
    with pytest.raises(Lost):
        await slept.write(lambda _: written.append("late"))
    await awake.write(lambda _: written.append("in time"))
    assert written == ["in time"]


async def test_a_process_that_slept_while_nobody_wanted_it_goes_on(
    store: Store, clock: FakeClock
) -> None:
    tenure = a_tenure(store, "a")
    await tenure.hold()
    clock.go_on(LENGTH * 3)
    assert await tenure.write(lambda _: "written") == "written"


async def test_without_it_nothing_is_written(store: Store) -> None:
    with pytest.raises(Lost):
        await a_tenure(store, "a").write(lambda _: "written")


async def test_one_that_a_wrong_clock_gave_binds_nobody(store: Store, clock: FakeClock) -> None:
    clock.go_on(LONG * 1000)
    await take(store, "a")
    clock.go_on(-LONG * 1000)
    lease = await take(store, "b")
    assert lease is not None
    assert (lease.holder, lease.epoch) == ("b", 2)


async def test_nor_does_its_holder_believe_in_it(store: Store, clock: FakeClock) -> None:
    tenure = a_tenure(store, "a")
    await tenure.hold()
    clock.go_on(-LENGTH * 1000)
    assert not tenure.valid
    assert await tenure.hold()
    assert tenure.valid
