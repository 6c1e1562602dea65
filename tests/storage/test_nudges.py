"""Is everybody reminded when they are to be, and of what they are to be?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from storage import nudges
from storage.nudges import Nudge
from storage.store import Session, Store
from tests.builders import NOW, hours, minutes


def add(session: Session, *people: str, signoff: str = "sgn_1", urgent: bool = False) -> None:
    add_for(session, people or ("ada",), signoff, urgent=urgent)


def add_for(session: Session, people: Sequence[str], signoff: str, *, urgent: bool = False) -> None:
    nudges.add(session, signoff, people, NOW, urgent=urgent)


async def due(store: Store, person: str = "ada", after: float = 0) -> list[Nudge]:
    return list(await store.read(lambda s: nudges.of(s, person, NOW + minutes(after))))


async def names(store: Store, person: str = "ada", after: float = 0) -> list[str]:
    return [nudge.signoff_id for nudge in await due(store, person, after)]


async def test_who_is_to_be_reminded_is_found_by_then(store: Store) -> None:
    await store.write(lambda s: add(s, "ada", "grace"))
    assert await store.read(lambda s: nudges.people_due(s, NOW - minutes(1))) == []
    assert await store.read(lambda s: nudges.people_due(s, NOW)) == ["ada", "grace"]


async def test_a_nudge_says_all_that_was_said(store: Store) -> None:
    await store.write(lambda s: add(s, urgent=True))
    expected = Nudge(signoff_id="sgn_1", due_at=NOW, urgent=True, snoozed=False)
    assert await due(store) == [expected]


async def test_the_same_again_is_one(store: Store) -> None:
    await store.write(lambda s: add(s, urgent=True))
    await store.write(add)
    found = await due(store)
    assert [(nudge.signoff_id, nudge.urgent) for nudge in found] == [("sgn_1", True)]


async def test_whoever_said_when_is_reminded_then(store: Store) -> None:
    await store.write(lambda s: nudges.snooze(s, "ada", "sgn_1", NOW + hours(1)))
    await store.write(lambda s: add(s, "ada", "grace"))
    assert await names(store, "ada", 59) == []
    assert await names(store, "ada", 60) == ["sgn_1"]
    assert await names(store, "grace") == ["sgn_1"]
    snoozed = await store.read(lambda s: nudges.snoozed(s, "ada"))
    assert snoozed == {"sgn_1": NOW + hours(1)}


async def test_what_is_put_off_is_this_persons_and_these_alone(store: Store) -> None:
    for signoff in ("sgn_1", "sgn_2"):
        await store.write(partial(add_for, people=("ada", "grace"), signoff=signoff))
    await store.write(lambda s: nudges.put_off(s, "ada", ["sgn_1"], NOW + hours(1)))
    assert await names(store, "ada") == ["sgn_2"]
    assert await names(store, "ada", 60) == ["sgn_2", "sgn_1"]
    assert await names(store, "grace") == ["sgn_1", "sgn_2"]


async def test_what_is_put_off_never_comes_sooner(store: Store) -> None:
    await store.write(lambda s: nudges.snooze(s, "ada", "sgn_1", NOW + hours(2)))
    await store.write(lambda s: nudges.put_off(s, "ada", ["sgn_1"], NOW + hours(1)))
    assert await names(store, "ada", 119) == []


async def test_what_was_said_otherwise_need_not_be_said_again(store: Store) -> None:
    for number in range(1, 5):
        signoff, urgent = f"sgn_{number}", number == 2
        await store.write(partial(add_for, people=("ada",), signoff=signoff, urgent=urgent))
    await store.write(lambda s: nudges.snooze(s, "ada", "sgn_3", NOW + hours(1)))
    await store.write(lambda s: nudges.spare(s, "ada", ["sgn_1", "sgn_2", "sgn_3"], NOW))
    assert await names(store, "ada", 60) == ["sgn_2", "sgn_4", "sgn_3"]


async def test_what_is_done_is_done_for_one_person(store: Store) -> None:
    await store.write(lambda s: add(s, "ada", "grace"))
    await store.write(lambda s: nudges.done(s, "ada", ["sgn_1"]))
    assert await names(store, "ada") == []
    assert await names(store, "grace") == ["sgn_1"]


async def test_what_is_decided_is_forgotten_for_everybody(store: Store) -> None:
    await store.write(lambda s: add(s, "ada", "grace"))
    await store.write(lambda s: add(s, "ada", signoff="sgn_2"))
    await store.write(lambda s: nudges.forget(s, "sgn_1"))
    assert await names(store, "ada") == ["sgn_2"]
    assert await names(store, "grace") == []


async def test_the_next_one_is_known(store: Store) -> None:
    assert await store.read(nudges.next_due) is None
    await store.write(lambda s: nudges.snooze(s, "ada", "sgn_1", NOW + hours(1)))
    await store.write(lambda s: add(s, "grace"))
    assert await store.read(nudges.next_due) == NOW
