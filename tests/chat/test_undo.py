"""Can a person take back what they said, and the author what they asked for?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.slack import names
from bot.domain.signoff import Status, Verdict
from tests.builders import a_click, a_policy, a_rule, hours
from tests.chat.hand import Hand, subject_of
from tests.chat.house import APPROVE, House, a_house, words_in

SECONDS = timedelta(seconds=1)


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[House]:
    """Where an approval counts ten seconds after the click."""
    async with a_house(tmp_path, a_policy(grace=10 * SECONDS)) as house:
        yield house


async def test_one_click_approves_and_counts_once_the_time_is_over(patient: House) -> None:
    signoff = await patient.ask()
    await patient.slack.click("U0ADA", patient.card(), APPROVE)
    waiting = await patient.now(signoff)
    assert (waiting.status, waiting.settling is not None) == (Status.PENDING, True)
    assert patient.slack.modal("U0ADA") is None
    assert patient.slack.ephemerals("U0ADA") == []
    patient.clock.go_on(10 * SECONDS)
    await patient.signoffs.pass_deadlines()
    assert (await patient.now(signoff)).status is Status.APPROVED
    await patient.settle()
    assert [told.status for told in patient.pipeline.told] == [Status.APPROVED]


async def test_the_card_offers_to_undo_it_and_then_it_was_never_said(patient: House) -> None:
    signoff = await patient.ask()
    await patient.slack.click("U0ADA", patient.card(), APPROVE)
    await patient.settle()
    patient.clock.go_on(9 * SECONDS)
    await patient.slack.click("U0ADA", patient.card(), names.UNDO)
    back = await patient.now(signoff)
    assert (back.status, back.reviews, back.settling) == (Status.PENDING, (), None)
    patient.clock.go_on(hours(1))
    await patient.signoffs.pass_deadlines()
    await patient.settle()
    assert (await patient.now(signoff)).status is Status.PENDING
    assert patient.pipeline.told == []
    await patient.slack.click("U0ADA", patient.card(), APPROVE)
    assert (await patient.now(signoff)).settling is not None


async def test_nobody_undoes_what_somebody_else_said(patient: House) -> None:
    signoff = await patient.ask()
    await patient.slack.click("U0ADA", patient.card(), APPROVE)
    await patient.settle()
    await patient.slack.click("U0GRACE", patient.card(), names.UNDO)
    assert "no review of yours" in await patient.whispered("U0GRACE")
    assert [it.person for it in (await patient.now(signoff)).reviews] == ["ada"]


async def test_what_counts_already_is_not_undone(patient: House) -> None:
    signoff = await patient.ask()
    await patient.slack.click("U0ADA", patient.card(), APPROVE)
    await patient.settle()
    patient.clock.go_on(10 * SECONDS)
    await patient.slack.click("U0ADA", patient.card(), names.UNDO)
    assert await patient.whispered("U0ADA") == (
        "Too late: this sign-off is already approved. Ada decided it."
    )
    assert (await patient.now(signoff)).status is Status.APPROVED


async def test_the_same_click_delivered_after_an_undo_counts_for_nothing(patient: House) -> None:
    signoff = await patient.ask()
    first = await patient.slack.click("U0ADA", patient.card(), APPROVE)
    await patient.settle()
    await patient.slack.click("U0ADA", patient.card(), names.UNDO)
    again = await patient.slack.resend(first)
    assert again.status == 200
    assert (await patient.now(signoff)).reviews == ()
    assert "taken back since" in await patient.whispered("U0ADA", "taken back")


async def test_while_others_are_missing_a_review_is_taken_back_in_the_menu(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        await house.settle()
        await house.slack.choose("U0ADA", house.card(), names.MORE, names.TAKE_BACK)
        assert (await house.now(signoff)).reviews == ()
        assert "Taken back" in await house.whispered("U0ADA")


# Its author does not want it any more.


async def withdraw(house: House, user: str) -> None:
    signoff = (await house.board.pending())[0]
    await Hand(house=house, user=user).press(names.WITHDRAW, subject_of(signoff).pack())


@pytest.mark.parametrize(
    ("choice", "words", "kept"),
    [
        ("work", "", "Needs more work"),
        ("needless", "see the other one", "Not needed any more: see the other one"),
        ("other", "wrong branch", "wrong branch"),
    ],
)
async def test_the_author_withdraws_it_and_the_card_says_why(
    house: House, choice: str, words: str, kept: str
) -> None:
    signoff = await house.ask()
    await withdraw(house, "U0JUN")
    assert (await house.now(signoff)).status is Status.PENDING
    assert (await house.slack.submit("U0JUN", {"choice": choice, "reason": words})).ok
    gone = await house.now(signoff)
    assert (gone.status, gone.ended_by, gone.ended_why) == (Status.WITHDRAWN, "jun", kept)
    await house.settle()
    assert [told.status for told in house.pipeline.told] == [Status.WITHDRAWN]
    assert "Withdrawn by Jun" in words_in(house.card().blocks)


async def test_it_has_to_say_why(house: House) -> None:
    signoff = await house.ask()
    await withdraw(house, "U0JUN")
    answer = await house.slack.submit("U0JUN", {"choice": "other", "reason": "."})
    assert "say why" in answer.errors["reason"]
    assert (await house.now(signoff)).status is Status.PENDING


async def test_nobody_withdraws_what_others_made(house: House) -> None:
    signoff = await house.ask()
    await withdraw(house, "U0ADA")
    assert "Only somebody who had a part" in await house.whispered("U0ADA")
    packed = subject_of(signoff).pack()
    answer = await Hand(house=house, user="U0ADA").send(
        names.WITHDRAW_FORM, packed, choice=["time"], reason=""
    )
    assert "Only somebody who had a part" in answer.body
    assert (await house.now(signoff)).status is Status.PENDING
    await Hand(house=house, user="U0JUN").send(
        names.WITHDRAW_FORM, packed, choice=["time"], reason=""
    )
    assert (await house.now(signoff)).status is Status.WITHDRAWN


async def test_what_was_decided_meanwhile_is_not_withdrawn(house: House) -> None:
    signoff = await house.ask()
    await withdraw(house, "U0JUN")
    await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    await house.slack.submit("U0JUN", {"choice": "time"})
    modal = house.slack.modal("U0JUN")
    assert modal is not None
    assert "already approved. Ada decided it." in words_in(modal.blocks)
    assert (await house.now(signoff)).status is Status.APPROVED
    packed = subject_of(signoff).pack()
    await Hand(house=house, user="U0JUN").press(names.WITHDRAW, packed)
    assert "already approved" in await house.whispered("U0JUN", "already")


# In the details, which are drawn anew.


async def test_in_the_details_one_decides_and_undoes_it_and_they_say_so(patient: House) -> None:
    signoff = await patient.ask()
    await patient.slack.click("U0ADA", patient.card(), names.DETAILS)
    await patient.slack.click_in_modal("U0ADA", APPROVE)
    assert (await patient.now(signoff)).settling is not None
    await patient.slack.wait_for(lambda: names.UNDO in shown(patient, "U0ADA"))
    await patient.slack.click_in_modal("U0ADA", names.UNDO)
    assert (await patient.now(signoff)).settling is None
    await patient.slack.wait_for(lambda: names.APPROVE in shown(patient, "U0ADA"))
    assert patient.slack.ephemerals("U0ADA") == patient.slack.messages_to("U0ADA")[1:] == []


async def test_from_the_details_the_author_withdraws_it_and_they_say_so(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0JUN", house.card(), names.DETAILS)
    await house.slack.click_in_modal("U0JUN", names.WITHDRAW)
    assert (await house.slack.submit("U0JUN", {"choice": "newer"})).ok
    assert (await house.now(signoff)).status is Status.WITHDRAWN
    await house.slack.wait_for(lambda: names.WITHDRAW not in shown(house, "U0JUN"))
    assert "Another change takes its place" in shown(house, "U0JUN")


async def test_what_is_refused_in_the_details_is_said_on_top_of_them(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), names.DETAILS)
    await house.signoffs.review(a_click(signoff, "grace"), Verdict.APPROVE)
    await house.slack.click_in_modal("U0ADA", APPROVE)
    await house.slack.wait_for(lambda: "Not possible" in shown(house, "U0ADA"))
    assert "already approved. Grace decided it." in shown(house, "U0ADA")


def shown(house: House, user: str) -> str:
    """The window on top: its title, what it says, and the names of its buttons."""
    view = house.slack.modal(user)
    return str(view.body) if view else ""
