"""Is nobody asked more often in a day of theirs than is enough, where others can be asked?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.asking.budgets import Budgets
from bot.domain.signoff import Signoff, Status
from tests.builders import PAYMENTS, a_change, a_person, hours, minutes, with_person
from tests.builders import ROSTER as USUAL
from tests.engine.house import House, a_house

ROSTER = with_person(
    with_person(
        with_person(USUAL, a_person("cy", timezone="Asia/Tokyo"), PAYMENTS),
        a_person("ada"),
    ),
    a_person("dee"),
    PAYMENTS,
)
"""Four seniors for payments, one of them in Tokyo, where the day ends at three in the afternoon."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, roster=ROSTER, budgets=Budgets(per_day=2)) as made:
        yield made


async def ask(house: House, number: int) -> Signoff:
    change = a_change(key=f"k{number}", repository=f"acme/payments-{number}")
    return (await house.signoffs.open(change)).signoff


async def had(house: House, changes: int) -> dict[str, int]:
    """How often each was asked, for so many changes."""
    found = dict.fromkeys(("ada", "grace", "cy", "dee"), 0)
    for number in range(changes):
        for person in (await ask(house, number)).asked:
            found[person] += 1
        house.clock.go_on(minutes(1))
    return found


async def test_all_have_their_share_and_nobody_more(house: House) -> None:
    """Whose turn it would be a third time is left in peace, though cy is asleep."""
    found = await had(house, 4)
    assert found == {"ada": 2, "grace": 2, "dee": 2, "cy": 1}


async def test_the_twin_without_a_budget_asks_those_who_are_at_work(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ROSTER) as house:
        assert max((await had(house, 4)).values()) > 2


async def test_once_all_have_had_theirs_changes_are_answered_all_the_same(house: House) -> None:
    await had(house, 5)
    last = await ask(house, 99)
    assert len(last.asked) == 2
    assert last.invited[0].why[0] == "has had 2 today, but too few others may sign"
    assert (await house.review(last, "grace")).status is Status.APPROVED


async def test_who_has_had_enough_may_decide_whatever_they_like(house: House) -> None:
    await had(house, 3)
    for number in (50, 51, 52, 53):
        signoff = await ask(house, number)
        assert (await house.review(signoff, "ada")).status is Status.APPROVED


async def test_who_looks_why_somebody_is_not_asked_is_told(house: House) -> None:
    await had(house, 4)
    (choice,) = (await house.board.explained(await ask(house, 99))).choices
    whys = {it.person: it.why for it in choice.passed_over}
    assert "has had 2 today" in whys.values()


async def test_a_new_day_begins_where_they_live(house: House) -> None:
    """At three in the afternoon of London it is tomorrow in Tokyo."""
    await had(house, 4)
    house.clock.go_on(hours(5))
    (choice,) = (await house.board.explained(await ask(house, 98))).choices
    whys = {it.person: it.why for it in choice.passed_over}
    assert not whys.get("cy", "").startswith("has had")
    assert sorted(whys[it] for it in ("ada", "grace", "dee") if it in whys)[-1].startswith(
        "has had"
    )


async def test_without_budgets_nothing_is_counted(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ROSTER) as house:
        await had(house, 12)
        (choice,) = (await house.board.explained(await ask(house, 99))).choices
        assert not [it for it in choice.passed_over if it.why.startswith("has had")]


@pytest.mark.parametrize(("own", "most"), [(1, 1), (2, 2)])
async def test_a_person_may_have_a_budget_of_their_own(tmp_path: Path, own: int, most: int) -> None:
    budgets = Budgets(per_day=2, people={"ada": own})
    async with a_house(tmp_path, roster=ROSTER, budgets=budgets) as house:
        assert (await had(house, 3))["ada"] <= most
