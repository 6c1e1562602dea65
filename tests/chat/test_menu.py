"""Does the menu of a card do what its words say?"""

from __future__ import annotations

import pytest

from bot.chat.slack import names
from bot.chat.slack.subjects import unpack
from bot.ports import CardRef
from tests.chat.hand import Hand, choose, modal, press, subject_of
from tests.chat.house import House


@pytest.mark.parametrize("beside", [[], ["", "{}", "[" * 1500], ["\ud800"]])
async def test_a_menu_alone_in_its_row_says_that_it_cannot_be_read(
    house: House, beside: list[str]
) -> None:
    signoff = await house.ask()
    hand = Hand(house=house, user="U0ADA")
    await hand.choose(names.MORE, names.INQUIRE, beside)
    assert "/signoff mine" in await house.whispered("U0ADA")
    assert house.slack.modal("U0ADA") is None
    await hand.choose(names.MORE, names.INQUIRE, [*beside, subject_of(signoff).pack()])
    assert house.slack.modal("U0ADA") is not None


async def test_a_word_we_do_not_know_is_from_an_older_card(house: House) -> None:
    signoff = await house.ask()
    await choose(house, "U0ADA", "of_last_year", signoff)
    assert "older card" in await house.whispered("U0ADA")


async def test_what_stands_in_the_menu_may_be_a_button_of_its_own(house: House) -> None:
    signoff = await house.ask()
    await press(house, "U0ADA", names.INQUIRE, signoff)
    assert modal(house, "U0ADA").body["callback_id"] == names.INQUIRY_FORM


@pytest.mark.parametrize(
    ("word", "form"),
    [
        (names.NOTE, names.APPROVE_FORM),
        (names.INQUIRE, names.INQUIRY_FORM),
        (names.DELEGATE, names.DELEGATE_FORM),
        (names.SNOOZE, names.SNOOZE_FORM),
    ],
)
async def test_the_menu_of_the_card_opens_its_forms(house: House, word: str, form: str) -> None:
    signoff = await house.ask()
    await house.slack.choose("U0ADA", house.card(), names.MORE, word)
    view = modal(house, "U0ADA")
    assert view.body["callback_id"] == form
    packed = unpack(view.body["private_metadata"], None)
    assert packed == subject_of(signoff, on=CardRef("C0PAY", house.card().ts))
