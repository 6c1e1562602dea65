"""From what a pipeline tells, by counting, to the sign-off that an incident is of; and to the figures."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from bot.engine.counting import Counting
from storage.store import Session
from storage.tables import table
from tests.builders import minutes
from tests.engine.house import House, a_house
from tests.outcomes.test_incidents import a_telling, check_replay, how, now, outcomes_of, shipped


def counting_of(house: House) -> Counting:
    return Counting(store=house.store)


async def failed(house: House) -> dict[str, str]:
    def look(session: Session) -> dict[str, str]:
        rows = table("counted").c
        found = session.connection().execute(select(rows.signoff_id, rows.failed_how)).all()
        return {str(id): str(by) for id, by in found}

    return await house.store.read(look)


async def test_what_counting_saw_is_what_is_linked_and_counted(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        outcomes, counting = outcomes_of(house), counting_of(house)
        one = await shipped(house, "1")
        house.clock.go_on(minutes(5))
        await outcomes.open(a_telling())
        await counting.beat()
        await outcomes.beat()
        assert how(await now(outcomes)) == {one.id: "nearby"}
        await counting.beat()
        assert await failed(house) == {one.id: "nearby"}
        await outcomes.strike("inc_1", one.id, "ada")
        await counting.beat()
        assert await failed(house) == {one.id: ""}
        await check_replay(house)
