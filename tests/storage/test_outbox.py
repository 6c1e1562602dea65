"""Is what was decided carried out in order, once at a time, and by lanes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.domain.effects import Attest, Promise, TellPipeline
from bot.domain.signoff import Status
from storage import outbox, recording
from storage.outbox import Item
from storage.store import Store
from storage.tables import OutboxRow
from tests.builders import NOW, a_change, a_signoff, minutes

LEASE = timedelta(minutes=2)
TELL, REFUSE = TellPipeline(Status.APPROVED), TellPipeline(Status.REJECTED)


async def promise(
    store: Store, number: int, *effects: Promise, lane: str = "ci", at: datetime = NOW
) -> None:
    """Effects of the signoff of this number; its pipeline's lane is `lane`."""
    signoff = a_signoff(signoff_id=f"sgn_{number}", change=a_change(connection=lane))
    await store.write(lambda session: recording.promise(session, signoff, effects, at))


async def promise_a_crowd(store: Store, count: int, lane: str) -> None:
    """The same of so many signoffs, in one go."""

    def unit(session: Session) -> None:
        for number in range(count):
            signoff = a_signoff(signoff_id=f"sgn_{number}", change=a_change(connection=lane))
            recording.promise(session, signoff, [TELL], NOW)

    await store.write(unit)


async def claim(
    store: Store, now: datetime = NOW, busy: Mapping[str, int] | None = None, cap: int = 8
) -> list[Item]:
    return list(
        await store.write(lambda session: outbox.claim(session, now, now + LEASE, busy or {}, cap))
    )


def seen(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.signoff_id, item.effect.kind) for item in items]


async def test_each_goes_to_its_lane(store: Store) -> None:
    await promise(store, 1, TELL, Attest())
    assert [(item.lane, item.effect) for item in await claim(store)] == [
        ("ci", TELL),
        ("@inside", Attest()),
    ]


@pytest.mark.parametrize(
    ("at", "busy", "cap", "due"),
    [
        (NOW, {}, 8, True),
        (NOW - minutes(1), {}, 8, False),
        (NOW, {"ci": 2}, 2, False),
        (NOW, {"ci": 1}, 2, True),
        (NOW, {"other": 2}, 2, True),
    ],
    ids=["due", "too early", "a full lane", "room", "another lane is full"],
)
async def test_whether_anything_is_due_is_what_would_be_claimed(
    store: Store, at: datetime, busy: Mapping[str, int], cap: int, *, due: bool
) -> None:
    await promise(store, 1, TELL)
    assert await store.read(lambda s: outbox.is_due(s, at, busy, cap)) is due
    assert bool(await claim(store, at, busy, cap)) is due
    assert not await store.read(lambda s: outbox.is_due(s, at, busy, cap))


async def test_of_a_signoff_s_lane_only_the_oldest_is_claimed(store: Store) -> None:
    await promise(store, 1, TELL, REFUSE, TELL)
    await promise(store, 2, TELL)
    first, other = await claim(store)
    assert [(it.signoff_id, it.effect) for it in (first, other)] == [
        ("sgn_1", TELL),
        ("sgn_2", TELL),
    ]
    assert await claim(store) == []
    await store.write(lambda session: outbox.complete(session, first))
    assert [item.effect for item in await claim(store)] == [REFUSE]


async def test_what_waits_for_a_retry_is_not_overtaken(store: Store) -> None:
    await promise(store, 1, TELL, REFUSE)
    (first,) = await claim(store)
    later = NOW + minutes(5)
    await store.write(lambda s: outbox.retry_later(s, first, later, "down"))
    assert await claim(store, NOW + minutes(4)) == []
    (again,) = await claim(store, later)
    assert (again.id, again.attempts, again.since) == (first.id, 1, NOW)


async def test_what_is_parked_holds_up_nothing_and_is_not_claimed(store: Store) -> None:
    await promise(store, 1, TELL, REFUSE)
    (first,) = await claim(store)
    await store.write(lambda session: outbox.park(session, first, "gone"))
    assert [item.effect for item in await claim(store)] == [REFUSE]
    assert await store.read(outbox.backlog) == {"parked": 1, "waiting": 1}


async def test_a_lease_keeps_others_away_until_it_ends(store: Store) -> None:
    await promise(store, 1, TELL)
    (first,) = await claim(store)
    assert await claim(store, NOW + LEASE - timedelta(seconds=1)) == []
    (again,) = await claim(store, NOW + LEASE)
    assert (again.id, again.lease) == (first.id, first.lease + 1)


