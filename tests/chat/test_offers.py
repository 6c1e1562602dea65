"""Do the details offer each reader what they may do now, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.slack import names
from bot.chat.slack.details.offers import offered, offers
from bot.chat.slack.subjects import Subject
from bot.domain.card import card_of
from bot.domain.events import Renewed
from bot.domain.signoff import Signoff
from bot.playground.blocks import judge_blocks
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    reassessed,
    sha,
    time_passes,
)
from tests.chat.house import DETAILS, House, words_in
from tests.domain.test_progress import CLAIMED

SUBJECT = Subject(signoff_id="sgn_1", revision=sha("a"), policy_digest="sha256:policy-1")

TWO = a_signoff(an_ask(2))
HALF = after(TWO, approves("ada"))
EXPIRED = after(TWO, time_passes(NOW + hours(8)))
AGAIN = after(EXPIRED, Renewed(renewed_as="sgn_2", by="jun", at=SOON))
FORM = a_signoff(requirement=a_requirement(approve_reason=True))

CASES: dict[str, tuple[Signoff, str, bool, list[str]]] = {
    "a reviewer": (TWO, "ada", True, ["Approve", "Reject…"]),
    "a reviewer, by a form": (FORM, "ada", True, ["Approve…", "Reject…"]),
    "who approved": (HALF, "ada", True, ["Reject…", "Take my review back"]),
    "the other reviewer": (HALF, "grace", True, ["Approve", "Reject…"]),
    "who approved what is judged anew": (
        after(HALF, reassessed(an_ask(2))),
        "ada",
        True,
        ["Approve", "Reject…", "Take my review back"],
    ),
    "who approved and may no longer": (HALF, "ada", False, ["Take my review back"]),
    "who is on it": (after(TWO, CLAIMED), "ada", False, ["I am off it"]),
    "the other, once somebody is on it": (after(TWO, CLAIMED), "grace", False, []),
    "the author": (TWO, "jun", False, ["Withdraw…"]),
    "somebody else": (TWO, "kim", False, []),
    "a stranger": (TWO, "", False, []),
    "the author, once expired": (EXPIRED, "jun", False, ["Ask again"]),
    "the author, once asked for again": (AGAIN, "jun", False, []),
    "a reviewer, once expired": (EXPIRED, "ada", False, []),
    "the author, once approved": (after(a_signoff(), approves("ada")), "jun", False, []),
    "who approved, once approved": (after(a_signoff(), approves("ada")), "ada", False, []),
}


@pytest.mark.parametrize("case", CASES)
def test_each_reader_is_offered_what_they_may_do(case: str) -> None:
    signoff, reader, may, labels = CASES[case]
    found = offers(signoff, card_of(signoff, ROSTER, reader=reader), reader, may_decide=may)
    assert [label for _, label, _ in found] == labels


@pytest.mark.parametrize("case", CASES)
def test_the_row_is_one_that_slack_takes(case: str) -> None:
    signoff, reader, may, labels = CASES[case]
    found = offers(signoff, card_of(signoff, ROSTER, reader=reader), reader, may_decide=may)
    rows = offered(found, SUBJECT, "x" * 200, "offers")
    assert not rows or judge_blocks(rows, "modal").problems == []
    assert len(rows) == bool(labels)


async def opened(house: House, user: str) -> list[dict[str, Any]]:
    await house.slack.click(user, house.card(), DETAILS)
    view = house.slack.modal(user)
    assert view is not None
    return list(view.blocks)


@pytest.mark.parametrize(
    ("user", "offered"),
    [("U0ADA", "Approve\nReject…"), ("U0JUN", "Withdraw…"), ("U0KIM", "How AI was involved")],
)
async def test_it_stands_below_what_changes(house: House, user: str, offered: str) -> None:
    await house.ask()
    said = [words_in(block) for block in await opened(house, user)]
    assert said[said.index("What changes") + 2] == offered


async def test_whoever_is_on_it_lets_go_of_it_in_the_details(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), names.CLAIM)
    await opened(house, "U0ADA")
    await house.slack.click_in_modal("U0ADA", names.RELEASE)
    assert (await house.now(signoff)).claim is None


async def test_a_press_there_is_about_what_the_details_show(house: House) -> None:
    signoff = await house.ask()
    row = next(it for it in await opened(house, "U0ADA") if it["type"] == "actions")
    approve = row["elements"][0]
    assert approve["action_id"] == names.APPROVE
    for part in (signoff.id, signoff.change.revision, signoff.requirement.policy_digest):
        assert part in approve["value"]
