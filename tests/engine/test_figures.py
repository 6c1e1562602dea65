"""How did it go lately: of which span, of which group, and of how many?"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.signoff import Status, Verdict
from bot.engine.figures import Figuring
from tests.builders import PAYMENTS, PLATFORM, a_change, a_click, hours, minutes
from tests.engine.house import House


async def ask(house: House, number: int, **facts: Any) -> Any:
    change = a_change(key=f"k{number}", repository=f"acme/payments-{number}", **facts)
    opening = await house.signoffs.open(change)
    house.clock.go_on(minutes(10))
    return opening.signoff


async def test_what_was_opened_in_the_span_is_counted_whole(house: House) -> None:
    began = house.clock()
    for n in range(3):
        await ask(house, n)
    counted = await Figuring(house.store).since(began)
    assert (counted.opened, counted.looked_at, counted.figures.cases) == (3, 3, 3)
    assert counted.since == began


async def test_what_was_opened_before_is_not(house: House) -> None:
    await ask(house, 1)
    house.clock.go_on(hours(1))
    later = house.clock()
    await ask(house, 2)
    assert (await Figuring(house.store).since(later)).figures.cases == 1


async def test_of_more_than_are_looked_at_the_newest_count_and_it_is_known(house: House) -> None:
    began = house.clock()
    for n in range(4):
        signoff = await ask(house, n)
        if n < 2:
            await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    counted = await Figuring(house.store, looked_at=2).since(began)
    assert (counted.opened, counted.looked_at) == (4, 2)
    assert counted.figures.statuses == {Status.PENDING: 2}


@pytest.mark.parametrize(("group", "number"), [("", 2), (PAYMENTS, 2), (PLATFORM, 0), ("no", 0)])
async def test_a_group_has_figures_of_its_own(house: House, group: str, number: int) -> None:
    began = house.clock()
    for n in range(2):
        await ask(house, n)
    counted = await Figuring(house.store).since(began, group)
    assert counted.figures.cases == number
    assert counted.looked_at == 2
