"""Whose rules are in force, where processes with different ones live side by side?"""

from __future__ import annotations

from storage import rulebooks
from storage.rulebooks import SEEN_FOR
from storage.store import Store
from tests.builders import FakeClock, minutes


async def enter(store: Store, digest: str) -> None:
    await store.write(lambda s: rulebooks.enter(s, digest))


async def still_here(store: Store, digest: str) -> None:
    await store.write(lambda s: rulebooks.still_here(s, digest))


async def test_at_first_nobodys(store: Store) -> None:
    assert await store.read(rulebooks.newest) == ""


async def test_the_newest_are(store: Store, clock: FakeClock) -> None:
    for digest in ("one", "two"):
        await enter(store, digest)
        clock.go_on(minutes(0.1))
    assert await store.read(rulebooks.newest) == "two"


async def test_who_comes_back_with_older_ones_is_the_newest(store: Store, clock: FakeClock) -> None:
    for digest in ("one", "two", "one"):
        await enter(store, digest)
        clock.go_on(minutes(0.1))
    assert await store.read(rulebooks.newest) == "one"


async def test_rules_nobody_goes_by_any_more_bind_nobody(store: Store, clock: FakeClock) -> None:
    await enter(store, "one")
    clock.go_on(minutes(1))
    await enter(store, "two")
    clock.go_on(SEEN_FOR)
    await still_here(store, "one")
    assert await store.read(rulebooks.newest) == "one"


async def test_rules_somebody_goes_by_stay(store: Store, clock: FakeClock) -> None:
    await enter(store, "one")
    clock.go_on(minutes(1))
    await enter(store, "two")
    for _ in range(5):
        clock.go_on(SEEN_FOR / 2)
        await still_here(store, "one")
        await still_here(store, "two")
    assert await store.read(rulebooks.newest) == "two"


async def test_a_clock_that_was_set_back_hides_no_newer_rules(
    store: Store, clock: FakeClock
) -> None:
    clock.go_on(minutes(120))
    await enter(store, "one")
    clock.go_on(-minutes(120))
    await enter(store, "two")
    assert await store.read(rulebooks.newest) == "two"
    await enter(store, "one")
    assert await store.read(rulebooks.newest) == "one"
