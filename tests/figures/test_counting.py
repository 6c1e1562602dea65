"""Are the figures those of the trail, whatever happens while it is counted?"""

from __future__ import annotations

import logging
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from bot.domain.change import FileChange
from bot.engine import counting
from bot.engine.counting import Counting
from storage import counted, counted_looking
from storage.counted_looking import next_turn
from storage.store import Store
from tests.builders import FakeClock
from tests.figures.lived import World, as_counted, by_the_oracle, facts_of_names
from tests.laws.lives import a_life

SINCE = 0


@pytest.fixture
async def store(database_url: str) -> Any:
    made = Store(database_url, clock=FakeClock())
    yield made
    await made.close()


@pytest.fixture
def world() -> World:
    return World(Random(8))  # noqa: S311 -- an invented past


async def count(store: Store, it: Counting | None = None) -> None:
    it = it or Counting(store=store)
    while await it.turn():
        pass


async def is_true(store: Store) -> None:
    """What stands there is what the trail says, to the last cell."""
    found, wanted = await store.read(as_counted), await store.read(by_the_oracle)
    assert found.rows == wanted.rows
    assert found.names == wanted.names
    assert found.cells == wanted.cells
    assert await store.read(facts_of_names) == []


async def sql(store: Store, said: str) -> list[Any]:
    def unit(session: Session) -> list[Any]:
        done = session.execute(text(said))
        return list(done) if done.returns_rows else []

    return await store.write(unit)


@pytest.mark.parametrize("seed", range(3))
async def test_grown_is_rebuilt_is_what_the_trail_says(database_url: str, seed: int) -> None:
    store, random = Store(database_url, clock=FakeClock()), Random(seed)  # noqa: S311
    world, it = World(random), Counting(store=store, signoffs=random.choice((1, 3, 10)))
    for _ in range(4):
        await store.write(world.go_on)
        for _ in range(random.randrange(5)):
            await it.turn()
    await count(store, it)
    await is_true(store)
    grown = await store.read(as_counted)
    assert len(grown.rows) == world.opened > 40
    await store.write(counted.count_anew)
    assert await store.read(as_counted) == grown
    await store.close()


async def test_nothing_is_lost_where_it_is_killed_between_looking_and_writing(
    store: Store, world: World
) -> None:
    await count(store)
    await store.write(world.go_on)
    turn = await store.read(lambda session: next_turn(session, SINCE))
    assert turn is not None

    def killed(session: Session) -> None:
        counted.keep(session, turn)
        raise KeyError

    with pytest.raises(KeyError):
        await store.write(killed)
    assert (await store.read(as_counted)).rows == {}
    await count(store)
    await is_true(store)


async def test_of_two_processes_one_counts_and_tells(store: Store, world: World) -> None:
    told: list[str] = []
    pair = [Counting(store=store, decided=lambda status, *_: told.append(status)) for _ in range(2)]
    for it in pair:
        await it.turn()
    await store.write(world.go_on)
    looked = [await store.read(it._look) for it in pair]
    kept = [await store.write(lambda session, t=t: counted.keep(session, t)) for t in looked]
    assert kept == [True, False]
    again = await store.read(pair[1]._look)
    assert again is None or again.since == looked[0].until  # type: ignore[union-attr]
    for it in pair * 20:
        await it.turn()
    await is_true(store)


async def test_each_end_is_told_once_and_nothing_that_was_before(
    store: Store, world: World
) -> None:
    await store.write(world.go_on)
    told: list[tuple[Any, ...]] = []
    pair = [Counting(store=store, decided=lambda *it: told.append(it)) for _ in range(2)]
    for it in pair * 10:
        await it.turn()
    assert told == []
    before = await sql(store, "SELECT signoff_id FROM counted WHERE status <> 'pending'")
    await store.write(world.go_on)
    for it in pair * 10:
        await it.turn()
    ended = await sql(
        store, "SELECT signoff_id, status, tier FROM counted WHERE status <> 'pending'"
    )
    new = sorted((status, tier) for id, status, tier in ended if (id,) not in before)
    assert sorted((status, tier) for status, tier, *_ in told) == new
    assert all((seconds is not None) for status, _, seconds, _ in told if status == "expired")
    number = len(told)
    await store.write(counted.forget_some)
    for it in pair * 10:
        await it.turn()
    assert len(told) == number


