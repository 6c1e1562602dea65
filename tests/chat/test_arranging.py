"""Can reviewers arrange who looks at it?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack import names
from bot.domain.signoff import Verdict
from tests.builders import (
    ROSTER,
    a_click,
    a_group,
    a_person,
    a_policy,
    a_roster,
    a_rule,
    with_person,
)
from tests.chat.hand import Hand, choose, modal, offered, press, subject_of
from tests.chat.house import RUTH, House, a_house

WIDE = with_person(ROSTER, a_person("ruth", "staff"), "payments-seniors")
"""Ruth may review as well."""


@pytest.fixture
async def wide(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2)), WIDE) as house:
        yield house


# I am on it.


async def test_one_press_says_who_is_on_it_and_another_that_they_are_not(house: House) -> None:
    signoff = await house.ask()
    await press(house, "U0ADA", names.CLAIM, signoff)
    claimed = (await house.now(signoff)).claim
    assert claimed is not None
    assert claimed.person == "ada"
    await press(house, "U0ADA", names.RELEASE, signoff)
    assert (await house.now(signoff)).claim is None
    assert house.slack.ephemerals("U0ADA") == []


async def test_whoever_is_second_is_told_who_was_first(house: House) -> None:
    signoff = await house.ask()
    await press(house, "U0ADA", names.CLAIM, signoff)
    await press(house, "U0GRACE", names.CLAIM, signoff)
    told = await house.whispered("U0GRACE")
    assert told.startswith("Somebody is on it already, which keeps nobody from deciding.")
    assert "Ada" in told
    await press(house, "U0GRACE", names.RELEASE, signoff)
    assert await house.whispered("U0GRACE", "not on it") == "You are not on it. Ada is."
    claimed = (await house.now(signoff)).claim
    assert claimed is not None
    assert claimed.person == "ada"


async def test_the_author_is_not_on_their_own_change(house: House) -> None:
    signoff = await house.ask()
    await press(house, "U0JUN", names.CLAIM, signoff)
    assert "You had a part in this change" in await house.whispered("U0JUN")
    assert (await house.now(signoff)).claim is None


async def test_where_something_is_pressed_in_a_window_the_window_says_what_came_of_it(
    house: House,
) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), names.DETAILS)
    before = modal(house, "U0ADA")
    view = {"id": before.id, "type": "modal", "blocks": []}
    facts: dict[str, Any] = {"container": {"type": "view", "view_id": before.id}, "view": view}
    passes = house.slack.workspace.passes
    facts |= {"trigger_id": passes.new_trigger("U0ADA", before.id), "channel": None}
    await Hand(house=house, user="U0ADA", facts=facts).press(
        names.CLAIM, subject_of(signoff).pack()
    )
    await house.slack.wait_for(lambda: modal(house, "U0ADA").hash != before.hash)
    assert modal(house, "U0ADA").id == before.id


# Pass it on.


async def test_somebody_else_is_asked_in_my_place_and_i_am_told(wide: House) -> None:
    signoff = await wide.ask()
    await choose(wide, "U0ADA", names.DELEGATE, signoff)
    assert offered(modal(wide, "U0ADA"), "to") == ["Grace", "Ruth"]
    answer = await wide.slack.submit("U0ADA", {"to": "ruth", "reason": "She knows refunds."})
    assert answer.ok
    after = await wide.now(signoff)
    (passed,) = after.delegations
    assert (passed.by, passed.to, passed.reason) == ("ada", "ruth", "She knows refunds.")
    assert after.asked == ("grace", "ruth")
    assert (await wide.whispered("U0ADA")).startswith("Ruth is asked now")


async def test_who_may_not_or_has_reviewed_is_not_offered(wide: House) -> None:
    signoff = await wide.ask()
    await wide.signoffs.review(a_click(signoff, "grace"), Verdict.APPROVE)
    await choose(wide, "U0ADA", names.DELEGATE, signoff)
    assert offered(modal(wide, "U0ADA"), "to") == ["Ruth"]


async def test_if_there_is_nobody_else_it_says_so(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask()
        await house.signoffs.review(a_click(signoff, "grace"), Verdict.APPROVE)
        await choose(house, "U0ADA", names.DELEGATE, signoff)
        assert "nobody else in the roster" in await house.whispered("U0ADA")
        assert house.slack.modal("U0ADA") is None


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("jun", "They had a part in this change"),
        ("kim", "They are not among the reviewers"),
        ("nobody", "They are not among the reviewers"),
        ("jun", "Grace can be asked."),
        ("ada", "That is you. Choose somebody else. Grace can be asked."),
        ("grace", ""),
    ],
)
async def test_whom_the_form_did_not_offer_is_refused_with_the_reason(
    house: House, to: str, why: str
) -> None:
    signoff = await house.ask()
    answer = await Hand(house=house, user="U0ADA").send(
        names.DELEGATE_FORM, subject_of(signoff).pack(), to=[to], reason="Theirs."
    )
    assert why in answer.body
    assert len((await house.now(signoff)).delegations) == (0 if why else 1)


async def test_whoever_left_the_workspace_cannot_be_asked(wide: House) -> None:
    signoff = await wide.ask()
    await choose(wide, "U0ADA", names.DELEGATE, signoff)
    wide.slack.change_member(replace(RUTH, deleted=True))
    answer = await wide.slack.submit("U0ADA", {"to": "ruth", "reason": "Hers."})
    assert "Ruth is no full member" in answer.errors["to"]
    assert (await wide.slack.submit("U0ADA", {"to": "grace", "reason": "Hers."})).ok
    assert [it.to for it in (await wide.now(signoff)).delegations] == ["grace"]


async def test_to_whom_and_why_have_to_be_said(wide: House) -> None:
    signoff = await wide.ask()
    hand, packed = Hand(house=wide, user="U0ADA"), subject_of(signoff).pack()
    answer = await hand.send(names.DELEGATE_FORM, packed, to=[], reason=".")
    assert set(answer.json["errors"]) == {"to", "reason"}
    assert (await wide.now(signoff)).delegations == ()


async def test_a_hundred_can_be_offered_and_namesakes_told_apart(tmp_path: Path) -> None:
    crowd = [a_person(f"p{n}", name="Sam Smith") for n in range(150)]
    people = [*ROSTER.people.values(), *crowd]
    group = a_group("payments-seniors", *(p.id for p in people), channel="C0PAY")
    async with a_house(tmp_path, None, a_roster(people, [group])) as house:
        signoff = await house.ask()
        await choose(house, "U0ADA", names.DELEGATE, signoff)
        found = offered(modal(house, "U0ADA"), "to")
        assert len(found) == len(set(found)) == 100
        assert "Sam Smith (p0)" in found
        assert "have no room in this list" in str(modal(house, "U0ADA").blocks)
