"""Does all that is done a thousand times a minute go straight to the driver, with one savepoint each?"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from bot.ports import CardRef, Unreachable
from tests.builders import FakeClock, minutes
from tests.engine.house import House, a_house_at


@pytest.fixture
async def house(database_url: str, clock: FakeClock) -> AsyncIterator[House]:
    """In which everything has been said once."""
    async with a_house_at(database_url, clock) as made:
        await made.dispatcher.prepare()
        await made.settle()
        yield made


@contextmanager
def said_slowly(house: House) -> Iterator[list[str]]:
    """What SQLAlchemy puts into SQL each time, but for how a transaction begins."""
    said: list[str] = []

    def listen(_: object, __: object, sql: str, ___: object, context: object, _____: bool) -> None:
        if context is not None and not sql.startswith(("BEGIN", "SET ")) and " turn" not in sql:
            said.append(sql)

    engines: tuple[Engine, ...] = (house.store._ground.writing, house.store._ground.reading)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", listen)


async def test_an_opening_is(house: House) -> None:
    await house.open(key="1")
    with said_slowly(house) as said:
        await house.open(key="2")
    assert said == []


async def test_a_click_is(house: House) -> None:
    signoff = await house.open()
    with said_slowly(house) as said:
        await house.review(signoff, on=CardRef("C0PAY", "m77"))
    assert said == []


async def test_a_delivery_is(house: House) -> None:
    await house.review(await house.open())
    with said_slowly(house) as said:
        await house.dispatcher.settle()
    assert house.pipeline.taken
    assert said == []


async def test_a_delivery_that_fails_is_until_it_is_taken(house: House) -> None:
    await house.review(await house.open())
    house.pipeline.answers = deque([Unreachable("down")] * 6)
    with said_slowly(house) as said:
        for _ in range(8):
            await house.dispatcher.settle()
            house.clock.go_on(minutes(30))
    assert house.pipeline.taken
    assert said == []


async def test_what_hangs_in_the_chat_is(house: House) -> None:
    signoff = await house.open()
    with said_slowly(house) as said:
        await house.reconciler.settle()
        await house.review(signoff)
        await house.reconciler.settle()
    assert house.chat.calls
    assert said == []


async def test_a_beat_is(house: House) -> None:
    await house.open()
    house.clock.go_on(timedelta(days=3))
    with said_slowly(house) as said:
        assert await house.board.next_due() is not None
        assert await house.signoffs.pass_deadlines() == 1
        await house.signoffs.reassess()
        await house.signoffs.stay()
        await house.intake.read_waiting()
    assert said == []


async def test_what_is_said_slowly_is_heard(house: House) -> None:
    with said_slowly(house) as said:
        await house.board.recent()
    assert len(said) == 1
