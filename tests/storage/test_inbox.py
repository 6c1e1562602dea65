"""Is each message let in once, and kept until it is read?"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from storage import inbox
from storage.inbox import Waiting
from storage.store import Store
from tests.builders import NOW, hours, minutes


async def admit(store: Store, id: str, source: str = "ci", at: datetime = NOW, **kept: Any) -> bool:
    return await store.write(lambda session: inbox.admit(session, source, id, at, **kept))


async def waiting(store: Store, now: datetime = NOW, limit: int = 50) -> list[Waiting]:
    return list(await store.read(lambda session: inbox.waiting(session, now, limit)))


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
    (message,) = await waiting(store)
    await store.write(lambda session: inbox.finish(session, message))
    assert await waiting(store) == []
    assert not await admit(store, "m1", body=b"x")


async def test_what_cannot_be_read_now_waits(store: Store) -> None:
    await admit(store, "m1", body=b"x")
    (message,) = await waiting(store)
    later = NOW + minutes(3)
    await store.write(lambda s: inbox.retry_later(s, message, later, "down" * 1000))
    assert await waiting(store, later - minutes(1)) == []
    assert await store.read(inbox.next_due) == later
    (again,) = await waiting(store, later)
    assert (again.attempts, again.received_at, again.body) == (1, NOW, b"x")


async def test_what_can_never_be_read_is_parked_and_counted(store: Store) -> None:
    await admit(store, "m1", body=b"x")
    (message,) = await waiting(store)
    await store.write(lambda session: inbox.park(session, message, "no JSON"))
    assert await waiting(store) == []
    assert await store.read(inbox.parked) == 1
    assert await store.read(inbox.next_due) is None


async def test_what_one_does_to_a_message_is_done_to_it_alone(store: Store) -> None:
    for source, id in (("ci", "m1"), ("github", "m1"), ("ci", "m2")):
        await admit(store, id, source=source, body=b"x")
    message = next(m for m in await waiting(store) if (m.source, m.message_id) == ("ci", "m1"))
    await store.write(lambda session: inbox.finish(session, message))
    left = {(one.source, one.message_id) for one in await waiting(store)}
    assert left == {("github", "m1"), ("ci", "m2")}


async def test_the_old_is_forgotten_if_it_was_read(store: Store) -> None:
    await admit(store, "read")
    await admit(store, "unread", body=b"x")
    await admit(store, "new", at=NOW + hours(2))
    await store.write(lambda session: inbox.forget_before(session, NOW + hours(1)))
    assert [await admit(store, id) for id in ("read", "unread", "new")] == [True, False, False]
