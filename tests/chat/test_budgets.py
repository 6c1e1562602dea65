"""Do people read why somebody who has had enough is not asked, and why they are all the same?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.asking.budgets import Budgets
from bot.domain.signoff import Status
from tests.chat.asking import said
from tests.chat.house import APPROVE, House, a_house
from tests.chat.test_details import read


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ada may be asked once a day, and Grace as often as it is her turn."""
    async with a_house(tmp_path, budgets=Budgets(people={"ada": 1})) as made:
        yield made


async def test_who_looks_reads_why_somebody_is_passed_over(house: House) -> None:
    first = await house.ask()
    assert set(first.asked) == {"ada", "grace"}
    second = await house.ask(key="k2", repository="acme/payments-2")
    assert second.asked == ("grace",)
    assert "has had 1 today" in await said(house, "U0GRACE", f"who {second.id}")
    assert "has had 1 today" in await read(house, "U0GRACE")


async def test_who_has_had_enough_may_decide_all_the_same(house: House) -> None:
    await house.ask()
    second = await house.ask(key="k2", repository="acme/payments-2")
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(second)).status is Status.APPROVED


async def test_who_is_asked_all_the_same_reads_why(tmp_path: Path) -> None:
    async with a_house(tmp_path, budgets=Budgets(per_day=1)) as house:
        await house.ask()
        second = await house.ask(key="k2", repository="acme/payments-2")
        assert set(second.asked) == {"ada", "grace"}
        why = await said(house, "U0ADA", f"status {second.id}")
        assert "has had 1 today, but too few others may sign" in why