CHANGES = {
    "complete": outbox.complete,
    "retry later": lambda s, it: outbox.retry_later(s, it, NOW + minutes(5), "down"),
    "park": lambda s, it: outbox.park(s, it, "gone"),
    "look": outbox.holds,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_who_lost_it_has_no_say_in_it(
    store: Store, change: Callable[[Session, Item], bool]
) -> None:
    await promise(store, 1, TELL)
    (first,) = await claim(store)
    (second,) = await claim(store, NOW + LEASE)
    assert not await store.write(lambda session: change(session, first))
    assert await store.read(outbox.backlog) == {"waiting": 1}
    assert await claim(store, NOW + LEASE) == []
    assert await store.write(lambda session: change(session, second))


async def test_after_a_start_what_was_leased_is_free(store: Store) -> None:
    await promise(store, 1, TELL)
    first = await claim(store)
    await store.write(outbox.release)
    assert seen(await claim(store)) == seen(first)


async def test_it_is_not_due_before_its_time(store: Store) -> None:
    await promise(store, 1, TELL, at=NOW + minutes(1))
    assert await claim(store) == []
    assert len(await claim(store, NOW + minutes(1))) == 1


@pytest.mark.parametrize(
    ("busy", "free"), [({}, 3), ({"ci": 1}, 2), ({"ci": 3}, 0), ({"ci": 9}, 0)]
)
async def test_a_lane_takes_so_many_and_no_more(
    store: Store, busy: dict[str, int], free: int
) -> None:
    await promise_a_crowd(store, 10, "ci")
    assert len(await claim(store, busy=busy, cap=3)) == free


async def test_a_full_lane_does_not_block_others(store: Store) -> None:
    await promise_a_crowd(store, 100, "slow")
    await promise(store, 100, TELL, lane="quick")
    assert seen(await claim(store, busy={"slow": 8})) == [("sgn_100", "tell_pipeline")]


async def test_a_crowd_is_passed_by_within_a_few_rounds(store: Store) -> None:
    """What the dispatcher does: claim until nothing is left to claim."""
    await promise_a_crowd(store, 100, "slow")
    await promise(store, 100, TELL, lane="quick")
    busy: dict[str, int] = {}
    claimed = []
    while items := await claim(store, busy=busy):
        claimed += items
        for item in items:
            busy[item.lane] = busy.get(item.lane, 0) + 1
    assert busy == {"slow": 8, "quick": 1}
    assert len(claimed) == 9


async def test_the_oldest_go_first(store: Store) -> None:
    for number in (3, 1, 2):
        await promise(store, number, TELL)
    assert [id for id, _ in seen(await claim(store))] == ["sgn_3", "sgn_1", "sgn_2"]


async def test_when_the_next_is_due(store: Store) -> None:
    assert await store.read(outbox.next_due) is None
    await promise(store, 1, TELL, at=NOW + minutes(9))
    await promise(store, 2, TELL, TELL, at=NOW)
    assert await store.read(outbox.next_due) == NOW
    (first,) = await claim(store)
    assert await store.read(outbox.next_due) == NOW + minutes(9)
    await store.write(lambda s: outbox.retry_later(s, first, NOW + minutes(3), "down"))
    assert await store.read(outbox.next_due) == NOW + minutes(3)
    await store.write(lambda session: outbox.park(session, first, "gone"))
    assert await store.read(outbox.next_due) == NOW


async def test_a_long_error_is_kept_short(store: Store) -> None:
    await promise(store, 1, TELL)
    (first,) = await claim(store)
    await store.write(lambda s: outbox.retry_later(s, first, NOW, "x" * 10_000))

    (row,) = await store.read(lambda session: session.exec(select(OutboxRow)).all())
    assert len(row.error) == 500


async def test_one_that_cannot_be_read_is_parked_and_holds_up_no_other(store: Store) -> None:
    await promise(store, 1, TELL)
    await promise(store, 2, TELL)
    other = '{"kind": "show_card"}'
    spoil = update(OutboxRow).where(col(OutboxRow.signoff_id) == "sgn_1").values(effect=other)
    await store.write(lambda session: session.connection().execute(spoil))
    assert seen(await claim(store)) == [("sgn_2", "tell_pipeline")]
    assert await store.read(outbox.backlog) == {"parked": 1, "waiting": 1}
