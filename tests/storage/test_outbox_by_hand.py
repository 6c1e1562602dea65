"""What was parked or put off: is it all there to be seen, and is what a person says of it done?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.effects import Attest, TellPipeline
from bot.domain.events import Reported
from bot.domain.lifecycle import begin
from bot.domain.signoff import Status
from storage import audit, destinations, looking, outbox, parcels, reading, recording
from storage.destinations import TOO_MANY
from storage.parcels import Outbox, Which
from storage.store import Session, Store
from tests.builders import NOW, FakeClock, a_change, hours, minutes, opened

LEASE = timedelta(seconds=60)
TELL = TellPipeline(Status.APPROVED)


async def promise(store: Store, number: int, lane: str = "ci") -> None:
    """One of a signoff that is there."""

    def unit(session: Session) -> None:
        change = a_change(connection=lane, key=str(number), repository=f"acme/payments-{number}")
        event = opened(signoff_id=f"sgn_{number}", change=change)
        recording.insert(session, event, begin(event))
        signoff = reading.signoff(session, f"sgn_{number}")
        assert signoff is not None
        recording.promise(session, signoff, [TELL], NOW)

    await store.write(unit)


async def claim(store: Store, now: datetime = NOW) -> list[outbox.Item]:
    return list(await store.write(lambda s: outbox.claim(s, now, now + LEASE, {})))


async def parked(store: Store, *numbers: int, lane: str = "ci") -> None:
    for number in numbers:
        await promise(store, number, lane)
    for item in await claim(store):
        await store.write(lambda session, it=item: outbox.park(session, it, "HTTP 410"))


async def put_off(store: Store, *numbers: int, lane: str = "ci") -> None:
    for number in numbers:
        await promise(store, number, lane)
    for item in await claim(store):
        await store.write(
            lambda session, it=item: outbox.retry_later(session, it, NOW + hours(9), "HTTP 500")
        )


async def listed(store: Store, limit: int = 200) -> Outbox:
    return await store.read(lambda session: parcels.listed(session, limit))


async def retry(store: Store, **which: object) -> int:
    return await store.write(lambda s: parcels.retry(s, Which(**which)))  # type: ignore[arg-type]


async def drop(store: Store, id: int) -> str:
    return await store.write(lambda session: parcels.drop(session, id, "they asked again"))


async def test_what_is_parked_is_shown_and_then_what_was_put_off(store: Store) -> None:
    await put_off(store, 1)
    await parked(store, 2)
    await promise(store, 3)
    found = await listed(store)
    assert [(it.signoff_id, it.state, it.attempts, it.error) for it in found.parcels] == [
        ("sgn_2", "parked", 1, "HTTP 410"),
        ("sgn_1", "waiting", 1, "HTTP 500"),
    ]
    assert {it.what for it in found.parcels} == {"tell_pipeline approved"}
    (place,) = found.destinations
    assert (place.name, place.waiting, place.parked) == ("ci", 2, 1)


async def test_what_is_being_tried_is_shown_as_such(store: Store, clock: FakeClock) -> None:
    await put_off(store, 1)
    clock.go_on(hours(9))
    await claim(store, clock())
    assert [it.state for it in (await listed(store)).parcels] == ["under way"]


async def test_it_can_be_looked_at_beside_who_uses_it(store: Store, database_url: str) -> None:
    await parked(store, 1)
    found = looking.look(database_url, parcels.listed)
    assert [it.signoff_id for it in found.parcels] == ["sgn_1"]


async def test_of_very_many_some_are_shown(store: Store) -> None:
    await parked(store, *range(5))
    found = await listed(store, limit=3)
    assert (len(found.parcels), found.more) == (3, 2)


async def test_how_a_destination_does_is_shown_though_nothing_waits_for_it(store: Store) -> None:
    await store.write(
        lambda s: destinations.failed(s, "ci", "down", NOW, lambda _: minutes(1), alone=False)
    )
    (place,) = (await listed(store)).destinations
    assert (place.name, place.how.failures, place.how.error) == ("ci", 1, "down")


async def test_what_is_retried_is_due_now_and_has_three_more_days(
    store: Store, clock: FakeClock
) -> None:
    await parked(store, 1, 2)
    now = clock.go_on(hours(100))
    (one, _) = (await listed(store)).parcels
    assert await retry(store, ids=(one.id,)) == 1
    (item,) = await claim(store, now)
    assert (item.id, item.attempts, item.since) == (one.id, 0, now)


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"destination": "ci"}, 2),
        ({"destination": "other"}, 1),
        ({"destination": "unknown"}, 0),
        ({"all_parked": True}, 2),
        ({"ids": (999,)}, 0),
        ({}, 0),
    ],
)
async def test_which_are_retried(store: Store, which: dict[str, object], count: int) -> None:
    await parked(store, 1)
    await parked(store, 2, lane="other")
    await put_off(store, 3)
    assert await retry(store, **which) == count
    assert len(await claim(store)) == count


async def test_a_retry_does_not_wait_for_a_destination_that_is_left_alone(store: Store) -> None:
    await parked(store, 1)

    def close(session: Session) -> None:
        for _ in range(TOO_MANY):
            destinations.failed(session, "ci", "down", NOW, lambda _: hours(1), alone=False)

    await store.write(close)
    await retry(store, all_parked=True)
    assert len(await claim(store)) == 1


async def test_what_is_dropped_is_gone_and_the_trail_says_why(store: Store) -> None:
    await parked(store, 1)
    (one,) = (await listed(store)).parcels
    assert await drop(store, one.id) == ""
    assert await store.read(outbox.backlog) == {}
    *_, last = await store.read(lambda session: audit.trail(session, "sgn_1"))
    assert isinstance(last, Reported)
    assert not last.report.accepted
    assert last.report.detail == "given up by hand: they asked again"
    assert await store.read(audit.verify) is None


async def test_what_is_still_tried_is_not_dropped(store: Store) -> None:
    await put_off(store, 1)
    (one,) = (await listed(store)).parcels
    assert await drop(store, one.id) == f"{one.id} is not parked: it is still being tried"
    assert await store.read(outbox.backlog) == {"waiting": 1}


async def test_what_is_not_there_is_not_dropped(store: Store) -> None:
    assert await drop(store, 999) == "there is no 999 in the outbox"


async def test_an_attestation_that_is_dropped_was_no_report(store: Store) -> None:
    def unit(session: Session) -> None:
        event = opened(signoff_id="sgn_1")
        recording.insert(session, event, begin(event))
        signoff = reading.signoff(session, "sgn_1")
        assert signoff is not None
        recording.promise(session, signoff, [Attest()], NOW)

    await store.write(unit)
    (item,) = await claim(store)
    await store.write(lambda session: outbox.park(session, item, "no key"))
    assert await drop(store, item.id) == ""
    assert len(await store.read(lambda session: audit.trail(session, "sgn_1"))) == 1
