"""Anybody in the roster says which sign-off an incident is of; guests and strangers do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.outcomes import beside
from tests.chat.asking import said
from tests.chat.house import ADA, House

DOWN = "INC-4711 sgn_1 checkout is <down> since the deploy"


async def links(house: House, name: str = "INC-4711") -> dict[str, str]:
    found = await beside(house.signoffs).find(name)
    return {it.signoff_id: it.how for it in found.links} if found else {}


async def test_it_is_told_shown_struck_and_over(house: House) -> None:
    signoff = await house.ask()
    answer = await said(house, "U0ADA", f"incident {DOWN}")
    assert "INC-4711" in answer
    assert "checkout is <down> since the deploy" in answer.replace("&lt;", "<").replace("&gt;", ">")
    assert f"{signoff.id}: it was this, said Ada" in answer
    assert await links(house) == {signoff.id: "said"}
    assert "it was not this" in await said(house, "U0GRACE", "incident INC-4711 not sgn_1")
    assert await links(house) == {signoff.id: "struck"}
    assert "and was over" in await said(house, "U0GRACE", "incident INC-4711 over")
    assert "and was over" in await said(house, "U0ADA", "incident INC-4711")


async def test_of_one_signoff_its_incidents_are_told_and_nobody_beside_them(house: House) -> None:
    signoff = await house.ask()
    await said(house, "U0ADA", f"incident {DOWN}")
    line = "An incident was linked to what this let go on: INC-4711"
    assert line in await said(house, "U0ADA", "history 1")
    (told,) = await house.board.became(signoff.id)
    assert "".join(getattr(it, "text", "") for it in told) == line
    await said(house, "U0ADA", "incident INC-4711 not sgn_1")
    assert line not in await said(house, "U0ADA", "history 1")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", "Which incident?"),
        ("<@U0ADA>", "Which incident?"),
        ("INC/4711 sgn_1 down", "Which incident?"),
        ("INC-4711", "What happened?"),
        ("INC-4711 sgn_1", "What happened?"),
        ("INC-4711 over", "There is no incident INC-4711."),
        ("INC-4711 not sgn_1", "There is no incident INC-4711."),
        ("INC-4711 sgn_unknown down", "There is no sign-off with the ID sgn_unknown."),
    ],
)
async def test_what_is_missing_is_asked_for(house: House, words: str, answer: str) -> None:
    await house.ask()
    assert answer in await said(house, "U0ADA", f"incident {words}")
    assert await beside(house.signoffs).newest() == []


async def test_a_word_that_looks_like_an_id_is_a_word(house: House) -> None:
    await house.ask()
    assert "ec2x4 is gone" in await said(house, "U0ADA", "incident INC-4711 ec2x4 is gone")
    assert await links(house) == {}


async def test_whoever_is_not_in_the_roster_says_nothing(house: House) -> None:
    await house.ask()
    assert "INC-4711" not in await said(house, "U0EVE", f"incident {DOWN}")
    assert await links(house) == {}


async def test_a_guest_says_nothing(house: House) -> None:
    """Though the roster has them."""
    await house.ask()
    house.slack.change_member(replace(ADA, restricted=True))
    assert "a guest account" in await said(house, "U0ADA", f"incident {DOWN}")
    assert await links(house) == {}
    house.slack.change_member(ADA)
    assert "INC-4711" in await said(house, "U0GRACE", f"incident {DOWN}")
