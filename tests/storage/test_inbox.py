"""Is each message let in once, and kept until it is read?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from storage import inbox, moment
from storage.inbox import Waiting
from storage.store import Session, Store
from tests.builders import NOW, FakeClock, hours, minutes

UNTIL = NOW + minutes(2)


async def admit(store: Store, id: str, source: str = "ci", at: datetime = NOW, **kept: Any) -> bool:
    return await store.write(lambda session: inbox.admit(session, source, id, at, **kept))


async def waiting(store: Store, now: datetime = NOW, limit: int = 50) -> list[Waiting]:
    """What may be read then, without taking it from others."""
    with pytest.raises(_Undone) as looked:
        await store.write(lambda session: _look(session, now, limit))
    return looked.value.found


class _Undone(Exception):
    def __init__(self, found: list[Waiting]) -> None:
        self.found = found


def _look(session: Session, now: datetime, limit: int) -> None:
    session.info.update(moment.given(lambda: now))
    raise _Undone(list(inbox.claim(session, now, limit)))


async def take(store: Store, until: datetime = UNTIL) -> list[Waiting]:
    """What is due by the clock, ours until then."""
    return list(await store.write(lambda session: inbox.claim(session, until)))


async def claim(store: Store, until: datetime) -> list[str]:
    return [message.message_id for message in await take(store, until)]


async def test_what_one_reads_no_other_does_until_its_time_is_over(
    store: Store, clock: FakeClock
) -> None:
    await admit(store, "m1", body=b"x")
    until = NOW + minutes(2)
    assert await claim(store, until) == ["m1"]
    assert not await store.read(inbox.is_due)
    assert await claim(store, until) == []
    clock.now = until
    assert await store.read(inbox.is_due)
    assert await claim(store, until + minutes(2)) == ["m1"]


async def test_where_nobody_else_lives_nobody_reads(store: Store) -> None:
    await admit(store, "m1", body=b"x")
    await claim(store, NOW + minutes(2))
    assert await store.read(inbox.next_due) is None
    await store.write(inbox.release)
    assert await store.read(inbox.next_due) == NOW
    assert await claim(store, NOW + minutes(2)) == ["m1"]


async def test_a_message_is_let_in_once(store: Store) -> None:
    assert await admit(store, "m1")
    assert not await admit(store, "m1")
    assert not await admit(store, "m1", body=b"something else", at=NOW + hours(1))


async def test_of_many_at_once_one_is_let_in(store: Store) -> None:
    assert sum(await asyncio.gather(*(admit(store, "m1") for _ in range(30)))) == 1


async def test_an_id_is_one_source_s_own(store: Store) -> None:
    assert await admit(store, "m1")
    assert await admit(store, "m1", source="github")


async def test_what_has_no_body_is_done_already(store: Store) -> None:
    await admit(store, "m1")
    assert await waiting(store) == []
    assert await store.read(inbox.next_due) is None


async def test_what_has_a_body_waits_to_be_read_even_an_empty_one(store: Store) -> None:
    await admit(store, "m1", headers={"x": "1"}, body=b"\x00\xff")
    await admit(store, "m2", body=b"", at=NOW + minutes(1))
    first, second = await waiting(store, NOW + minutes(1))
    assert (first.message_id, first.headers, first.body) == ("m1", {"x": "1"}, b"\x00\xff")
    assert (first.attempts, first.received_at) == (0, NOW)
    assert (second.message_id, second.body) == ("m2", b"")


async def test_the_oldest_come_first_and_not_too_many(store: Store) -> None:
    for number in range(5):
        await admit(store, f"m{number}", at=NOW - minutes(number), body=b"x")
    assert [one.message_id for one in await waiting(store, limit=2)] == ["m4", "m3"]


async def test_once_read_only_that_it_was_here_is_kept(store: Store) -> None:
    await admit(store, "m1", body=b"x" * 1000)
    (message,) = await take(store)
    await store.write(lambda session: inbox.finish(session, message))
    assert await waiting(store) == []
    assert not await admit(store, "m1", body=b"x")


async def test_what_cannot_be_read_now_waits(store: Store) -> None:
    await admit(store, "m1", body=b"x")
    (message,) = await take(store)
    later = NOW + minutes(3)
    await store.write(lambda s: inbox.retry_later(s, message, later, "down" * 1000))
    assert await waiting(store, later - minutes(1)) == []
    assert await store.read(inbox.next_due) == later
    (again,) = await waiting(store, later)
    assert (again.attempts, again.received_at, again.body) == (1, NOW, b"x")


async def test_what_can_never_be_read_is_parked_and_counted(store: Store) -> None:
    await admit(store, "m1", body=b"x")
    (message,) = await take(store)
    await store.write(lambda session: inbox.park(session, message, "no JSON"))
    assert await waiting(store) == []
    assert await store.read(inbox.parked) == 1
    assert await store.read(inbox.next_due) is None


async def test_what_one_does_to_a_message_is_done_to_it_alone(store: Store) -> None:
    for source, id in (("ci", "m1"), ("github", "m1"), ("ci", "m2")):
        await admit(store, id, source=source, body=b"x")
    message = next(m for m in await take(store) if (m.source, m.message_id) == ("ci", "m1"))
    await store.write(lambda session: inbox.finish(session, message))
    left = {(one.source, one.message_id) for one in await waiting(store, NOW + minutes(2))}
    assert left == {("github", "m1"), ("ci", "m2")}


def _put_off(session: Session, message: Waiting) -> None:
    inbox.retry_later(session, message, NOW + hours(1), "down")


def _park(session: Session, message: Waiting) -> None:
    inbox.park(session, message, "HTTP 404")


@pytest.mark.parametrize("late", [_put_off, _park, inbox.finish])
@pytest.mark.parametrize("has_read", [True, False])
async def test_who_slept_through_its_time_has_no_say_in_it(
    store: Store, clock: FakeClock, late: Callable[[Session, Waiting], None], has_read: bool
) -> None:
    await admit(store, "m1", body=b"x")
    (mine,) = await take(store)
    clock.now = NOW + minutes(3)
    (other,) = await take(store, NOW + minutes(5))
    if has_read:
        await store.write(lambda session: inbox.finish(session, other))
    await store.write(lambda session: late(session, mine))
    assert await store.read(inbox.parked) == 0
    left = await waiting(store, NOW + minutes(5))
    assert [(one.attempts, one.body) for one in left] == ([] if has_read else [(0, b"x")])


async def test_the_old_is_forgotten_if_it_was_read(store: Store) -> None:
    await admit(store, "read")
    await admit(store, "unread", body=b"x")
    await admit(store, "new", at=NOW + hours(2))
    await store.write(lambda session: inbox.forget_before(session, NOW + hours(1)))
    assert [await admit(store, id) for id in ("read", "unread", "new")] == [True, False, False]
