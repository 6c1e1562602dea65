"""Does the Home tab show what waits for the one who opens it?"""

from __future__ import annotations

from bot.domain.signoff import Status
from bot.playground.faults import Fault
from tests.builders import minutes
from tests.chat.house import APPROVE, REJECT, House, words_in


async def page(house: House, user: str, word: str) -> str:
    await house.slack.open_home(user)
    await house.slack.wait_for(lambda: word in words_in(house.slack.home(user)))
    return words_in(house.slack.home(user))


async def test_it_shows_what_waits_for_me_what_i_asked_for_and_what_was_decided(
    house: House,
) -> None:
    await house.ask(title="Retry refunds")
    assert "“Retry refunds”" in await page(house, "U0ADA", "Retry refunds")
    mine = await page(house, "U0JUN", "What you asked for")
    assert "Nothing waits for you." in mine
    assert "“Retry refunds”" in mine
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert "Approved: acme/payments-api → production" in await page(house, "U0JUN", "Approved: ")


async def test_one_can_decide_there_and_the_page_is_drawn_anew(house: House) -> None:
    signoff = await house.ask()
    await page(house, "U0ADA", "Retry refunds")
    await house.slack.click_on_home("U0ADA", APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED
    await house.slack.wait_for(
        lambda: "Nothing waits for you." in words_in(house.slack.home("U0ADA"))
    )
    await house.settle()
    assert "Approved by Ada" in words_in(house.card().blocks)


async def test_one_can_reject_there_with_a_reason(house: House) -> None:
    signoff = await house.ask()
    await page(house, "U0ADA", "Retry refunds")
    await house.slack.click_on_home("U0ADA", REJECT)
    assert (await house.slack.submit("U0ADA", {"reason": "No tests."})).ok
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_a_refusal_there_is_told_there(house: House) -> None:
    await house.ask()
    await page(house, "U0GRACE", "Retry refunds")
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.slack.click_on_home("U0GRACE", APPROVE)
    modal = await house.slack.wait_for(lambda: house.slack.modal("U0GRACE"))
    assert modal is not None
    assert "already approved" in words_in(modal.blocks)


async def test_of_many_it_shows_twenty(house: House) -> None:
    for n in range(23):
        await house.ask(key=f"k{n}", repository=f"acme/payments-{n}")
    text = await page(house, "U0ADA", "and 3 more")
    assert text.count("Approve\n") == 20


async def test_a_stranger_reads_why_the_page_is_empty(house: House) -> None:
    assert "not in Countersign's roster" in await page(house, "U0EVE", "roster")


async def test_trouble_with_the_page_hurts_nobody(house: House) -> None:
    await house.ask()
    house.slack.fail("views.publish", Fault.SERVER_ERROR)
    answer = await house.slack.open_home("U0ADA")
    assert answer.status == 200
    house.clock.go_on(minutes(1))
    assert "Retry refunds" in await page(house, "U0ADA", "Retry refunds")


async def test_the_messages_tab_is_not_ours(house: House) -> None:
    answer = await house.slack.open_home("U0ADA", tab="messages")
    assert answer.status == 200
    assert house.slack.home("U0ADA") is None
