"""Visits and security keys, as both databases keep them."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.house_events import PasskeyAdded, PasskeyRemoved
from bot.engine.letting_in import let_in_by_hand, take_away_by_hand
from bot.engine.stepping_up import Used, use
from storage import audit, passkeys, visits
from storage.passkeys import Passkey, State
from storage.store import Store
from storage.visits import Visit
from tests.builders import NOW, FakeClock, minutes
from tests.vouching import VOUCHING

KEY = Passkey(
    id="abc",
    person="ada",
    public_key="a2V5",
    sign_count=7,
    label="blue",
    at=NOW,
    state=State.WAITING,
)
HERE = Visit(
    id="hash",
    stage="here",
    until=NOW + minutes(5),
    nonce="secret",
    person="ada",
    subject="sub",
    csrf="token",
    signed_in_at=NOW,
)


async def test_a_visit_is_as_it_was_until_it_is_over(store: Store, clock: FakeClock) -> None:
    await store.write(lambda session: visits.put(session, HERE, clock()))
    assert await store.read(lambda session: visits.of(session, "hash", clock())) == HERE
    assert await store.read(lambda session: visits.of(session, "other", clock())) is None
    clock.go_on(minutes(5))
    assert await store.read(lambda session: visits.of(session, "hash", clock())) is None


async def test_what_is_over_is_forgotten_by_the_way(store: Store, clock: FakeClock) -> None:
    await store.write(lambda session: visits.put(session, HERE, clock()))
    at = clock.go_on(minutes(5))
    new = replace(HERE, id="new", until=at + minutes(5))
    await store.write(lambda session: visits.put(session, new, at))
    assert await store.read(lambda session: visits.of(session, "hash", NOW)) is None
    await store.write(lambda session: visits.end(session, "new"))
    assert await store.read(lambda session: visits.of(session, "new", at)) is None


async def test_a_key_is_kept_once_and_let_in_once(store: Store) -> None:
    assert await store.write(lambda session: passkeys.add(session, KEY))
    assert not await store.write(lambda session: passkeys.add(session, replace(KEY, person="eve")))
    assert await store.read(lambda session: passkeys.get(session, "abc")) == KEY
    assert await store.read(passkeys.waiting) == [KEY]
    let_in = await let_in_by_hand(store, VOUCHING, "abc")
    assert isinstance(let_in, Passkey)
    assert (let_in.state, let_in.by) == (State.ACTIVE, "operator")
    again = await let_in_by_hand(store, VOUCHING, "abc")
    assert not isinstance(again, Passkey)
    assert await store.read(passkeys.waiting) == []


async def test_it_counts_forwards_only_and_for_its_owner(store: Store) -> None:
    async def refused(person: str, count: int) -> bool:
        used = Used(person=person, credential="abc", sign_count=count)
        return await store.write(lambda session: use(session, used, VOUCHING)) is not None

    await store.write(lambda session: passkeys.add(session, KEY))
    assert await refused("ada", 8)  # it waits
    await let_in_by_hand(store, VOUCHING, "abc")
    assert await refused("eve", 8)
    assert await refused("ada", 7)
    assert await refused("ada", 0)
    assert not await refused("ada", 8)
    assert await refused("ada", 8)
    await store.write(lambda session: take_away_by_hand(session, "abc"))
    assert await refused("ada", 9)


async def test_the_trail_holds_and_tells_of_keys(store: Store) -> None:
    await store.write(lambda session: passkeys.add(session, KEY))
    await let_in_by_hand(store, VOUCHING, "abc")
    await store.write(lambda session: take_away_by_hand(session, "abc"))
    added, removed = await store.read(audit.of_house)
    assert isinstance(added, PasskeyAdded)
    assert isinstance(removed, PasskeyRemoved)
    assert added.key_digest.startswith("sha256:")
    assert await store.read(audit.verify) is None
