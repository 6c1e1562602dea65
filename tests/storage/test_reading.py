"""What is known, and is it read as it was written?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.domain.events import Event, Opened
from bot.domain.lifecycle import advance, begin
from bot.domain.signoff import Signoff, Status
from storage import documents, reading, recording, searching
from storage.recording import KeyTaken
from storage.store import Session, Store
from tests.builders import (
    NOW,
    a_change,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    minutes,
    opened,
    reassessed,
    rejects,
    reported,
    time_passes,
)


async def insert(store: Store, number: int, **facts: Any) -> Signoff:
    at = facts.pop("at", NOW)
    change = a_change(**{"key": f"k{number}", **facts})
    event: Opened = opened(signoff_id=f"sgn_{number}", change=change, at=at)
    await store.write(lambda session: recording.insert(session, event, begin(event)))
    return begin(event).signoff


async def update(store: Store, signoff: Signoff, event: Event) -> Signoff:
    step = advance(signoff, event)
    await store.write(lambda session: recording.update(session, event, step))
    return step.signoff


def next_deadline(session: Session) -> datetime | None:
    return reading.next_deadline(session, NOW - hours(1))


async def ask(store: Store, query: Any, *facts: Any) -> Any:
    return await store.read(lambda session: query(session, *facts))


@pytest.mark.parametrize(
    "signoff",
    [
        a_signoff(),
        a_signoff(an_ask(0)),
        after(a_signoff(an_ask(2)), approves("ada", reason="größer"), reassessed(an_ask(2))),
        after(
            a_signoff(), time_passes(NOW + hours(1)), rejects("pat", at=NOW + hours(2)), reported()
        ),
    ],
    ids=["pending", "not required", "reassessed", "rejected"],
)
def test_a_signoff_is_read_as_it_was_written(signoff: Signoff) -> None:
    assert documents.read_signoff(documents.write_signoff(signoff)) == signoff


def test_the_same_change_has_the_same_digest_and_another_has_not() -> None:
    same = documents.digest_of_change(a_change())
    assert documents.digest_of_change(a_change()) == same
    assert documents.digest_of_change(a_change(title="other")) != same


async def test_by_id(store: Store) -> None:
    signoff = await insert(store, 1)
    assert await ask(store, reading.signoff, "sgn_1") == signoff
    assert await ask(store, reading.signoff, "sgn_2") is None


async def test_what_was_told_of_under_the_same_key(store: Store) -> None:
    signoff = await insert(store, 1)
    await insert(store, 2, environment="staging")
    before = await ask(store, reading.before, signoff.change)
    assert (before.known, before.older) == (signoff, ())
    assert before.digest == documents.digest_of_change(signoff.change)
    for other in ({"key": "k3"}, {"key": "k1", "connection": "github"}):
        assert (await ask(store, reading.before, a_change(**other))).known is None


async def test_a_decided_one_is_still_known_by_its_key(store: Store) -> None:
    decided = await update(store, await insert(store, 1), approves("ada"))
    assert (await ask(store, reading.before, decided.change)).known == decided


async def test_a_key_is_taken_once_and_the_second_leaves_nothing(store: Store) -> None:
    first = await insert(store, 1)
    with pytest.raises(KeyTaken):
        await insert(store, 2, key="k1")
    assert await ask(store, searching.recent) == [first]
    assert await ask(store, searching.named, "k1") == [first]


async def test_what_a_newer_change_supersedes(store: Store) -> None:
    old = await insert(store, 1)
    decided = await insert(store, 2)
    await update(store, decided, approves("ada"))
    await insert(store, 3, repository="acme/website")
    await insert(store, 4, environment="staging")
    await insert(store, 5, connection="github")
    before = await ask(store, reading.before, a_change(key="new"))
    assert (before.known, before.older) == (None, (old,))


async def test_what_waits_and_what_came_last(store: Store) -> None:
    signoffs = [await insert(store, n, at=NOW + minutes(n)) for n in range(4)]
    await update(store, signoffs[1], approves("ada"))
    assert [s.id for s in await ask(store, searching.pending)] == ["sgn_0", "sgn_2", "sgn_3"]
    assert [s.id for s in await ask(store, searching.recent, 3)] == ["sgn_3", "sgn_2", "sgn_1"]


async def test_all_that_waits_is_found_however_many(store: Store) -> None:
    def fill(session: Session) -> None:
        for number in range(1100):
            event = opened(signoff_id=f"sgn_{number:04}", change=a_change(key=f"k{number}"))
            recording.insert(session, event, begin(event))

    await store.write(fill)
    pending = await ask(store, searching.pending)
    assert [s.id for s in pending] == [f"sgn_{number:04}" for number in range(1100)]


async def test_what_somebody_reviewed_newest_first(store: Store) -> None:
    for number, person in enumerate(("ada", "grace", "ada", "ada")):
        signoff = await insert(store, number, at=NOW + minutes(number))
        await update(store, signoff, approves(person, at=NOW + hours(1)))
    await insert(store, 4, title='"person":"ada","verdict":"approve"', at=NOW + hours(1))
    await insert(store, 5, description='{"person":"ada","verdict":"approve"}', at=NOW + hours(1))
    reviewed = await ask(store, searching.reviewed_by, "ada", NOW, 10)
    assert [s.id for s in reviewed] == ["sgn_3", "sgn_2", "sgn_0"]
    reviewed = await ask(store, searching.reviewed_by, "ada", NOW + minutes(1), 1)
    assert [s.id for s in reviewed] == ["sgn_3"]
    assert await ask(store, searching.reviewed_by, "ada", NOW + hours(1), 10) == []
    assert await ask(store, searching.reviewed_by, "a%", NOW, 10) == []


async def test_what_expired_and_may_be_of_somebody(store: Store) -> None:
    expired = await update(store, await insert(store, 1), time_passes(NOW + hours(9)))
    assert expired.status is Status.EXPIRED
    await update(store, await insert(store, 2), approves("ada"))
    assert await ask(store, searching.expired_of, "jun", NOW) == [expired]
    assert await ask(store, searching.expired_of, "jun", NOW + minutes(1)) == []
    assert await ask(store, searching.expired_of, "kim", NOW) == []


async def test_what_is_due_the_longest_overdue_first(store: Store) -> None:
    for number, at in ((1, NOW), (2, NOW - minutes(5)), (3, NOW + hours(1))):
        event = opened(signoff_id=f"sgn_{number}", change=a_change(key=f"k{number}"), at=at)
        moved = tuple(replace(d, at=d.at - NOW + at) for d in event.requirement.deadlines)
        event = replace(event, requirement=replace(event.requirement, deadlines=moved))
        await store.write(lambda s, event=event: recording.insert(s, event, begin(event)))
    assert await ask(store, reading.due, NOW + minutes(9)) == []
    assert await ask(store, next_deadline) == NOW + minutes(10)
    assert await ask(store, reading.due, NOW + minutes(50)) == ["sgn_2", "sgn_1"]
    assert await ask(store, reading.due, NOW + minutes(50), (), 1) == ["sgn_2"]
    assert await ask(store, reading.due, NOW + minutes(50), ["sgn_2"]) == ["sgn_1"]


async def test_deadlines_follow_the_signoff(store: Store) -> None:
    signoff = await insert(store, 1)
    signoff = await update(store, signoff, time_passes(NOW + minutes(20)))
    assert await ask(store, next_deadline) == NOW + minutes(45)
    signoff = await update(store, signoff, reassessed(at=NOW + minutes(50)))
    assert await ask(store, next_deadline) == NOW + hours(1)
    await update(store, signoff, rejects("ada", policy_digest="sha256:policy-2"))
    assert await ask(store, next_deadline) is None


async def test_an_envelope_is_kept_and_the_newest_counts(store: Store) -> None:
    assert await ask(store, reading.envelope, "sgn_1") is None
    for text in ("one", "two"):
        await store.write(lambda s, text=text: reading.keep_envelope(s, "sgn_1", text))
    assert await ask(store, reading.envelope, "sgn_1") == "two"


async def test_names_are_no_patterns(store: Store) -> None:
    await insert(store, 1, key="a%b")
    assert await ask(store, searching.named, "a_b") == []
    assert len(await ask(store, searching.named, "a%b")) == 1
    assert len(await ask(store, searching.named, "")) == 1
