"""Is it kept who opened the evidence in Slack, and of nobody else?"""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.signoff import Signoff
from bot.playground.faults import Fault
from storage import glances
from tests.builders import minutes
from tests.chat.house import APPROVE, DETAILS, EVE, House


async def seen(house: House, signoff: Signoff, person: str = "ada") -> datetime | None:
    """Once all is done that was begun behind Slack's back."""
    await house.room._errands.finish()
    return await house.store.read(lambda session: glances.first(session, signoff.id, person))


async def test_who_opens_the_details_and_then_approves_has_looked(house: House) -> None:
    signoff = await house.ask()
    looked = house.clock.go_on(minutes(3))
    await house.slack.click("U0ADA", house.card(), DETAILS)
    assert await seen(house, signoff) == looked
    house.clock.go_on(minutes(4))
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(signoff)).reviews[-1].looked_at == looked


async def test_who_approves_at_once_has_not(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(signoff)).reviews[-1].looked_at is None


async def test_all_that_is_known_of_one_is_its_evidence_as_well(house: House) -> None:
    signoff = await house.ask()
    await house.slack.command("U0ADA", "/signoff", f"status {signoff.id}", channel="C0PAY")
    assert await seen(house, signoff)


@pytest.mark.parametrize("said", ["status {} --share", "status", "mine", "who {}"])
async def test_what_a_channel_reads_or_a_list_says_was_opened_by_nobody(
    house: House, said: str
) -> None:
    signoff = await house.ask()
    await house.slack.command("U0ADA", "/signoff", said.format(signoff.id), channel="C0PAY")
    assert await seen(house, signoff) is None


async def test_what_slack_did_not_open_was_not_looked_at(house: House) -> None:
    signoff = await house.ask()
    house.slack.fail("views.open", Fault.ERROR("expired_trigger_id"), times=None)
    await house.slack.click("U0ADA", house.card(), DETAILS)
    assert await seen(house, signoff) is None


async def test_of_who_is_nobody_we_know_nothing_is_kept(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click(EVE.id, house.card(), DETAILS)
    assert [await seen(house, signoff, it) for it in ("", EVE.id, "eve")] == [None] * 3