async def test_what_comes_meanwhile_is_counted_next(store: Store, world: World) -> None:
    await count(store)
    await store.write(world.go_on)
    turn = await store.read(lambda session: next_turn(session, SINCE))
    assert turn is not None
    await store.write(lambda session: [world.look_back(session) for _ in range(20)])
    assert await store.write(lambda session: counted.keep(session, turn))
    await count(store)
    await is_true(store)


async def test_one_that_cannot_be_read_stops_nothing(
    store: Store, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await store.write(world.go_on)
    await sql(store, "UPDATE signoff SET document = '{}' WHERE id = 'sgn_3'")
    with caplog.at_level(logging.ERROR):
        await count(store)
    assert "sgn_3 cannot be read" in caplog.text
    found, wanted = await store.read(as_counted), await store.read(by_the_oracle)
    assert found.rows.keys() == wanted.rows.keys()
    assert found.rows["sgn_3"]["status"] == wanted.rows["sgn_3"]["status"]
    others = wanted.rows.keys() - {"sgn_3"}
    assert {it: found.rows[it] for it in others} == {it: wanted.rows[it] for it in others}
    assert not any(id == "sgn_3" for *_, id in found.names)


async def test_whoever_counts_in_another_way_begins_anew_in_small_steps(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.write(world.go_on)
    await count(store)
    await sql(store, "UPDATE counted SET status = 'x'")
    await sql(store, "INSERT INTO daily (sort, name, day) VALUES ('a sort of before', 'x', 1)")
    monkeypatch.setattr(counted, "MADE", 2)
    monkeypatch.setattr(counted_looking, "MADE", 2)
    forget = counted.forget_some
    steps: list[bool] = []
    monkeypatch.setattr(
        counted, "forget_some", lambda session: steps.append(forget(session, 5)) or steps[-1]
    )
    await count(store)
    assert steps[-1]
    assert len(steps) > 5
    await is_true(store)


async def test_one_of_a_newer_version_is_left_alone(store: Store, world: World) -> None:
    """While servers are exchanged one by one, the old ones must not undo what the new one does."""
    await store.write(world.go_on)
    await count(store)
    await sql(store, "UPDATE mark SET made = made + 1")
    before = await store.read(as_counted)
    await store.write(world.go_on)
    await count(store)
    assert await store.read(as_counted) == before


async def test_whatever_comes_from_outside_is_counted(store: Store, world: World) -> None:
    """Names that no index takes, letters that no text takes, more lines than there are numbers."""
    long = "é" * 5_000
    files = (
        FileChange(path=f"{long}/{long}/x", additions=2**62),
        FileChange(path="a\0b/c/d", deletions=2**62),
    )
    await store.write(lambda session: world.open(session, files=files))
    await count(store)
    [(lines,)] = await sql(store, "SELECT lines FROM counted")
    assert lines == 2**31 - 1
    names = await sql(store, "SELECT name FROM counted_name WHERE sort = 'path'")
    assert sorted(len(name) for (name,) in names) == [5, 200]


async def test_what_is_no_longer_so_leaves_its_sums(store: Store, world: World) -> None:
    """Counted after each single entry; of a life in which evidence and policy change."""
    it = Counting(store=store)
    for _ in range(12):
        step = await store.write(world.begin)
        for make in a_life(world.random.choice):
            event = make(step.signoff)
            await count(store, it)
            step = await store.write(lambda session, s=step, e=event: world.happen(session, s, e))
    await count(store, it)
    await is_true(store)


async def test_while_it_catches_up_each_signoff_is_counted_once(store: Store, world: World) -> None:
    await store.write(lambda session: [world.open(session) for _ in range(40)])
    await count(store, Counting(store=store, signoffs=1))  # it has begun
    await store.write(counted.forget_some)
    rows = 0
    while turn := await store.read(lambda session: next_turn(session, SINCE, 3)):
        rows += len(turn.rows)
        assert await store.write(lambda session, t=turn: counted.keep(session, t))
    [(entries,)] = await sql(store, "SELECT count(*) FROM audit")
    assert rows == 40 < entries
    await is_true(store)


async def test_a_beat_goes_on_until_all_is_counted(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "BETWEEN", 0)
    await store.write(world.go_on)
    it = Counting(store=store, signoffs=2)
    await it.beat()
    await is_true(store)
    monkeypatch.setattr(counting, "A_BEAT", 0)
    await store.write(world.go_on)
    await it.beat()
    assert await store.read(lambda session: next_turn(session, SINCE)) is not None
